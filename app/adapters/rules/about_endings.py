"""What holds no longer: negations, and what people leave, quit, sell or give up."""

from typing import Final

from app.adapters.rules import words as w
from app.adapters.rules.rule import Ending, Rule
from app.models.memory import MemoryKind

_NOT: Final = r"(?:no longer|do not|am not|am no longer|have not|will not)"
_PLACE: Final = rf"(?P<place>{w.PLACE})"
_TRADE: Final = rf"(?P<trade>{w.TRADE})"
_LIVES: Final = Ending(says="{S} lives in {place}.", slot="{S}|residence", names="{place}")
_WORKS_AT: Final = Ending(says="{S} works at {what}.", slot="{S}|employer", names="{what}")
_WORKS_AS: Final = Ending(says="{S} is a {trade}.", slot="{S}|occupation", names="{trade}")
_ANY_JOB: Final = (
    Ending(says="{S} has a job.", slot="{S}|employer"),
    Ending(says="{S} has a job.", slot="{S}|occupation", names="works"),
)
_LOVE: Final = Ending(says="{S} has a partner.", slot="{S}|relationship")
ENDINGS: Final[tuple[Rule, ...]] = (
    Rule(
        pattern=rf"I {_NOT} (?:live|lived|living|reside|based) (?:in|on|near|outside) {_PLACE}",
        ends=(_LIVES,),
    ),
    Rule(
        pattern=(
            rf"I (?:have )?(?:just )?(?:moved (?:away|out)|moved away|am moving away)"
            rf"(?: from| of) {_PLACE}(?! (?:to|into)\b)"
        ),
        ends=(_LIVES,),
        goes_on=True,
    ),
    Rule(
        pattern=rf"I used to live in {_PLACE}",
        says=("{S} used to live in {place}.",),
        ends=(_LIVES,),
        importance=0.4,
    ),
    Rule(
        pattern=(
            rf"I (?:{_NOT} (?:work|worked|working|employed)|stopped working|quit working"
            rf"|have stopped working) (?:at|for|with) (?P<what>(?!home|the moment|weekends).+)"
        ),
        ends=(_WORKS_AT,),
    ),
    Rule(
        pattern=(
            rf"I (?:{_NOT} (?:work|worked|working|employed)|stopped working) as (?:an? |the )?"
            rf"{_TRADE}"
        ),
        ends=(_WORKS_AS,),
    ),
    Rule(
        pattern=rf"I am (?:no longer|not) (?:an? |the )?{_TRADE}\b",
        ends=(_WORKS_AS,),
    ),
    Rule(
        pattern=(r"I used to work (?:at|for) (?P<what>.+)"),
        says=("{S} used to work at {what}.",),
        ends=(_WORKS_AT,),
        importance=0.4,
    ),
    Rule(
        pattern=(
            r"I (?:have )?(?:just )?(?:(?:quit|left|lost|resigned from) my (?:[a-z]+ )?(?:job|position"
            r"|role) (?:at|with)|(?:quit|resigned from|(?:got|was) (?:fired|laid off) from)"
            rf"(?= [A-Z])) (?P<what>{w.COMPANY})"
        ),
        ends=(_WORKS_AT,),
        goes_on=True,
    ),
    Rule(
        pattern=(
            r"I (?:have )?(?:just )?(?:(?:quit|left|lost|resigned from|gave up) my "
            r"(?:(?:old|current|first|day|office) )?job(?! (?:at|with)\b)|resigned(?! from)\b"
            r"|retired\b|(?:got|was|have been) (?:fired|laid off|made redundant)(?! from)\b)"
        ),
        ends=_ANY_JOB,
        goes_on=True,
    ),
    Rule(
        pattern=(
            rf"I (?:have )?(?:just )?(?:(?:broke up|split up|separated|parted ways)\b"
            rf"(?! {w.DETERMINER}\b| (?:with|from) (?:my (?!(?:[a-z]+ )?{w.LOVER}\b)|the\b))"
            r"|called off (?:my|the) (?:wedding|engagement)\b)"
        ),
        ends=(_LOVE,),
        goes_on=True,
    ),
    Rule(
        pattern=(
            rf"I (?:have )?(?:just )?(?:broke up|split up|separated|parted ways) (?:with|from) "
            rf"my (?P<who>{w.LOVER}) (?P<name>{w.FIRST_NAME})"
        ),
        ends=(
            Ending(says="{S}'s {who} is called {name}.", slot="{S}'s {who}|name", names="{name}"),
        ),
        goes_on=True,
    ),
    Rule(
        pattern=(
            r"I (?:have )?(?:just )?(?P<what>(?:broke up|split up)(?: with (?:my (?:[a-z]+ )?"
            rf"{w.LOVER}(?: {w.FIRST_NAME})?|{w.FIRST_NAME}))?"
            rf"(?: (?:on|in|around) [\w ]*\d{{4}})?)(?=$|[,.;])"
        ),
        says=("{S} {what}.",),
        kind=MemoryKind.EVENT,
        importance=0.7,
    ),
    Rule(
        pattern=rf"I am (?:no longer|not) (?P<what>{w.RELATIONSHIP})\b",
        ends=(Ending(says="{S} is {what}.", slot="{S}|relationship", names="{what}"),),
    ),
    Rule(
        pattern=rf"I am (?:no longer|not) (?:an? )?(?P<what>{w.EATING})\b",
        ends=(Ending(says="{S} is {what}.", slot="{S}|diet", names="{what}"),),
    ),
    Rule(
        pattern=rf"I am (?:no longer|not) (?P<what>{w.STATUS}|{w.DIET})(?: anymore)?$",
        ends=(
            Ending(says="{S} is {what}."),
            Ending(says="{S} is {what}.", slot="{S}|employer", names="is {what}"),
        ),
    ),
    Rule(
        pattern=r"I (?:eat|started eating|have started eating) (?:meat|animal products) again\b",
        ends=(Ending(says="{S} eats no meat.", slot="{S}|diet"),),
    ),
    Rule(
        pattern=(
            r"I am (?:no longer|not) (?P<what>(?:allergic|intolerant|sensitive) to "
            r"(?!any|every).+)"
        ),
        ends=(Ending(says="{S} is {what}."),),
    ),
    Rule(
        pattern=(
            rf"I (?:no longer have|have no longer) (?P<what>(?:(?:an?|my|{w.COUNT}) )?"
            rf"(?:{w.ILLNESS}|{w.THING}|(?:[a-z]+ ){{0,2}}{w.PET}))\b"
        ),
        ends=(Ending(says="{S} has {what}."),),
    ),
    Rule(
        pattern=(
            rf"I do not have (?P<what>(?:(?:an?|{w.COUNT}) )?(?:{w.ILLNESS}|{w.THING}"
            rf"|(?:[a-z]+ ){{0,2}}{w.PET}))(?: anymore)?$"
        ),
        ends=(Ending(says="{S} has {what}."),),
    ),
    Rule(
        pattern=(
            r"I (?:have )?(?:just )?(?:sold|got rid of|gave away|lost|replaced) my (?:old )?"
            r"(?P<what>car|bike|phone|laptop|computer|boat|motorbike|camera)\b"
        ),
        ends=(Ending(says="{S} has a {what}.", slot="{S}|{what}"),),
        goes_on=True,
    ),
    Rule(
        pattern=(
            rf"my (?P<who>(?:[a-z-]+ ){{0,2}}?{w.PET})(?:,? (?P<name>{w.FIRST_NAME}),?)? (?:has |just |sadly )?"
            rf"(?:died|passed away|ran away)\b"
        ),
        ends=(
            Ending(says="{S} has a {who}."),
            Ending(says="{S} has a {who} called {name}."),
            Ending(says="{S}'s {who} is called {name}."),
        ),
        goes_on=True,
    ),
    Rule(
        pattern=(
            rf"my (?P<who>{w.PERSON}(?: {w.FIRST_NAME})?) (?:does not|no longer|do not|has not|is "
            rf"not|is no longer) (?:live|lived|lives|living) (?:in|on|near) {_PLACE}"
        ),
        ends=(
            Ending(
                says="{S}'s {who} lives in {place}.",
                slot="{S}'s {who}|residence",
                names="{place}",
            ),
        ),
    ),
    Rule(
        pattern=(
            rf"my (?P<who>{w.PERSON}(?: {w.FIRST_NAME})?) (?:does not|no longer|do not|is not"
            rf"|is no longer) (?:work|works|working) (?:at|for) (?P<what>.+)"
        ),
        ends=(
            Ending(
                says="{S}'s {who} works at {what}.", slot="{S}'s {who}|employer", names="{what}"
            ),
        ),
    ),
)
