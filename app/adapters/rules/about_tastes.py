"""What the user likes, avoids, owns, does in free time, and how they want to be answered."""

from typing import Final

from app.adapters.rules import words as w
from app.adapters.rules.rule import Ending, Rule
from app.models.memory import MemoryKind

_PREFERENCE: Final = MemoryKind.PREFERENCE
_FACT: Final = MemoryKind.FACT

_LIKED: Final = (
    r"(?!the (?!(?:[A-Z]|ocean|sea|sun\b|snow|rain\b|mountains|outdoors|piano|guitar|violin"
    r"|countryside|beach|theatre|gym|cold\b"
    r"|heat|smell of|sound of|taste of|feeling of|dark\b|forest|woods|city\b|opera|cinema|80s"
    r"|90s|winter|summer)))"
)
"""`the …` mostly points at something that only the conversation shows, such as a photo."""

TASTES: Final[tuple[Rule, ...]] = (
    Rule(
        pattern=(
            rf"I (?P<verb>love|adore|like|enjoy|prefer|hate|dislike|detest|despise) "
            rf"(?P<what>{_LIKED}.+)"
        ),
        says=("{S} {verbs} {what}.",),
        kind=_PREFERENCE,
        importance=0.6,
        slot="{S}|likes {what}",
    ),
    Rule(
        pattern=r"I (?:cannot stand|cannot bear) (?P<what>.+)",
        says=("{S} cannot stand {what}.",),
        kind=_PREFERENCE,
        importance=0.6,
        slot="{S}|likes {what}",
    ),
    Rule(
        pattern=r"I (?:do not|never) (?P<verb>like|enjoy|love) (?!to\b)(?P<what>.+)",
        says=("{S} does not {verb} {what}.",),
        kind=_PREFERENCE,
        importance=0.6,
        slot="{S}|likes {what}",
    ),
    Rule(
        pattern=(
            r"I (?:do not|never) (?P<verb>eat|drink|smoke|drive|fly|watch|use|trust|wear) "
            r"(?!to\b)(?P<what>.+)"
        ),
        says=("{S} does not {verb} {what}.",),
        ends=(Ending(says="{S} {verbs} {what}."),),
        kind=_PREFERENCE,
        importance=0.6,
    ),
    Rule(
        pattern=(
            r"I (?:do not|never) (?P<verb>smoke|drink|drive|fly|cook|swim)(?: (?:anymore"
            r"|at all))?$"
        ),
        says=("{S} does not {verb}.",),
        kind=_PREFERENCE,
        importance=0.7,
    ),
    Rule(
        pattern=r"I no longer (?P<verb>like|enjoy|love) (?!to\b)(?P<what>.+)",
        says=("{S} does not {verb} {what}.",),
        kind=_PREFERENCE,
        importance=0.6,
        slot="{S}|likes {what}",
    ),
    Rule(
        pattern=r"I no longer (?P<verb>eat|drink|smoke|drive|use|watch) (?P<what>.+)",
        says=("{S} does not {verb} {what}.",),
        ends=(Ending(says="{S} {verbs} {what}."), Ending(says="{S} likes {what}.")),
        kind=_PREFERENCE,
        importance=0.6,
    ),
    Rule(
        pattern=(
            r"I (?:no longer|do not) (?P<verb>play|collect|practise|practice|own|study|teach|speak"
            r"|volunteer|run|paint|knit|train|drive|ride) (?P<what>.+?)(?: anymore)?$"
        ),
        ends=(Ending(says="{S} {verbs} {what}."),),
    ),
    Rule(
        pattern=r"I used to (?P<verb>smoke|drink|drive|fly|cook|swim|run|dance|sing|paint)$",
        says=("{S} used to {verb}.",),
        ends=(Ending(says="{S} {verbs}."),),
        kind=_FACT,
        importance=0.5,
    ),
    Rule(
        pattern=r"I (?:used to) (?:love|like|enjoy|adore) (?P<what>.+)",
        ends=(Ending(says="{S} likes {what}.", slot="{S}|likes {what}"),),
    ),
    Rule(
        pattern=(
            r"my (?:all-time |absolute |current )*favou?rite (?P<what>[\w' -]{2,40}?) (?P<be>is"
            r"|are) (?!not\b|probably|when|that|to be)(?P<it>.+)"
        ),
        says=("{S}'s favourite {what} {be} {it}.",),
        kind=_PREFERENCE,
        importance=0.7,
        slot="{S}|favourite {what}",
    ),
    Rule(
        pattern=(
            r"(?P<it>[A-Z][\w' -]{2,40}?) (?:is|are) my (?:all-time |absolute )?favou?rite "
            r"(?P<what>[\w' -]{2,40})"
        ),
        says=("{S}'s favourite {what} is {it}.",),
        kind=_PREFERENCE,
        importance=0.7,
        slot="{S}|favourite {what}",
    ),
    Rule(
        pattern=rf"I (?:support|root for) (?P<what>{w.NAME})(?=$|,| (?:and|since|in the)\b)",
        says=("{S} supports {what}.",),
        kind=_PREFERENCE,
        importance=0.6,
    ),
    Rule(
        pattern=(
            r"I am (?:a |an )?(?:(?:big|huge|massive|great|avid|long-time|lifelong|die-hard) )?"
            r"(?P<what>fan of .+)"
        ),
        says=("{S} is a {what}.",),
        kind=_PREFERENCE,
        importance=0.6,
    ),
    Rule(
        pattern=(
            r"I am (?P<what>(?:into|keen on|passionate about|fond of|crazy about|obsessed with"
            r"|interested in|addicted to|hooked on|afraid of|scared of|terrified of|not into"
            r"|not keen on|not interested in|not a fan of|tired of) .+)"
        ),
        says=("{S} is {what}.",),
        kind=_PREFERENCE,
        importance=0.6,
    ),
    Rule(
        pattern=(
            r"I have (?:always )?been (?P<what>(?:into|passionate about|interested in|afraid of"
            r"|fascinated by|a fan of) .+)"
        ),
        says=("{S} is {what}.",),
        kind=_PREFERENCE,
        importance=0.6,
    ),
    Rule(
        pattern=(
            r"I (?:have|have got) (?P<what>(?:a|an) (?:passion for|fear of|phobia of"
            r"|soft spot for|sweet tooth|love for|weakness for) ?.*)"
        ),
        says=("{S} has {what}.",),
        kind=_PREFERENCE,
        importance=0.6,
    ),
)

HOBBIES: Final[tuple[Rule, ...]] = (
    Rule(
        pattern=(
            r"I (?P<verb>play|collect|paint|knit|crochet|bake|sew|draw|garden|teach|coach|mentor"
            r"|sing|dance|write|read|grow|breed|brew|compose|cycle|swim|hike|climb|ski|surf|run"
            r"|practi[cs]e|cook|photograph) (?P<what>(?!it\b|out\b|that\b|a lot\b|into\b|to you"
            r"|you\b|down\b|for you|up\b|and\b|or\b|a few|on\b|through).+)"
        ),
        says=("{S} {verbs} {what}.",),
        kind=_FACT,
        importance=0.5,
        confidence=0.8,
    ),
    Rule(
        pattern=(
            r"I go (?P<what>(?:running|jogging|swimming|hiking|climbing|cycling|fishing|sailing"
            r"|skiing|dancing|camping|surfing|bouldering|to (?:the gym|church|yoga|therapy|choir"
            r"|[\w ]{2,20} class(?:es)?))\b.*)"
        ),
        says=("{S} goes {what}.",),
        kind=_FACT,
        importance=0.5,
        confidence=0.8,
    ),
    Rule(
        pattern=(
            r"my (?:main |biggest |favourite )*(?P<what>hobby|hobbies|passion|passions|dream"
            r"|dream job|goal|goals|ambition|interests|superpower|religion|zodiac sign"
            r"|star sign) (?P<be>is|are) (?P<it>.+)"
        ),
        says=("{S}'s {what} {be} {it}.",),
        kind=_FACT,
        importance=0.7,
        slot="{S}|{what}",
    ),
    Rule(
        pattern=(
            r"I (?:want|hope|am hoping|aspire|am dreaming|dream) (?:to be|to become|of becoming"
            r"|of being) (?P<what>(?:a|an|the) .+)"
        ),
        says=("{S} wants to become {what}.",),
        kind=_FACT,
        importance=0.7,
    ),
    Rule(
        pattern=(
            r"I am (?P<what>(?:training for|saving (?:up )?for|writing (?:a|an|my)|building (?:a"
            r"|an|my|our)|restoring|reading (?=[\"A-Z])|preparing for|looking for (?:a|an) "
            r"(?:new |better |bigger )?(?:job|flat|apartment|house|place|internship|roommate)"
            r"|trying to (?:quit|lose|learn|save|get fit|cut down|eat)|recovering from|taking "
            r"(?:a|an|some)? ?(?:[\w-]+ ){0,2}(?:class|classes|lessons|course)|renovating"
            r"|working on (?:a|an|my)) ?.*)"
        ),
        says=("{S} is {what}.",),
        kind=MemoryKind.CONTEXT,
        importance=0.6,
    ),
    Rule(
        pattern=(
            r"I (?:have )?(?:just )?(?:started|took up|have taken up) (?P<what>"
            r"(?:[a-z]+ing)\b.*)"
        ),
        says=("{S} started {what}.",),
        kind=_FACT,
        importance=0.6,
    ),
    Rule(
        pattern=(
            r"I (?:have been|have been practi[cs]ing|have played|have been playing) (?P<what>"
            r"(?:playing|doing|practi[cs]ing|dancing|painting|writing|collecting|studying"
            r"|teaching|running|training|volunteering|learning|reading|cooking|attending"
            r"|going to) .+)"
        ),
        says=("{S} has been {what}.",),
        kind=_FACT,
        importance=0.6,
    ),
)

_CODE: Final = (
    r"(?:[a-z-]+ )?(?:function|variable|class|method|file|folder|branch|table|column|script|package"
    r"|module|component|field|database|repo|server|key|container|service)"
)
POSSESSIONS: Final[tuple[Rule, ...]] = (
    Rule(
        pattern=(
            rf"my (?!{w.PERSON}\b|{w.PET}\b|{_CODE}\b)(?P<what>[a-z-]+(?: [a-z-]+)?) (?:is|are) "
            rf"(?:called|named) (?P<name>(?:the )?{w.NAME})"
        ),
        says=("{S}'s {what} is called {name}.",),
        kind=_FACT,
        importance=0.5,
        slot="{S}'s {what}|name",
    ),
    Rule(
        pattern=rf"I (?:have|own|have got) (?P<what>(?:an?|{w.COUNT}|my own) {w.THING})\b",
        says=("{S} has {what}.",),
        kind=_FACT,
        importance=0.5,
    ),
    Rule(
        pattern=r"I (?P<verb>drive|ride) (?P<what>(?:an?|my) .+)",
        says=("{S} {verbs} {what}.",),
        kind=_FACT,
        importance=0.5,
    ),
    Rule(
        pattern=(
            r"my (?:new |current )?(?P<what>car|bike|phone|laptop|computer|boat|motorbike|camera"
            r"|house|flat|apartment) is (?P<it>(?:an?|in|on|near|from) .+"
            r"|(?:[A-Z][\w-]+|\d{1,3}\w?)(?: [A-Z][\w-]*| \w{0,3}\d\w{0,3}){0,4}$)"
        ),
        says=("{S}'s {what} is {it}.",),
        kind=_FACT,
        importance=0.5,
        slot="{S}|{what}",
    ),
)

ANSWERS: Final[tuple[Rule, ...]] = (
    Rule(
        pattern=(
            r"I (?:want|prefer|like) (?P<what>(?:your |my |the )?(?:answers|replies|responses"
            r"|explanations)\b.+)"
        ),
        says=("{S} prefers {what}.",),
        kind=_PREFERENCE,
        importance=0.8,
    ),
)
