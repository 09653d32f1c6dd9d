"""What can be refused of WebSockets only: a part of the tree in `errors.py`.

AppError
├── Unauthenticated            401  NotAuthenticatedInTime
├── Forbidden                  403  OriginRefused · AnotherAccount
├── Conflict                   409  TooManyStreams · TooManySockets
└── UpgradeRequired            426
"""

from collections.abc import Mapping

from app.core.errors import AppError, Conflict, Forbidden, Unauthenticated


class NotAuthenticatedInTime(Unauthenticated):
    """No credential came soon after the socket was opened."""

    slug, title = "not-authenticated-in-time", "No credential came in time"


class OriginRefused(Forbidden):
    """The page that opens the socket is of an origin that may not use this API."""

    slug, title = "origin-refused", "Pages of this origin may not use this API"


class AnotherAccount(Forbidden):
    """A socket is one account's."""

    slug, title = "another-account", "The credential is another account's: open another socket"


class TooManyStreams(Conflict):
    """As many streams as one socket may carry are followed on it."""

    slug, title = "too-many-streams", "Too many streams are followed on this socket"


class TooManySockets(Conflict):
    """As many sockets as an account may have open at a time are open."""

    slug, title = "too-many-sockets", "Too many sockets of this account are open"


class UpgradeRequired(AppError):
    """A plain HTTP request came where a WebSocket is opened."""

    slug, title, status = "upgrade-required", "Open a WebSocket here", 426

    def headers(self) -> Mapping[str, str]:
        """What to upgrade to (RFC 9110)."""
        return {"Upgrade": "websocket", "Connection": "Upgrade"}
