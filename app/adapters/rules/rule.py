from dataclasses import dataclass

from app.adapters.rules.wishes import Wish
from app.models.memory import MemoryKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """A memory that holds no longer once something is said; nothing is learnt from that by itself."""

    says: str
    """The memory as it is worded where nothing else was known, a template as in `Rule.says`."""
    slot: str | None = None
    """Whatever claims this slot has ended, however it is worded; a template."""
    names: str = ""
    """But only if it names this; a template."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One way of saying something about oneself, and the memory that it becomes.

    To teach the extractor something new, add a row to one of the tables beside this file and a
    sentence to `tests/unit/rule_sentences.py`.
    """

    pattern: str
    """A regular expression over one clause, matched at its start: `I …` or `my …`.

    By then contractions are written out, `we` is `I`, filler adverbs are gone and relative dates
    are absolute. It is case-sensitive, so that names can be told from words.
    """
    says: tuple[str, ...] = ()
    """The memories, with `{S}` for the subject and `{group}` for what the pattern captured.

    One that needs a group which is empty or not worth remembering is left out.
    """
    ends: tuple[Ending, ...] = ()
    """What holds no longer, now that this is said."""
    kind: MemoryKind = MemoryKind.FACT
    importance: float = 0.6
    confidence: float = 0.9
    slot: str | None = None
    """What can be true only once, such as `{S}|residence`: a later statement ends an earlier."""
    anywhere: bool = False
    """Whether the pattern may match in the midst of a clause, besides another rule."""
    dated: bool = False
    """Whether it counts only when the clause says when."""
    begins: bool = False
    """Whether it began when the clause says; what began years ago may have ended since."""
    wishes: tuple[Wish, ...] = ()
    """Where it counts only when the speaker asks for one of these; empty counts always."""
    goes_on: bool = False
    """Whether a later rule may say more about the same clause."""
