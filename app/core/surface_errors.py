"""What clients of other protocols can ask for, and not get: a part of the tree in `errors.py`."""

from app.core.errors import AppError, Conflict, Forbidden, NotFound


class NotAConversation(Conflict):
    """The session holds what was learnt from a conversation of another application."""

    slug, title = (
        "not-a-conversation",
        "This holds what was learnt from another application's conversation, which goes on there",
    )


class ResponseNotFound(NotFound):
    """The response is absent, someone else's, or was not kept."""

    slug, title = "response-not-found", "There is no such response"


class ConversationNotFound(NotFound):
    """The conversation is absent, or belongs to someone else."""

    slug, title = "conversation-not-found", "There is no such conversation"


class ItemNotFound(NotFound):
    """The item is absent, someone else's, or in another conversation."""

    slug, title = "item-not-found", "There is no such item"


class CallsNotKept(Conflict):
    """Results of tools came without the calls that they answer, and those are not kept any more."""

    slug, title = (
        "calls-not-kept",
        "The calls that these outputs answer are no longer kept; send their `function_call` items too",
    )


class GoneOn(Conflict):
    """A conversation goes on from its end only: a copy of what was said before would outlive it."""

    slug, title = (
        "gone-on",
        "The conversation has gone on since: name its last response",
    )


class ModelNotFound(NotFound):
    """No model is called so."""

    slug, title = "model-not-found", "There is no such model; GET /v1/models lists them"


class HostNotAllowed(AppError):
    """The request was sent to a name that this server is not known by: DNS may have been rebound."""

    slug, title, status = (
        "host-not-allowed",
        "This server is not known by the name in Host: MEMORYCHAT_PUBLIC_URL and "
        "MEMORYCHAT_MCP_HOSTS say by which it is",
        421,
    )


class OriginNotAllowed(Forbidden):
    """A page of another origin sent the request."""

    slug, title = (
        "origin-not-allowed",
        "Pages of this origin may not ask: MEMORYCHAT_CORS_ORIGINS says which may",
    )


class NotAcceptable(AppError):
    """The client takes no answer of the kind that there is."""

    slug, title, status = "not-acceptable", "Answers are application/json: accept it", 406


class UnsupportedMediaType(AppError):
    """The body is of a kind that is not read."""

    slug, title, status = "unsupported-media-type", "Send application/json", 415
