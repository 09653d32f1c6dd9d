import re
from typing import Final

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
_KEY_PREFIX: Final = r"\b(?:sk|pk|rk|gh[opsu]|glpat|xox[abps])[-_]\w{6,}|\b(?:AKIA|AIza|eyJ)\w{6,}"
_MIN_TOKEN_CHARS: Final = 20


def holds_credential(text: str) -> bool:
    """Whether the text names or contains something that opens an account. Errs on the safe side."""
    return (
        re.search(_MENTION, text, re.IGNORECASE) is not None
        or re.search(_LONG_NUMBER, text) is not None
        or re.search(_KEY_PREFIX, text) is not None
        or any(_is_token(word) for word in text.split())
    )


def _is_token(word: str) -> bool:
    return (
        len(word) >= _MIN_TOKEN_CHARS
        and any(char.isdigit() for char in word)
        and any(char.isalpha() for char in word)
    )
