from fastapi import APIRouter, Request, Response

from app.api.deps import ChatUser, Services, limit_turns
from app.api.hangup import until_gone
from app.api.problems import compatible_problems
from app.api.selection import MODEL
from app.core.errors import InvalidInput
from app.core.surface_errors import ModelNotFound
from app.schemas.openai_embeddings import (
    EmbeddedText,
    EmbeddingList,
    EmbeddingRequest,
    EmbeddingUsage,
)
from app.services.embedding import Embedded, embedded, texts_of

router = APIRouter(
    prefix="/v1/embeddings", tags=["openai"], responses=compatible_problems(401, 404, 429)
)


@router.post("", response_model=EmbeddingList)
async def create_embeddings(
    body: EmbeddingRequest, request: Request, caller: ChatUser, services: Services
) -> Response:
    """Turn texts into vectors by the model that memories are found with. Nothing is kept of them.

    Clients that send tokens have to send those of `o200k_base`. A text is read as far as the model's
    window goes.
    """
    await limit_turns(request, services, caller)
    embedder, tokens = services.stores.embedder, services.stores.tokens
    if body.model not in {MODEL, embedder.name}:
        raise ModelNotFound
    if body.dimensions not in {None, embedder.dims}:
        raise InvalidInput(f"dimensions: the vectors of this model are {embedder.dims} long")
    texts = texts_of(body.input, tokens=tokens)
    found: list[Embedded] = []

    async def embed() -> None:
        found.append(await embedded(texts, embedder=embedder, tokens=tokens))

    await until_gone(embed(), request.receive)
    answer = _answer(found, model=embedder.name, as_base64=body.encoding_format == "base64")
    return Response(answer.model_dump_json(), media_type="application/json")


def _answer(found: list[Embedded], *, model: str, as_base64: bool) -> EmbeddingList:
    """What was found; nothing for a client that has gone."""
    data = [
        EmbeddedText.of(vector, index=at, as_base64=as_base64)
        for one in found
        for at, vector in enumerate(one.vectors)
    ]
    tokens = sum(one.tokens for one in found)
    return EmbeddingList(
        data=data, model=model, usage=EmbeddingUsage(prompt_tokens=tokens, total_tokens=tokens)
    )
