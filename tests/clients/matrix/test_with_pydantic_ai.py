"""Pydantic AI."""

from tests.clients.matrix.driven import Shown
from tests.clients.matrix.remembering import *  # noqa: F403 - the same
from tests.clients.matrix.responding import *  # noqa: F403 - the same
from tests.clients.matrix.scenarios import *  # noqa: F403 - the same for every client

CLIENT = ("pydantic_ai", "clients")
SHOWN = Shown(
    raises={
        None: "pydantic_ai.ModelAPIError",
        400: "pydantic_ai.ModelRequestRejectedError",
        401: "pydantic_ai.ModelAuthenticationError",
        404: "pydantic_ai.ModelNotFoundError",
        429: "pydantic_ai.ModelQuotaExceededError",
        502: "pydantic_ai.ModelServerError",
        503: "pydantic_ai.ModelUnavailableError",
    },
    broken_response="pydantic_ai.ModelAPIError",
)
