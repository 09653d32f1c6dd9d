"""Who the user is: name, age, origin, status, places."""

from typing import Final

from app.adapters.rules import words as w
from app.adapters.rules.rule import Rule
from app.models.memory import MemoryKind

_FACT: Final = MemoryKind.FACT

_FROM: Final = r",? (?:and )?(?:I am )?(?:originally )?from"
_INTRODUCED: Final = rf"I am {w.NAME}, (?:aged? )?[1-9]\d?(?: years old)?(?=$|, |{_FROM})"
IDENTITY: Final[tuple[Rule, ...]] = (
    Rule(
        pattern=rf"(?={_INTRODUCED})I am (?P<name>{w.NAME})",
        says=("{S}'s name is {name}.",),
        kind=_FACT,
        importance=0.9,
        slot="{S}|name",
        goes_on=True,
    ),
    Rule(
        pattern=rf"(?={_INTRODUCED})I am {w.NAME}, (?:aged? )?(?P<age>[1-9]\d?)",
        says=("{S} is {age} years old.",),
        kind=_FACT,
        importance=0.6,
        slot="{S}|age",
        goes_on=True,
    ),
    Rule(
        pattern=rf"{_INTRODUCED}{_FROM} (?P<place>{w.PLACE})",
        says=("{S} comes from {place}.",),
        kind=_FACT,
        importance=0.6,
        slot="{S}|origin",
        goes_on=True,
    ),
    Rule(
        pattern=(
            rf"I am (?!{w.NATIONALITY}\b|{w.STATUS}\b|{w.LANGUAGE}\b|[A-Z]{{2}})"
            rf"(?P<name>{w.NAME})(?=$|, an? | and I\b|,? (?:nice|pleased|great|good|glad|happy) to"
            r"|[^\w'-]*$| from (?=[A-Z]))"
        ),
        says=("{S}'s name is {name}.",),
        kind=_FACT,
        importance=0.9,
        confidence=0.7,
        slot="{S}|name",
    ),
    Rule(
        pattern=(
            rf"(?:my (?:first |full )?name is|I am called|I go by|my name's) (?P<name>{w.NAME})"
        ),
        says=("{S}'s name is {name}.",),
        kind=_FACT,
        importance=0.9,
        slot="{S}|name",
    ),
    Rule(
        pattern=(
            rf"my (?P<what>last name|surname|middle name|nickname|maiden name|stage name) is "
            rf"(?P<name>{w.NAME})"
        ),
        says=("{S}'s {what} is {name}.",),
        kind=_FACT,
        importance=0.8,
        slot="{S}|{what}",
    ),
    Rule(
        pattern=rf"I prefer to be called (?P<name>{w.NAME})",
        says=("{S} wants to be called {name}.",),
        kind=MemoryKind.PREFERENCE,
        importance=0.9,
        slot="{S}|call name",
    ),
    Rule(
        pattern=r"I am (?P<age>[1-9]\d?)(?: years? old| years| yo\b| now$|$|(?= and\b|,))",
        says=("{S} is {age} years old.",),
        kind=_FACT,
        importance=0.6,
        slot="{S}|age",
    ),
    Rule(
        pattern=(r"I (?:have )?turned (?P<age>[1-9]\d)(?: years old)? (?P<date>(?:on|in) .*\d{4})"),
        says=("{S} turned {age} {date}.",),
        kind=MemoryKind.EVENT,
        importance=0.6,
        dated=True,
    ),
    Rule(
        pattern=(
            r"I (?:am turning|turn|will turn|will be) (?P<age>[1-9]\d)(?: years old)? "
            r"(?P<date>(?:on|in) .*\d{4})"
        ),
        says=("{S} turns {age} {date}.",),
        kind=MemoryKind.EVENT,
        importance=0.6,
        dated=True,
    ),
    Rule(
        pattern=(
            rf"I am (?P<what>{w.NATIONALITY})(?![\w-]| (?:food|music|cuisine|history|culture"
            rf"|literature|films?))"
        ),
        says=("{S} is {what}.",),
        kind=_FACT,
        importance=0.6,
    ),
    Rule(
        pattern=rf"I am (?P<what>{w.RELATIONSHIP})(?![\w-])(?! in | about | with )",
        says=("{S} is {what}.",),
        kind=_FACT,
        importance=0.8,
        slot="{S}|relationship",
    ),
    Rule(
        pattern=rf"I am (?P<what>{w.WORKLESS})(?![\w-])",
        says=("{S} is {what}.",),
        kind=_FACT,
        importance=0.8,
        slot="{S}|employer",
    ),
    Rule(
        pattern=rf"I am (?P<what>{w.STATUS})(?![\w-])(?! in | about | with (?!twins))",
        says=("{S} is {what}.",),
        kind=_FACT,
        importance=0.7,
    ),
)

PLACES: Final[tuple[Rule, ...]] = (
    Rule(
        pattern=(
            rf"I (?:lived|was living|used to live) (?P<where>in {w.PLACE}{w.IN_LAND}"
            r"(?: (?:from|since) [\w ]+?)? (?:until|till) .+)"
        ),
        says=("{S} used to live {where}.",),
        kind=_FACT,
        importance=0.4,
    ),
    Rule(
        pattern=(
            rf"I (?:live|reside|am living|am based|have lived|have been living) (?P<prep>in|on"
            rf"|near|outside|just outside|close to) (?P<place>{w.PLACE}{w.IN_LAND})(?! (?:but"
            rf"|when I was))"
        ),
        says=("{S} lives {prep} {place}.",),
        kind=_FACT,
        importance=0.8,
        slot="{S}|residence",
    ),
    Rule(
        pattern=(
            r"I (?:live|am living) (?P<where>(?:in|on) (?:a|an|the) (?:[\w'-]+ ){0,3}(?:house"
            r"|flat|apartment|village|town|city|farm|suburb|countryside|studio|boat|dorm|cabin"
            r"|bungalow|island|condo|loft|houseboat|cottage|caravan|castle|camper van|hostel)\b"
            r"(?: (?:in|near|by|outside|on) .+)?)"
        ),
        says=("{S} lives {where}.",),
        kind=_FACT,
        importance=0.6,
    ),
    Rule(
        pattern=(
            r"I (?:live|am living) (?P<how>alone|by myself|with my [\w ,'-]+|with (?:a|two"
            r"|three) (?:room|flat|house)mates?)"
        ),
        says=("{S} lives {how}.",),
        kind=_FACT,
        importance=0.6,
        slot="{S}|lives with",
    ),
    Rule(
        pattern=rf"I (?:come|am|am originally|hail) from (?P<place>{w.PLACE})",
        says=("{S} comes from {place}.",),
        kind=_FACT,
        importance=0.6,
        slot="{S}|origin",
    ),
    Rule(
        pattern=(
            r"I (?P<what>(?:grew up|was raised|was born and raised|was born) (?:in|on|near) .+)"
        ),
        says=("{S} {what}.",),
        kind=_FACT,
        importance=0.6,
    ),
    Rule(
        pattern=rf"my (?:home ?town|home city) is (?P<place>{w.PLACE})",
        says=("{S}'s hometown is {place}.",),
        kind=_FACT,
        importance=0.6,
        slot="{S}|hometown",
    ),
    Rule(
        pattern=r"my (?:home )?address is (?P<place>[\w ,.'/-]{5,100})",
        says=("{S}'s address is {place}.",),
        kind=_FACT,
        importance=0.8,
        slot="{S}|address",
    ),
    Rule(
        pattern=r"my (?P<what>home country|country) is (?P<it>.+)",
        says=("{S}'s {what} is {it}.",),
        kind=_FACT,
        importance=0.6,
    ),
)
