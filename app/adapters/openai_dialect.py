"""What chat completion endpoints accept and refuse. The same API, in many dialects."""

import math
import re
from collections.abc import Mapping, Set
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Final

import orjson

from app.core.errors import AppError, ModelRefused, ModelUnavailable
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
_SLUG: Final = re.compile(r"[\w.-]{1,64}")


def request_options(prompt: Prompt, *, without: Set[str]) -> dict[str, object]:
    """The request's body but for model and messages, leaving out what the endpoint refused."""
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


def failure(status: int, body: object, headers: Mapping[str, str]) -> AppError:
    """The error for a status, with the endpoint's code and never its sentence, which may quote."""
    detail = f"The model endpoint answered {status}{error_code(body)}"
    if status in _TRANSIENT or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return ModelUnavailable(detail, retry_after_s=retry_after_s(headers))
    return ModelRefused(detail)


def error_code(body: object) -> str:
    """The code or type of an error body as ` (code)`; empty when it has none that is a slug."""
    if not isinstance(body, Mapping):
        return ""
    codes = (str(body.get(key) or "") for key in ("code", "type"))
    return next((f" ({code})" for code in codes if _SLUG.fullmatch(code)), "")


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
