"""Documents: brought to a profile, cut into chunks, and found with what was said there."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from hashlib import sha256
from typing import Final

from app.core.bounds import DocumentSettings
from app.core.document_errors import DocumentNotFound, DocumentRefused
from app.core.errors import AppError, StorageUnavailable
from app.core.file_sealing import new_file_key
from app.models.actor import SYSTEM
from app.models.clock import Clock
from app.models.document import (
    Chunk,
    Document,
    DocumentProgress,
    DocumentState,
    MediaType,
)
from app.models.ids import DocumentId, ProcessId, ProfileId, new_id
from app.models.intent import Intent
from app.models.page import Page, PageKey
from app.models.user import Caller
from app.ports.database import Database, Transaction
from app.ports.document_reader import DocumentReader
from app.services.chunking import Piece, cut_up
from app.services.document_kinds import BroughtFile, kind_of, title_of
from app.services.document_rows import (
    NOT_LATE,
    begin,
    documents_to_copy,
    finish,
    owe_original,
    pieces_of,
    progress_of,
    undo,
)
from app.services.document_watch import DocumentWatch
from app.services.indexing import Indexer
from app.services.originals import Originals
from app.services.quotas import Quotas

RECEIVED_AT_ONCE: Final = 8
"""Each is held in memory, and comes as slowly as its sender likes."""
READ_AT_ONCE: Final = 2
Receive = Callable[[], Awaitable[tuple[BroughtFile, str | None]]]
"""The file and its title, once there is room for it."""


class Documents:
    """What users bring to their profiles. Deleting it is forgetting, and stands in `Forgetting`."""

    def __init__(
        self,
        database: Database,
        *,
        originals: Originals,
        reader: DocumentReader,
        indexer: Indexer,
        watch: DocumentWatch,
        bounds: DocumentSettings,
        quotas: Quotas,
        clock: Clock,
        carrier: ProcessId | None = None,
    ) -> None:
        """A `carrier` is this process, if others on the database can see when it has ended."""
        self._database = database
        self._originals = originals
        self._reader = reader
        self._indexer = indexer
        self._watch = watch
        self._bounds = bounds
        self._quotas = quotas
        self._clock = clock
        self._carrier = carrier
        self._receiving = asyncio.Semaphore(RECEIVED_AT_ONCE)
        self._reading = asyncio.Semaphore(READ_AT_ONCE)

    async def bring(
        self, caller: Caller, profile_id: ProfileId, receive: Receive
    ) -> tuple[DocumentProgress, bool]:
        """The document, and whether it is new: the same file is there once in a profile.

        Its chunks are found as soon as they are indexed, which goes on in the background, and
        after a restart.

        Args:
            caller: the owner.
            profile_id: where it goes.
            receive: called once there is room.

        Raises:
            ProfileNotFound: absent, or someone else's.
            DocumentRefused: it cannot be read, and nothing of it is kept.
            QuotaFull: the user's plan has no room for it.
            StorageUnavailable: nothing of it is kept.
        """
        owner = caller.user_id
        await self._database.read(lambda tx: tx.profiles.get(profile_id, owner=owner), by=caller)
        async with self._receiving:
            file, title = await receive()
            kind = kind_of(file)
            digest = sha256(file.content).hexdigest()
            async with self._reading:
                known = await self._database.read(
                    lambda tx: tx.documents.with_digest(digest, profile_id, owner=owner),
                    by=caller,
                )
                if known is not None:
                    return await self.get(caller, known.id), False
                pieces = await self._pieces(file.content, kind)
                document = self._arriving(caller, profile_id, file, kind=kind, title=title)
                document = replace(document, digest=digest, chunk_count=len(pieces))
                return await self.keep(document, file.content, pieces, intent=file.intent), True

    async def keep(
        self,
        document: Document,
        content: bytes | None,
        pieces: Sequence[Piece],
        intent: Intent | None = None,
    ) -> DocumentProgress:
        """The document with its original and its chunks: all of it or nothing.

        Raises:
            ProfileNotFound: its profile is gone.
            DocumentNotFound: its profile was deleted meanwhile.
            StorageUnavailable: nothing of it is kept.
        """
        beginning = partial(begin, document=document, quotas=self._quotas, by=self._carrier)
        await self._database.write(beginning, by=document.owner)
        late = self._originals.late if content is not None else NOT_LATE
        try:
            if content is not None:
                await self._originals.keep(document, content)
                late = NOT_LATE
            kept = await self._database.write(
                lambda tx: finish(tx, document, pieces, at=self._clock(), intent=intent),
                by=document.owner,
            )
        except BaseException as error:
            waits = isinstance(error, StorageUnavailable)
            await asyncio.shield(self._undo(document, late=late, settles=not waits))
            raise
        self._indexer.wake()
        self._watch.wake()
        return DocumentProgress(kept, 0)

    async def get(self, caller: Caller, document_id: DocumentId) -> DocumentProgress:
        """The document, and how far the index is with it.

        Raises:
            DocumentNotFound: absent, or someone else's.
        """
        return await self._database.read(
            lambda tx: progress_of(tx, tx.documents.get(document_id, owner=caller.user_id)),
            by=caller,
        )

    async def page(
        self, caller: Caller, profile_id: ProfileId, *, after: PageKey | None, limit: int
    ) -> Page[DocumentProgress]:
        """A profile's documents, newest first.

        Raises:
            ProfileNotFound: absent, or someone else's.
        """

        def work(tx: Transaction) -> Page[DocumentProgress]:
            owner = caller.user_id
            tx.profiles.get(profile_id, owner=owner)
            page = tx.documents.page(profile_id, owner=owner, after=after, limit=limit)
            return Page([progress_of(tx, one) for one in page.items], page.next_key)

        return await self._database.read(work, by=caller)

    async def chunks(
        self, caller: Caller, document_id: DocumentId, *, after: PageKey | None, limit: int
    ) -> Page[Chunk]:
        """The chunks of a document in their order.

        Raises:
            DocumentNotFound: absent, or someone else's.
        """

        def work(tx: Transaction) -> Page[Chunk]:
            owner = caller.user_id
            tx.documents.get(document_id, owner=owner)
            return tx.documents.chunk_page(document_id, owner=owner, after=after, limit=limit)

        return await self._database.read(work, by=caller)

    async def original(self, caller: Caller, document_id: DocumentId) -> tuple[Document, bytes]:
        """The document, and the file that it came as.

        Raises:
            DocumentNotFound: absent, or someone else's.
            OriginalNotFound: it was imported without it.
            StorageUnavailable: the file cannot be read.
        """
        found = await self.get(caller, document_id)
        return found.document, await self._originals.read(found.document)

    async def copy_all(self, caller: Caller, profile_id: ProfileId, *, to: ProfileId) -> int:
        """How many documents of a profile were new to another one, and are there now as well.

        Each is a document of its own from then on, whatever becomes of the other. What fails leaves
        those that were copied; to ask again copies the rest.

        Raises:
            ProfileNotFound: either is absent, or someone else's.
            StorageUnavailable: an original cannot be read or written.
        """
        owner, copied = caller.user_id, 0
        for one in await self._database.read(
            lambda tx: documents_to_copy(tx, profile_id, to=to, owner=owner), by=caller
        ):
            async with self._reading:
                content = await self._originals.read(one) if one.has_original else None
                pieces = await self._database.read(partial(pieces_of, document=one), by=caller)
                await self.keep(_copy_of(one, to=to, at=self._clock()), content, pieces)
            copied += 1
        return copied

    async def _pieces(self, content: bytes, kind: MediaType) -> Sequence[Piece]:
        passages = await self._reader.read(content, kind)
        most = self._bounds.max_chunks
        pieces = await asyncio.to_thread(cut_up, passages, most)
        if pieces is None:
            raise DocumentRefused(f"It is too long: no more than {most} chunks are read")
        if not pieces:
            raise DocumentRefused("There is no text in it")
        return pieces

    def _arriving(
        self,
        caller: Caller,
        profile_id: ProfileId,
        file: BroughtFile,
        *,
        kind: MediaType,
        title: str | None,
    ) -> Document:
        now = self._clock()
        return Document(
            id=DocumentId(new_id()),
            tenant_id=caller.tenant_id,
            user_id=caller.user_id,
            profile_id=profile_id,
            title=title_of(file, title),
            media_type=kind,
            size_bytes=len(file.content),
            digest="",
            file_key=new_file_key(),
            state=DocumentState.ARRIVING,
            chunk_count=0,
            created_at=now,
            updated_at=now,
        )

    async def _undo(self, document: Document, *, late: timedelta, settles: bool) -> None:
        """What cannot be undone now is undone by upkeep.

        Nor is a storage asked that has just failed: what it was given may even arrive there later,
        and is looked for again when it cannot any more.
        What was owed when the document was deleted may be settled since, before its original came:
        then it is owed by the system, since the account may be gone as well.
        """
        with suppress(AppError):
            try:
                undoing = partial(undo, document=document, late=late)
                await self._database.write(undoing, by=document.owner)
            except DocumentNotFound:
                owing = partial(owe_original, document=document, late=late)
                await self._database.write(owing, by=SYSTEM)
        if settles:
            with suppress(AppError):
                await self._originals.settle(document.owner)


def _copy_of(document: Document, *, to: ProfileId, at: datetime) -> Document:
    return replace(
        document,
        id=DocumentId(new_id()),
        profile_id=to,
        file_key=new_file_key() if document.has_original else "",
        state=DocumentState.ARRIVING,
        created_at=at,
        updated_at=at,
    )
