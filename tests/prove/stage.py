"""Where conversations take place, one after the other: a world that is replaced when it is spoilt."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from tests.prove.conversation import Conversation
from tests.prove.deeds import Deeds
from tests.prove.searching import Search
from tests.prove.world import World
from tests.support.person import Person


class Stage:
    """Begins and ends conversations."""

    def __init__(
        self,
        folder: Path,
        *,
        seed: int,
        encrypted: bool = False,
        on_end: Callable[[], object] = lambda: None,
    ) -> None:
        self.searched: Final = Counter[str]()
        self.found: Final = Counter[str]()
        self.conversations = 0
        self.trouble: BaseException | None = None
        """The first thing that went wrong."""
        self._folder = folder
        self._seed = seed
        self._encrypted = encrypted
        self._on_end = on_end
        self._worlds = 0
        self._broken = False
        self._world: World | None = None
        self._search: Search
        self._bob: Person

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        error: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._leave()

    def begin(self) -> Conversation:
        """A new account, in a new world when the last one is spoilt."""
        if self._broken:
            self._leave()
        world = self._world or self._enter()
        return Conversation(world, self._search, self._bob)

    def end(
        self, it: Conversation, deeds: Deeds, *, restart: bool, inside: bool, documents: bool
    ) -> None:
        """The account is deleted, and nothing of it is anywhere.

        Args:
            it: the conversation.
            deeds: its own.
            restart: whether the server ends once more before.
            inside: whether the points of the index are compared with the database.
            documents: whether what only changes with the program is looked at.
        """
        try:
            if not self._broken:
                with self.watching(it):
                    it.begin_step()
                    it.settle()
                    if restart:
                        it.restart(kill=False)
                    if inside:
                        it.compare_index()
                        it.wipe()
                    it.look_back(documents=documents)
                    it.begin_step()
                    deeds.forget_account()
                    it.wipe_account()
                    it.search.files(it.promise, thorough=True)
        finally:
            it.close()
            self.conversations += 1
            self._on_end()

    @contextmanager
    def watching(self, it: Conversation) -> Iterator[None]:
        """Whatever goes wrong spoils this world: what has leaked stays in it."""
        try:
            yield
        except BaseException as error:
            self._broken = True
            error.add_note(f"What was done\n{it.story}")
            self.trouble = self.trouble or error
            raise

    def _enter(self) -> World:
        self._worlds += 1
        world = World(
            self._folder / f"world{self._worlds}",
            seed=self._seed + self._worlds,
            encrypted=self._encrypted,
        )
        self._world = world.__enter__()
        self._search = Search(world)
        self._bob = Person(world, "bob")
        self._broken = False
        return world

    def _leave(self) -> None:
        if self._world is not None:
            self.searched.update(self._search.searched)
            self.found.update(self._search.found)
            self._bob.http.close()
            self._world.__exit__(None, None, None)
            self._world = None
