"""What can go wrong with exports and imports: branches of the tree in `errors.py`."""

from collections.abc import Mapping, Sequence

from app.core.errors import Conflict, InvalidInput, NotFound


class ImportNotFound(NotFound):
    """The import is absent, or belongs to someone else."""

    slug, title = "import-not-found", "Import not found"


class TransferInProgress(Conflict):
    """One export or import at a time per user."""

    slug, title = "transfer-in-progress", "An export or import of yours is under way"


class ExportRecalled(Conflict):
    """Something was deleted while the file was written; the next one is without it."""

    slug, title = "export-recalled", "Something was deleted meanwhile: export again"


class FileRefused(InvalidInput):
    """A file cannot be imported, and nothing of it was."""

    slug, title = "file-refused", "The file cannot be imported"

    def __init__(self, detail: str, *, flaws: Sequence[tuple[str, str]] = ()) -> None:
        super().__init__(detail)
        self._flaws = tuple(flaws)

    def errors(self) -> Sequence[Mapping[str, str]]:
        """Where in the file, and what is wrong there."""
        return [{"in": "body", "pointer": place, "detail": detail} for place, detail in self._flaws]
