"""What MemoryChat promises, as a small model: where each word may be, after all that was done.

Written from the rules for privacy modes and for forgetting, and from nothing in `app`. It says where a
word may be, and never that it must be there. Every message begins with a word of its own.
"""

from collections.abc import Collection, Iterable, Mapping
from typing import Final

from tests.prove.facts import (
    PAUSED,
    POLICIES,
    Message,
    Policy,
    Session,
    Word,
    described,
    hides,
    strictest,
)

ACCOUNT: Final = "account"
DISPLAY_NAME: Final = "display_name"


class Promise:
    """One person's conversations."""

    def __init__(self) -> None:
        self.profiles: dict[str, str] = {}
        """With how they learn: auto, ask or off."""
        self.sessions: dict[str, Session] = {}
        self.messages: dict[str, Message] = {}
        """That exist, each by its own word."""
        self.words: dict[str, Word] = {}
        self.names: dict[tuple[str, str], str] = {}
        """The words by which somebody calls a profile, or the account: by whom it is, and what."""
        self._written: set[str] = set()
        self._indexed: set[str] = set()
        """What was put there since a wipe, or stayed: bytes stay in the files until the next one."""

    def policy(self, session: str, mode: str | None = None) -> Policy:
        """The strictest of session, request and profile."""
        place = self.sessions[session]
        asked = [POLICIES[place.mode], POLICIES[mode or "normal"]]
        if self.profiles[place.profile] == "off":
            asked.append(PAUSED)
        return strictest(asked)

    # What is done

    def says(
        self,
        session: str,
        word: str,
        policy: Policy,
        *,
        origin: str,
        also: Iterable[str] = (),
        is_answer: bool = False,
        is_from_elsewhere: bool = False,
    ) -> None:
        """A message has been said."""
        profile = self.sessions[session].profile
        origin = f"{origin} ({described(policy)})"
        one = Word(policy.retain, policy.learn, origin, is_from_elsewhere)
        if policy.learn:
            one.learnt_on = {profile}
            one.found_on = {profile} if self.profiles[profile] == "auto" else set()
        self.words[word] = one
        self._comes_in(word)
        self.messages[word] = Message(
            session, policy.retain, policy.learn, frozenset({word, *also}), is_answer
        )

    def comes_last(self, message: str) -> None:
        """Everything else was said before it."""
        self.messages[message] = self.messages.pop(message)

    def entitles(self, session: str, word: str) -> None:
        """The session has this title now."""
        place = self.sessions[session]
        retain = POLICIES[place.mode].retain
        self.words[word] = Word(retain, was_learnable=False, origin="a title")
        if not retain:
            place.private_title = word
            return
        place.title = word
        self._comes_in(word)

    def calls(self, owner: str, word: str, *, what: str) -> None:
        """A profile, or the account, is called so from now on, and not what it was called before."""
        self.words[word] = Word(kept=True, was_learnable=False, origin=what)
        self.names[owner, what] = word
        self._comes_in(word)

    def utters(self, word: str, origin: str) -> None:
        """A word was sent that is to be nowhere afterwards."""
        self.words[word] = Word(kept=False, was_learnable=False, origin=origin)

    def notes(self, memory: str, profile: str, word: str) -> None:
        """Somebody has written a memory."""
        one = self.words.setdefault(word, Word(kept=True, was_learnable=True, origin="a memory"))
        one.notes[memory] = profile
        one.learnt_on.add(profile)
        one.found_on.add(profile)
        self._comes_in(word)

    def turns(self, session: str, mode: str) -> None:
        """The session has another mode; what was said in incognito is gone."""
        place = self.sessions[session]
        if place.mode != mode:
            self._end_incognito(session)
        place.mode = mode

    def restarts(self) -> None:
        """The process has ended, and what was only in its memory is gone."""
        for session in self.sessions:
            self._end_incognito(session)

    def wiped(self) -> None:
        """The bytes of what is gone have left the files."""
        self._written, self._indexed = self.alive(), self._learnt()

    def arrives(self, words: Iterable[str], profile: str) -> None:
        """Memories that hold these words are on a further profile, and count there."""
        for word in words:
            self.words[word].learnt_on.add(profile)
            self.words[word].found_on.add(profile)
            self._comes_in(word)

    def merges(self, profile: str, *, into: str) -> None:
        """All of a profile belongs to another one."""
        for session in self.sessions.values():
            session.reads = frozenset(into if p == profile else p for p in session.reads)
            session.profile = into if session.profile == profile else session.profile
        for word in self.words.values():
            word.notes = {m: into if p == profile else p for m, p in word.notes.items()}
            for places in (word.learnt_on, word.found_on):
                if profile in places:
                    places.add(into)
        self._forget_place(profile)

    def forgets_messages(self, messages: Iterable[str]) -> None:
        """They are gone, and so is what was known from them."""
        for key in messages:
            gone = self.messages.pop(key, None)
            if gone is not None and not self.words[key].notes:
                self.words[key].learnt_on.clear()
                self.words[key].found_on.clear()

    def forgets_session(self, session: str) -> None:
        """It is gone with all that was said in it."""
        self.forgets_messages(self.said_in(session))
        del self.sessions[session]

    def forgets_memory(
        self, words: Iterable[str], remaining: Mapping[str, Collection[str]]
    ) -> None:
        """A memory is gone that said these in its time; `remaining` are there, by profile."""
        for word in words:
            one = self.words[word]
            for places in (one.learnt_on, one.found_on):
                places &= {profile for profile, known in remaining.items() if word in known}

    def forgets_memories(self, profile: str, remaining: Mapping[str, Collection[str]]) -> None:
        """The profile knows nothing any more, and learns nothing from what was said before."""
        for word, one in self.words.items():
            one.notes = {m: p for m, p in one.notes.items() if p != profile}
            if profile in one.learnt_on:
                self.forgets_memory([word], remaining)

    def forgets_profile(self, profile: str, remaining: Mapping[str, Collection[str]]) -> None:
        """It is gone with its sessions and memories, and what others had from it alone."""
        self.forgets_memories(profile, remaining)
        for session in [s for s, place in self.sessions.items() if place.profile == profile]:
            self.forgets_session(session)
        for session_ in self.sessions.values():
            session_.reads -= {profile}
        self._forget_place(profile)

    def forgets_everything(self) -> None:
        """The account is gone."""
        self.profiles, self.sessions, self.messages, self.names = {}, {}, {}, {}
        for word in self.words.values():
            word.learnt_on, word.found_on, word.notes = set(), set(), {}

    # Where a word may be

    def in_database(self) -> set[str]:
        """In the files of the database."""
        return self.alive() | self._written

    def in_clear(self) -> set[str]:
        """In the files of a database whose words are encrypted."""
        return {word for word in self.in_database() if self.words[word].origin == DISPLAY_NAME}

    def in_index(self) -> set[str]:
        """In the files of the index."""
        return self._learnt() | self._indexed

    def alive(self) -> set[str]:
        """In rows, and in files that are exported."""
        held = {word for one in self.messages.values() if one.kept for word in one.words}
        titles = {one.title for one in self.sessions.values()} | {*self.names.values()}
        return {
            word
            for word, one in self.words.items()
            if one.kept and (word in held or word in titles or one.notes or one.learnt_on)
        }

    def in_transcript(self, session: str, *, listed: bool = False) -> set[str]:
        """In what the API tells of a session; `listed`: where single private turns leave no trace."""
        place = self.sessions[session]
        said = [self.messages[key] for key in self.said_in(session)]
        told = {w for one in said if one.kept or not listed or hides(place) for w in one.words}
        return told | {title for title in (place.title, place.private_title) if title}

    def in_prompt(self, session: str, policy: Policy) -> set[str]:
        """In a prompt for an answer, or for a summary."""
        said = (self.messages[key] for key in self.said_in(session))
        history = {w for one in said if one.kept or not policy.retain for w in one.words}
        place = self.sessions[session]
        known = self.on_profiles({place.profile, *place.reads}) if policy.recall else set()
        return history | known | self.names_of(place.profile)

    def is_of_others(self, words: Iterable[str], profile: str) -> bool:
        """Whether only other profiles know one of these."""
        learnt = [self.words[word].learnt_on for word in words if word in self.words]
        return any(places and profile not in places for places in learnt)

    def names_of(self, owner: str) -> set[str]:
        """By which a profile, or the account, is called."""
        return {word for (named, _), word in self.names.items() if named == owner}

    def on_profiles(self, profiles: Collection[str]) -> set[str]:
        """In what a search finds on these."""
        return {word for word, one in self.words.items() if one.found_on & set(profiles)}

    def known_to(self, profile: str) -> set[str]:
        """In the memories of a profile, and in what a model is asked to learn from for it."""
        return {word for word, one in self.words.items() if profile in one.learnt_on}

    def said_in(self, session: str) -> list[str]:
        """The messages of a session."""
        return [key for key, one in self.messages.items() if one.session == session]

    def answer_to_replace(self, session: str, policy: Policy) -> str | None:
        """The last message that such a turn sees, if it is an answer."""
        seen = [key for key in self.said_in(session) if self.messages[key].kept == policy.retain]
        return seen[-1] if seen and self.messages[seen[-1]].is_answer else None

    def standing(self, word: str) -> str:
        """What the word is, for a report."""
        one = self.words.get(word)
        if one is None:
            return "of a conversation that has ended"
        return f"{one.origin}, {'kept' if word in self.alive() else 'not to be anywhere'}"

    def _learnt(self) -> set[str]:
        return {word for word, one in self.words.items() if one.learnt_on}

    def _comes_in(self, word: str) -> None:
        one = self.words[word]
        self._written |= {word} if one.kept else set()
        self._indexed |= {word} if one.learnt_on else set()

    def _end_incognito(self, session: str) -> None:
        self.forgets_messages([k for k in self.said_in(session) if not self.messages[k].kept])
        self.sessions[session].private_title = None

    def _forget_place(self, profile: str) -> None:
        self.profiles.pop(profile, None)
        self.names = {of: word for of, word in self.names.items() if of[0] != profile}
        for word in self.words.values():
            word.learnt_on.discard(profile)
            word.found_on.discard(profile)
