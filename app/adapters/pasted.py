"""A message without what its author did not say: code, quotations, mails, documents."""

import re
from typing import Final

CUT: Final = "[pasted text]"

_FENCE: Final = re.compile(r"```.*?(?:```|\Z)", re.DOTALL)
_QUOTED_LINES: Final = re.compile(r"(?:^[ \t]*>.*(?:\n|\Z))+", re.MULTILINE)
_MAIL: Final = re.compile(
    r"^(?:(?:From|To|Subject|Sent|Date|Cc): .*(?:\n|\Z)){2,}.*", re.MULTILINE | re.DOTALL
)
_FORWARDED: Final = re.compile(
    r"^-{2,} ?(?:forwarded|original) message.*", re.IGNORECASE | re.MULTILINE | re.DOTALL
)
_FIRST_PERSON: Final = re.compile(
    r"\b(?:i|i'm|i've|i'll|i'd|my|me|we|our|us|ich|mein\w*|mir|wir|je|j'ai|mon|ma|mes|nous|yo|mi|mis"
    r"|nosotros|eu|meu|minha|io|mio|mia|ik|mijn|jeg|min|jag)\b",
    re.IGNORECASE,
)
_LONG_CHARS: Final = 2_000
_MANY_LINES: Final = 20
_REMARK_CHARS: Final = 500
_WORDS_PER_FIRST_PERSON: Final = 40
"""People who tell of themselves say `I` or `my` more often than once in so many words; articles,
letters of others and listings hardly do."""


def own_words(text: str) -> str:
    """What its author said themselves; `CUT` stands for what was pasted."""
    for pattern in (_FENCE, _MAIL, _FORWARDED, _QUOTED_LINES):
        text = pattern.sub(f"{CUT}\n", text)
    if not _is_long(text) or _is_told(text):
        return text.strip()
    paragraphs = [part.strip() for part in re.split(r"\n\s*\n|\n", text) if part.strip()]
    first, last = paragraphs[0], paragraphs[-1]
    remarks = [
        first if len(first) <= _REMARK_CHARS else "",
        CUT,
        last if len(last) <= _REMARK_CHARS and len(paragraphs) > 1 else "",
    ]
    return "\n".join(filter(None, remarks))


def _is_long(text: str) -> bool:
    return len(text) > _LONG_CHARS or text.count("\n") >= _MANY_LINES


def _is_told(text: str) -> bool:
    words = len(text.split())
    return len(_FIRST_PERSON.findall(text)) * _WORDS_PER_FIRST_PERSON > words
