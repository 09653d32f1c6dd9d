"""What becomes of a request that is sent again under its `Idempotency-Key`; parts of the tree in `errors.py`.

AppError
├── KeyReused                  422
├── KeyUnsupported             400
└── Conflict                   409  SecretWasShown
    └── KeyInUse               409  IntentTaken · StillAnswering: send it again
"""

from collections.abc import Mapping

from app.core.errors import AppError, Conflict


class KeyReused(AppError):
    """The key stands for another request of the same caller."""

    slug, title, status = (
        "idempotency-key-reused",
        "The Idempotency-Key was used for another request",
        422,
    )


class KeyUnsupported(AppError):
    """Doing it twice would do harm, and nothing here would keep it from being done twice."""

    slug, title, status = (
        "idempotency-key-unsupported",
        "This operation takes no Idempotency-Key: send it without one",
        400,
    )


class KeyInUse(Conflict):
    """The answer to the first request comes when the same is sent later."""

    slug, title = (
        "idempotency-key-in-use",
        "The first request with this Idempotency-Key is still being answered",
    )
    retryable, usual_wait_s = True, 1.0

    def headers(self) -> Mapping[str, str]:
        """Tells OpenAI SDKs to send the same request again, and everybody when."""
        return {**Conflict.headers(self), "x-should-retry": "true"}


class IntentTaken(KeyInUse):
    """Another request with the same key was faster."""


class StillAnswering(KeyInUse):
    """The first request has made something, and its answer is not whole."""


class SecretWasShown(Conflict):
    """The key was created by the first request, and nobody can show its secret again."""

    slug, title = (
        "secret-was-shown",
        "The API key exists, and its secret cannot be shown again: delete it and create another",
    )
