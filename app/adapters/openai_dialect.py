"""What chat completion endpoints accept and refuse. The same API, in many dialects."""

import math
import re
from collections.abc import Mapping, Set
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Final

import orjson

from app.core.errors import ModelInterrupted, ModelRefused, ModelUnavailable
from app.ports.chat_model import Prompt

_ANSWERABLE: Final = frozenset({HTTPStatus.BAD_REQUEST, HTTPStatus.UNPROCESSABLE_ENTITY})
_TRANSIENT: Final = frozenset(
    {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.CONFLICT, HTTPStatus.TOO_MANY_REQUESTS}
)

_NEGOTIABLE: Final = (
    "store",
    "stream_options",
    "max_completion_tokens",
    "max_tokens",
    "temperature",
    "response_format",
)
# 'store' | "store" | body.store | Unrecognized request argument supplied: store
_NAMED: Final = re.compile(rf"""(?:['"`.]|: )({"|".join(_NEGOTIABLE)})(?![\w-])""")
_SLUG: Final = re.compile(r"(?!\d+$)[\w.-]{1,64}")
_PARAM: Final = re.compile(r"[\w.\[\]-]{1,64}")

_TOO_LONG: Final = "context_length_exceeded"
# Endpoints without OpenAI's code: llama.cpp has its own, vLLM and OpenRouter only say a sentence.
_SYNONYMS: Final = {"exceed_context_size_error": _TOO_LONG}
_SAYS_TOO_LONG: Final = re.compile(
    r"maximum context length|exceeds? the (?:available |maximum )?context|prompt is too long",
    re.IGNORECASE,
)
_HOPELESS: Final = frozenset(
    {_TOO_LONG, "content_filter", "content_policy_violation", "invalid_prompt", "model_not_found"}
    | {"invalid_request_error", "unsupported_parameter", "unsupported_value"}
)
"""Codes inside a stream that the same prompt will meet again."""

_ALWAYS_OURS: Final = frozenset({"model", "messages", "stream", "store", "stream_options"})
_LIMITS: Final = frozenset({"max_tokens", "max_completion_tokens"})


def request_options(prompt: Prompt, *, without: Set[str]) -> dict[str, object]:
    """Our own part of the body but for model and messages, without what the endpoint refused."""
    options: dict[str, object] = {"store": False, "stream_options": {"include_usage": True}}
    if prompt.temperature is not None:
        options["temperature"] = prompt.temperature
    if prompt.json_object:
        options["response_format"] = {"type": "json_object"}
    if prompt.max_output_tokens is not None:
        # The old name first: endpoints that do not know the new one ignore it in silence.
        limit = "max_completion_tokens" if "max_tokens" in without else "max_tokens"
        options[limit] = prompt.max_output_tokens
    accepted = {name: value for name, value in options.items() if name not in without}
    return {"stream": True, **accepted}


def given_options(prompt: Prompt) -> dict[str, object]:
    """What a client asked for, but for what `request_options` says: left out for no endpoint."""
    ours = set(_ALWAYS_OURS)
    if prompt.temperature is not None:
        ours.add("temperature")
    if prompt.json_object:
        ours.add("response_format")
    if prompt.max_output_tokens is not None:
        ours |= _LIMITS
    return {name: value for name, value in prompt.options.items() if name not in ours}


def refused_option(status: int, body: object, *, sent: Set[str]) -> str | None:
    """The option that the endpoint will not have, when leaving it out may help."""
    if status not in _ANSWERABLE:
        return None
    parameter = body.get("param") if isinstance(body, Mapping) else None
    if isinstance(parameter, str) and parameter:
        names = parameter.split(".")
    else:
        names = _NAMED.findall(orjson.dumps(body, default=str).decode())
    return next((name for name in names if name in _NEGOTIABLE and name in sent), None)


def failure(
    status: int, body: object, headers: Mapping[str, str]
) -> ModelRefused | ModelUnavailable:
    """The error for a status, with the endpoint's code and never its sentence, which may quote."""
    kind = ModelUnavailable if _may_pass(status) else ModelRefused
    code, param = error_code(body), _error_param(body)
    return kind(
        f"The model endpoint answered {status}{_named(code, param)}",
        retry_after_s=retry_after_s(headers) if _may_pass(status) else None,
        upstream_status=status,
        upstream_code=code,
        upstream_param=param,
    )


def reported(error: object, *, begun: bool) -> ModelRefused | ModelUnavailable:
    """The error for one inside a stream, where it has no status but that in its code.

    Args:
        error: the object under `error`.
        begun: whether a piece of the answer has come before it.
    """
    said = error.get("code") if isinstance(error, Mapping) else None
    status = said if isinstance(said, int) and 400 <= said < 600 else None
    code, param = error_code(error), _error_param(error)
    kind: type[ModelRefused | ModelUnavailable] = ModelUnavailable
    if begun:
        kind = ModelInterrupted
    elif code in _HOPELESS if status is None else not _may_pass(status):
        kind = ModelRefused
    return kind(
        f"The model endpoint reported an error{_named(code, param)}",
        upstream_status=status,
        upstream_code=code,
        upstream_param=param,
    )


def error_code(body: object) -> str | None:
    """The code of an error body, or else its type; None when neither is a slug."""
    if not isinstance(body, Mapping):
        return None
    code, kind = (str(body.get(name) or "") for name in ("code", "type"))
    if _SLUG.fullmatch(code):
        return code
    if _SAYS_TOO_LONG.search(str(body.get("message") or "")):
        return _TOO_LONG
    return _SYNONYMS.get(kind, kind) if _SLUG.fullmatch(kind) else None


def _error_param(body: object) -> str | None:
    param = body.get("param") if isinstance(body, Mapping) else None
    return param if isinstance(param, str) and _PARAM.fullmatch(param) else None


def _named(code: str | None, param: str | None) -> str:
    return (f" ({code})" if code else "") + (f" about {param}" if param else "")


def _may_pass(status: int) -> bool:
    return status in _TRANSIENT or status >= HTTPStatus.INTERNAL_SERVER_ERROR


def retry_after_s(headers: Mapping[str, str]) -> float | None:
    """Seconds to wait (RFC 9110, 10.2.3: a number or a date); None when unsaid or unreadable."""
    value = headers.get("retry-after")
    if value is None:
        return None
    try:
        seconds = float(value)
    except ValueError:
        try:
            at = parsedate_to_datetime(value)
        except ValueError:
            return None
        seconds = (at.replace(tzinfo=at.tzinfo or UTC) - datetime.now(UTC)).total_seconds()
    return max(0.0, seconds) if math.isfinite(seconds) else None
