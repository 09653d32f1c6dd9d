"""The errors that operations document."""

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from app.models.plan import Quota


class ErrorObject(BaseModel):
    """The failure in the form that OpenAI SDKs read."""

    message: str
    type: str
    code: str | None
    param: str | None


class FieldError(BaseModel):
    """What is wrong with one part of the request. The input itself is never repeated."""

    model_config = ConfigDict(populate_by_name=True)

    where: str = Field(alias="in", description="body, path, query or header")
    pointer: str = Field(description="A JSON pointer into it.")
    detail: str


class QuotaState(BaseModel):
    """What of the plan is used up."""

    name: Quota
    limit: int
    used: int
    reserved: int = Field(description="Held by answers under way.")
    resets_at: datetime | None = Field(description="Null for what deleting makes room in.")


class Problem(BaseModel):
    """A failure, as RFC 9457 has it."""

    type: str
    title: str
    status: int
    detail: str
    instance: str
    request_id: str | None
    error: ErrorObject
    errors: list[FieldError] | None = None
    quota: QuotaState | None = Field(default=None, description="Of a quota that is used up.")


class FailureDetails(BaseModel):
    """What has caused a failure."""

    error_code: str = Field(description="A slug that does not change.")


class FailureOfMessage(BaseModel):
    """The failure itself."""

    type: str = Field(description="By the status, such as `invalid_request_error`.")
    message: str
    details: FailureDetails


class MessageFailure(BaseModel):
    """A failure, as Anthropic's SDKs read it."""

    type: Literal["error"]
    error: FailureOfMessage
    request_id: str | None


_MEANINGS = {
    400: "The request could not be read.",
    401: "No credential, or one that does not hold.",
    403: "The credential does not carry the right, or the plan has no room for more.",
    404: "Absent, or someone else's.",
    409: "Not in the present state of things.",
    412: "`If-Match` names another version than the present one.",
    413: "The body is too large.",
    422: "The request is not valid.",
    429: "Too many requests, or the plan's quota of the month is used up.",
    500: "An unexpected error.",
    502: "The model endpoint refused the request.",
    503: "Not available at the moment.",
}

_EVERYWHERE = (413, 500)
_OF_THE_API = (400, 422, 503)


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """`responses` for these statuses and for those that every operation below `/api` can have."""
    return _documented({*statuses, *_OF_THE_API, *_EVERYWHERE})


def compatible_problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """`responses` for these statuses and for those that every operation below `/v1` can have."""
    return _documented({*statuses, 400, 503, *_EVERYWHERE})


def message_failures(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """`responses` for these statuses, as Anthropic's clients read them, and for those that all can have."""
    told = {*statuses, 400, 403, 503, *_EVERYWHERE}
    schema = {"$ref": "#/components/schemas/MessageFailure"}
    return {
        status: {
            "description": _MEANINGS[status],
            "content": {"application/json": {"schema": schema}},
        }
        for status in sorted(told)
    }


def system_problems() -> dict[int | str, dict[str, Any]]:
    """`responses` of operations that read no input and no database."""
    return _documented(set(_EVERYWHERE))


def _documented(statuses: set[int]) -> dict[int | str, dict[str, Any]]:
    return {
        status: {
            "description": _MEANINGS[status],
            "content": {
                "application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}
            },
        }
        for status in sorted(statuses)
    }


OF_USERS = problems(401, 429)
"""For routers whose every operation needs a user."""
