"""What must hold between the lines of a file of ours, so that nothing in it can be forged or lost."""

from collections import Counter
from typing import Final, assert_never
from uuid import UUID

from app.core.privacy import POLICIES
from app.models.portable import (
    Counts,
    Noun,
    Origin,
    Portable,
    PortableAccount,
    PortableDocument,
    PortableHeader,
    PortableMemory,
    PortableMessage,
    PortableProfile,
    PortableSession,
    Scope,
    noun_of,
)


class InconsistentError(Exception):
    """A line contradicts the lines before it; its text says how, and quotes nothing."""


_RANKS: Final = {
    PortableHeader: 0,
    PortableAccount: 1,
    PortableProfile: 2,
    PortableSession: 3,
    PortableMessage: 3,
    PortableMemory: 4,
    PortableDocument: 5,
}


class Checks:
    """Sees the records one after the other. Ids are kept: some 100 bytes for each."""

    def __init__(self) -> None:
        self._header: PortableHeader | None = None
        self._rank = 0
        self._accounts = 0
        self._counts: Counter[Noun] = Counter()
        self._ids: dict[Noun, set[bytes]] = {noun: set() for noun in Noun}
        self._wanted: dict[Noun, set[bytes]] = {noun: set() for noun in Noun}
        self._session: PortableSession | None = None
        self._seq = 0
        self._has_default = False
        self._names: set[str] = set()

    @property
    def counts(self) -> Counts:
        """How many records of each noun there were so far."""
        return {noun: self._counts[noun] for noun in Noun}

    def see(self, record: Portable) -> None:
        """The record fits those before it.

        Raises:
            InconsistentError: it does not.
        """
        self._in_order(record)
        self._count(record)
        match record:
            case PortableHeader():
                self._header = record
            case PortableAccount():
                self._accounts += 1
            case PortableProfile():
                self._profile(record)
            case PortableSession():
                self._begin(record)
            case PortableMessage():
                self._message(record)
            case PortableMemory():
                self._memory(record)
            case PortableDocument():
                self._new(Noun.DOCUMENTS, record.origin)
                self._there(Noun.PROFILES, record.profile)
            case never:
                assert_never(never)

    def end(self, counts: Counts) -> None:
        """Nothing is missing.

        Args:
            counts: what the last line says.

        Raises:
            InconsistentError: something is.
        """
        header = self._header
        if header is None:
            raise InconsistentError("there is no header")
        if self.counts != {noun: counts.get(noun, 0) for noun in Noun} or self.counts != {
            noun: header.counts.get(noun, 0) for noun in Noun
        }:
            raise InconsistentError("the counts are not those of the lines")
        profiles = self._counts[Noun.PROFILES]
        whole = self._accounts == 1 and profiles > 0 and self._has_default
        one = self._accounts == 0 and profiles == 1
        if not (whole if header.scope is Scope.ACCOUNT else one):
            raise InconsistentError("account and profiles are not those of the header's scope")
        for noun, wanted in self._wanted.items():
            if wanted - self._ids[noun]:
                raise InconsistentError(f"lines name {noun} that are not in the file")

    def _count(self, record: Portable) -> None:
        if (noun := noun_of(record)) is not None:
            self._counts[noun] += 1

    def _in_order(self, record: Portable) -> None:
        rank = _RANKS[type(record)]
        if (self._header is None) != (rank == 0):
            raise InconsistentError("a file has one header, in its first line")
        if rank < self._rank:
            raise InconsistentError(
                "lines stand in the order header, account, profiles, sessions with their "
                "messages, memories, documents"
            )
        self._rank = rank

    def _profile(self, record: PortableProfile) -> None:
        self._new(Noun.PROFILES, record.origin)
        if record.is_default and self._has_default:
            raise InconsistentError("there is a second default profile")
        self._has_default |= record.is_default
        if record.name.casefold() in self._names:
            raise InconsistentError("there is a second profile of its name")
        self._names.add(record.name.casefold())

    def _begin(self, record: PortableSession) -> None:
        self._new(Noun.SESSIONS, record.origin)
        self._there(Noun.PROFILES, record.profile)
        if len({record.profile, *record.reads}) != 1 + len(record.reads):
            raise InconsistentError("a session reads a profile twice")
        for profile in record.reads:
            self._there(Noun.PROFILES, profile)
        self._session, self._seq = record, 0

    def _message(self, record: PortableMessage) -> None:
        self._new(Noun.MESSAGES, record.origin)
        if self._session is None or record.session != self._session.origin:
            raise InconsistentError("a message does not follow its session")
        if record.seq is None or record.seq <= self._seq:
            raise InconsistentError("messages are not in the order of their seq")
        self._seq = record.seq
        policy = POLICIES[record.privacy_mode]
        if not policy.retain:
            raise InconsistentError("nothing that was said in this mode is ever kept")
        if record.learnable and not policy.learn:
            raise InconsistentError("what was said in this mode is never learnt from")
        if record.searchable and not record.learnable:
            raise InconsistentError("a message that is not learnable cannot be searchable")
        for use in record.memories_used:
            noun = Noun.MESSAGES if use.kind == "episode" else Noun.MEMORIES
            self._wanted[noun].add(_key(use.origin))

    def _memory(self, record: PortableMemory) -> None:
        self._new(Noun.MEMORIES, record.origin)
        self._there(Noun.PROFILES, record.profile)
        if len(set(record.sources)) != len(record.sources):
            raise InconsistentError("a source is named twice")
        for source in record.sources:
            self._there(Noun.MESSAGES, source)
        successors = (record.superseded_by,) if record.superseded_by else ()
        for other in (*successors, *record.replaces, *record.repeats):
            self._wanted[Noun.MEMORIES].add(_key(other))
            if other == record.origin:
                raise InconsistentError("a memory supersedes itself")
        numbers = [one.version for one in record.versions]
        if numbers != sorted(set(numbers)):
            raise InconsistentError("versions are not in their order")
        if record.versions and record.versions[-1].content != record.content:
            raise InconsistentError("the last version says something else than the memory")

    def _new(self, noun: Noun, origin: Origin | None) -> None:
        key = _key(origin)
        if key in self._ids[noun]:
            raise InconsistentError("its id stands in the file before")
        self._ids[noun].add(key)

    def _there(self, noun: Noun, origin: Origin | None) -> None:
        if _key(origin) not in self._ids[noun]:
            raise InconsistentError(f"it names one of the {noun} that is not in the file before")


def _key(origin: Origin | None) -> bytes:
    found: UUID | None = origin.id if origin else None
    return found.bytes if found else b""
