"""`Remember that …` and `Forget that …`: what a speaker wishes to become of a statement."""

import re
from dataclasses import dataclass
from enum import Enum
from typing import Final

from app.adapters.rules import guards

_POLITE: Final = r"(?:(?:please|pls|ok|okay|hey|hi|and|also|just|so|well|actually|oh|sorry|wait|no|thanks|now),? )*+"
_ASKING: Final = r"(?:(?:can|could|would|will) you (?:please |just |kindly )*+)"
_ALLOWING: Final = rf"(?:{_ASKING}|you (?:can|may|should|could|must) |I(?: want|'d like) you to )?"
_PLEASE: Final = r"(?:please |just |kindly |also )*+"
_TOLD: Final = r"(?:I (?:ever )?(?:said|told you|mentioned|wrote) (?:that )?)?"


class Wish(Enum):
    """What is to become of the statement that follows."""

    REMEMBER = "remember"
    FORGET = "forget"


@dataclass(frozen=True, slots=True)
class Wished:
    """A statement and what is to become of it."""

    statement: str
    wish: Wish


class WishReader:
    """Finds wishes in sentences. Building one compiles its patterns."""

    def __init__(self) -> None:
        flags = re.IGNORECASE
        stated = rf"{_TOLD}(?={guards.STARTER})"
        self._forget = re.compile(
            rf"{_POLITE}{_ALLOWING}{_PLEASE}(?:forget|(?:don't|do not|stop|no longer) remember(?:ing)?"
            rf"|no need to remember|erase|delete)(?: the fact)?(?: that)? {stated}",
            flags,
        )
        self._remember = re.compile(
            rf"{_POLITE}(?:you should |I want you to )?{_PLEASE}"
            r"(?:remember|(?:don't|do not|never) (?:ever )?forget|keep in mind|bear in mind"
            rf"|make a note|take note)(?: the fact)?(?: that|:)? {stated}",
            flags,
        )

    def read(self, sentence: str) -> Wished | None:
        """What the sentence wishes; None for any other sentence."""
        for pattern, wish in ((self._remember, Wish.REMEMBER), (self._forget, Wish.FORGET)):
            match = pattern.match(sentence)
            if match:
                return Wished(sentence[match.end() :], wish)
        return None
