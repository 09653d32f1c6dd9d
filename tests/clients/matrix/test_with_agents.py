"""OpenAI's Agents SDK, by both of its models."""

from tests.clients.matrix.driven import Shown
from tests.clients.matrix.remembering import *  # noqa: F403 - the same
from tests.clients.matrix.responding import *  # noqa: F403 - the same
from tests.clients.matrix.scenarios import *  # noqa: F403 - the same for every client

CLIENT = ("agents", "clients")
SHOWN = Shown(
    raises={
        None: "openai.APIError",
        400: "openai.BadRequestError",
        401: "openai.AuthenticationError",
        404: "openai.NotFoundError",
        429: "openai.RateLimitError",
        502: "openai.InternalServerError",
        503: "openai.InternalServerError",
    },
    broken_response="agents.ModelBehaviorError",
)
