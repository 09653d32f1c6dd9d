from dataclasses import dataclass

from app.models.memory import MemoryKind


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
    says: tuple[str, ...]
    """The memories, with `{S}` for the subject and `{group}` for what the pattern captured.

    One that needs a group which is empty or not worth remembering is left out.
    """
    kind: MemoryKind
    importance: float
    confidence: float = 0.9
    slot: str | None = None
    """What can be true only once, such as `residence`: a later statement replaces an earlier."""
    anywhere: bool = False
    """Whether the pattern may match in the midst of a clause, besides another rule."""
    dated: bool = False
    """Whether it counts only when the clause says when."""
