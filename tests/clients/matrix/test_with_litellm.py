"""LiteLLM."""

from tests.clients.matrix.driven import Shown, User
from tests.clients.matrix.manual import lines_for
from tests.clients.matrix.scenarios import *  # noqa: F403 - the same for every client

CLIENT = ("litellm", "clients-litellm")
SHOWN = Shown(
    raises={
        None: "litellm.MidStreamFallbackError",
        400: "litellm.BadRequestError",
        401: "litellm.AuthenticationError",
        404: "litellm.NotFoundError",
        429: "litellm.RateLimitError",
        502: "litellm.BadGatewayError",
        503: "litellm.ServiceUnavailableError",
    }
)


def test_the_configuration_of_a_proxy_works(ada: User) -> None:
    ada.person.profile("work")

    assert ada.does("route", model="memory", lines=ada.filled(lines_for("config.yaml")))["text"]
