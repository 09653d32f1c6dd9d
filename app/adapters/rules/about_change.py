"""What holds now and did not before: another home, other work, another partner, another diet."""

from typing import Final

from app.adapters.rules import words as w
from app.adapters.rules.rule import Rule
from app.models.memory import MemoryKind

_PLACE: Final = rf"(?P<place>{w.PLACE})"
_MOVED_TO: Final = (
    r"I (?:have )?(?:just )?(?:moved|relocated)(?: back| here| over| home)?"
    rf"(?: from {w.PLACE})? to"
)

CHANGES: Final[tuple[Rule, ...]] = (
    Rule(
        pattern=rf"{_MOVED_TO} {_PLACE}(?P<land>{w.IN_LAND})",
        says=("{S} lives in {place}.",),
        importance=0.8,
        slot="{S}|residence",
        dated=True,
        begins=True,
        goes_on=True,
    ),
    Rule(
        pattern=(
            r"I (?:have )?(?:just )?(?:moved|relocated)(?: back| here| over| out| home)? (?P<where>"
            r"(?:to|from) .+)"
        ),
        says=("{S} moved {where}.",),
        kind=MemoryKind.EVENT,
        importance=0.7,
        dated=True,
    ),
    Rule(
        pattern=rf"{_MOVED_TO} {_PLACE}(?P<land>{w.IN_LAND})",
        says=("{S} lives in {place}.",),
        importance=0.8,
        slot="{S}|residence",
        begins=True,
    ),
    Rule(
        pattern=(
            rf"I (?:have )?(?:just )?(?:moved|relocated)(?: back| here| over| out| home)? "
            rf"(?!(?:from {w.PLACE} )?to {w.PLACE})(?P<where>(?:to|from) .+)"
        ),
        says=("{S} moved {where}.",),
        kind=MemoryKind.EVENT,
        importance=0.7,
    ),
    Rule(
        pattern=(
            r"I (?:have )?(?:just )?(?:got|found|landed|accepted|started(?: at)?|began|took)"
            r" (?:a|an|my) "
            rf"(?:[a-z-]+ ){{0,2}}(?:job|position|role) (?:at|with) (?P<what>{w.COMPANY})"
        ),
        says=("{S} works at {what}.",),
        importance=0.8,
        slot="{S}|employer",
        begins=True,
        goes_on=True,
    ),
    Rule(
        pattern=(
            r"I (?:have )?(?:just )?(?:started|began) (?:working|to work|work) (?:at|for) "
            r"(?P<what>(?!home).+?)(?: (?:on|in|around|since) [\w ]*\d{4})?$"
        ),
        says=("{S} works at {what}.",),
        importance=0.8,
        slot="{S}|employer",
        begins=True,
    ),
    Rule(
        pattern=(
            r"I (?:have )?(?:just )?(?:switched|changed)(?: jobs)?(?: from [\w& ]{2,30})? to "
            rf"(?P<what>{w.PLACE})(?= as )"
        ),
        says=("{S} works at {what}.",),
        importance=0.8,
        slot="{S}|employer",
        begins=True,
    ),
    Rule(
        pattern=(
            rf"I (?:have )?(?:just )?(?:got|am) (?:happily |newly )?(?P<what>married|engaged) to "
            rf"(?P<name>{w.NAME})"
        ),
        says=("{S} is {what} to {name}.",),
        importance=0.8,
        slot="{S}|relationship",
        begins=True,
    ),
    Rule(
        pattern=r"I (?:have )?(?:just )?got (?P<what>married|engaged|divorced)\b",
        says=("{S} is {what}.",),
        importance=0.8,
        slot="{S}|relationship",
        begins=True,
        goes_on=True,
    ),
    Rule(
        pattern=(
            r"I am (?:dating|seeing|going out with|in a relationship with|together with) "
            rf"(?P<name>{w.NAME})"
        ),
        says=("{S} is together with {name}.",),
        importance=0.7,
        slot="{S}|relationship",
    ),
    Rule(
        pattern=(
            r"I (?:have )?(?:just )?(?:became|become|went|turned|have gone|gone|am now|have turned)"
            rf" (?:an? )?(?P<what>{w.EATING})\b"
        ),
        says=("{S} is {what}.",),
        importance=0.9,
        slot="{S}|diet",
        begins=True,
    ),
    Rule(
        pattern=r"I (?:just )?turned (?P<age>[1-9]\d)\b",
        says=("{S} is {age} years old.",),
        slot="{S}|age",
        begins=True,
        goes_on=True,
    ),
)
