from collections import defaultdict
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import count, groupby
from typing import Final
from uuid import UUID

from app.models.ids import MemoryId, MessageId, ProfileId, SessionId
from app.models.memory import MemoryKind
from app.models.message import MemoryUse, Message
from app.models.namespace import Namespace
from app.models.portable import Noun, Origin, PortableMessage, PortableSession, PortableUse
from app.models.session import Session
from app.models.user import Caller
from app.ports.database import Transaction
from app.services.earshot import EARSHOT, all_may_return
from app.services.imports.identities import Identities
from app.services.imports.profiles import Target, Targets
from app.services.imports.rows import Rows
from app.services.imports.tallies import Tallies

LEARNT_AT_A_TIME: Final = 30
"""Messages per learning job: about what a model reads in one call, and well within a job's lease."""


@dataclass(slots=True)
class _Place:
    """A session of the file, here."""

    session: Session
    target: Target
    was_here: bool
    taken: frozenset[int] | None = None
    """Positions of messages that were there before the import; None when not looked up."""
    heard: Sequence[str] = ()
    """What was said last in it, for what comes next."""

    def seat(self, wanted: int | None) -> int:
        """The position that the file says, if it is free; else the one after the last."""
        last = self.session.next_seq
        free = wanted is not None and wanted not in (self.taken or ())
        seq = wanted if free and wanted is not None else last
        self.session = replace(self.session, next_seq=max(last, seq + 1))
        return seq


class Conversations:
    """Puts sessions and messages of a file into profiles."""

    def __init__(
        self,
        tx: Transaction,
        rows: Rows,
        *,
        caller: Caller,
        targets: Targets,
        identities: Identities,
        tallies: Tallies,
        at: datetime,
    ) -> None:
        self._tx = tx
        self._rows = rows
        self._caller = caller
        self._targets = targets
        self._identities = identities
        self._tallies = tallies
        self._at = at
        self._places: dict[Origin, _Place] = {}
        self._speakers: dict[ProfileId, dict[str, None]] = defaultdict(dict)
        self._to_learn: dict[Namespace, list[tuple[datetime, int, MessageId]]] = defaultdict(list)
        self._numbers = count()

    def place_sessions(self, records: Sequence[PortableSession]) -> None:
        """The sessions are here; those that were are as they were."""
        found = self._identities.find(Noun.SESSIONS, [record.origin for record in records])
        new = []
        for record in records:
            target = self._targets.of(record.profile)
            session = self._session(record, SessionId(found.ids[record.origin]), target)
            was_here = session.id in found.here
            self._places[record.origin] = _Place(session, target, was_here=was_here)
            if not was_here:
                new.append(session)
        self._rows.add_sessions(new)
        self._tallies.count(Noun.SESSIONS, in_file=len(records), added=len(new))

    def place_messages(self, records: Sequence[PortableMessage]) -> None:
        """The messages are in their sessions; those that were are as they were."""
        found = self._identities.find(Noun.MESSAGES, [record.origin for record in records])
        new = [record for record in records if found.ids[record.origin] not in found.here]
        used = self._used(new)
        returning = self._returning(records, {record.origin for record in new})
        messages = [
            self._message(
                record,
                MessageId(found.ids[record.origin]),
                used=used,
                returns=record.origin in returning,
            )
            for record in new
        ]
        self._rows.add_messages(messages)
        self._tallies.count(Noun.MESSAGES, in_file=len(records), added=len(new))
        self._forget_all_but_the_last_place()

    def finish(self) -> None:
        """What is new will be learnt from, conversation by conversation, the oldest first."""
        for profile_id, names in self._speakers.items():
            self._rows.add_speakers(profile_id, names)
        for namespace, told in self._to_learn.items():
            ids = [message_id for _, _, message_id in sorted(told, key=lambda one: one[:2])]
            for start in range(0, len(ids), LEARNT_AT_A_TIME):
                self._rows.learn(namespace, ids[start : start + LEARNT_AT_A_TIME])
            self._tallies.to_learn += len(ids)

    def _session(self, record: PortableSession, session_id: SessionId, target: Target) -> Session:
        created_at = record.created_at or self._at
        reads = {self._targets.of(one).profile.id for one in record.reads} - {target.profile.id}
        return Session(
            id=session_id,
            user_id=self._caller.user_id,
            profile_id=target.profile.id,
            privacy_mode=record.privacy_mode,
            title=record.title,
            summary=record.summary,
            summary_seq=record.summary_seq,
            next_seq=1,
            message_count=0,
            created_at=created_at,
            updated_at=record.updated_at or created_at,
            reads=tuple(sorted(reads)),
        )

    def _message(
        self,
        record: PortableMessage,
        message_id: MessageId,
        *,
        used: Mapping[Origin, UUID],
        returns: bool,
    ) -> Message:
        place = self._place(record.session)
        session, target = place.session, place.target
        learnable = target.learnable(record, session, session_was_here=place.was_here)
        exposure = target.exposure(record, learnable=learnable, returns=returns)
        message = Message(
            id=message_id,
            user_id=session.user_id,
            profile_id=session.profile_id,
            session_id=session.id,
            seq=place.seat(record.seq),
            role=record.role,
            name=record.name,
            content=record.content,
            privacy_mode=record.privacy_mode,
            learnable=learnable,
            searchable=exposure.searchable,
            withheld=exposure.withheld,
            quoted=record.quoted,
            repeats_forgotten=record.repeats_forgotten,
            finish_reason=record.finish_reason,
            usage=record.usage,
            run_id=self._identities.run(record.run) if record.run else None,
            memories_used=tuple(
                MemoryUse(MemoryId(used[use.origin]), use.kind, use.score)
                for use in record.memories_used
            ),
            created_at=record.created_at or session.created_at,
        )
        self._note(message, session, is_new=not record.learnt)
        return message

    def _note(self, message: Message, session: Session, *, is_new: bool) -> None:
        """Who spoke, and whether there is something to learn, is known at the end."""
        if message.name:
            self._speakers[message.profile_id][message.name] = None
        if message.learnable and is_new:
            told = (session.created_at, next(self._numbers), message.id)
            self._to_learn[session.namespace].append(told)

    def _returning(self, records: Sequence[PortableMessage], new: Set[Origin]) -> set[Origin]:
        """Those of the new messages that hold nothing for which they would not be found again."""
        returning = set()
        for origin, said in groupby(records, key=lambda record: record.session):
            told = [(record.origin, record.content) for record in said]
            contents = [content for _, content in told]
            place = self._places[origin]
            if not new.isdisjoint(message for message, _ in told):
                profile = self._place(origin).target.profile
                flags = all_may_return(profile, contents, before=place.heard)
                returning |= {
                    message for (message, _), returns in zip(told, flags, strict=True) if returns
                }
            place.heard = [*place.heard, *contents][-EARSHOT:]
        return returning

    def _forget_all_but_the_last_place(self) -> None:
        """A message follows its session, so what comes next is of the last one, or of a new one."""
        self._places = dict([self._places.popitem()]) if self._places else {}

    def _place(self, origin: Origin) -> _Place:
        """A session that was here is looked up when it is to receive something new."""
        place = self._places[origin]
        if place.was_here and place.taken is None:
            session_id = place.session.id
            place.session = self._tx.sessions.get(session_id, owner=self._caller.user_id)
            place.taken = frozenset(self._tx.portability.positions(session_id))
            place.target = self._own_target(place)
        return place

    def _own_target(self, place: _Place) -> Target:
        """A session that was here goes by its own profile, whatever the file says."""
        profile_id = place.session.profile_id
        if profile_id == place.target.profile.id:
            return place.target
        profile = self._tx.profiles.get(profile_id, owner=self._caller.user_id)
        return Target(profile, is_new=False, was_blank=False)

    def _used(self, records: Sequence[PortableMessage]) -> Mapping[Origin, UUID]:
        uses = [use for record in records for use in record.memories_used]
        episodes = [use.origin for use in uses if _is_episode(use)]
        memories = [use.origin for use in uses if not _is_episode(use)]
        return {
            **self._identities.find(Noun.MESSAGES, episodes).ids,
            **self._identities.find(Noun.MEMORIES, memories).ids,
        }


def _is_episode(use: PortableUse) -> bool:
    return use.kind is MemoryKind.EPISODE
