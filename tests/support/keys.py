"""API keys of somebody who uses the API."""

from collections.abc import Iterable
from typing import Any, Self

from app.models.api_key import Scope
from tests.support.person import Person, Reachable

EVERY_SCOPE = tuple(one.value for one in Scope)


def a_key(person: Person, *scopes: str, **wish: Any) -> Any:
    """A new key as its owner is shown it once; good for everything unless scopes are given."""
    return person.post(
        "/api-keys", {"name": "program", "scopes": list(scopes or EVERY_SCOPE), **wish}
    )


class Keyring:
    """Programs that call with keys of somebody, hung up at the end."""

    def __init__(self, server: Reachable) -> None:
        self._server = server
        self._programs: list[Person] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for program in self._programs:
            program.http.close()

    def new(self, person: Person, *scopes: str, **wish: Any) -> Person:
        """The same account, called by a program that has a new key of it."""
        return self.showing(person, a_key(person, *scopes, **wish)["key"])

    def showing(self, person: Person, secret: str) -> Person:
        """The same account, called by a program that shows this as its key."""
        program = person.at(self._server)
        program.http.headers["Authorization"] = f"Bearer {secret}"
        self._programs.append(program)
        return program


def all_but(scopes: Iterable[str]) -> tuple[str, ...]:
    """Every scope but these."""
    return tuple(one for one in EVERY_SCOPE if one not in set(scopes))
