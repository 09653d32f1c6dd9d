"""What a good API key does not permit, and what is refused of keys; parts of the tree in `errors.py`.

AppError
├── Forbidden                  403
│   └── KeyForbids             403  MissingScope · LoginRequired · KeyBound · ModeForbids
├── NotFound                   404  ApiKeyNotFound
└── Conflict                   409  TooManyKeys
"""

from collections.abc import Iterable, Mapping

from app.core.errors import Conflict, Forbidden, NotFound


class KeyForbids(Forbidden):
    """The API key holds, and does not permit this."""

    slug, title = "key-forbids", "The API key does not permit this"

    def headers(self) -> Mapping[str, str]:
        """That another credential would do (RFC 6750)."""
        return {"WWW-Authenticate": 'Bearer error="insufficient_scope"'}


class MissingScope(KeyForbids):
    """The key lacks a scope; says which."""

    slug, title = "missing-scope", "The API key lacks a scope"

    def __init__(self, scopes: Iterable[str]) -> None:
        self.scope = " ".join(sorted(scopes))
        super().__init__(f"The API key lacks the scope {self.scope}.")

    def headers(self) -> Mapping[str, str]:
        """The scope that would do (RFC 6750)."""
        return {"WWW-Authenticate": f'Bearer error="insufficient_scope", scope="{self.scope}"'}


class LoginRequired(KeyForbids):
    """No key may do this, whatever its scopes."""

    slug, title = "login-required", "No API key permits this: sign in"


class KeyBound(KeyForbids):
    """The key reaches one profile, and this is about the whole account."""

    slug, title = "key-bound", "The API key is bound to one memory profile"


class ModeForbids(KeyForbids):
    """The privacy mode that the key is held to lets memories be neither read nor written so."""

    slug, title = "mode-forbids", "The API key is held to a privacy mode that does not permit this"

    def headers(self) -> Mapping[str, str]:
        """None: no further scope would do."""
        return {}


class ApiKeyNotFound(NotFound):
    """The key is absent, or belongs to someone else."""

    slug, title = "api-key-not-found", "API key not found"


class TooManyKeys(Conflict):
    """The user has as many keys as anybody may."""

    slug, title = "too-many-keys", "There are too many API keys: delete one first"
