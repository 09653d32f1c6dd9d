"""LiteLLM."""

from tests.clients.matrix.driven import Shown
from tests.clients.matrix.scenarios import *  # noqa: F403 - the same for every client

CLIENT = ("litellm", "clients-litellm")
SHOWN = Shown(
    raises={
        None: "litellm.MidStreamFallbackError",
        400: "litellm.BadRequestError",
        401: "litellm.AuthenticationError",
        404: "litellm.NotFoundError",
        502: "litellm.BadGatewayError",
        503: "litellm.ServiceUnavailableError",
    }
)
