"""Which profile, privacy mode and session a request of another protocol asks for, in all its slots."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final
from urllib.parse import unquote

from starlette.datastructures import Headers

from app.core.errors import AppError, InvalidInput, ProfileNotFound
from app.core.privacy import PrivacyMode, strictest
from app.core.surface_errors import ModelNotFound
from app.models.ids import SessionId, id_of

MODEL: Final = "memorychat"
TASK_MODEL: Final = "memorychat-task"
"""For titles, tags and the like: it reads and writes no memory."""
TASK_PROMPT: Final = "### Task:"
"""How Open WebUI begins what it asks for itself."""

PROFILE_HEADER: Final = "X-Memory-Profile"
MODE_HEADER: Final = "X-Memory-Mode"
SESSION_HEADER: Final = "X-Memory-Session"
RUN_HEADER: Final = "X-Memory-Run"
SELECTION_HEADERS: Final = (PROFILE_HEADER, MODE_HEADER, SESSION_HEADER)
TOLD_HEADERS: Final = (*SELECTION_HEADERS, RUN_HEADER)
"""What was in force, on every answer."""
_BODY_SLOTS: Final = ("memorychat", "metadata")


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """What a request asks for; None where it leaves the choice."""

    profile: str | None
    """An id or a name."""
    mode: PrivacyMode | None
    """The strictest of all slots."""
    session_id: SessionId | None


@dataclass(frozen=True, slots=True)
class NamedModel:
    """What a model's name selects."""

    profile: str | None
    mode: PrivacyMode | None


def selection_of(
    headers: Headers, body: Mapping[str, Any], model: NamedModel, *, stores: bool
) -> Selection:
    """What a request selects: a header beats the body, and the body the model's name.

    Args:
        headers: of the request.
        body: of the request, with `memorychat` or `metadata`.
        model: that it asks for.
        stores: False when the client said `store: false`.

    Raises:
        InvalidInput: a mode that is unknown, or a session's id that is none.
    """
    slots = [_header_slots(headers), *_body_slots(body)]
    modes = [_mode(name) for slot in slots if (name := slot.get("mode"))]
    session = next((slot["session_id"] for slot in slots if slot.get("session_id")), None)
    if model.mode:
        modes.append(model.mode)
    selection = Selection(
        profile=next((slot["profile"] for slot in slots if slot.get("profile")), model.profile),
        mode=strictest(*modes).mode if modes else None,
        session_id=_session_id(session) if session else None,
    )
    return selection if stores else unstored(selection)


def unstored(selection: Selection) -> Selection:
    """The selection of a client that said `store: false`: nothing is kept, and nothing is learnt.

    Elsewhere than in a session nothing is kept anyway, so that memories may still be read there.
    """
    mode = PrivacyMode.INCOGNITO if selection.session_id else PrivacyMode.PAUSE_MEMORIES
    return replace(selection, mode=strictest(*filter(None, (selection.mode, mode))).mode)


def named_model(model: str, *, answering: str) -> NamedModel:
    """What a model's name selects beside the model.

    Args:
        model: as it is asked for.
        answering: what the model itself is called, which stands for the default profile.

    Raises:
        ModelNotFound: nothing is called so.
        InvalidInput: what follows `memorychat:` is no mode.
    """
    if model == TASK_MODEL:
        return NamedModel(None, PrivacyMode.INCOGNITO)
    rest, _, suffix = model.rpartition(":")
    mode = PrivacyMode(suffix) if suffix in list(PrivacyMode) else None
    name = rest if mode else model
    if name in (MODEL, answering):
        return NamedModel(None, mode)
    if name.startswith(f"{MODEL}:"):
        raise _unknown_mode()
    if not name.startswith(f"{MODEL}/"):
        raise ModelNotFound
    return NamedModel(name.removeprefix(f"{MODEL}/"), mode)


def explained(error: ProfileNotFound, model: NamedModel) -> AppError:
    """The failure to find a profile, which the name of a mode that there is not may have caused."""
    return _unknown_mode() if model.profile and ":" in model.profile else error


def _header_slots(headers: Headers) -> Mapping[str, str | None]:
    profile = headers.get(PROFILE_HEADER)
    return {
        "profile": unquote(profile) if profile else None,
        "mode": headers.get(MODE_HEADER),
        "session_id": headers.get(SESSION_HEADER),
    }


def _body_slots(body: Mapping[str, Any]) -> Iterator[Mapping[str, str]]:
    for name in _BODY_SLOTS:
        if isinstance(slot := body.get(name), Mapping):
            yield {key: value for key, value in slot.items() if isinstance(value, str)}


def _mode(name: str) -> PrivacyMode:
    try:
        return PrivacyMode(name)
    except ValueError:
        raise _unknown_mode() from None


def _unknown_mode() -> InvalidInput:
    return InvalidInput(f"The privacy mode is not one of {', '.join(PrivacyMode)}")


def _session_id(text: str) -> SessionId:
    session_id = id_of(text)
    if session_id is None:
        raise InvalidInput("The session is not a UUID")
    return SessionId(session_id)
