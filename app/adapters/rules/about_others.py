"""Whom the user lives with: family, friends and animals."""

from typing import Final

from app.adapters.rules import words as w
from app.adapters.rules.rule import Rule
from app.models.memory import MemoryKind

_FACT: Final = MemoryKind.FACT
_WHO: Final = rf"(?P<who>{w.PERSON})"
_ANIMAL: Final = rf"(?P<who>(?:[a-z-]+ ){{0,2}}{w.PET})"
_CALLED: Final = (
    rf"(?: (?:is|are|was) (?:called|named)|'s? names? (?:is|are|was)|,| is(?! (?:{w.NATIONALITY}"
    rf"|{w.STATUS}|{w.DIET}|{w.LANGUAGE})\b))"
)
_ONLY_ONE: Final = (
    r"(?:wife|husband|spouse|partner|girlfriend|boyfriend|fianc[eé]e?|mother|mom|mum|father|dad"
    r"|boss|manager|therapist|doctor|landlord|landlady|supervisor|best friend|mother-in-law"
    r"|father-in-law|stepmother|stepfather|husky|first name|twin brother|twin sister)"
)
_NAMED: Final = rf"(?P<who>{w.PERSON}(?:,? {w.FIRST_NAME},?)?)"
_NAMES: Final = rf"(?P<name>{w.NAME}(?:(?:,| and) {w.NAME}){{0,4}})"
_TELLS: Final = (
    r"(?:(?:loves|love|likes|hates) (?!me\b)|lives|live|works|work|studies|plays|collects|speaks"
    r"|goes to|teaches|runs|owns|moved|died|passed away"
    r"|passed|got|graduated|was born|was diagnosed|has (?:a|an|two|three|been|just|autism|asthma"
    r"|diabetes|ADHD|dementia|cancer)|had (?:a|an|surgery)"
    r"|is allergic|is a|is an|is pregnant|is vegan|is vegetarian|is visiting|is coming"
    r"|is getting|is moving|is turning|is studying"
    r"|is expecting|is from|is retired|is in hospital|is in the hospital|is \d|turned|turns"
    r"|are \d|are coming|are visiting|are from|visited|started|gave me"
    rf"|is {w.NATIONALITY}|are {w.NATIONALITY}"
    r"|taught me|joined|bought|won|broke|married|retired|enjoys|adores|prefers|wants to)"
)

_DAY: Final = r"(?P<day>\d{1,2} [A-Z][a-z]+|(?:in )?[A-Z][a-z]+ \d{1,2}(?!\d))"

PEOPLE: Final[tuple[Rule, ...]] = (
    Rule(
        pattern=(
            rf"my (?P<who>(?:{w.PERSON}|(?:[a-z-]+ ){{0,2}}?{w.PET})(?:,? {w.FIRST_NAME},?)?) "
            r"(?P<tells>(?:has |have )?(?:died|passed away|passed)\b.*)"
        ),
        says=("{S}'s {who} {tells}.",),
        kind=MemoryKind.EVENT,
        importance=0.6,
    ),
    Rule(
        pattern=(
            rf"my (?P<who>{_ONLY_ONE}){_CALLED} (?P<name>{w.NAME})(?: (?:and|who) (?:he |she )?is "
            rf"(?P<age>\d{{1,2}})\b(?! (?:month|week|day)))?"
            rf"(?! (?:[\w]+ed|said|and I)\b)(?!')"
        ),
        says=("{S}'s {who} is called {name}.", "{S}'s {who} {name} is {age} years old."),
        kind=_FACT,
        importance=0.8,
        slot="{S}'s {who}|name",
    ),
    Rule(
        pattern=rf"my {_NAMED} (?:now |still )?(?P<tells>(?:lives|live|is living) (?:in|on|near) .+)",
        says=("{S}'s {who} {tells}.",),
        kind=_FACT,
        importance=0.6,
        slot="{S}'s {who}|residence",
    ),
    Rule(
        pattern=(
            rf"my {_NAMED} (?:has |just |has just )*(?:moved|relocated)(?: back| over)?"
            rf"(?: from {w.PLACE})? to (?P<place>{w.PLACE}{w.IN_LAND})"
        ),
        says=("{S}'s {who} lives in {place}.",),
        kind=_FACT,
        importance=0.6,
        slot="{S}'s {who}|residence",
        begins=True,
    ),
    Rule(
        pattern=rf"my {_NAMED} (?:now |still )?(?P<tells>(?:works|is working) (?:at|for) .+)",
        says=("{S}'s {who} {tells}.",),
        kind=_FACT,
        importance=0.6,
        slot="{S}'s {who}|employer",
    ),
    Rule(
        pattern=(
            rf"my {_NAMED} (?:now |still )?(?P<tells>(?:works|is working) as .+"
            rf"|is an? {w.TRADE}\b.*)"
        ),
        says=("{S}'s {who} {tells}.",),
        kind=_FACT,
        importance=0.6,
        slot="{S}'s {who}|occupation",
    ),
    Rule(
        pattern=(
            rf"my {_WHO}{_CALLED} {_NAMES}(?: (?:and|who) (?:he |she |they )?(?:is|are) "
            rf"(?P<age>\d{{1,2}})\b(?! (?:month|week|day)))?(?! (?:[\w]+ed|said|and I)\b)(?!')"
        ),
        says=("{S}'s {who} {is} called {name}.", "{S}'s {who} {name} is {age} years old."),
        kind=_FACT,
        importance=0.8,
    ),
    Rule(
        pattern=(
            rf"I have (?P<what>(?:an?|{w.COUNT}) (?:[a-z-]+ ){{0,2}}{w.FAMILY})(?: (?:called"
            rf"|named)|,|:) {_NAMES}"
        ),
        says=("{S} has {what} called {name}.",),
        kind=_FACT,
        importance=0.8,
    ),
    Rule(
        pattern=(
            rf"I have (?P<what>(?:an?|no|{w.COUNT}) (?:[a-z-]+ ){{0,2}}{w.FAMILY}(?: and (?:an?"
            rf"|{w.COUNT}) (?:[a-z-]+ ){{0,2}}{w.FAMILY})?)\b"
        ),
        says=("{S} has {what}.",),
        kind=_FACT,
        importance=0.8,
    ),
    Rule(
        pattern=(
            rf"my {_WHO}(?:,? (?P<name>{w.FIRST_NAME}),?)? (?:is|turns|turned|will be) "
            rf"(?P<age>\d{{1,2}})(?: years old| now|$|\b(?! (?:month|week|day|minute|hour|mile"
            rf"|km)))"
        ),
        says=("{S}'s {who} {name} is {age} years old.",),
        kind=_FACT,
        importance=0.7,
        slot="{S}'s {who} {name}|age",
    ),
    Rule(
        pattern=(
            rf"my {_WHO} (?:is|are) (?P<age>\d{{1,2}})(?: years old| now|$|\b(?! (?:month|week"
            rf"|day|minute|hour|mile|km)))"
        ),
        says=("{S}'s {who} is {age} years old.",),
        kind=_FACT,
        importance=0.7,
        slot="{S}'s {who}|age",
    ),
    Rule(
        pattern=(rf"my {_WHO}(?:'s|s') birthday is (?:on )?{_DAY}"),
        says=("{S}'s {who}'s birthday is on {day}.",),
        kind=_FACT,
        importance=0.8,
        slot="{S}'s {who}|birthday",
    ),
    Rule(
        pattern=(rf"my (?P<who>{w.PERSON} {w.FIRST_NAME})'s birthday is (?:on )?{_DAY}"),
        says=("{S}'s {who}'s birthday is on {day}.",),
        kind=_FACT,
        importance=0.8,
        slot="{S}'s {who}|birthday",
    ),
    Rule(
        pattern=(
            rf"my (?P<who>(?:{w.PERSON}|(?:[a-z-]+ ){{0,1}}{w.PET})(?:,? {w.FIRST_NAME},?)?) "
            rf"(?P<tells>{_TELLS}\b.*)"
        ),
        says=("{S}'s {who} {tells}.",),
        kind=_FACT,
        importance=0.6,
    ),
    Rule(
        pattern=rf"I am (?P<name>{w.FIRST_NAME})'s (?P<who>{w.PERSON})",
        says=("{S} is {name}'s {who}.",),
        kind=_FACT,
        importance=0.8,
    ),
    Rule(
        pattern=r"I am (?P<what>expecting (?:a|my|our|twins)\b.*)",
        says=("{S} is {what}.",),
        kind=_FACT,
        importance=0.8,
    ),
)

_MANY: Final = (
    rf"(?:{w.COUNT} )?(?:[a-z]+ )?"
    r"(?:kids|children|sons|daughters|sisters|brothers|twins|parents|friends|cousins|cats|dogs)\b"
)

MENTIONED: Final[tuple[Rule, ...]] = (
    Rule(
        pattern=(
            rf"\b(?:my|My|our) (?P<who>{_MANY}),? (?P<name>{w.FIRST_NAME}"
            rf"(?:, {w.FIRST_NAME}){{0,4}} and {w.FIRST_NAME})"
        ),
        says=("{S}'s {who} {is} called {name}.",),
        kind=_FACT,
        importance=0.7,
        anywhere=True,
    ),
    Rule(
        pattern=(
            rf"\b(?:my|My|our) (?P<who>{_ONLY_ONE}),? (?P<name>{w.FIRST_NAME})"
            rf"(?! and (?:my|I)\b)(?!')"
        ),
        says=("{S}'s {who} is called {name}.",),
        kind=_FACT,
        importance=0.7,
        slot="{S}'s {who}|name",
        anywhere=True,
    ),
    Rule(
        pattern=(
            rf"\b(?:my|My|our) (?!{_MANY}|{_ONLY_ONE}\b){_WHO},? (?P<name>{w.FIRST_NAME})(?! and (?:my|I)\b)"
            rf"(?!')"
        ),
        says=("{S}'s {who} {is} called {name}.",),
        kind=_FACT,
        importance=0.7,
        anywhere=True,
    ),
    Rule(
        pattern=rf"\b(?:my|My|our) (?!{_MANY}){_ANIMAL},? (?P<name>{w.FIRST_NAME})(?!')",
        says=("{S}'s {who} {is} called {name}.",),
        kind=_FACT,
        importance=0.7,
        anywhere=True,
    ),
    Rule(
        pattern=(
            rf"\b(?P<what>an? (?:[a-z-]+ ){{0,3}}(?:{w.PET}|{w.PERSON})) (?:called|named) "
            rf"(?P<name>{w.FIRST_NAME})"
        ),
        says=("{S} has {what} called {name}.",),
        kind=_FACT,
        importance=0.7,
        confidence=0.7,
        anywhere=True,
    ),
)
"""Names in passing: `I went there with my sister Anna`."""

ANIMALS: Final[tuple[Rule, ...]] = (
    Rule(
        pattern=rf"my {_ANIMAL}{_CALLED} {_NAMES}",
        says=("{S}'s {who} {is} called {name}.",),
        kind=_FACT,
        importance=0.7,
    ),
    Rule(
        pattern=(
            rf"I have (?:got )?(?P<what>(?:an?|{w.COUNT}) (?:[a-z-]+ ){{0,3}}{w.PET}(?: and "
            rf"(?:an?|{w.COUNT}) (?:[a-z-]+ ){{0,2}}{w.PET})?)(?:,? (?:(?:called"
            rf"|named) )?{_NAMES})"
        ),
        says=("{S} has {what} called {name}.",),
        kind=_FACT,
        importance=0.7,
    ),
    Rule(
        pattern=(
            rf"I have (?:got )?(?:only )?(?P<what>(?:an?|no|{w.COUNT}) (?P<which>{w.ONE_PET})s?)"
            rf"(?: (?:now|left|anymore|and I)\b.*)?$"
        ),
        says=("{S} has {what}.",),
        kind=_FACT,
        importance=0.7,
        slot="{S}|number of {which}s",
    ),
    Rule(
        pattern=(
            rf"I have (?:got )?(?P<what>(?:an?|no|{w.COUNT}) (?:[a-z-]+ ){{0,3}}{w.PET}(?:(?:,"
            rf"| and|, and) (?:an?|{w.COUNT}) (?:[a-z-]+ ){{0,2}}{w.PET}){{0,3}})\b"
        ),
        says=("{S} has {what}.",),
        kind=_FACT,
        importance=0.7,
    ),
)
