"""What a request is to do once, however often it comes: `Idempotency-Key`."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated, Final, TypeVar
from uuid import UUID

from fastapi import Depends, Header, Request

from app.api.deps import Services
from app.api.selection import SELECTION_HEADERS
from app.core.errors import Conflict
from app.core.repeat_errors import KeyUnsupported
from app.models.intent import Intent, Outcome
from app.models.user import Caller
from app.services.intents import Asked

Result = TypeVar("Result")

KEY_HEADER: Final = "Idempotency-Key"
REPLAYED_HEADER: Final = "Idempotent-Replayed"

IdempotencyKey = Annotated[
    str | None,
    Header(
        alias=KEY_HEADER,
        min_length=1,
        max_length=255,
        pattern=r"^[\x20-\x7e]+$",
        description="Names what is to be done once: for 24 h, the same request with the same key is "
        "answered from what the first one made, as it is by then, and says `Idempotent-Replayed: true`; "
        "404 when that was deleted. Another request with it is 422. What failed leaves nothing, and may be "
        "sent again. Of what is not retained, as in incognito, nothing is known afterwards.",
    ),
]


class Repeating:
    """The request, as far as it may be the repetition of another."""

    def __init__(self, request: Request, services: Services, key: IdempotencyKey = None) -> None:
        self._request = request
        self._intents = services.supabase.intents
        self._key = key

    async def intent(self, caller: Caller, *, body: bytes | None = None) -> Intent | None:
        """What is to be done once; None when the client has not said so.

        Args:
            caller: who asks.
            body: what has to be the same in a repetition; None for the request's own.
        """
        if self._key is None:
            return None
        request = self._request
        asked = Asked(
            method=request.method,
            path=request.url.path,
            query=request.query_params.multi_items(),
            headers={name: request.headers.get(name, "") for name in SELECTION_HEADERS},
            body=await request.body() if body is None else body,
        )
        return self._intents.of(caller, self._key, asked)

    async def outcome(self, caller: Caller, intent: Intent | None) -> Outcome | None:
        """What it came to when it was asked before; None when it was not.

        Raises:
            KeyReused: the key stands for another request.
        """
        return None if intent is None else await self._intents.outcome(caller, intent)

    async def once(
        self,
        caller: Caller,
        do: Callable[[Intent | None], Awaitable[Result]],
        again: Callable[[Sequence[UUID]], Awaitable[Result]],
    ) -> Result:
        """What is made now, or was by the same request before.

        Args:
            caller: who asks.
            do: makes it, and lets it be known in the same transaction.
            again: tells it from the ids of what was made.

        Raises:
            KeyReused: the key stands for another request.
            NotFound: what was made is gone.
        """
        intent = await self.intent(caller)
        outcome = await self.outcome(caller, intent)
        if outcome is None:
            try:
                return await do(intent)
            except Conflict:
                outcome = await self.outcome(caller, intent)
                if outcome is None:
                    raise
        self.tell_replayed()
        return await again(outcome.made)

    def tell_replayed(self) -> None:
        """The answer says that it is one that was given before."""
        self._request.state.is_replayed = True


def _refuse(key: IdempotencyKey = None) -> None:
    if key is not None:
        raise KeyUnsupported


Repeatable = Annotated[Repeating, Depends()]
NOT_REPEATABLE: Final = [Depends(_refuse)]
"""Of operations that would do harm when they are done twice, and cannot tell that they are."""
