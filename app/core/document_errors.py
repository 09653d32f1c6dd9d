"""What may be wrong with documents; `errors.py` draws the whole tree."""

from app.core.errors import InvalidInput, NotFound, StorageUnavailable


class DocumentNotFound(NotFound):
    """The document is absent, or belongs to someone else."""

    slug, title = "document-not-found", "Document not found"


class DocumentRefused(InvalidInput):
    """A file cannot be read as a document, and nothing of it was kept."""

    slug, title = "document-refused", "The file cannot be read as a document"


class OriginalNotFound(NotFound):
    """The document was imported: what it was cut into came along, its file did not."""

    slug, title = "original-not-found", "The file of this document was not imported with it"


class StorageUnfit(StorageUnavailable):
    """Originals cannot be kept where they should be, as that is set up; the text is the operator's."""
