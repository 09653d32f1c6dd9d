"""Everything that can be answered with a status, as one tree.

AppError
├── Unauthenticated            401  no credential, or one that does not hold
│   └── TokenReused            401  a refresh token came back after its rotation
├── Forbidden                  403  EmailUnconfirmed and IdentityUnavailable: identity_errors.py
├── NotFound                   404
│   ├── UserNotFound · ProfileNotFound · SessionNotFound · MessageNotFound
│   ├── MemoryNotFound · RunNotFound · JobNotFound
│   └── ImportNotFound: transfer_errors.py · DocumentNotFound, OriginalNotFound: document_errors.py
├── Conflict                   409  retrying the same request will not help
│   ├── EmailTaken · ProfileNameTaken · LastProfile · NotAConversation (surface_errors.py)
│   ├── RunInProgress · NothingToRegenerate · SessionEnded · RunBufferGone
│   └── NotReviewable · TransferInProgress and ExportRecalled: transfer_errors.py
├── PreconditionFailed         412
├── PayloadTooLarge            413
├── InvalidInput               422
│   └── FileRefused · DocumentRefused  422  a file cannot be imported, or read; says why
├── TooManyRequests            429  carries the seconds to wait · QuotaExceeded: quota_errors.py
├── ModelFailed                     the model endpoint's failures; with its status and code
│   ├── ModelRefused           502  it rejected the request
│   └── ModelUnavailable       503  it did not answer in time
│       └── ModelInterrupted   503  its answer broke off after the first word
├── ExtractionMalformed        502  the model's memories could not be read; only jobs see it
├── StorageUnavailable         503  the database, or a bucket, did not answer, or a disk is full
├── IndexUnavailable           503  the turn goes on without memories; searches say so
└── Draining · Overloaded      503  the server is going down, or full; ask again
"""

from collections.abc import Mapping, Sequence
from math import ceil
from typing import ClassVar


class AppError(Exception):
    """A failure that the client is told about. `detail` never holds a user's words."""

    slug: ClassVar[str]
    title: ClassVar[str]
    status: ClassVar[int]
    retryable: ClassVar[bool] = False
    usual_wait_s: ClassVar[float | None] = None

    def __init__(self, detail: str | None = None, *, retry_after_s: float | None = None) -> None:
        super().__init__(detail or self.title)
        self.detail = detail or self.title
        self.retry_after_s = self.usual_wait_s if retry_after_s is None else retry_after_s

    def headers(self) -> Mapping[str, str]:
        """Headers that belong to the failure itself."""
        wait_s = self.retry_after_s
        return {} if wait_s is None else {"Retry-After": str(max(1, ceil(wait_s)))}

    def errors(self) -> Sequence[Mapping[str, str]]:
        """What is wrong with which part of the request, as far as it can be told apart."""
        return ()


class Unauthenticated(AppError):
    """No credential was given, or it is expired, revoked or forged: the caller cannot tell which."""

    slug, title, status = "unauthenticated", "Authentication required", 401

    def headers(self) -> Mapping[str, str]:
        """The scheme to use (RFC 9110)."""
        return {"WWW-Authenticate": "Bearer"}


class TokenReused(Unauthenticated):
    """A refresh token was used again after its grace period; its whole family is revoked."""

    slug, title = "token-reused", "This login was ended because its refresh token was used twice"


class Forbidden(AppError):
    """The credential is good, but does not carry the right to do this."""

    slug, title, status = "forbidden", "Not permitted", 403


class NotFound(AppError):
    """The thing is absent, or belongs to someone else: the caller cannot tell which."""

    slug, title, status = "not-found", "Not found", 404


class UserNotFound(NotFound):
    """There is no such account any more."""

    slug, title = "user-not-found", "User not found"


class ProfileNotFound(NotFound):
    """The memory profile is absent, or belongs to someone else."""

    slug, title = "profile-not-found", "Memory profile not found"


class SessionNotFound(NotFound):
    """The session is absent, or belongs to someone else."""

    slug, title = "session-not-found", "Session not found"


class MessageNotFound(NotFound):
    """The message is absent, or belongs to someone else."""

    slug, title = "message-not-found", "Message not found"


class MemoryNotFound(NotFound):
    """The memory is absent, or belongs to someone else."""

    slug, title = "memory-not-found", "Memory not found"


class RunNotFound(NotFound):
    """The run is absent, belongs to someone else, or left nothing behind."""

    slug, title = "run-not-found", "Run not found"


class JobNotFound(NotFound):
    """The memory job is absent, or belongs to someone else."""

    slug, title = "job-not-found", "Memory job not found"


class Conflict(AppError):
    """The request is sound, but not in the present state of things."""

    slug, title, status = "conflict", "Conflict", 409

    def headers(self) -> Mapping[str, str]:
        """Tells OpenAI SDKs not to send the same request again."""
        return {**AppError.headers(self), "x-should-retry": "false"}


class EmailTaken(Conflict):
    """An account with this address exists."""

    slug, title = "email-taken", "An account with this e-mail address exists"


class ProfileNameTaken(Conflict):
    """The user has a profile of this name."""

    slug, title = "profile-name-taken", "A memory profile of this name exists"


class LastProfile(Conflict):
    """A user keeps at least one profile."""

    slug, title = "last-profile", "The last memory profile cannot be deleted"


class RunInProgress(Conflict):
    """One run at a time per session."""

    slug, title = "run-in-progress", "An answer is being written in this session"


class NothingToRegenerate(Conflict):
    """The session's last message is not an answer to a user's message."""

    slug, title = "nothing-to-regenerate", "There is no answer to write anew"


class SessionEnded(Conflict):
    """The session changed its mode or was deleted while the request was under way."""

    slug, title = "session-ended", "The session has changed since"


class RunBufferGone(Conflict):
    """The run's events are no longer kept; its message is."""

    slug, title = "run-buffer-gone", "The events of this run are no longer kept"


class NotReviewable(Conflict):
    """The memory has been superseded: what took its place can be reviewed."""

    slug, title = "not-reviewable", "A newer memory has taken the place of this one"


class PreconditionFailed(AppError):
    """`If-Match` names a version that is not the present one."""

    slug, title, status = "precondition-failed", "The resource has changed since", 412


class PayloadTooLarge(AppError):
    """The body is over the limit."""

    slug, title, status = "payload-too-large", "The request body is too large", 413


class InvalidInput(AppError):
    """A value is of the right type and still unusable."""

    slug, title, status = "invalid-input", "The request is not valid", 422


class TooManyRequests(AppError):
    """A limit is used up; `retry_after_s` says when to come back, `limit` how many are allowed."""

    slug, title, status = "too-many-requests", "Too many requests", 429
    retryable = True

    def __init__(self, detail: str, *, retry_after_s: float, limit: int) -> None:
        super().__init__(detail, retry_after_s=retry_after_s)
        self.limit = limit


class ModelFailed(AppError):
    """No answer came of a model endpoint. What it said itself is left out, since it may quote."""

    def __init__(
        self,
        detail: str | None = None,
        *,
        retry_after_s: float | None = None,
        upstream_status: int | None = None,
        upstream_code: str | None = None,
        upstream_param: str | None = None,
    ) -> None:
        """What the endpoint answered with, as far as it did.

        Args:
            detail: says it in our words.
            retry_after_s: when the endpoint wants to be asked again.
            upstream_status: HTTP's.
            upstream_code: a slug such as `context_length_exceeded`.
            upstream_param: which part of the request it is about, such as `tools[0].function`.
        """
        super().__init__(detail, retry_after_s=retry_after_s)
        self.upstream_status = upstream_status
        self.upstream_code = upstream_code
        self.upstream_param = upstream_param


class ModelRefused(ModelFailed):
    """The model endpoint rejected the request: a wrong key, an unknown model, a bad parameter."""

    slug, title, status = "model-refused", "The model endpoint refused the request", 502


class ModelUnavailable(ModelFailed):
    """The model endpoint could not be reached, was overloaded, or did not answer in time."""

    slug, title, status = "model-unavailable", "The model does not answer at the moment", 503
    retryable = True


class ModelInterrupted(ModelUnavailable):
    """The model's answer broke off after its first word; what came is kept and marked."""

    slug, title = "model-interrupted", "The model's answer broke off"


class ExtractionMalformed(AppError):
    """The model's memories were no valid JSON of the agreed shape, also after one repair."""

    slug, title, status = "extraction-malformed", "The extracted memories were unreadable", 502


class StorageUnavailable(AppError):
    """The database gave no answer, or could not write. Nothing of the request was kept."""

    slug, title, status = "storage-unavailable", "Storage is not available at the moment", 503
    retryable, usual_wait_s = True, 10.0


class IndexUnavailable(AppError):
    """The vector index gave no answer within its deadline."""

    slug, title, status = "index-unavailable", "Memory search is not available at the moment", 503
    retryable = True


class Draining(AppError):
    """The server is shutting down and takes no new runs."""

    slug, title, status = "draining", "The server is shutting down", 503
    retryable = True


class Overloaded(AppError):
    """As many runs are under way as this process allows."""

    slug, title, status = "overloaded", "Too many answers are being written at the moment", 503
    retryable = True


class StartRefused(Exception):
    """The process cannot start as it is configured; its text says what to do, to the operator."""
