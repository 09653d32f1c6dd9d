"""LangChain."""

from tests.clients.matrix.driven import Shown
from tests.clients.matrix.remembering import *  # noqa: F403 - the same
from tests.clients.matrix.responding import *  # noqa: F403 - the same
from tests.clients.matrix.scenarios import *  # noqa: F403 - the same for every client

CLIENT = ("langchain", "clients-langchain")
SHOWN = Shown(
    raises={
        None: "openai.APIError",
        400: "langchain_openai.OpenAIInvalidRequestError",
        401: "langchain_openai.OpenAIAuthenticationError",
        404: "langchain_openai.OpenAIModelNotFoundError",
        429: "langchain_openai.OpenAIRateLimitError",
        502: "langchain_openai.OpenAIAPIError",
        503: "langchain_openai.OpenAIAPIError",
    },
    broken_response="builtins.ValueError",
)
