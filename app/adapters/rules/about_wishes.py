"""What the user asks to remember or to forget: more counts then than what is said in passing."""

from typing import Final

from app.adapters.rules import words as w
from app.adapters.rules.rule import Ending, Rule
from app.adapters.rules.wishes import Wish
from app.models.memory import MemoryKind

_STATEMENTS: Final = (
    (
        r"my (?P<what>[\w' -]{2,40}?) (?P<be>is|are) (?!not\b)(?P<it>.+)",
        "{S}'s {what} {be} {it}.",
        "{S}|{what}",
    ),
    (r"I am (?!not\b)(?P<what>.+)", "{S} is {what}.", None),
    (r"I have (?P<what>(?:an?|my|no|the|two|three|four|five|\d{1,2}) .+)", "{S} has {what}.", None),
    (r"I do not (?P<verb>[a-z]+) (?P<what>.+)", "{S} does not {verb} {what}.", None),
    (rf"I (?P<what>{w.PAST} .+)", "{S} {what}.", None),
    (
        r"I (?!am\b|have|had|was|will|would|can|could|do|did|should|might|must|may|think|guess)"
        r"(?P<verb>[a-z]+(?<!ed)) (?P<what>.+)",
        "{S} {verbs} {what}.",
        None,
    ),
)
"""Patterns, what they say, and its slot."""

WISHED: Final[tuple[Rule, ...]] = (
    *(
        Rule(
            pattern=pattern,
            says=(says,),
            kind=MemoryKind.FACT,
            importance=0.8,
            slot=slot,
            wishes=(Wish.REMEMBER, Wish.FORGET),
        )
        for pattern, says, slot in _STATEMENTS
    ),
    Rule(
        pattern=r"my (?P<what>[\w' -]{2,40})$",
        ends=(Ending(says="{S}'s {what} is known.", slot="{S}|{what}"),),
        wishes=(Wish.FORGET,),
    ),
)
