"""What must not be learnt from, as regular expressions: all ignore case, none nests a repetition."""

from collections.abc import Mapping
from typing import Final

CODE_LINE: Final = (
    r"^[ \t]*(?:```|def \w|class \w|import \w|from \S{1,40} import|function\b|const \w|let \w+ ="
    r"|var \w|#include"
    r"|public \w|SELECT |Traceback |\$ |\{|</?\w)|[;{}][ \t]*$|^(?:From|To|Subject|Sent|Cc): "
)
_MEND: Final = (
    r"(?:fix|check|correct|shorten|improve|polish|reword|revise|spell-?check|simplify|format|edit"
    r"|review|double-?check)"
)
_WRITING: Final = (
    r"(?:sentences?|paragraphs?|text|grammar|spelling|wording|phrasing|punctuation|phrases?|draft"
    r"|cover letter|cv|r[eé]sum[eé]|bio|english|essay|e-?mail)"
)
_REWRITE: Final = (
    r"(?:translate|rephrase|rewrite|paraphrase|proof-?read|summari[sz]e|correct|shorten|spell-?check"
    r"|reword|polish)"
)
FOREIGN_TEXT_FOLLOWS: Final = (
    r"\b(?:translate|rewrite|rephrase|proof-?read|paraphrase|summari[sz]e|edit this|correct "
    r"(?:this|the|my)|grammar"
    r"|role-?play|pretend|act as|repeat after|as follows|lyrics|write (?:me )?(?:a|an|the) "
    r"(?:\w+ )?(?:story|poem|song|dialogue"
    r"|scene|monologue|script|joke|novel|diary))\b"
    rf"|^(?:(?:please|hi|hey|ok|so|and|can you|could you|would you|help me|I want you to),? )*+"
    rf"{_MEND}\b(?:(?! (?:this|it|that) out\b)[^.:]{{0,60}}:(?!\d)"
    rf"| (?:up )?(?:this|these|the following|the) (?:\w+ )?{_WRITING}\b"
    r"| (?:up )?(?:this|these|that|the following)(?=$|,| please\b| for me\b)"
    rf"| my (?:\w+ )?{_WRITING}(?=$|[:,]| please\b))"
    rf"|\b{_MEND} (?:up )?(?:this|these|the following) (?:\w+ )?{_WRITING}\b"
    r"|^(?:\w+,? ){0,2}(?:is|are|does|do) (?:this|that|these|it|the following)\b[^.:]{0,40}:(?!\d)"
    rf"|^(?:{_WRITING}|spell(?:ing)?[ -]?check|spelling)[^.:]{{0,20}}:(?!\d)"
    r"|\b(?:here is|here's|this is|got|received) (?:a|an|the|my|her|his|their|this) (?:\w+ )?"
    r"(?:text|e-?mail|letter|message"
    r"|paragraph|quote|essay|article|story|transcript|excerpt|passage)\b"
)
"""After such words a message goes on in somebody else's name."""
FOREIGN_TEXT_PRECEDES: Final = (
    r"(?:(?:please|can you|could you|would you|help me),? )*+"
    rf"(?:{_MEND} (?:up )?(?:this|the above)|{_REWRITE} (?:this|that|it|the above)"
    rf"|(?:{_MEND}|{_REWRITE}) (?:this|that|my|the)(?: last)? {_WRITING})"
    r"(?:,? please|,? for me| above)*+$"
    rf"|(?:is|does) (?:this|that|the|my) (?:last |above )?{_WRITING}\b"
)
"""Such a sentence calls what stands before it in its message somebody's text, not a statement."""
NOT_ASSERTED: Final = (
    r"^(?:and |but |so |then |even |only )?(?:if|unless|whenever|suppose|supposing|imagine"
    r"|assuming|what if|say|had i|were i)\b"
    r"|\b(?:if|wish|wished|imagine|imagining|suppose|supposing|pretending|as though|as if"
    r"|assuming|what if|in case|dreamed"
    r"|dreamt|doubt|like|unless) (?:that )?(?:i|i'm|i'd|i'll|my|we|our)\b|\bi (?:wish|hope"
    r"|doubt)\b|\bin (?:my|the|a) (?:dream|game|movie|novel|book|play|story)s?,"
    r"|(?<!\bi )\b(?:said|says|saying|told|asked|claims|claimed|replied|insists|joked|texted"
    r"|according to|rumou?r|hypothetically)\b"
    r"|^(?:for example|for instance|e\.g\.|as an example|in (?:the|my|a|this) (?:dream|game"
    r"|movie|novel|book|play|story))\b"
    r"|\b(?:let's say|thinks? (?:that )?i|thought (?:that )?i|believes? (?:that )?i"
    r"|it's not true|not true that|as a joke)\b"
)
"""Hypotheses, wishes, and the words of others."""
ASKS: Final = (
    r"(?:(?:so|and|but|then|or|also) )?(?:do|does|did|can|could|would|will|should|shall|is|are"
    r"|am|was|were|have|has|what|what's"
    r"|where|where's|how|how's|which|who|who's|why|when|any|got|know|don't|isn't|aren't|doesn't"
    r"|won't|please|you|tell me"
    r"|wanna|care|mind|ready|anything)\b"
)
RETRACTS: Final = (
    r"(?:no,? |sorry,? |wait,? |oops,? |actually,? |oh,? )*(?:just kidding|jk\b|kidding\b"
    r"|not really|not!|not\.|not$|that's not true"
    r"|that's wrong|that was a joke|scratch that|forget (?:that|it|what i said)|never ?mind"
    r"|i meant?\b|correction\b|just joking"
    r"|joking|i'm (?:just )?(?:kidding|joking)|i lied|strike that|that's a lie)"
)
JESTS: Final = (
    r"(?:(?:no|sorry|wait|oops|oh|ok|haha|lol|actually),? )*(?:(?:i was |i'm |i am )?(?:just |only )?"
    r"(?:kidding|joking)\b|jk\b|that was a (?:joke|lie)|scratch that|strike that|i lied"
    r"|forget what i (?:just )?(?:said|told you)|ignore what i (?:just )?(?:said|told you))"
)
CORRECTS: Final = r"(?:actually|correction|no\b|sorry|wait|oops|or rather|i meant?\b|to be precise)"
STARTER: Final = (
    r"(?:i'm|im|i've|ive|i'll|i|my|we're|we've|we'll|we|our|me and my|(?:please |just "
    r"|you can )?call me)(?![\w'])"
)
LEAD: Final = (
    r"(?:as i said|like i said|i said|i told you|well|yes|yeah|yep|yup|no|nope|oh|hi|hey|hello"
    r"|ok|okay|so|and|but|also|btw|by the way|honestly|personally|anyway|fyi"
    r"|just so you know|thanks|wow|sorry|sure|because|since|plus|as|now|nowadays|right now"
    r"|currently|recently|lately|in fact"
    r"|to be honest|tbh|please remember that|please remember|remember that|remember|note that"
    r"|you should know that"
    r"|you should know|i think|i believe|unfortunately|luckily|fortunately|sadly|finally"
    r"|actually|then|though|however|besides|cause"
    r"|'cause|cuz|meanwhile|afterwards|i mean|as you know|again|still|while|although|even though"
    r"|after all|correction|for context|today|(?:it )?turns out(?: that)?|hold on"
    r"|this time|these days|once|last time|for now|me too|same here|apparently|bad news"
    r"|good news|for reference|the thing is)"
)
ADVERB: Final = (
    r"(?:also|really|just|actually|currently|now|still|absolutely|totally|recently|finally"
    r"|always|usually|mostly|even|both|truly"
    r"|definitely|simply|certainly|particularly|especially|already|personally|honestly|quite"
    r"|generally|only|kinda|sort of"
    r"|pretty much|literally|normally|typically|obviously|genuinely|all|officially|unfortunately"
    r"|do|mainly|primarily|often"
    r"|sometimes|regularly|very|so|super|happily|originally)"
)
LEADING_DATE: Final = (
    r"(?:(?:the )?day before yesterday|yesterday(?: (?:morning|afternoon|evening|night))?|today"
    r"|tonight|tomorrow"
    r"(?: (?:morning|afternoon|evening|night))?|(?:this|last|next) (?:week(?:end)?|month|year"
    r"|summer|winter|spring|fall|autumn|morning|afternoon|evening|night"
    r"|(?:mon|tues?|wednes|thurs?|fri|satur|sun)(?:day)?|wed|sat|january|february|march|april"
    r"|may|june|july|august"
    r"|september|october|november|december)(?: night| morning| evening| afternoon)?"
    r"|(?:\w+|a few|a couple of) (?:days?|weeks?|months?|years?) ago|in (?:[a-z]{3,9} )?(?:19"
    r"|20)\d\d|on [\w, ]{3,22}"
    r"|in (?:january|february|march|april|may|june|july|august|september|october|november"
    r"|december))"
)
CONTRACTIONS: Final[Mapping[str, str]] = {
    r"^(?:i'm|im|we're|we are)\b": "I am",
    r"^(?:i've|ive|we've)\b": "I have",
    r"^(?:i'll|we'll)\b": "I will",
    r"^(?:please |just |you can )?call me\b": "I prefer to be called",
    r"^we were\b": "I was",
    r"^(?:i|we)\b": "I",
    r"^(?:our|my)\b": "my",
    r"\bcan't\b": "cannot",
    r"\bwon't\b": "will not",
    r"n't\b": " not",
    r"\bgonna\b": "going to",
    r"\bwanna\b": "want to",
    r"\bany more\b": "anymore",
    r"\bfavorite\b": "favourite",
}
"""In order; the result begins with `I ` or `my `."""
