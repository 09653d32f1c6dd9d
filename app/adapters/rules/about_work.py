"""What the user does: work, studies, languages."""

from typing import Final

from app.adapters.rules import words as w
from app.adapters.rules.rule import Rule
from app.models.memory import MemoryKind

_FACT: Final = MemoryKind.FACT
_WORK: Final = r"I (?:work|am working|am employed)"
_SOMEWHERE: Final = (
    r"(?!it\b|this\b|the moment|peace|general|least|home\b|myself|now\b|once|last|first|free\b"
    r"|night|weekends|\d|years|months|a while|ages|hours|so long)"
)

WORK: Final[tuple[Rule, ...]] = (
    Rule(
        pattern=rf"I have been (?P<what>an? {w.TRADE}\b.*)",
        says=("{S} has been {what}.",),
        kind=_FACT,
        importance=0.8,
    ),
    Rule(
        pattern=(
            rf"{_WORK} (?:full[ -]time |part[ -]time )?as (?P<job>(?:an?|the) [\w' -]+?) "
            rf"(?=(?:at|for|with) {_SOMEWHERE})"
        ),
        says=("{S} works as {job}.",),
        kind=_FACT,
        importance=0.8,
        slot="{S}|occupation",
        goes_on=True,
    ),
    Rule(
        pattern=(
            rf"{_WORK} (?:full[ -]time |part[ -]time )?(?:as (?:an?|the) [\w' -]+? )?(?P<at>at|for"
            rf"|with) (?P<what>{_SOMEWHERE}.+)"
        ),
        says=("{S} works {at} {what}.",),
        kind=_FACT,
        importance=0.8,
        slot="{S}|employer",
    ),
    Rule(
        pattern=rf"{_WORK} (?P<how>(?:full[ -]time |part[ -]time )?as (?:an?|the) .+)",
        says=("{S} works {how}.",),
        kind=_FACT,
        importance=0.8,
        slot="{S}|occupation",
    ),
    Rule(
        pattern=rf"I work (?P<how>(?:full[ -]time |part[ -]time )?in {_SOMEWHERE}.+)",
        says=("{S} works {how}.",),
        kind=_FACT,
        importance=0.8,
        slot="{S}|works in",
    ),
    Rule(
        pattern=(
            r"I work (?P<how>(?:from home|remotely|night shifts|nights|shifts|part[ -]time"
            r"|full[ -]time|freelance)\b.{0,40})"
        ),
        says=("{S} works {how}.",),
        kind=_FACT,
        importance=0.6,
    ),
    Rule(
        pattern=(
            r"I have (?:worked|been working) (?P<how>(?:as an? |at |for |in )(?!it\b|this\b|\d"
            r"|years|months|a while|ages|hours|so long).+)"
        ),
        says=("{S} has worked {how}.",),
        kind=_FACT,
        importance=0.7,
    ),
    Rule(
        pattern=(
            r"I (?:worked|was working) (?P<how>(?:at|for|as an?) (?!home|it\b)[\w'&., -]+? "
            r"(?:until|till) .*\d{4})"
        ),
        says=("{S} used to work {how}.",),
        kind=_FACT,
        importance=0.4,
    ),
    Rule(
        pattern=r"I used to (?P<how>(?:work (?:as|at|for|in) |be an? |play |teach |own |run ).+)",
        says=("{S} used to {how}.",),
        kind=_FACT,
        importance=0.4,
    ),
    Rule(
        pattern=rf"I am (?P<job>an? {w.TRADE}) (?=(?:at|for) {_SOMEWHERE})",
        says=("{S} is {job}.",),
        kind=_FACT,
        importance=0.8,
        slot="{S}|occupation",
        goes_on=True,
    ),
    Rule(
        pattern=rf"I am an? {w.TRADE} (?P<at>at|for) (?P<what>{_SOMEWHERE}.+)",
        says=("{S} works {at} {what}.",),
        kind=_FACT,
        importance=0.8,
        slot="{S}|employer",
    ),
    Rule(
        pattern=rf"I am (?P<what>an? {w.TRADE}\b(?: (?:in|by|from|with) .+)?)",
        says=("{S} is {what}.",),
        kind=_FACT,
        importance=0.8,
        slot="{S}|occupation",
    ),
    Rule(
        pattern=(
            r"I am (?P<what>(?:the|an?) (?:[\w-]+ ){0,3}(?:owner|founder|co-founder|head|CEO|CTO"
            r"|CFO|president|member|volunteer|intern|captain|coach|mentor) (?:of|at|in|for) .+)"
        ),
        says=("{S} is {what}.",),
        kind=_FACT,
        importance=0.7,
    ),
    Rule(
        pattern=(
            r"my (?P<what>job|job title|profession|occupation|employer|company|business"
            r"|day job) is (?!going|so|very|really|not|great|killing|to\b|pretty|too|doing|good"
            r"|boring|hard|stressful|tough|busy|fine)(?P<job>.+)"
        ),
        says=("{S}'s {what} is {job}.",),
        kind=_FACT,
        importance=0.8,
        slot="{S}|{what}",
    ),
    Rule(
        pattern=(
            r"I (?:run|own|co-own|manage) (?P<what>(?:a|an|my own|my|the) (?:[\w'-]+ ){0,4}"
            r"(?:bakery|business|shop|store|company|restaurant|café|cafe|studio|farm|agency"
            r"|startup|bar|salon|hotel|gym|clinic|practice|blog|podcast|channel|bookshop"
            r"|bookstore|brewery|charity|team|gallery|garage|garden centre)\b(?: .+)?)"
        ),
        says=("{S} runs {what}.",),
        kind=_FACT,
        importance=0.8,
    ),
    Rule(
        pattern=(
            r"I (?:have )?(?:just )?(?P<verb>got|found|landed|accepted|started|began|took) "
            r"(?P<what>(?:a|an|my|the) (?:[\w-]+ ){0,3}(?:job|position|internship|role"
            r"|apprenticeship)\b.*)"
        ),
        says=("{S} {verb} {what}.",),
        kind=MemoryKind.EVENT,
        importance=0.8,
    ),
    Rule(
        pattern=(
            r"I (?:have )?(?:just )?(?P<verb>lost|quit|left|resigned from) (?P<what>my "
            r"(?:[\w-]+ )?(?:job|position|company|role)\b.*)"
        ),
        says=("{S} {verb} {what}.",),
        kind=MemoryKind.EVENT,
        importance=0.8,
    ),
    Rule(
        pattern=(
            r"I (?:was|got|have been|am being) (?P<what>(?:promoted|hired|laid off|fired"
            r"|made redundant|transferred)\b.*)"
        ),
        says=("{S} was {what}.",),
        kind=MemoryKind.EVENT,
        importance=0.8,
    ),
    Rule(
        pattern=(
            r"I (?:volunteer|am volunteering|have been volunteering|help out) (?P<how>(?:at|for"
            r"|with|as) .+)"
        ),
        says=("{S} volunteers {how}.",),
        kind=_FACT,
        importance=0.6,
    ),
)

STUDY: Final[tuple[Rule, ...]] = (
    Rule(
        pattern=(
            r"I (?:have )?studied (?P<what>(?!hard|for|a lot|every|at home|late|it\b|the\b|this\b|that\b"
            r"|with|all\b|your|up\b).+)"
        ),
        says=("{S} studied {what}.",),
        kind=_FACT,
        importance=0.6,
    ),
    Rule(
        pattern=(
            r"I (?:study|am studying|major in|am majoring in) (?!hard|for|a lot|every|at home"
            r"|late|too|it\b)(?P<what>.+)"
        ),
        says=("{S} studies {what}.",),
        kind=_FACT,
        importance=0.7,
        slot="{S}|study",
    ),
    Rule(
        pattern=(
            r"I am (?P<what>an? (?:[\w-]+ ){0,3}(?:student|undergraduate|undergrad|sophomore"
            r"|freshman|postgraduate|PhD candidate)\b.*)"
        ),
        says=("{S} is {what}.",),
        kind=_FACT,
        importance=0.7,
        slot="{S}|student",
    ),
    Rule(
        pattern=(
            r"I am (?:doing|pursuing|working on|finishing) (?P<what>(?:a|an|my) (?:PhD|doctorate"
            r"|master's|masters|bachelor's|MBA|degree|thesis|dissertation|apprenticeship"
            r"|residency)\b.*)"
        ),
        says=("{S} is doing {what}.",),
        kind=_FACT,
        importance=0.7,
    ),
    Rule(
        pattern=(
            r"I have (?P<what>(?:a|an|my) (?:[\w'-]+ )?(?:degree|PhD|doctorate|master's|masters"
            r"|bachelor's|MBA|diploma|certificate|driving licen[cs]e) ?(?:(?:in|from|of) .+)?)"
        ),
        says=("{S} has {what}.",),
        kind=_FACT,
        importance=0.6,
    ),
    Rule(
        pattern=(
            r"I (?:go to|attend) (?P<what>(?:the )?(?:[A-Z][\w'.-]+ ){0,4}(?:University|College"
            r"|High School|School|school|Institute|Academy)\b.*)"
        ),
        says=("{S} goes to {what}.",),
        kind=_FACT,
        importance=0.6,
        slot="{S}|school",
    ),
    Rule(
        pattern=rf"I (?:can )?(?:speak|am fluent in|am bilingual in) (?P<what>{w.LANGUAGES})",
        says=("{S} speaks {what}.",),
        kind=_FACT,
        importance=0.6,
    ),
    Rule(
        pattern=rf"my (?:native language|mother tongue|first language) is (?P<what>{w.LANGUAGE})",
        says=("{S}'s native language is {what}.",),
        kind=_FACT,
        importance=0.7,
        slot="{S}|native language",
    ),
    Rule(
        pattern=(
            r"I (?:am|have been|have started|started) learning (?!that\b|a lot|a ton|so\b|more\b"
            r"|as much|to (?:be|accept|appreciate|let|love|trust)\b|from\b|new things)"
            r"(?P<what>.+)"
        ),
        says=("{S} is learning {what}.",),
        kind=_FACT,
        importance=0.6,
    ),
)
