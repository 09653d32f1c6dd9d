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


SECRET: Final = "[secret]"  # noqa: S105 - what stands in its place

_PRIVATE_KEY: Final = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.DOTALL
)
_KEY: Final = re.compile(
    r"\b(?:sk|pk|rk|gh[opsu]|glpat|xox[abps])[-_][\w-]{6,}|\bgithub_pat_\w{6,}"
    r"|\b(?:AKIA|AIza)[\w-]{6,}|\beyJ[\w-]{6,}(?:\.[\w-]+)*"
)
_NAMES: Final = (
    r"pass ?(?:words?|codes?|phrases?)|passwd|pwd|passwort|kennwort|mot de passe|contraseña|senha"
    r"|(?:api|secret|access|private|encryption|licen[cs]e)[ _-]?keys?|(?:api|access|auth|bearer)"
    r"[ _-]?tokens?|client[ _-]?secrets?|otp|cv[vc]2?|pin(?: codes?| numbers?)?|one-time codes?"
)
_NO_VALUE: Final = (
    r"(?:n[o']t|too|so|very|quite|wrong|weak|strong|safe|secure|expired|still|always|never|now|the|an?"
    r"|in|on|at|being|required|needed|gone|lost|old|new|my|your|his|her|its|their|also|really|kept"
    r"|stored|saved|hard|easy|nicht|falsch|pas)\b"
)
_ASSIGNED: Final = re.compile(
    rf"(\b(?:{_NAMES})\b(?:[ ](?:for|to|of|on)[ ][^\n.:=]{{1,30}}?)?"
    rf"(?:[ ]?[:=]|[ ](?:is|was|are|ist|lautet|es|est)\b:?)[ ]?[\"'`“]?)"
    rf"(?!\[secret\]|{_NO_VALUE})([^\s\"'`”’]{{3,}})",
    re.IGNORECASE,
)
_PIN: Final = re.compile(r"(\bpin\b[^\d\n]{0,15})\d{4,8}\b", re.IGNORECASE)
_WORDS_OF_A_WALLET: Final = re.compile(
    r"(\b(?:seed|recovery|backup)[ -](?:phrase|code)s?\b[^\n:=]{0,20}?(?:[:=]|[ ]is\b))"
    r"(?!\s*\[secret\])[^\n]{3,}",
    re.IGNORECASE,
)
_WORD: Final = re.compile(r"(?<!\S)[^\s/@]{20,}(?!\S)")
_IDENTIFIER: Final = re.compile(
    r"[\"'(<]*[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\W*", re.IGNORECASE
)
_STRETCH: Final = re.compile(r"[a-z]+|[A-Z]+|\d+")
_MANY: Final = 7


def without_secrets(text: str) -> str:
    """The text with `SECRET` for every password, key and token that stands in it.

    Unlike `holds_credential` it leaves mentions, and long numbers, alone. Doing it twice changes
    nothing more.
    """
    before = None
    while text != before:
        before = text
        text = _PRIVATE_KEY.sub(SECRET, text)
        text = _KEY.sub(SECRET, text)
        text = _WORDS_OF_A_WALLET.sub(rf"\1 {SECRET}", text)
        text = _ASSIGNED.sub(rf"\1{SECRET}", text)
        text = _PIN.sub(rf"\1{SECRET}", text)
        text = _WORD.sub(_unless_ordinary, text)
    return text


def _unless_ordinary(found: re.Match[str]) -> str:
    """The word, unless it is as mixed as only generated ones are."""
    word = found.group()
    kinds = (str.isdigit, str.islower, str.isupper)
    mixed = all(any(map(kind, word)) for kind in kinds) and len(_STRETCH.findall(word)) >= _MANY
    return SECRET if mixed and not _IDENTIFIER.fullmatch(word) else word
