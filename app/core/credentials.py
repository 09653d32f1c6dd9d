"""Passwords, keys and tokens in a text, recognised by their forms and by the words around them."""

import re
from collections.abc import Collection, Iterator
from typing import Final

from app.core.credential_forms import SECRET, name_in, secret_spans, spoken
from app.core.plain_text import Span, plain, replaced

__all__ = ["SECRET", "asks_for_secret", "holds_credential", "secrets_in", "without_secrets"]

_WORDS: Final = (
    r"pass ?(?:words?|codes?|phrases?)|passwd|pin (?:codes?|numbers?)|cv[vc]2?|iban|otp|ssn"
    r"|(?:api|secret|access|private|encryption|licen[cs]e)[ _-]?keys?"
    r"|(?:api|access|auth|bearer|refresh|session)[ _-]?tokens?"
    r"|(?:credit |debit |bank )?card (?:numbers?|details)|(?:account|routing|passport) numbers?"
    r"|social security|(?:seed|recovery|backup)[ -](?:phrases?|codes?)|one-time codes?"
    r"|credentials|log-?in (?:details|data|is)|begin [a-z ]{0,20}private"
)
_MENTION: Final = rf"\b(?:{_WORDS})\b|\bpin\b.{{0,15}}\d"
_LONG_NUMBER: Final = r"(?<![\d-])(?!(?:19|20)\d\d-\d\d-\d\d\b)\d(?:[ .-]?\d){8,}"
"""Nine digits and more: cards, accounts, identity and telephone numbers. A date with its time is none."""
_MIN_TOKEN_CHARS: Final = 20

_DEMAND: Final = (
    r"(?:^|[.!?:,\n][ ]?)(?:please |now |okay |ok |so |then |and )?"
    r"(?:(?:can|could|would|will) you (?:please )?|you (?:need|have) to )?(?:please )?"
    r"(?:tell me|give me|send me|enter|type(?: in)?|provide|share|confirm|write down|let me know)[ ]"
)
_MIN_KNOWN_CHARS: Final = 4
_MAX_KNOWN: Final = 64


def holds_credential(text: str) -> bool:
    """Whether the text names or contains something that opens an account. Errs on the safe side."""
    said = plain(text).text
    return (
        re.search(_MENTION, said, re.IGNORECASE) is not None
        or re.search(_LONG_NUMBER, said) is not None
        or any(_is_token(word) for word in said.split())
        or next(_spans(said), None) is not None
    )


def without_secrets(text: str, *, known: Collection[str] = ()) -> str:
    """The text with `SECRET` for every password, key and token that stands in it.

    Unlike `holds_credential` it leaves mentions, and long numbers, alone. Doing it twice changes
    nothing more.

    Args:
        text: any.
        known: secrets to blank besides, as `secrets_in` gives them.
    """
    before = None
    while text != before:
        before = text
        simple = plain(text)
        spans = [*_spans(simple.text), *_known(simple.text, known)]
        text = replaced(text, ((simple.where(*span), SECRET) for span in _merged(spans)))
    return text


def secrets_in(text: str) -> frozenset[str]:
    """The secrets that the text tells, in plain letters and lower case: to know them elsewhere."""
    simple = plain(text)
    found = dict.fromkeys(simple.text[start:end].lower() for start, end in _spans(simple.text))
    long = [one for one in found if len(one) >= _MIN_KNOWN_CHARS and "\n" not in one]
    return frozenset(long[:_MAX_KNOWN])


def asks_for_secret(text: str) -> bool:
    """Whether the text asks for a password or the like, so that what is said next may be one."""
    said = plain(text).text
    small = said.lower()
    for tongue in spoken(small):
        if tongue.is_ambiguous:
            continue
        name = name_in(tongue)
        asked = rf"(?<!\w)(?:{tongue.asks})(?!\w)[^.!?\n]{{0,60}}?{name}[^.!?\n]{{0,60}}[?？]"
        named = rf"{name}[^.!?\n]{{0,20}}(?:{tongue.asks})" if not tongue.is_spaced else r"(?!)"
        if re.search(rf"{asked}|{named}", said, re.IGNORECASE) or _is_told_to(name, said):
            return True
    return False


def _is_told_to(name: str, said: str) -> bool:
    """Whether it is demanded (`Enter your password`), or nothing but named (`Password?`)."""
    demanded = rf"{_DEMAND}[^.!?\n]{{0,40}}?{name}|\bi(?:'ll)? need (?:your|the)[ ](?:\w{{1,12}}[ ])?{name}"
    alone = rf"(?:^|\n|[.!?][ ])[ ]?(?:(?:and )?(?:your|the)[ ])?(?:\w{{1,12}}[ ])?{name}[ ]?[?:？][ ]?(?:$|\n)"
    return re.search(rf"{demanded}|{alone}", said, re.IGNORECASE) is not None


def _spans(said: str) -> Iterator[Span]:
    """Where secrets stand that are not blank yet."""
    for start, end in secret_spans(said):
        near = said[max(0, start - len(SECRET) + 1) : end + len(SECRET) - 1]
        if start < end and SECRET not in near:
            yield start, end


def _known(said: str, known: Collection[str]) -> Iterator[Span]:
    small = said.lower()
    if len(small) != len(said):
        small = said
    for one in known:
        position = small.find(one)
        while position >= 0:
            end = position + len(one)
            if not (_is_inside(small, position, position - 1) or _is_inside(small, end - 1, end)):
                yield position, end
            position = small.find(one, end)


def _is_inside(text: str, own: int, other: int) -> bool:
    """Whether a sign and its neighbour outside are of one word."""
    return 0 <= other < len(text) and text[own].isalnum() and text[other].isalnum()


def _merged(spans: Collection[Span]) -> list[Span]:
    merged: list[Span] = []
    for start, end in sorted(spans):
        if merged and start < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _is_token(word: str) -> bool:
    return (
        len(word) >= _MIN_TOKEN_CHARS
        and any(char.isdigit() for char in word)
        and any(char.isalpha() for char in word)
    )
