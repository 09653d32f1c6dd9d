"""Calls of tools that responses have asked for, as long as their runs are known."""

from collections.abc import Mapping, Sequence

from app.api.deps import Services
from app.core.errors import RunBufferGone, RunNotFound
from app.core.surface_errors import CallsNotKept
from app.models.ids import RunId
from app.models.user import Caller
from app.ports.chat_model import GivenMessage
from app.schemas.openai_answers import tool_calls
from app.schemas.openai_ids import call_item
from app.schemas.openai_items import a_call
from app.services.run_events import RunEvent
from app.services.runs import Run


async def with_calls(
    services: Services, caller: Caller, run_id: RunId | None, new: Sequence[GivenMessage]
) -> Sequence[GivenMessage]:
    """The messages, after the calls that their outputs answer, if those do not stand among them.

    Raises:
        CallsNotKept: they are not known any more.
    """
    missing = _answered(new) - _asked(new)
    if not missing:
        return new
    if run_id is None:
        raise CallsNotKept
    events, before = await _log_of(services, caller, run_id)
    calls = [
        a_call(one.id, one.function.name, one.function.arguments) for one in tool_calls(events)
    ]
    if missing - _asked([*before, *calls]):
        raise CallsNotKept
    return [*before, *calls, *new]


def last_calls(messages: Sequence[GivenMessage]) -> list[GivenMessage]:
    """The calls of tools, and their results, that the messages end with."""
    last: list[GivenMessage] = []
    for message in reversed(messages):
        if message.role != "tool" and not message.body.get("tool_calls"):
            break
        last.insert(0, message)
    return last


async def calls_of(services: Services, caller: Caller, run_id: RunId) -> Mapping[str, GivenMessage]:
    """The calls that a run has asked for, by the ids of their items; none when they are not known."""
    try:
        events, _ = await _log_of(services, caller, run_id)
    except CallsNotKept:
        return {}
    return {
        call_item(run_id, at): a_call(one.id, one.function.name, one.function.arguments)
        for at, one in enumerate(tool_calls(events))
    }


async def _log_of(
    services: Services, caller: Caller, run_id: RunId
) -> tuple[Sequence[RunEvent], Sequence[GivenMessage]]:
    """A run's events, and the calls of tools that came after its question before it."""
    try:
        run = await services.run_views.followable(caller, run_id)
    except (RunNotFound, RunBufferGone):
        raise CallsNotKept from None
    if isinstance(run, Run):
        return run.log, run.talk.after if run.talk else ()
    return [event async for events in run.follow() for event in events], ()


def _answered(messages: Sequence[GivenMessage]) -> set[str]:
    return {str(one.body["tool_call_id"]) for one in messages if one.role == "tool"}


def _asked(messages: Sequence[GivenMessage]) -> set[str]:
    asked = set()
    for message in messages:
        calls = message.body.get("tool_calls")
        asked |= {str(call["id"]) for call in calls} if isinstance(calls, list) else set()
    return asked
