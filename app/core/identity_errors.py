"""What can go wrong where somebody else says who calls: a branch of the tree in `errors.py`."""

from app.core.errors import AppError, Forbidden


class EmailUnconfirmed(Forbidden):
    """The account is there, and waits for its owner to follow the link in a message."""

    slug, title = "email-unconfirmed", "The e-mail address has not been confirmed yet"


class IdentityUnavailable(AppError):
    """The issuer of a token, or the service that keeps passwords, does not answer."""

    slug, title, status = "identity-unavailable", "Signing in is not available at the moment", 503
    retryable, usual_wait_s = True, 5.0


class IdentityTaken(Exception):
    """Somebody has made the same identity or tenant at the same time: to be looked for again."""
