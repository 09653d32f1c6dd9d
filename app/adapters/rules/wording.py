"""Captured words to the words of a memory."""

import re
from collections.abc import Mapping
from typing import Final

from app.adapters.rules import words as w
from app.adapters.rules.dates import RELATIVE

_MAX_CHARS: Final = 120
_MAX_WORDS: Final = 18

_CUT: Final = (
    r" ?[;:()\u2013\u2014\[\]!?…]| -+ |[ ,]+(?=(?:On (?:another|a different)|By the way|Anyway"
    r"|BTW)\b)|\.\.|(?<!\bDr)(?<!\bMr)(?<!\bMs)(?<!\bSt)(?<!Mrs)(?<!Prof)\. | (?:because|but|so(?! far| called)|which|who|when|while|since it|since I"
    r"|although|though"
    r"|if|as I|as it|cause|'cause|except|until I|until it|even|then|plus|where|like (?:this"
    r"|that)|whenever|after (?:I|my)|before I)\b ?"
    r"| and (?=(?:it|I|I'm|they|we|he|she|that|this|there|now|then|was|is|it's|am|have|had|has"
    r"|got|do|can|will|would|did|so|want|need"
    r"|been|really|also|just|am|hope|think|thought|love|loved|felt|feel|saw|learned|met|could|am"
    r"|are|were|what|how|yes|no|not"
    r"|everyone|all|even|still|haven't|haven|don't|can't|couldn't|\w+ed)\b)"
)
_TRAILING: Final = (
    r"(?:[ ,]+(?:right now|these days|at the moment|at present|currently|now|too|as well|a lot"
    r"|so much|very much|anyway|lol|haha"
    r"|though|already|together|again|actually|by the way|btw|you know|for sure|just like you"
    r"|recently|lately|myself|and|or|the"
    r"|more than anything|to death|to bits|most of all|a bit|really|please|thanks|thank you"
    r"|if that helps|and stuff|or something"
    r"|and all that|etc|a ton|anymore|i guess|I guess|I think|and more|whatsoever|with|of|to|in"
    r"|at|for|on|actually|not sure))+$"
)
_EMPTY: Final = (
    rf"^(?!one (?:{w.PERSON}|{w.PET})\b)(?:it|its|it's|this|that|these|those|them|they|him|her|he|she|how|what|when|where|why|who"
    r"|whatever|to (?:think|say|know|hear"
    r"|see|be|do|go|get|have|make sure|keep)|the (?:way|idea|fact|sound|look|vibes?|energy|part"
    r"|one|ones|same|first"
    r"|thing)|one|ones|some|all|everything|anything|something|nothing|so|more|most|such|both|any"
    r"|lots?|a lot|not to|being able"
    r"|hearing|seeing (?:you|how|it|people|them|the)|talking to you|stuff|things?|everyone|every"
    r"|each|another|too|here|there|having|knowing)\b"
)
_UNCLEAR: Final = (
    r"\b(?:it|its|them|they|he|she|him|theirs?|this|these|those|here|there|as usual|ever since"
    r"|it|its|them|they|he|she|him|theirs?|this|these|those|here|there|as usual|ever since"
    r"|yourself|thee|you|your|yours|you're|i|I|I'm|I've|we|we're|we've|u|ur|y'all|that's|it's"
    r"|they're)\b"
)
_OWN: Final[Mapping[str, str]] = {
    "my": "their",
    "our": "their",
    "mine": "theirs",
    "me": "them",
    "us": "them",
    "myself": "themselves",
    "ourselves": "themselves",
}


class Tidier:
    """Cuts captured words down to what is worth remembering. Building one compiles its patterns."""

    def __init__(self) -> None:
        self._cut = re.compile(_CUT)
        self._trailing = re.compile(_TRAILING, re.IGNORECASE)
        self._empty = re.compile(_EMPTY, re.IGNORECASE)
        self._unclear = re.compile(_UNCLEAR)
        self._relative = re.compile(RELATIVE, re.IGNORECASE)
        self._own = re.compile(rf"\b(?:{'|'.join(_OWN)})\b")
        self._list = re.compile(
            r"[\w'& -]{1,40}(?:, [\w'& -]{1,40}){1,6}(?:,? (?:and|or) [\w'& -]{1,40})"
        )

    def tidy(self, words: str, *, owner: str | None = None) -> str | None:
        """The words in the third person; None when they cannot be understood by themselves.

        Args:
            words: as they were said.
            owner: whom `my` and `me` mean, where `their` would be understood of somebody else.
        """
        cut = self._cut.search(words)
        words = words[: cut.start()] if cut else words
        listed = self._list.match(words)
        words = listed[0] if listed else words.partition(",")[0]
        words = self._trailing.sub("", words.strip(" .,'-")).strip(" .,-*~^")
        words = words.rstrip("".join(char for char in words[-8:] if ord(char) > 0x2000))
        if not self._is_worth(words):
            return None
        own = (
            {**_OWN, "my": f"{owner}'s", "our": f"{owner}'s", "me": owner, "us": owner}
            if owner
            else _OWN
        )
        return self._own.sub(lambda match: own[match[0]], words)

    def _is_worth(self, words: str) -> bool:
        return (
            1 < len(words) <= _MAX_CHARS
            and len(words.split()) <= _MAX_WORDS
            and not self._empty.match(words)
            and not self._unclear.search(words)
            and not self._relative.search(words)
            and words.count('"') % 2 == 0
        )
