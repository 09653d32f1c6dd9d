"""What a sentence leaves to be understood, put into it."""

import re
from typing import Final

from app.adapters.rules import words as w
from app.adapters.rules.cast import Cast

_PARTED: Final = r"(?:broke up|split up|separated|parted ways)"
_ALSO: Final = r"(?:(?:well|so|and|but|sadly|unfortunately|oh|ok),? )?"


class Filler:
    """Completes sentences. Building one compiles its patterns."""

    def __init__(self) -> None:
        self._both = re.compile(
            rf"(?i:{_ALSO})(?:(?P<name>{w.FIRST_NAME})|[Mm](?P<own>y {w.PERSON}(?: {w.FIRST_NAME})?))"
            rf" and I (?:have |just |recently |finally )*+(?P<what>{_PARTED}|got (?:engaged|married))"
            rf"\b(?! {w.DETERMINER}\b)"
        )
        self._elsewhere = re.compile(
            r"(?P<left>\b(?:not|n't|no longer) work(?:ing)? (?:at|for|with) [^,;]{2,40}?"
            r"[,;] (?:and |but |now )?)(?:I'm|I am|we're|we are) (?:now )?(?P<at>at|with) (?=[A-Z])"
        )
        self._elided = re.compile(rf"(?:Just )?(?i:{w.PAST}) (?=[\w ]*\b(?:my|to|a|an)\b)")

    def filled(self, text: str, cast: Cast) -> str:
        """`Emma and I broke up` as `I broke up with Emma`, `Luna died` as `my cat Luna died`."""
        both = self._both.match(text)
        if both:
            whom = cast.presented(both["name"]) if both["name"] else f"m{both['own']}"
            link = "to" if both["what"].startswith("got") else "with"
            return f"I {both['what']} {link} {whom}{text[both.end() :]}"
        if self._elided.match(text):
            return f"I {text[0].lower()}{text[1:]}"
        text = self._elsewhere.sub(r"\g<left>I work \g<at> ", text)
        return cast.introduced(text)
