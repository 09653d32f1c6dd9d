"""What clients and the server say to each other on a WebSocket, beside the events of runs."""

from enum import IntEnum
from typing import Annotated, Final, Literal
from uuid import UUID

from pydantic import Field, TypeAdapter

from app.core.privacy import PrivacyMode
from app.schemas.fields import Answer, Body, MessageText, Words

MAX_EVENT_NUMBER: Final = 2**53 - 1
"""The largest whole number that JavaScript has."""


class CloseCode(IntEnum):
    """Why the server closes a socket, besides what RFC 6455 says of the codes below 4000."""

    GONE = 1006
    """The client left; never sent."""
    UNSUPPORTED = 1003
    """A binary frame came."""
    UNEXPECTED = 1011
    """An unexpected error; also sent when pings are not answered."""
    RESTART = 1012
    """The server is going down: open another socket, and follow what was not heard to its end."""
    TRY_AGAIN = 1013
    """The credential could not be looked at now, or a limit is used up."""
    UNAUTHENTICATED = 4401
    """No credential that holds; or its login, or key, has ended since."""
    FORBIDDEN = 4403
    """The key lacks the scope `chat`, or the credential is another account's."""
    TIMEOUT = 4408
    """No credential came in time."""
    TOO_MANY = 4429
    """The account has as many sockets open as it may."""


RequestId = Annotated[
    Words,
    Field(
        max_length=100,
        description="Any text of the client's, repeated in everything that comes of this message.",
    ),
]


class ClientMessage(Body):
    """Something that a client asks for."""

    request_id: RequestId | None = None


class Authenticate(ClientMessage):
    """The credential: first of all where no header had it, and anew before it expires."""

    type: Literal["authenticate"]
    token: str = Field(min_length=1, max_length=16_000)


class StartChat(ClientMessage):
    """A message for a session, whose answer is followed from its first event."""

    type: Literal["chat.start"]
    session_id: UUID
    message: MessageText
    privacy_mode: PrivacyMode | None = None


class Regenerate(ClientMessage):
    """Another answer to a session's last message, followed from its first event."""

    type: Literal["regenerate"]
    session_id: UUID
    privacy_mode: PrivacyMode | None = None


class FollowRun(ClientMessage):
    """The events of a run after the last one seen."""

    type: Literal["run.follow"]
    run_id: UUID
    after: int = Field(default=0, ge=0, le=MAX_EVENT_NUMBER)


class CancelRun(ClientMessage):
    """The end of a run, which keeps the answer so far."""

    type: Literal["run.cancel"]
    run_id: UUID


class SubscribeToEvents(ClientMessage):
    """The feed, from now on."""

    type: Literal["events.subscribe"]


class Ping(ClientMessage):
    """A sign of life, where a client cannot send WebSocket's own."""

    type: Literal["ping"]


SocketRequest = Annotated[
    Authenticate | StartChat | Regenerate | FollowRun | CancelRun | SubscribeToEvents | Ping,
    Field(discriminator="type"),
]

SOCKET_REQUEST: Final[TypeAdapter[SocketRequest]] = TypeAdapter(SocketRequest)


class SocketError(Answer):
    """Why a message was refused, as the `error` of a problem has it."""

    message: str
    type: str
    code: str
    param: str | None


class ServerMessage(Answer):
    """Something that the server says."""

    request_id: str | None = None


class SocketReady(ServerMessage):
    """The credential holds: everything may be asked for."""

    type: Literal["ready"] = "ready"
    socket_id: str = Field(description="Under this `request_id`, the server's log tells of it.")


class SocketAccepted(ServerMessage):
    """A run is told to end, or the feed is listened to."""

    type: Literal["accepted"] = "accepted"
    run_id: UUID | None = None


class StreamEnded(ServerMessage):
    """Nothing more comes of a run or of the feed."""

    type: Literal["stream.ended"] = "stream.ended"
    run_id: UUID | None = None


class SocketPong(ServerMessage):
    """The answer to a `ping`."""

    type: Literal["pong"] = "pong"


class SocketFailure(ServerMessage):
    """A message was refused; the socket stays open unless a close frame follows."""

    type: Literal["error"] = "error"
    status: int = Field(description="What HTTP would have answered with.")
    error: SocketError
    retry_after_s: float | None = None


SocketAnswer = Annotated[
    SocketReady | SocketAccepted | StreamEnded | SocketPong | SocketFailure,
    Field(discriminator="type"),
]
