"""OpenAI's own SDK."""

from tests.clients.matrix.driven import Shown
from tests.clients.matrix.scenarios import *  # noqa: F403 - the same for every client

CLIENT = ("openai", "clients")
SHOWN = Shown(
    raises={
        None: "openai.APIError",
        400: "openai.BadRequestError",
        401: "openai.AuthenticationError",
        404: "openai.NotFoundError",
        429: "openai.RateLimitError",
        502: "openai.InternalServerError",
        503: "openai.InternalServerError",
    }
)
