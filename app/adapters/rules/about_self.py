"""Who the user is: name, age, origin, places, work, study, languages, status."""

from typing import Final

from app.adapters.rules import words as w
from app.adapters.rules.rule import Rule
from app.models.memory import MemoryKind

_FACT: Final = MemoryKind.FACT

IDENTITY: Final[tuple[Rule, ...]] = (
    Rule(
        pattern=rf"(?:my (?:first |full )?name is|I am called|I go by|my name's) (?P<name>{w.NAME})",
        says=("{S}'s name is {name}.",),
        kind=_FACT,
        importance=0.9,
        slot="name",
    ),
    Rule(
        pattern=rf"my (?P<what>last name|surname|middle name|nickname|maiden name|stage name) is (?P<name>{w.NAME})",
        says=("{S}'s {what} is {name}.",),
        kind=_FACT,
        importance=0.8,
    ),
    Rule(
        pattern=rf"I prefer to be called (?P<name>{w.NAME})",
        says=("{S} wants to be called {name}.",),
        kind=MemoryKind.PREFERENCE,
        importance=0.9,
        slot="call name",
    ),
    Rule(
        pattern=r"I am (?P<age>[1-9]\d?)(?: years? old| years| yo\b|$|(?= and\b|,))",
        says=("{S} is {age} years old.",),
        kind=_FACT,
        importance=0.6,
        slot="age",
    ),
    Rule(
        pattern=r"I (?:am turning|turned|turn|will turn|will be) (?P<age>[1-9]\d)(?: years old)? (?P<date>(?:on|in) .*\d{4})",
        says=("{S} turns {age} {date}.",),
        kind=MemoryKind.EVENT,
        importance=0.6,
        dated=True,
    ),
    Rule(
        pattern=rf"I am (?P<what>{w.NATIONALITY})(?![\w-]| (?:food|music|cuisine|history|culture|literature|films?))",
        says=("{S} is {what}.",),
        kind=_FACT,
        importance=0.6,
    ),
    Rule(
        pattern=rf"I am (?:happily )?married to (?P<name>{w.NAME})",
        says=("{S} is married to {name}.",),
        kind=_FACT,
        importance=0.8,
    ),
    Rule(
        pattern=rf"I am (?P<what>{w.STATUS})(?![\w-])(?! in | about | with (?!twins))",
        says=("{S} is {what}.",),
        kind=_FACT,
        importance=0.7,
    ),
    Rule(
        pattern=rf"I am (?:no longer|not) (?P<what>{w.STATUS}|{w.DIET})(?: anymore)?$",
        says=("{S} is not {what}.",),
        kind=_FACT,
        importance=0.6,
        confidence=0.8,
    ),
)

PLACES: Final[tuple[Rule, ...]] = (
    Rule(
        pattern=rf"I (?:live|reside|am living|am based|have lived|have been living) (?P<prep>in|on|near|outside|just outside|close to) (?P<place>{w.PLACE}{w.IN_LAND})(?! (?:but|when I was))",
        says=("{S} lives {prep} {place}.",),
        kind=_FACT,
        importance=0.8,
        slot="residence",
    ),
    Rule(
        pattern=r"I (?:live|am living) (?P<where>(?:in|on) (?:a|an|the) (?:[\w'-]+ ){0,3}(?:house|flat|apartment|village|town|city|farm|suburb|countryside|studio|boat|dorm|cabin|bungalow|island|condo|loft|houseboat)\b(?: (?:in|near|by|outside|on) .+)?)",
        says=("{S} lives {where}.",),
        kind=_FACT,
        importance=0.6,
    ),
    Rule(
        pattern=r"I (?:live|am living) (?P<how>alone|by myself|with my [\w ,'-]+|with (?:a|two|three) (?:room|flat|house)mates?)",
        says=("{S} lives {how}.",),
        kind=_FACT,
        importance=0.6,
    ),
    Rule(
        pattern=rf"I used to live in (?P<place>{w.PLACE})",
        says=("{S} used to live in {place}.",),
        kind=_FACT,
        importance=0.4,
    ),
    Rule(
        pattern=rf"I (?:no longer live|do not live|am not living) in (?P<place>{w.PLACE})",
        says=("{S} does not live in {place}.",),
        kind=_FACT,
        importance=0.6,
        confidence=0.8,
    ),
    Rule(
        pattern=rf"I (?:have )?(?:just )?(?:moved|relocated)(?: back| here| over| out)? (?P<where>(?:to|from) .+)",
        says=("{S} moved {where}.",),
        kind=MemoryKind.EVENT,
        importance=0.7,
    ),
    Rule(
        pattern=rf"I (?:come|am|am originally|hail) from (?P<place>{w.PLACE})",
        says=("{S} comes from {place}.",),
        kind=_FACT,
        importance=0.6,
        slot="origin",
    ),
    Rule(
        pattern=rf"I (?P<what>(?:grew up|was raised|was born and raised|was born) (?:in|on|near) .+)",
        says=("{S} {what}.",),
        kind=_FACT,
        importance=0.6,
    ),
    Rule(
        pattern=rf"my (?:home ?town|home city) is (?P<place>{w.PLACE})",
        says=("{S}'s hometown is {place}.",),
        kind=_FACT,
        importance=0.6,
    ),
    Rule(
        pattern=rf"my (?P<what>home country|country|address) is (?P<it>.+)",
        says=("{S}'s {what} is {it}.",),
        kind=_FACT,
        importance=0.6,
    ),
)

WORK: Final[tuple[Rule, ...]] = (
    Rule(
        pattern=r"I work (?P<how>(?:full[ -]time |part[ -]time )?(?:as an? |at |for |in )(?!it\b|this\b|the moment|peace|general).+)",
        says=("{S} works {how}.",),
        kind=_FACT,
        importance=0.8,
        slot="work",
    ),
    Rule(
        pattern=r"I work (?P<how>(?:from home|remotely|night shifts|nights|shifts|part[ -]time|full[ -]time|freelance)\b.{0,40})",
        says=("{S} works {how}.",),
        kind=_FACT,
        importance=0.6,
    ),
    Rule(
        pattern=r"I am (?:working|employed) (?P<how>(?:as an? |at |for )(?!it\b|this\b|the moment|least).+)",
        says=("{S} works {how}.",),
        kind=_FACT,
        importance=0.8,
        slot="work",
    ),
    Rule(
        pattern=r"I have (?:worked|been working) (?P<how>(?:as an? |at |for |in )(?!it\b|this\b|\d|years|months|a while|ages|hours|so long).+)",
        says=("{S} has worked {how}.",),
        kind=_FACT,
        importance=0.7,
    ),
    Rule(
        pattern=r"I (?:do not work|am not working) (?P<how>(?:as an? |at |for |in ).+)",
        says=("{S} does not work {how}.",),
        kind=_FACT,
        importance=0.6,
        confidence=0.8,
    ),
    Rule(
        pattern=r"I (?:no longer work|stopped working) (?P<how>(?:as an? |at |for |in ).+)",
        says=("{S} no longer works {how}.",),
        kind=_FACT,
        importance=0.6,
        confidence=0.8,
    ),
    Rule(
        pattern=r"I used to (?P<how>(?:work (?:as|at|for|in) |be an? |play |teach |own |run ).+)",
        says=("{S} used to {how}.",),
        kind=_FACT,
        importance=0.4,
    ),
    Rule(
        pattern=rf"I am (?P<what>an? {w.TRADE}\b(?: (?:at|for|in|by|from|with) .+)?)",
        says=("{S} is {what}.",),
        kind=_FACT,
        importance=0.8,
        slot="work",
    ),
    Rule(
        pattern=r"I am (?P<what>(?:the|an?) (?:[\w-]+ ){0,3}(?:owner|founder|co-founder|head|CEO|CTO|CFO|president|member|volunteer|intern|captain|coach|mentor) (?:of|at|in|for) .+)",
        says=("{S} is {what}.",),
        kind=_FACT,
        importance=0.7,
    ),
    Rule(
        pattern=r"my (?P<what>job|job title|profession|occupation|employer|company|business|day job) is (?!going|so|very|really|not|great|killing|to\b|pretty|too|doing|good|boring|hard|stressful|tough|busy|fine)(?P<job>.+)",
        says=("{S}'s {what} is {job}.",),
        kind=_FACT,
        importance=0.8,
    ),
    Rule(
        pattern=r"I (?:run|own|co-own|manage) (?P<what>(?:a|an|my own|my|the) (?:[\w'-]+ ){0,4}(?:bakery|business|shop|store|company|restaurant|café|cafe|studio|farm|agency|startup|bar|salon|hotel|gym|clinic|practice|blog|podcast|channel|bookshop|bookstore|brewery|charity|team|gallery|garage|garden centre)\b(?: .+)?)",
        says=("{S} runs {what}.",),
        kind=_FACT,
        importance=0.8,
    ),
    Rule(
        pattern=r"I (?:have )?(?:just )?(?P<verb>got|found|landed|accepted|started|began|took) (?P<what>(?:a|an|my|the) (?:[\w-]+ ){0,3}(?:job|position|internship|role|apprenticeship)\b.*)",
        says=("{S} {verb} {what}.",),
        kind=MemoryKind.EVENT,
        importance=0.8,
    ),
    Rule(
        pattern=r"I (?:have )?(?:just )?(?P<verb>lost|quit|left|resigned from) (?P<what>my (?:[\w-]+ )?(?:job|position|company|role)\b.*)",
        says=("{S} {verb} {what}.",),
        kind=MemoryKind.EVENT,
        importance=0.8,
    ),
    Rule(
        pattern=r"I (?:was|got|have been|am being) (?P<what>(?:promoted|hired|laid off|fired|made redundant|transferred)\b.*)",
        says=("{S} was {what}.",),
        kind=MemoryKind.EVENT,
        importance=0.8,
    ),
    Rule(
        pattern=r"I (?:volunteer|am volunteering|have been volunteering|help out) (?P<how>(?:at|for|with|as) .+)",
        says=("{S} volunteers {how}.",),
        kind=_FACT,
        importance=0.6,
    ),
)

STUDY: Final[tuple[Rule, ...]] = (
    Rule(
        pattern=r"I (?:study|am studying|major in|am majoring in) (?!hard|for|a lot|every|at home|late|too|it\b)(?P<what>.+)",
        says=("{S} studies {what}.",),
        kind=_FACT,
        importance=0.7,
        slot="study",
    ),
    Rule(
        pattern=r"I am (?P<what>an? (?:[\w-]+ ){0,3}(?:student|undergraduate|undergrad|sophomore|freshman|postgraduate|PhD candidate)\b.*)",
        says=("{S} is {what}.",),
        kind=_FACT,
        importance=0.7,
    ),
    Rule(
        pattern=r"I am (?:doing|pursuing|working on|finishing) (?P<what>(?:a|an|my) (?:PhD|doctorate|master's|masters|bachelor's|MBA|degree|thesis|dissertation|apprenticeship|residency)\b.*)",
        says=("{S} is doing {what}.",),
        kind=_FACT,
        importance=0.7,
    ),
    Rule(
        pattern=r"I have (?P<what>(?:a|an|my) (?:[\w'-]+ )?(?:degree|PhD|doctorate|master's|masters|bachelor's|MBA|diploma|certificate|driving licen[cs]e) ?(?:(?:in|from|of) .+)?)",
        says=("{S} has {what}.",),
        kind=_FACT,
        importance=0.6,
    ),
    Rule(
        pattern=r"I (?:go to|attend) (?P<what>(?:the )?(?:[A-Z][\w'.-]+ ){0,4}(?:University|College|High School|school|Institute|Academy)\b.*)",
        says=("{S} goes to {what}.",),
        kind=_FACT,
        importance=0.6,
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
    ),
    Rule(
        pattern=r"I (?:am|have been|have started|started) learning (?!that\b|a lot|a ton|so\b|more\b|as much|to (?:be|accept|appreciate|let|love|trust)\b|from\b|new things)(?P<what>.+)",
        says=("{S} is learning {what}.",),
        kind=_FACT,
        importance=0.6,
    ),
)
