"""`Remember that …` and `Forget that …`: what a speaker wishes to become of a statement."""

import re
from dataclasses import dataclass
from enum import Enum
from typing import Final

from app.adapters.rules import guards
from app.core.forget_requests import FORGET, PLEASE, POLITE

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
        self._forget = re.compile(FORGET + stated, flags)
        self._remember = re.compile(
            rf"{POLITE}(?:you should |I want you to )?{PLEASE}"
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
