"""What a tool of the Model Context Protocol says when what it stands on fails."""

from typing import Any, cast
from uuid import UUID

import pytest

from app.api.mcp.exchange import Exchange
from app.api.mcp.tool import Tool
from app.core.errors import AppError, Conflict, IndexUnavailable, StorageUnavailable
from app.models.api_key import Scope
from app.models.ids import TenantId, UserId
from app.models.user import Caller
from app.schemas.mcp import ProfilesArguments, ToldProfiles

NOBODY = UUID(int=7)


def failing(error: Exception) -> Tool:
    """A tool that always fails so."""

    async def run(_: Exchange, __: Any) -> ToldProfiles:
        raise error

    return Tool(
        name="fail",
        title="Fail",
        description="Fails.",
        scope=Scope.MEMORIES_READ,
        is_permitted=lambda _: True,
        arguments=ProfilesArguments,
        result=ToldProfiles,
        run=run,
    )


def an_exchange() -> Exchange:
    caller = Caller(user_id=UserId(NOBODY), tenant_id=TenantId(NOBODY), login_id=NOBODY)
    return Exchange(cast(Any, None), caller, is_bound=False)


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (IndexUnavailable(retry_after_s=4.4), "Try again in 4 seconds."),
        (StorageUnavailable(retry_after_s=0.2), "Try again in 1 seconds."),
        (Conflict("Nothing to be done"), "Nothing to be done"),
    ],
)
async def test_a_model_is_told_what_to_do(error: AppError, told: str) -> None:
    result = await failing(error).called(an_exchange(), {})

    assert result["isError"] is True
    assert result["content"][0]["text"].endswith(told)


async def test_what_nobody_has_thought_of_is_not_told() -> None:
    with pytest.raises(RuntimeError):
        await failing(RuntimeError("figs")).called(an_exchange(), {})
