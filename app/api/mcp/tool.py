"""What a tool is, and how it is told and called."""

from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import orjson
from pydantic import ValidationError

from app.api.errors import what_is_wrong
from app.api.mcp.exchange import Exchange
from app.core.errors import AppError, InvalidInput, MemoryNotFound, ProfileNotFound
from app.core.key_errors import KeyForbids, ModeForbids
from app.core.privacy import PrivacyPolicy
from app.models.api_key import Scope
from app.schemas.fields import Answer, Body
from app.services.rights import policy_of, require


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool:
    """Something that a model may do for its user."""

    name: str
    title: str
    description: str
    scope: Scope
    is_permitted: Callable[[PrivacyPolicy], bool]
    """Whether a key with a privacy mode may, for all its scopes."""
    arguments: type[Body]
    result: type[Answer]
    run: Callable[[Exchange, Any], Awaitable[Answer]]
    is_destructive: bool = False
    is_idempotent: bool = False

    def is_open_to(self, exchange: Exchange) -> bool:
        """Whether the caller may call it at all."""
        grant = exchange.caller.grant
        has_scope = grant is None or self.scope in grant.scopes
        return has_scope and self.is_permitted(policy_of(exchange.caller))

    async def called(self, exchange: Exchange, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        """What came of it. What a model can do better is told as a result that is an error.

        Raises:
            MissingScope: the caller's key has not what it takes.
        """
        require(exchange.caller, [self.scope])
        try:
            if not self.is_permitted(policy_of(exchange.caller)):
                raise ModeForbids
            answer = await self.run(exchange, self._checked(exchange, arguments))
        except KeyForbids as error:
            return _failed(error.detail)
        except AppError as error:
            return _failed(_advice(error))
        told = answer.model_dump(mode="json")
        return {"content": [_text(orjson.dumps(told).decode())], "structuredContent": told}

    def _checked(self, exchange: Exchange, arguments: Mapping[str, Any]) -> Body:
        if exchange.is_bound and PROFILE in arguments:
            raise InvalidInput("/profile: this address is of one profile: leave the argument out")
        try:
            return self.arguments.model_validate(arguments)
        except ValidationError as error:
            raise InvalidInput(what_is_wrong(error)) from None


PROFILE: Final = "profile"


@cache
def told(tool: Tool, *, is_bound: bool) -> Mapping[str, Any]:
    """The tool as clients list it; without a choice of profile where the address has made it.

    Made once: schemas of all tools take 20 ms.
    """
    given = _bare(tool.arguments.model_json_schema())
    if is_bound:
        given["properties"].pop(PROFILE, None)
    reads = tool.scope is Scope.MEMORIES_READ
    return {
        "name": tool.name,
        "title": tool.title,
        "description": tool.description,
        "inputSchema": given,
        "outputSchema": _bare(
            tool.result.model_json_schema(mode="serialization"), words=("title", "description")
        ),
        "annotations": {
            "title": tool.title,
            "readOnlyHint": reads,
            "destructiveHint": tool.is_destructive,
            "idempotentHint": reads or tool.is_idempotent,
            "openWorldHint": False,
        },
    }


def _text(text: str) -> Mapping[str, Any]:
    return {"type": "text", "text": text}


def _failed(told: str) -> Mapping[str, Any]:
    return {"content": [_text(told)], "isError": True}


def _advice(error: AppError) -> str:
    """What went wrong, and what to do about it."""
    match error:
        case InvalidInput():
            return f"{error.detail}. Call again with arguments as inputSchema has them."
        case ProfileNotFound():
            return f"{error.detail}. list_memory_profiles has those there are."
        case MemoryNotFound():
            return f"{error.detail}. search_memories and get_memories give ids."
        case _ if error.retry_after_s is not None:
            return f"{error.detail}. Try again in {max(1, round(error.retry_after_s))} seconds."
        case _:
            return error.detail


def _bare(schema: Any, words: Collection[str] = ("title",)) -> Any:
    """The schema without `words`: a model reads it, and titles only repeat names."""
    match schema:
        case dict():
            kept = {k: v for k, v in schema.items() if k not in words or not isinstance(v, str)}
            return {name: _bare(value, words) for name, value in kept.items()}
        case list():
            return [_bare(one, words) for one in schema]
        case _:
            return schema
