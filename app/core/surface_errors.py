"""What clients of other protocols can ask for, and not get: a part of the tree in `errors.py`."""

from app.core.errors import Conflict, NotFound


class NotAConversation(Conflict):
    """The session holds what was learnt from a conversation of another application."""

    slug, title = (
        "not-a-conversation",
        "This holds what was learnt from another application's conversation, which goes on there",
    )


class ModelNotFound(NotFound):
    """No model is called so."""

    slug, title = "model-not-found", "There is no such model; GET /v1/models lists them"
