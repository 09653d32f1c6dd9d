"""What schemathesis knows of this API besides its document: who calls, and what there is.

Loaded by its command line, in a process of its own. Paths are of things that exist, one of each kind,
made anew when they are gone; an operation with a new kind of id is served once `everything` has one.
"""

import os
from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

import httpx
import schemathesis
from schemathesis import AuthContext, Case, HookContext
from schemathesis.generation.modes import GenerationMode

from tests.api.test_isolation import everything
from tests.fuzz import ADDRESS
from tests.support.person import Person
from tests.support.server import no_authorities

STOCKS: Final = 25
"""How often things are made anew at most: each takes a second."""
ENDS_THE_CALLER: Final = frozenset({"delete_account", "log_out"})
TAKES_AWAY: Final = frozenset({"merge_memory_profiles"})
"""Besides everything that is asked for by DELETE."""


class Site:
    """The server under test, as `Person` wants it."""

    def client(self) -> httpx.Client:
        """A client of it."""
        return httpx.Client(base_url=os.environ[ADDRESS], timeout=30, verify=no_authorities())


class Stock:
    """Somebody, and one of everything that is theirs."""

    def __init__(self) -> None:
        self._left = STOCKS
        self._person: Person | None = None
        self._ids: Mapping[str, str] = {}
        self.is_spent = True

    def owner(self) -> Person:
        """Somebody who has everything, as far as it could be made anew."""
        if self._person is None or (self.is_spent and self._left > 0):
            self._left -= 1
            self._person = Person(Site(), "fuzz")
            self._ids = everything(self._person)
            self.is_spent = False
        return self._person

    def ids(self) -> Mapping[str, str]:
        """By the name of a path's parameter."""
        self.owner()
        return self._ids

    def check(self) -> None:
        """Whoever is called nobody any more is replaced."""
        if self._person is not None:
            answer = self._person.http.get("/api/v1/auth/me")
            if answer.status_code == 401:
                self._person, self.is_spent = None, True


stock: Final = Stock()


@schemathesis.auth(refresh_interval=None)
class Login:
    """The credential of each call."""

    def get(self, case: Case[Any], _: AuthContext) -> str:
        """Somebody's token; of somebody else where the call is the end of them."""
        if case.operation.definition.raw.get("operationId") in ENDS_THE_CALLER:
            with Person(Site(), "leaving") as leaving:
                return str(leaving.credentials["access_token"])
        return str(stock.owner().credentials["access_token"])

    def set(self, case: Case[Any], token: str, _: AuthContext) -> None:
        """The call is made with it."""
        case.headers["Authorization"] = f"Bearer {token}"


@schemathesis.hook
def filter_case(_: HookContext, case: Case[Any]) -> bool:
    """Whether it is sent: headers that nobody knows are never refused, and are no bad input."""
    return not any(name.startswith("x-schemathesis") for name in case.headers or ())


@schemathesis.hook
def before_call(_: HookContext, case: Case[Any], __: dict[str, Any]) -> None:
    """The path is of something that exists, unless what is sent is to be refused.

    Cursors and entity tags are given out: those that are made up are refused, and so there are none.
    """
    if case.meta is None or case.meta.generation.mode is not GenerationMode.POSITIVE:
        return
    case.query.pop("cursor", None)
    case.headers.pop("If-Match", None)
    for name, value in tuple(case.path_parameters.items()):
        if name in stock.ids() and is_id(value):
            case.path_parameters[name] = stock.ids()[name]


@schemathesis.hook
def after_call(_: HookContext, case: Case[Any], response: Any) -> None:
    """What is gone is known to be gone."""
    name = case.operation.definition.raw.get("operationId")
    if response.status_code == 401:
        stock.check()
    elif response.status_code < 300 and name not in ENDS_THE_CALLER:
        stock.is_spent |= case.method == "DELETE" or name in TAKES_AWAY


def is_id(value: object) -> bool:
    """Whether it is a UUID."""
    try:
        UUID(str(value))
    except ValueError:
        return False
    return True
