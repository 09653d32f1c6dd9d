"""Embedded installations with people in them, and a Postgres that they are moved to."""

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.adapters.relocation.fates import MOVED
from tests.support.command import command, copy_folder
from tests.support.database import PostgresSite
from tests.support.person import Person, eventually
from tests.support.round_trip import essence, records_of
from tests.support.server import Server

FORGOTTEN = "Zyrafa7731"
HIDDEN = "Quokka4821"
WITHOUT = {"index", "lock"}
"""What of a data folder is nothing to lose."""


@dataclass(frozen=True)
class Life:
    """A stopped installation, who lives there, and what their accounts say."""

    folder: Path
    keys: Mapping[str, str]
    ada: Person
    bob: Person
    before: Mapping[str, Any]


@contextmanager
def a_life(folder: Path, keys: Mapping[str, str]) -> Iterator[Life]:
    """An installation that two people have used."""
    with Server(folder, keys) as server, Person(server) as ada, Person(server) as bob:
        _live(ada)
        bob.say(bob.session(), "My boat is called Fram.")
        bob.settle(bob.default_profile())
        server.stop()
        server.start()  # what was said in incognito was in its memory
        before = {}
        for one in (ada, bob):
            with one.at(server) as again:
                before[one.email] = _all_of(again)
        server.stop()
        yield Life(folder / "data", keys, ada, bob, before)


def _live(ada: Person) -> None:
    """Everything that an account can hold."""
    ada.patch("/me", {"display_name": "Ada", "time_zone": "Europe/Oslo"})
    family = ada.default_profile()
    other = ada.profile("Work")
    ada.patch(
        f"/memory-profiles/{other}",
        {"description": "Ærlig talt, 仕事", "redact_pii": True, "persona": {"name": "Max"}},
    )
    for mode in ("normal", "pause_memories", "incognito"):
        ada.say(
            ada.session(family, mode=mode), f"My sister Anna lives in Bergen ({mode}). {'🦒' * 9}"
        )
    ada.say(ada.session(other), "I work at Nordea. Write to max@example.com.")
    secret = ada.session(family, mode="incognito")
    ada.say(secret, f"My password is {HIDDEN}.")
    memory = ada.post(f"/memory-profiles/{family}/memories", {"content": "I like tea."})["id"]
    ada.patch(f"/memories/{memory}", {"content": "I like green tea."})
    ada.brought(family, "The deposit is at Nordea.", title="Lease")
    gone = ada.session(family)
    ada.say(gone, f"My cat is called {FORGOTTEN}.")
    for profile in (family, other):
        ada.settle(profile)
    ada.delete(f"/sessions/{gone}")
    assert ada.imported(other, ada.exported(family))["status"] == "done"
    ada.settle(other)


def _all_of(person: Person) -> Mapping[str, Any]:
    """What the API shows somebody of their account, but for vectors."""
    profiles = person.get("/memory-profiles")["data"]
    sessions = person.get("/sessions", limit=100)["data"]
    memories = [one for p in profiles for one in person.memories(p["id"])]
    documents = [
        one for p in profiles for one in person.get(f"/memory-profiles/{p['id']}/documents")["data"]
    ]
    return {
        "records": sorted(map(str, records_of(person.exported()))),
        "essence": essence(person.exported()),
        "account": person.get("/me"),
        "profiles": profiles,
        "sessions": sessions,
        "messages": [person.messages(one["id"]) for one in sessions],
        "histories": [person.get(f"/memories/{one['id']}/history") for one in memories],
        "originals": [_original(person, one["id"]) for one in documents],
    }


def _original(person: Person, document: str) -> bytes | None:
    """An original; None of a document that was imported without one."""
    answer = person.http.get(f"/api/v1/documents/{document}/file")
    return answer.content if answer.status_code == 200 else None


class Moving:
    """A copy of an installation, and a Postgres that it is moved to."""

    def __init__(self, folder: Path, life: Life, site: PostgresSite) -> None:
        copy_folder(life.folder, folder / "data")
        self.here = Server(folder, life.keys)
        self.site = site
        self.keys = life.keys
        words = {one: key for one, key in life.keys.items() if one != "MEMORYCHAT_DATABASE_KEY"}
        self.there = Server(folder, {**words, "DATABASE_URL": site.url})

    def move(self, to: str | None = None, **environment: str) -> Any:
        return command(
            self.here, "move", "--to", to or self.site.url, **{**self.keys, **environment}
        )

    def refusal(self, to: str | None = None, **environment: str) -> str:
        """The one sentence of a move that has changed nothing here."""
        before = self.held
        done = self.move(to, **environment)
        assert (done.returncode, done.stdout) == (1, ""), done.stderr
        assert self.held == before
        return str(done.stderr.splitlines()[-1])

    @contextmanager
    def living(self) -> Iterator[None]:
        """A server runs over the Postgres meanwhile."""
        try:
            self.there.start()
            yield
        finally:
            self.there.stop()

    @property
    def held(self) -> Mapping[str, str]:
        """What is in the data folder."""
        return {
            file.relative_to(self.here.data_dir).as_posix(): _digest(file)
            for file in self.here.data_dir.rglob("*")
            if file.is_file() and file.relative_to(self.here.data_dir).parts[0] not in WITHOUT
        }

    @property
    def rows_there(self) -> Mapping[str, int]:
        """How many rows each table has."""
        return {
            name: self.site.postgres.execute(
                f"SELECT count(*) FROM {'memorychat_keys.' if name == 'user_keys' else ''}{name}",  # noqa: S608 - our own names
                database=self.site.name,
            )[0][0]
            for name in MOVED
        }


def _digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def all_is_there(life: Life, moving: Moving) -> None:
    """A server over the Postgres says what the one over the folder said, and finds it."""
    with life.ada.at(moving.there) as ada, life.bob.at(moving.there) as bob:
        for one in (ada, bob):
            assert _all_of(one) == life.before[one.email]
        family = ada.default_profile()
        eventually(
            lambda: ada.get(f"/memory-profiles/{family}/memories/stats"),
            lambda one: one["pending_index_changes"] == 0,
        )
        for asked, known in (("Where does Anna live?", "Bergen"), ("the deposit", "Nordea")):
            found = ada.post(f"/memory-profiles/{family}/memories/search", {"query": asked})
            assert any(known in one["content"] for one in found["data"]), asked
