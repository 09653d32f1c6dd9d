"""`The trip to Tokyo is cancelled`: which plans come to nothing."""

import re
from dataclasses import dataclass
from typing import Final

from app.adapters.rules import words as w

_JOURNEY: Final = (
    r"(?:trip|journey|holiday|vacation|flight|tour|visit|visiting|fly|flying|travel|travel+ing|go"
    r"|going|driving|stay|staying)"
)
_PLANNED: Final = (
    r"trip|journey|holiday|vacation|flight|tour|visit|wedding|party|concert|interview|appointment"
    r"|exam|meeting|surgery|operation|game|match|race|marathon|presentation|conference|gig|show"
    r"|reunion|date|move|workshop|tournament|competition|audition|performance|lesson|party"
)
_OFF: Final = (
    r"(?:(?:is|was|has been|got|gets|is being|has just been|just got) (?:all )?"
    r"(?:cancel+ed|called off|off)|(?:is not|isn't|won't be|will not be) happening)"
)


@dataclass(frozen=True, slots=True)
class Cancellation:
    """Something that was planned, and is no more."""

    thing: str
    place: str | None

    def says(self, subject: str) -> str:
        """The memory of it."""
        towards = f" to {self.place}" if self.place else ""
        return f"{subject}'s {self.thing}{towards} was cancelled."

    def is_of(self, content: str) -> bool:
        """Whether a memory tells of this plan."""
        if not self.place:
            return _holds(rf"{self.thing}s?", content)
        planned = _JOURNEY if re.fullmatch(_JOURNEY, self.thing) else re.escape(self.thing)
        return _holds(re.escape(self.place), content) and _holds(planned, content)


class CancellationReader:
    """Finds cancellations in sentences. Building one compiles its pattern."""

    def __init__(self) -> None:
        self._pattern = re.compile(
            r"(?i:(?:(?:so|and|but|well|oh no|sadly|unfortunately|bad news|update)[,:]? )*)"
            rf"(?:[Tt]he|[Mm]y|[Oo]ur) (?:[a-z]+ )?(?P<thing>{_PLANNED})"
            rf"(?: (?:to|in) (?P<place>{w.PLACE}))?(?: [\w ]{{2,30}}?)? {_OFF}\b"
        )

    def read(self, sentence: str) -> Cancellation | None:
        """What is cancelled; None for any other sentence."""
        match = self._pattern.match(sentence)
        return Cancellation(match["thing"], match["place"]) if match else None


def _holds(words: str, content: str) -> bool:
    return re.search(rf"(?<!\w){words}(?!\w)", content, re.IGNORECASE) is not None
