"""One person's talk with a server: what is said, and a look everywhere after each step."""

from collections import deque
from collections.abc import Iterable, Mapping
from typing import Any, Final

import httpx
import orjson

from tests.prove.follower import Follower
from tests.prove.parrot import is_extraction, is_summary
from tests.prove.promise import ACCOUNT, Promise
from tests.prove.searching import OTHERS, Search
from tests.prove.story import Story
from tests.prove.world import World
from tests.support.person import Person, eventually
from tests.support.upstream import Received

LATEST: Final = 3
"""Sessions that are read after a step; at the end all are."""
QUESTION: Final = "What do I like, and what is it called?"


class Conversation:
    """A new account, what was promised to it, and the search for what it said."""

    def __init__(self, world: World, search: Search, bob: Person) -> None:
        self.world: Final = world
        self.search: Final = search
        self.promise: Final = Promise()
        self.story: Final = Story()
        self.ada: Final = Person(world, "ada")
        self.bob: Final = bob
        self.runs: list[tuple[str, str]] = []
        """With their sessions."""
        self.fresh: Final = world.words.fresh
        """A word for something to be said."""
        self._follower = Follower(self.ada)
        self.promise.profiles[self.ada.default_profile()] = "auto"
        self._lately = deque([self._lessons()], maxlen=2)

    def close(self) -> None:
        """The connections are gone."""
        self._follower.close()
        self.ada.http.close()

    def fresh_name(self) -> str:
        """A word for something to be called by: the model sees it, and keeps it to itself."""
        word = self.fresh()
        self.world.parrot.discreet.add(word)
        return word

    def begin_step(self) -> None:
        """What was known before the step may still be asked about while it lasts, and the next one."""
        self._lately.append(self._lessons())

    def listen(self, *, allowed: set[str] | None = None) -> None:
        """Every request to the model held only what it may."""
        self.hold(self.world.parrot.heard(), allowed=allowed or set())

    def hold(self, requests: list[Received], *, allowed: set[str]) -> None:
        """Every one of the requests held only what it may."""
        for request in requests:
            self.story.tell(f"heard {self.words_of(str(request.body))}")
            raw = orjson.dumps(request.body) + str(request.headers).encode()
            if is_extraction(request.body):
                self.search.text("lesson", raw, self._lesson(raw), self.promise)
            else:
                place = "summary" if is_summary(request.body) else "prompt"
                self.search.text(place, raw, allowed, self.promise)

    def look(self, *, everywhere: bool, at_memories: bool = True) -> None:
        """Nothing is where it may not be: files, feed and prompts, or all that can be asked.

        Args:
            everywhere: whether the server is asked, and files are searched for words in any form.
            at_memories: whether it is asked about memories too, which most deeds leave as they are.
        """
        self.listen()
        self.search.contacts()
        self.search.files(self.promise, thorough=everywhere)
        self.search.text("feed", self._follower.heard(), (), self.promise)
        if everywhere:
            self._ask_for_words(list(self.promise.sessions)[-LATEST:])
            if at_memories:
                self._ask_for_memories()
        self.listen()

    def look_back(self, *, documents: bool) -> None:
        """Nothing is where it may not be, after all that was done: the longest look.

        Args:
            documents: whether that includes what only changes with the program.
        """
        self.look(everywhere=True)
        promise = self.promise
        self._ask_for_words(list(promise.sessions)[:-LATEST])
        told = {w for session in promise.sessions for w in promise.in_transcript(session)}
        self._get("/sessions?limit=100", told)
        for session in promise.sessions:
            self._get(f"/sessions/{session}", promise.in_transcript(session, listed=True))
        for run, session in self.runs:
            heard = promise.in_transcript(session) if session in promise.sessions else set()
            self._get(f"/runs/{run}", heard | promise.on_profiles(promise.profiles))
        for profile in promise.profiles:
            path, found = f"/memory-profiles/{profile}/memories", promise.on_profiles({profile})
            query = {"query": QUESTION, "limit": 100, "as_of": "2100-01-01T00:00:00Z"}
            self._post(f"{path}/search", query, found)
            self._post(f"{path}/preview", {"message": QUESTION}, found | promise.names_of(profile))
        self._get("/me", promise.names_of(ACCOUNT))
        self._get(
            "/memory-profiles", {word for p in promise.profiles for word in promise.names_of(p)}
        )
        self.export()
        for path in ("/openapi.json", "/ready", "/docs") if documents else ():
            self._get_bare(path)
        self._ask_bob()

    def export(self) -> None:
        """The account's export holds nothing that is gone."""
        self.search.text("export", self.ada.exported(), self.promise.alive(), self.promise)

    def wipe(self) -> None:
        """The server says that nothing is left to be wiped of what was deleted or replaced.

        An answer that was written anew is owed to the index once the index has followed.
        """
        self.story.tell("all is wiped")
        self.settle()
        eventually(
            lambda: self.ada.get("/me/forgetting")["data"],
            lambda pending: not pending,
            pause_s=0.1,
        )
        self.search.searched["wipes"] += 1
        self.promise.wiped()

    def wipe_account(self) -> None:
        """The same, when nobody is left who could ask for it."""
        eventually(self.world.owes, lambda owed: not owed)
        self.search.searched["wipes"] += 1
        self.promise.wiped()

    def restart(self, *, kill: bool) -> None:
        """The server has ended and answers elsewhere, and knows nothing of incognito."""
        self._get_bare("/metrics")
        self._follower.close()
        if kill:
            self.world.kill()
        else:
            self.settle()
            self.world.stop()
            self.compare_index()
        self.world.start()
        for person in (self.ada, self.bob):
            person.http.base_url = httpx.URL(self.world.url)
        self._follower = Follower(self.ada)
        self.promise.restarts()

    def compare_index(self) -> None:
        """The index, which is at rest, holds nothing that the database does not."""
        self.search.points(str(self.ada.credentials["user"]["id"]), self.promise)

    def settle(self) -> None:
        """Everything is learnt and indexed."""
        for profile in self.promise.profiles:
            self.ada.settle(profile)

    def memories(self) -> dict[str, list[Any]]:
        """All memories by profile, once everything is learnt."""
        self.settle()
        return {profile: self.ada.memories(profile) for profile in self.promise.profiles}

    def remaining(self) -> Mapping[str, set[str]]:
        """The words of all memories that there are, by profile."""
        return {
            profile: {word for one in some for word in self.words_of(one["content"])}
            for profile, some in self.memories().items()
        }

    def words_of(self, text: str) -> list[str]:
        """The words of a text, its own one first."""
        return self.world.words.in_text(text)

    def ended(self, run: str) -> None:
        """The run has come to an end, whoever was there to hear it."""
        path = f"/api/v1/runs/{run}"
        eventually(
            lambda: self.ada.http.get(path).json(),
            lambda told: told.get("status") != "running",
        )

    def _lessons(self) -> Mapping[str, set[str]]:
        return {profile: self.promise.known_to(profile) for profile in self.promise.profiles}

    def _lesson(self, raw: bytes) -> set[str]:
        """What may be learnt from at once: the words of one profile, now or a short while ago.

        A job looks whether all is still there before it asks the model. What is deleted after that look
        is on its way, and on a busy machine it arrives when the next step has begun.
        """
        words, times = set(self.words_of(raw.decode())), [*self._lately, self._lessons()]
        profiles = {profile for time in times for profile in time}
        known = [set().union(*(time.get(one, set()) for time in times)) for one in profiles]
        return max(known, key=lambda some: len(some & words), default=set())

    def _ask_for_words(self, sessions: Iterable[str]) -> None:
        promise = self.promise
        found = promise.on_profiles(promise.profiles)
        for session in sessions:
            listed = promise.in_transcript(session, listed=True)
            self._get(f"/sessions/{session}/messages?limit=100", listed | found)
        for run, session in self.runs[-2:]:
            heard = promise.in_transcript(session) if session in promise.sessions else set()
            self._get(f"/runs/{run}/events", heard | found)

    def _ask_for_memories(self) -> None:
        """And for metrics, where a word that was once in a label stays until the process ends."""
        promise = self.promise
        self._get_bare("/metrics")
        for profile in promise.profiles:
            path = f"/memory-profiles/{profile}/memories"
            self._get(f"{path}?limit=100", promise.known_to(profile))
            query = {"query": QUESTION, "limit": 100}
            self._post(f"{path}/search", query, promise.on_profiles({profile}))

    def _ask_bob(self) -> None:
        """Another person finds nothing, also where they know what to look for."""
        profile = self.bob.default_profile()
        query = {"query": QUESTION, "limit": 100}
        paths = [f"/sessions/{session}/messages" for session in list(self.promise.sessions)[-1:]]
        paths += [f"/memory-profiles/{other}/memories" for other in list(self.promise.profiles)[:1]]
        paths += [f"/runs/{run}" for run, _ in self.runs[-1:]]
        answers = [
            self.bob.http.get(f"/api/v1{path}") for path in (*paths, "/sessions", "/me/export")
        ]
        answers.append(
            self.bob.http.post(f"/api/v1/memory-profiles/{profile}/memories/search", json=query)
        )
        for answer in answers:
            self.search.text(OTHERS, answer.content, (), self.promise)

    def _get(self, path: str, allowed: set[str]) -> None:
        answer = self.ada.http.get(f"/api/v1{path}")
        self.search.text(f"GET {path.partition('?')[0]}", answer.content, allowed, self.promise)

    def _get_bare(self, path: str) -> None:
        self.search.text(path, self.ada.http.get(path).content, (), self.promise)

    def _post(self, path: str, body: Mapping[str, object], allowed: set[str]) -> None:
        answer = self.ada.http.post(f"/api/v1{path}", json=body)
        self.search.text(f"GET {path.rpartition('/')[2]}", answer.content, allowed, self.promise)
