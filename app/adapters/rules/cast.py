"""Who is called what, so that a bare name is understood: `Luna died` of a cat called Luna."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from app.adapters.rules import words as w

_MANY_OF: Final = {
    "kids": "child",
    "kid": "child",
    "children": "child",
    "puppies": "puppy",
    "ponies": "pony",
    "bunnies": "bunny",
    "wives": "wife",
}
_TELLS: Final = (
    r"(?:has |just |has just |sadly )?(?:died|passed away|ran away)\b"
    r"|(?:is|turned|turns) [1-9]\d?(?= years?\b| now\b| and\b| but\b|$|,)"
)


class Cast:
    """The people and animals of one speaker's life, by their names."""

    def __init__(self, subject: str) -> None:
        owner = re.escape(subject)
        who = rf"(?P<who>(?:[a-z-]+ ){{0,3}}?(?:{w.PERSON}|{w.PET}))"
        names = rf"(?P<names>{w.FIRST_NAME}(?:(?:,| and|, and) {w.FIRST_NAME}){{0,4}})"
        self._told = re.compile(
            rf"{owner}(?:'s {who}(?: is| are)| has (?:(?:an?|{w.COUNT}) )?{who.replace('who', 'whom')})"
            rf" called {names}\.$"
        )
        self._alone = re.compile(
            rf"(?:(?<=, )|(?<=\band )|(?<=\bbut )|^)(?P<name>{w.FIRST_NAME}) (?={_TELLS})"
        )
        self._who_is: dict[str, str] = {}
        """Empty for a name that several have."""

    def learn(self, content: str) -> None:
        """A memory's names are known from now on, if it tells whose they are."""
        told = self._told.match(content)
        if told:
            who = _one_of(told["who"] or told["whom"])
            for name in _listed(told["names"]):
                known = self._who_is.get(name, who)
                self._who_is[name] = who if known.split()[-1:] == who.split()[-1:] else ""

    def introduced(self, text: str) -> str:
        """The text with `my cat Luna` where it says `Luna` of a known one."""
        return self._alone.sub(self._presented, text) if self._who_is else text

    def presented(self, name: str) -> str:
        """`my cat Luna` for `Luna`; the bare name of a stranger."""
        who = self._who_is.get(name)
        return f"my {who} {name}" if who else name

    def _presented(self, match: re.Match[str]) -> str:
        return f"{self.presented(match['name'])} "


def _listed(names: str) -> Iterator[str]:
    return (name for name in re.split(r",? and |, ", names) if name)


def _one_of(many: str) -> str:
    """`daughter` of `two daughters`."""
    words: Sequence[str] = re.sub(rf"^{w.COUNT} ", "", many).split(" ")
    last = words[-1]
    one = _MANY_OF.get(last) or (last[:-1] if re.search(r"[^s]s$", last) else last)
    return " ".join((*words[:-1], one))
