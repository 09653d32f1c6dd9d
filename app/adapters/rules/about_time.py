"""Birthdays, plans, and what happened: by the time it is matched, a date is absolute."""

from typing import Final

from app.adapters.rules import words as w
from app.adapters.rules.rule import Rule
from app.models.memory import MemoryKind

_EVENT: Final = MemoryKind.EVENT
_DAY: Final = r"(?P<day>\d{1,2} [A-Z][a-z]+|[A-Z][a-z]+ \d{1,2}(?!\d))"
_BIRTH_YEAR: Final = r"(?P<year>19\d\d|20[01]\d)"
"""Not one that was put in to say which `tomorrow` was meant."""

DATES: Final[tuple[Rule, ...]] = (
    Rule(
        pattern=rf"my birthday is (?:on )?(?:the )?{_DAY},? {_BIRTH_YEAR}",
        says=("{S} was born on {day} {year}.",),
        kind=MemoryKind.FACT,
        importance=0.8,
        goes_on=True,
    ),
    Rule(
        pattern=(
            rf"my (?P<what>birthday|wedding anniversary|anniversary|name day) is (?:on )?"
            rf"(?:the )?{_DAY}"
        ),
        says=("{S}'s {what} is on {day}.",),
        kind=MemoryKind.FACT,
        importance=0.8,
        slot="{S}|{what}",
    ),
    Rule(
        pattern=r"I was born (?P<what>(?:(?:on|in) (?:the )?[\w, ]*|on )\d.*)",
        says=("{S} was born {what}.",),
        kind=MemoryKind.FACT,
        importance=0.8,
    ),
)

PLANS: Final[tuple[Rule, ...]] = (
    Rule(
        pattern=(
            r"I (?:will )?(?P<verb>start|begin) (?P<what>(?:(?:a|an|my|the) (?:[\w-]+ ){0,3}"
            r"(?:job|position|internship|role|course|apprenticeship|degree|school)|work|working"
            r"|school|university|college|at)\b.*)"
        ),
        says=("{S} {verbs} {what}.",),
        kind=_EVENT,
        importance=0.7,
        dated=True,
    ),
    Rule(
        pattern=r"I am (?P<what>on (?:holiday|vacation|leave|sabbatical|a (?:break|trip))\b.*)",
        says=("{S} is {what}.",),
        kind=MemoryKind.CONTEXT,
        importance=0.6,
        dated=True,
    ),
    Rule(
        pattern=(
            r"I want to (?P<what>(?:learn|study|visit|travel (?:to|around)|open|write|move to"
            r"|quit|lose|get better at|get a|run a) (?!more\b).+)"
        ),
        says=("{S} wants to {what}.",),
        kind=MemoryKind.CONTEXT,
        importance=0.5,
        confidence=0.8,
    ),
    Rule(
        pattern=r"I (?:am hoping|hope) to (?P<what>(?!hear|see|be\b|get back|have).+)",
        says=("{S} hopes to {what}.",),
        kind=_EVENT,
        importance=0.5,
        confidence=0.8,
    ),
    Rule(
        pattern=r"I (?:have )?decided to (?P<what>.+)",
        says=("{S} decided to {what}.",),
        kind=_EVENT,
        importance=0.6,
    ),
    Rule(
        pattern=r"I (?:am planning|plan|intend|am about) to (?P<what>.+)",
        says=("{S} plans to {what}.",),
        kind=_EVENT,
        importance=0.6,
    ),
    Rule(
        pattern=(
            r"I am (?P<what>(?:planning|organi[sz]ing|hosting|throwing) (?:a|an|my|our|the) .+)"
        ),
        says=("{S} is {what}.",),
        kind=_EVENT,
        importance=0.6,
    ),
    Rule(
        pattern=(
            r"I am (?P<what>(?:getting (?:married|divorced|a (?:puppy|dog|cat|kitten|new))"
            r"|having (?:a baby|surgery|twins)|starting (?:a|an|my|at|work)|opening (?:a|an|my)"
            r"|moving (?:to|in|out|house|back)|retiring|expecting|launching (?:a|an|my"
            r"|our)) ?.*)"
        ),
        says=("{S} is {what}.",),
        kind=_EVENT,
        importance=0.7,
    ),
    Rule(
        pattern=(
            r"I (?:will|am going to|am gonna) (?P<what>(?!the |an? |my |their |some |[A-Z]"
            r"|be able|have to|let|keep you|miss|try|tell|ask|send|get back|see you|think).+)"
        ),
        says=("{S} will {what}.",),
        kind=_EVENT,
        importance=0.6,
        dated=True,
    ),
    Rule(
        pattern=(
            r"I am (?P<what>(?!feeling|going to (?!the |an? |my |[A-Z])|thinking|wondering"
            r"|hoping|trying|looking forward|talking|being|writing to)[a-z]+ing .+)"
        ),
        says=("{S} is {what}.",),
        kind=_EVENT,
        importance=0.6,
        dated=True,
    ),
    Rule(
        pattern=rf"I (?:have|have got) (?P<what>(?:an?|my|the) {w.APPOINTMENT}\b.*)",
        says=("{S} has {what}.",),
        kind=_EVENT,
        importance=0.6,
        dated=True,
    ),
    Rule(
        pattern=(
            rf"my (?P<what>{w.APPOINTMENT}|flight|due date|graduation"
            rf"|{w.PERSON}'s [\w ]{{3,30}}) (?P<be>is|was|are|starts|ends) (?P<it>.+)"
        ),
        says=("{S}'s {what} {be} {it}.",),
        kind=_EVENT,
        importance=0.6,
        dated=True,
    ),
)

_BARE: Final = (
    r"(?:quit|stopped|started|finished|left|got|made|took|did|had|gave up|began|lost)"
    r" (?:in|on|around) [\w ]*\d{4}$"
)
"""Nothing that can be understood by itself: `quit in 2019`."""
PAST: Final[tuple[Rule, ...]] = (
    Rule(
        pattern=(
            rf"I (?:have )?(?:just )?(?P<what>(?!{_BARE})(?:{w.MILESTONE}(?:(?<= )| (?=\w)).*|"
            rf"(?:{w.PASSAGE})\b.*))"
        ),
        says=("{S} {what}.",),
        kind=_EVENT,
        importance=0.6,
        confidence=0.8,
    ),
    Rule(
        pattern=rf"I (?P<what>(?!{_BARE}){w.PAST}\b.*)",
        says=("{S} {what}.",),
        kind=_EVENT,
        importance=0.5,
        dated=True,
    ),
    Rule(
        pattern=r"I was (?P<what>(?:in|at|on) .+)",
        says=("{S} was {what}.",),
        kind=_EVENT,
        importance=0.5,
        dated=True,
    ),
)
