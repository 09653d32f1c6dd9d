"""Documents of a profile: uploaded, listed, read and forgotten."""

import asyncio
from dataclasses import replace
from functools import partial
from hashlib import sha256
from typing import Any, Final
from urllib.parse import quote
from uuid import UUID

import orjson
from fastapi import APIRouter, Request, Response
from starlette.requests import ClientDisconnect

from app.api.deps import DocumentUser, Services
from app.api.multipart import parts_of
from app.api.preferring import Preferred
from app.api.problems import problems
from app.api.repeating import Repeatable
from app.core.errors import InvalidInput
from app.models.document import DocumentProgress, DocumentState, MediaType
from app.models.ids import DocumentId, ProfileId
from app.models.intent import Outcome
from app.schemas.documents import ChunkAnswer, ChunkList, DocumentAnswer, DocumentList
from app.schemas.lists import Cursor, Limit, Order, cursor_of, key_of
from app.schemas.receipts import Quotes, ReceiptAnswer
from app.services.document_kinds import BroughtFile, file_name

router = APIRouter(tags=["documents"], responses=problems(401, 404, 429))

UPLOAD_WITHIN_S: Final = 120.0
"""A client that is slower keeps others from uploading."""

UPLOAD: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "description": "The file: plain text, Markdown, HTML, PDF or DOCX.",
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {
                        "file": {"type": "string", "format": "binary"},
                        "title": {
                            "type": "string",
                            "maxLength": 200,
                            "description": "What it is called; the file's name without this.",
                        },
                    },
                }
            }
        },
    }
}
KNOWN: Final[dict[int | str, dict[str, Any]]] = {
    200: {"description": "The profile has this very file already.", "model": DocumentAnswer}
}
ORIGINAL: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "description": "The file as it was uploaded.",
        "content": {kind.value: {"schema": {"type": "string"}} for kind in MediaType},
    }
}


@router.post(
    "/memory-profiles/{profile_id}/documents",
    status_code=201,
    response_model=DocumentAnswer,
    responses=KNOWN | problems(409),
    openapi_extra=UPLOAD,
)
async def upload_document(
    profile_id: UUID,
    request: Request,
    response: Response,
    caller: DocumentUser,
    services: Services,
    repeatable: Repeatable,
    preferred: Preferred,
) -> DocumentAnswer:
    """Upload a document, to be found with the memories of a profile.

    It is read at once and kept as a whole, or refused with a reason. Its chunks are found as they are
    indexed: `progress` tells how far that is, and the feed `document.ready`. The same file is kept
    once in a profile: 200 answers with the one that is there. It is read in every privacy mode that
    reads memories, and nothing is learnt from it.
    """

    async def receive() -> tuple[BroughtFile, str | None]:
        file, title = await _received(request)
        intent = await repeatable.intent(caller, body=_told(file, title))
        outcome = await repeatable.outcome(caller, intent)
        if outcome is not None:
            raise _BroughtBefore(outcome)
        return replace(file, intent=intent), title

    try:
        found, is_new = await services.mem0.documents.bring(caller, ProfileId(profile_id), receive)
    except _BroughtBefore as before:
        repeatable.tell_replayed()
        [document_id] = before.outcome.made
        found, is_new = await services.mem0.documents.get(caller, DocumentId(document_id)), True
    response.status_code = 201 if is_new else 200
    read = partial(services.mem0.documents.get, caller, found.document.id)
    return DocumentAnswer.of(await preferred.settled(found, read, is_done=_is_found))


def _is_found(document: DocumentProgress) -> bool:
    return document.document.state is DocumentState.READY


class _BroughtBefore(Exception):
    """The same request has brought the file."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__()
        self.outcome = outcome


def _told(file: BroughtFile, title: str | None) -> bytes:
    """What a repetition has to bring again: not how the form is written, which differs each time."""
    return orjson.dumps([file.name, sha256(file.content).hexdigest(), title])


@router.get("/memory-profiles/{profile_id}/documents")
async def list_documents(
    profile_id: UUID,
    caller: DocumentUser,
    services: Services,
    limit: Limit = 20,
    cursor: Cursor = None,
) -> DocumentList:
    """List a profile's documents, newest first."""
    page = await services.mem0.documents.page(
        caller, ProfileId(profile_id), after=key_of(cursor), limit=limit
    )
    return DocumentList(
        data=[DocumentAnswer.of(one) for one in page.items], next_cursor=cursor_of(page.next_key)
    )


@router.get("/documents/{document_id}")
async def read_document(
    document_id: UUID, caller: DocumentUser, services: Services, preferred: Preferred
) -> DocumentAnswer:
    """Read a document, and how far it is indexed."""
    read = partial(services.mem0.documents.get, caller, DocumentId(document_id))
    return DocumentAnswer.of(await preferred.settled(await read(), read, is_done=_is_found))


@router.get("/documents/{document_id}/chunks")
async def list_chunks(
    document_id: UUID,
    caller: DocumentUser,
    services: Services,
    limit: Limit = 20,
    cursor: Cursor = None,
) -> ChunkList:
    """List what a document was cut into, in its order."""
    page = await services.mem0.documents.chunks(
        caller,
        DocumentId(document_id),
        after=key_of(cursor, order=Order.POSITION),
        limit=limit,
    )
    return ChunkList(
        data=[ChunkAnswer.of(one) for one in page.items], next_cursor=cursor_of(page.next_key)
    )


@router.get("/documents/{document_id}/file", response_class=Response, responses=ORIGINAL)
async def download_document(
    document_id: UUID, caller: DocumentUser, services: Services
) -> Response:
    """Download the original, under its title and as what it is.

    No browser shows it in place or runs it: what it holds may be somebody else's.
    """
    document, content = await services.mem0.documents.original(caller, DocumentId(document_id))
    name = quote(file_name(document.title, document.media_type), safe="")
    return Response(
        content,
        headers={
            # Not as `media_type`: that adds a character set, and nobody knows the file's.
            "Content-Type": document.media_type.value,
            "Content-Disposition": f"attachment; filename*=UTF-8''{name}",
            "Cache-Control": "no-store",
        },
    )


@router.delete("/documents/{document_id}")
async def delete_document(
    document_id: UUID, caller: DocumentUser, services: Services, *, quotes: Quotes = False
) -> ReceiptAnswer:
    """Forget a document: its chunks, its original, and what was learnt from answers that read it."""
    receipt = await services.mem0.forgetting.document(
        caller, DocumentId(document_id), quotes=quotes
    )
    return ReceiptAnswer.of(receipt)


async def _received(request: Request) -> tuple[BroughtFile, str | None]:
    """The file and its title, out of the form that is the body."""
    try:
        async with asyncio.timeout(UPLOAD_WITHIN_S):
            body = await request.body()
    except (ClientDisconnect, TimeoutError):
        raise InvalidInput("The upload broke off, or took too long.") from None
    parts = parts_of(request.headers.get("content-type", ""), body)
    file, title = parts.get("file"), parts.get("title")
    if file is None:
        raise InvalidInput("The form has no part named file")
    if title is None:
        return BroughtFile(file.file_name or "", file.media_type, file.content), None
    try:
        given = title.content.decode("utf-8")
    except UnicodeDecodeError:
        raise InvalidInput("The title is not in UTF-8") from None
    return BroughtFile(file.file_name or "", file.media_type, file.content), given
