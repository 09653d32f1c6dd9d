from collections.abc import Sequence
from hashlib import sha256

from app.models.document import Document, DocumentState
from app.models.ids import DocumentId
from app.models.portable import Noun, PortableDocument
from app.models.user import Caller
from app.services.chunking import Piece
from app.services.imports.identities import Identities
from app.services.imports.profiles import Targets
from app.services.imports.rows import Rows
from app.services.imports.tallies import Tallies


class Knowledge:
    """Puts documents of a file into profiles, as they were cut up; their files are not in it."""

    def __init__(
        self,
        rows: Rows,
        *,
        caller: Caller,
        targets: Targets,
        identities: Identities,
        tallies: Tallies,
    ) -> None:
        self._rows = rows
        self._caller = caller
        self._targets = targets
        self._identities = identities
        self._tallies = tallies

    def place(self, records: Sequence[PortableDocument]) -> None:
        """The documents are here; those that were are as they were."""
        found = self._identities.find(Noun.DOCUMENTS, [record.origin for record in records])
        new = [record for record in records if found.ids[record.origin] not in found.here]
        for record in new:
            pieces = [Piece(one.content, one.page) for one in record.chunks]
            document = self._document(record, DocumentId(found.ids[record.origin]))
            self._rows.add_document(document, pieces)
        self._tallies.count(Noun.DOCUMENTS, in_file=len(records), added=len(new))

    def _document(self, record: PortableDocument, document_id: DocumentId) -> Document:
        digest = sha256(b"chunks")
        for chunk in record.chunks:
            digest.update(b"\0" + chunk.content.encode())
        return Document(
            id=document_id,
            tenant_id=self._caller.tenant_id,
            user_id=self._caller.user_id,
            profile_id=self._targets.of(record.profile).profile.id,
            title=record.title,
            media_type=record.media_type,
            size_bytes=record.size_bytes,
            digest=digest.hexdigest(),
            file_key="",
            state=DocumentState.PENDING,
            chunk_count=len(record.chunks),
            created_at=record.created_at,
            updated_at=record.updated_at,
        )
