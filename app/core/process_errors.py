"""What can go wrong between processes: the part of the tree in `errors.py` that is about them."""

from app.core.errors import AppError, Conflict


class WrongProcess(Conflict):
    """The words of an incognito conversation are in the memory of another process, and stay there."""

    slug, title = "wrong-process", "This incognito conversation is held by another process"

    def __init__(self) -> None:
        super().__init__(
            "This incognito conversation is in the memory of another process, and is never copied: "
            "requests have to be routed by its session's id. Deleting it works from everywhere."
        )


class PeersUnavailable(AppError):
    """Another process may know, and could not be asked."""

    slug, title, status = "peers-unavailable", "Another process does not answer at the moment", 503
    retryable, usual_wait_s = True, 2.0
