"""A thousand sentences, forgotten in every way there is: the raw files hold no trace of them."""

import random
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from app.services.lexicon import query_vector
from tests.support.person import Person, eventually
from tests.support.server import Server
from tests.support.stored_bytes import all_content, but, forms, logged_hash, present

pytestmark = pytest.mark.embedded

DIMS = 384
SYLLABLES = [
    "ba",
    "de",
    "fi",
    "go",
    "hu",
    "ka",
    "le",
    "mi",
    "no",
    "pu",
    "ra",
    "se",
    "ti",
    "vo",
    "zu",
]
KIN = ["sister", "brother", "daughter", "son", "dog", "cat"]
AT_ONCE = 250
FILLING = " ".join(["It is written here so that nobody has to ask for it any more."] * 2)
"""So that each has a chunk of its own."""

Forget = Callable[[], object]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """One that wipes soon after."""
    with Server(tmp_path, {"MEMORYCHAT_FORGETTING__QUIET_S": "0.5"}) as server:
        yield server


class Sentences:
    """Sentences with a name in each that occurs nowhere else."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)  # noqa: S311 - the same names every time
        self.names: list[str] = []
        self.all: list[str] = []

    def some(self, count: int) -> list[str]:
        """So many more."""
        for _ in range(count):
            name = "".join(self._random.choices(SYLLABLES, k=6)).capitalize()
            self.names.append(name)
            self.all.append(f"My {self._random.choice(KIN)} is called {name}.")
        return self.all[-count:]

    def as_text(self) -> set[bytes]:
        """The sentences and the names as files would hold them."""
        texts = [*self.all, *self.names, *(name.lower() for name in self.names)]
        return {text.encode(form) for text in texts for form in ("utf-8", "utf-16-le")}

    def as_hashes(self) -> set[bytes]:
        """The names' stems as the log of the index holds them."""
        return {logged_hash(int(query_vector(name).indices[0])) for name in self.names}


def told(person: Person, profile: str, sentences: list[str]) -> str:
    """A session in which somebody said all of it."""
    session = person.session(profile)
    for start in range(0, len(sentences), AT_ONCE):
        messages = [{"role": "user", "content": one} for one in sentences[start:][:AT_ONCE]]
        person.post(f"/sessions/{session}/messages", {"messages": messages})
    person.settle(profile)
    return session


def noted(person: Person, profile: str, sentences: list[str]) -> list[str]:
    """Memories that somebody wrote down."""
    path = f"/memory-profiles/{profile}/memories"
    memories = [person.post(path, {"content": one})["id"] for one in sentences]
    person.settle(profile)
    return memories


def as_file(sentences: list[str]) -> str:
    """A document with a chunk for each."""
    return "\n\n".join(f"# Entry\n\n{one} {FILLING}" for one in sentences)


def eight_ways(ada: Person, cleo: Person, sentences: Sentences) -> Iterator[Forget]:
    """A thousand sentences are there, with each way to forget some of them."""
    own = ada.default_profile()
    memories = noted(ada, own, sentences.some(25))
    yield lambda: [ada.delete(f"/memories/{one}") for one in memories]
    session = told(ada, own, sentences.some(25))
    messages = [one["id"] for one in ada.messages(session)]
    yield lambda: [ada.delete(f"/sessions/{session}/messages/{one}") for one in messages]
    document = ada.brought(own, as_file(sentences.some(23)), title=sentences.some(1)[0])["id"]
    yield lambda: ada.delete(f"/documents/{document}")
    emptied = told(ada, own, sentences.some(250))
    yield lambda: ada.delete(f"/sessions/{emptied}/messages")
    ended = told(ada, own, sentences.some(250))
    yield lambda: ada.delete(f"/sessions/{ended}")
    blank = ada.profile("blank")
    noted(ada, blank, sentences.some(25))
    yield lambda: ada.delete(f"/memory-profiles/{blank}/memories")
    gone = ada.profile("gone")
    told(ada, gone, sentences.some(200))
    ada.brought(gone, as_file(sentences.some(25)), title=sentences.some(1)[0])
    yield lambda: ada.delete(f"/memory-profiles/{gone}")
    told(cleo, cleo.default_profile(), sentences.some(175))
    yield lambda: cleo.delete("/me")


def owed(server: Server) -> int:
    """How much has not been wiped yet, of everybody."""
    file = f"file:{server.data_dir / 'memorychat.db'}?mode=ro"
    with closing(sqlite3.connect(file, uri=True)) as connection:
        return int(connection.execute("SELECT count(*) FROM owed_wipes").fetchone()[0])


def test_a_thousand_forgotten_sentences_leave_no_byte_in_the_files(server: Server) -> None:
    folder = server.data_dir
    with Person(server, "ada") as ada, Person(server, "bob") as bob, Person(server, "cleo") as cleo:
        kept, forgotten = Sentences(1), Sentences(2)
        told(bob, bob.default_profile(), kept.some(20))
        of_bob = forms(folder, dims=DIMS)
        ways = list(eight_ways(ada, cleo, forgotten))
        assert len(forgotten.all) == 1_000
        gone = but(forms(folder, dims=DIMS), of_bob)
        assert min(map(len, gone)) > 1_000, "each has a vector and words in the index and its log"
        text, hashes = forgotten.as_text(), forgotten.as_hashes()
        there = present(text | hashes, all_content(folder))
        assert {one.encode() for one in forgotten.all} | hashes <= there, "they would be found"

        for forget in ways:
            forget()
        eventually(lambda: ada.get("/me/forgetting")["data"], lambda data: data == [])
        eventually(lambda: owed(server), lambda count: count == 0)

        held = all_content(folder)
        assert not [one for one in (folder / "documents").rglob("*") if one.is_file()]
        assert present(text, held) == set()
        assert present(hashes, held) == set()
        assert [len(present(form, held)) for form in gone] == [0, 0, 0]
        assert present(kept.as_text(), held) >= {one.encode() for one in kept.all}
        assert present(of_bob[0] | of_bob[1], held) == of_bob[0] | of_bob[1], "of others, all"
