"""One speaker's messages to what they say, correct and take back."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

from app.adapters.rules.cancelling import Cancellation
from app.adapters.rules.cast import Cast
from app.adapters.rules.clauses import ClauseReader, Said, Speech
from app.adapters.rules.corrections import Contrast, Correction
from app.adapters.rules.reading import Reader, Sentence
from app.adapters.rules.wishes import Wish
from app.models.memory import Memory, MemoryKind
from app.ports.extractor import Extracted

_CANCELLED_IMPORTANCE: Final = 0.6


class Hearing:
    """What one speaker has said so far, while message after message is heard."""

    def __init__(
        self,
        subject: str,
        *,
        reader: Reader,
        clauses: ClauseReader,
        known: Sequence[Memory],
        news: list[Extracted],
    ) -> None:
        self._reader = reader
        self._clauses = clauses
        self._known = known
        self._news = news
        """What is new, by whomever; this speaker's part is added."""
        self._cast = Cast(subject)
        for memory in known:
            self._cast.learn(memory.content)
        self._speech: Speech
        self._is_new = False
        self._is_first = True
        self._said: list[Said] = []
        self._message_before: list[Said] = []
        self._message: list[Said] = []
        self._sentence_before: list[Said] = []

    def listen(self, speech: Speech, *, is_new: bool) -> None:
        """The message is heard; what it says is new or only there to understand others by."""
        self._speech = speech
        self._is_new = is_new
        self._message_before = self._message
        self._message = []
        self._sentence_before = []
        self._is_first = True
        for sentence in self._reader.read(speech.message.content, self._cast):
            self._hear(sentence)

    def _hear(self, sentence: Sentence) -> None:
        """What the sentence says, corrects and takes back is taken down."""
        now = self._read(sentence)
        if sentence.wish is Wish.FORGET:
            self._forget(now)
            now = []
        taken_back: list[Said] = []
        if sentence.jests and self._is_first:
            taken_back = self._message_before
        elif sentence.retracts and not sentence.contrasts:
            taken_back = self._sentence_before
        if sentence.cancellation:
            taken_back, now = self._called_off(sentence.cancellation)
        elif sentence.correction and not now:
            wrong, now = self._put_right(sentence.correction)
            taken_back = [*taken_back, *(one for one in wrong if one not in taken_back)]
        elif sentence.corrects:
            slots = {one.memory.slot for one in now} - {None}
            taken_back = [one for one in self._message if one.memory.slot in slots]
        taken_back = [*taken_back, *self._denied(sentence.contrasts, now, but=taken_back)]
        self._take_back(taken_back)
        self._take_down(now)
        self._is_first = False

    def _read(self, sentence: Sentence) -> list[Said]:
        said = [
            one
            for clause in sentence.clauses
            for one in self._clauses.read(clause, self._speech, wish=sentence.wish)
        ]
        return [one for one in said if not (sentence.is_filled and one.in_passing)]

    def _denied(
        self, contrasts: Iterable[Contrast], now: Sequence[Said], *, but: Sequence[Said]
    ) -> list[Said]:
        """What a contrast says is not so: as it was said, or as it may have been learnt."""
        right = {one.memory.content for one in now}
        denied: list[Said] = []
        for contrast in contrasts:
            for one in self._clauses.read(contrast.wrong, self._speech):
                if one.memory.ends or one.in_passing or one.memory.content in right:
                    continue
                earlier = [said for said in self._said if _is_told_by(one.memory, said.memory)]
                denied += earlier or [one]
        return [one for one in denied if one not in but]

    def _called_off(self, cancellation: Cancellation) -> tuple[list[Said], list[Said]]:
        """The plans that come to nothing, and that they do; nothing when there is no such plan."""
        told = [one for one in self._said if _is_plan(one.memory) and not one.memory.ends]
        told = [one for one in told if cancellation.is_of(one.memory.content)]
        said = {one.memory.content for one in told}
        told += [
            self._said_of(memory)
            for memory in self._known
            if memory.content not in said
            and _is_plan(memory)
            and cancellation.is_of(memory.content)
        ]
        if not told or (len(told) > 1 and not cancellation.place):
            return [], []
        content = cancellation.says(self._speech.subject)
        memory = replace(
            told[0].memory,
            kind=MemoryKind.EVENT,
            content=content,
            importance=_CANCELLED_IMPORTANCE,
            source_message_ids=self._speech.source,
            slot=None,
            valid_from=None,
            valid_until=None,
        )
        return told, [Said(content, memory)]

    def _said_of(self, memory: Memory) -> Said:
        """A known memory as if it had just been said."""
        return Said(
            memory.content,
            Extracted(
                kind=memory.kind,
                content=memory.content,
                importance=memory.importance,
                confidence=memory.confidence,
                source_message_ids=self._speech.source,
                slot=memory.slot,
                valid_from=memory.valid_from,
            ),
        )

    def _put_right(self, correction: Correction) -> tuple[list[Said], list[Said]]:
        """What was wrong, and what is said by the same clause with the correction in it."""
        latest = self._sentence_before or self._message or self._message_before
        explicit = self._said if correction.wrong else latest
        for one in reversed(explicit):
            clause = correction.applied(one.clause)
            if clause is not None:
                wrong = [other for other in explicit if other.clause == one.clause]
                return wrong, list(self._clauses.read(clause, self._speech))
        if correction.wrong:
            return [], self._put_right_what_is_known(correction)
        return [], []

    def _put_right_what_is_known(self, correction: Correction) -> list[Said]:
        for memory in self._known:
            content = correction.applied(memory.content)
            if content is not None:
                corrected = replace(
                    self._said_of(memory).memory, content=content, replaces=(memory.id,)
                )
                return [Said(content, corrected)]
        return []

    def _take_back(self, wrong: Sequence[Said]) -> None:
        for one in wrong:
            if one.memory in self._news:
                self._news.remove(one.memory)
            elif self._is_new and not one.memory.ends:
                ending = replace(
                    one.memory, source_message_ids=self._speech.source, slot=None, ends=True
                )
                self._news.append(ending)
        self._message = [one for one in self._message if one not in wrong]

    def _forget(self, endings: Sequence[Said]) -> None:
        """What was said so, or is known in more words, is neither learnt nor holds any longer."""
        if not self._is_new:
            return
        for one in endings:
            told = [new for new in self._news if _is_ended_by(one.memory, new) and not new.ends]
            for new in told:
                self._news.remove(new)
            self._news.append(one.memory)
            for memory in self._known:
                if _is_told_by(one.memory, memory) and memory.content != one.memory.content:
                    self._news.append(replace(one.memory, content=memory.content, slot=None))

    def _take_down(self, now: list[Said]) -> None:
        self._sentence_before = now
        self._message.extend(now)
        self._said.extend(now)
        for one in now:
            if not one.memory.ends:
                self._cast.learn(one.memory.content)
        if self._is_new:
            self._news.extend(one.memory for one in now)


def _is_told_by(statement: Extracted, memory: Extracted | Memory) -> bool:
    """Whether the memory says the statement, to its end or with more behind it."""
    stem, content = statement.content.removesuffix(".").casefold(), memory.content.casefold()
    return content.startswith(stem) and not content[len(stem) : len(stem) + 1].isalnum()


def _is_ended_by(ending: Extracted, memory: Extracted) -> bool:
    same_slot = ending.slot is not None and ending.slot == memory.slot
    return same_slot or _is_told_by(ending, memory)


def _is_plan(memory: Extracted | Memory) -> bool:
    return memory.kind in (MemoryKind.EVENT, MemoryKind.CONTEXT)
