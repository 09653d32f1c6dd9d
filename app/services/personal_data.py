"""Personal numbers and addresses out of a text. Whatever has a check digit is checked.

Names and places stay: they are what a memory is about.
"""

import re
from collections.abc import Callable, Sequence
from typing import Final

import phonenumbers
from phonenumbers import Leniency, NumberParseException, PhoneNumberMatcher, PhoneNumberType
from stdnum import iban, luhn
from stdnum.be import nn
from stdnum.br import cpf
from stdnum.ca import sin
from stdnum.ch import ssn as ahv
from stdnum.cn import ric
from stdnum.de import idnr
from stdnum.dk import cpr
from stdnum.es import dni, nie
from stdnum.fi import hetu
from stdnum.fr import nir
from stdnum.gb import nhs
from stdnum.in_ import aadhaar
from stdnum.it import codicefiscale
from stdnum.no import fodselsnummer
from stdnum.pl import pesel
from stdnum.se import personnummer
from stdnum.us import ssn

Valid = Callable[[str], bool]

EMAIL: Final = "[email]"
BANK_ACCOUNT: Final = "[bank account]"
CARD: Final = "[card]"
PERSONAL_NUMBER: Final = "[personal number]"
PHONE: Final = "[phone]"

_EMAIL: Final = re.compile(r"(?<![\w.+%-])[\w.+%-]{1,64}@(?:[\w-]{1,63}\.){1,8}[^\W\d_]{2,24}\b")
_IBAN: Final = re.compile(r"\b[A-Z]{2}\d{2}(?:[ ]?[A-Z0-9]){11,30}\b")
_CARD: Final = re.compile(r"(?<![\w.,+-])[2-6](?:[ -]?\d){12,18}(?![\w-]|[.,]\d)")
_ISSUED: Final = re.compile(
    r"4(?:\d{12}|\d{15}|\d{18})|(?:5[1-5]|2[2-7])\d{14}|3[47]\d{13}|35\d{14}|3[068]\d{12}"
    r"|6(?:011|5\d\d|4[4-9]\d)\d{12}|6[27]\d{14,17}|5[0678]\d{14}"
)
"""Lengths and first digits of the cards that are about: ISO/IEC 7812, the issuers' own pages."""
_IDS: Final[Sequence[tuple[re.Pattern[str], Sequence[Valid]]]] = (
    (re.compile(r"(?<![\w-])\d{3}-\d\d-\d{4}(?![\w-])"), (ssn.is_valid,)),
    (re.compile(r"(?<![\w-])\d{3}[ -]\d{3}[ -]\d{3}(?![\w-]|[ -]\d)"), (sin.is_valid,)),
    (re.compile(r"(?<![\w.-])\d{3}\.\d{3}\.\d{3}-\d\d(?![\w-])"), (cpf.is_valid,)),
    (re.compile(r"(?<![\w.])756[. ]?\d{4}[. ]?\d{4}[. ]?\d\d(?!\w|\.\d)"), (ahv.is_valid,)),
    (re.compile(r"(?<![\w.-])\d\d\.\d\d\.\d\d-\d{3}\.\d\d(?![\w-])"), (nn.is_valid,)),
    (re.compile(r"(?<![\w-])\d{6}-\d{4}(?![\w-])"), (cpr.is_valid, personnummer.is_valid)),
    (re.compile(r"(?<![\w-])\d{8}-\d{4}(?![\w-])"), (personnummer.is_valid,)),
    (re.compile(r"(?<![\w-])\d{6}[-+A]\d{3}[0-9A-Y](?![\w-])"), (hetu.is_valid,)),
    (re.compile(r"(?<![\w-])\d{8}[A-Z](?![\w-])"), (dni.is_valid,)),
    (re.compile(r"(?<![\w-])[XYZ]\d{7}[A-Z](?![\w-])"), (nie.is_valid,)),
    (re.compile(r"\b[A-Z]{6}\d\d[A-Z]\d\d[A-Z]\d{3}[A-Z]\b"), (codicefiscale.is_valid,)),
    (re.compile(r"\b[A-CEGHJ-PR-TW-Z]{2}[ ]?\d\d[ ]?\d\d[ ]?\d\d[ ]?[A-D]\b"), ()),
    (
        re.compile(
            r"(?<![\w.-])[12][ ]?\d\d[ ]?\d\d[ ]?\d[\dAB][ ]?\d{3}[ ]?\d{3}[ ]?\d\d(?!\w|[.-]\d)"
        ),
        (nir.is_valid,),
    ),
    (re.compile(r"(?<![\w.-])\d{4} \d{4} \d{4}(?!\w|[ .-]\d)"), (aadhaar.is_valid,)),
    (re.compile(r"(?<![\w.-])\d{17}[\dX](?!\w|[.-]\d)"), (ric.is_valid,)),
    (
        re.compile(r"(?<![\w.-])\d{6}[ ]?\d{5}(?!\w|[.-]\d)"),
        (fodselsnummer.is_valid, pesel.is_valid),
    ),
    (re.compile(r"(?<![\w.-])\d\d \d{3} \d{3} \d{3}(?!\w|[ .-]\d)"), (idnr.is_valid,)),
)
"""Forms that nothing else is written in, or numbers whose check digits a tenth of chance, and a date
in them, pass hardly ever."""

_NO_DATE: Final = r"(?!(?:19|20)\d\d[-./]\d|\d{1,2}[-./]\d{1,2}[-./](?:19|20)?\d\d(?!\d))"
_LABELLED_ID: Final = re.compile(
    r"(\b(?:ssn|social (?:security|insurance)|national (?:id|insurance)|identity card|id card|passport"
    r"|tax(?:payer)? (?:id|number)|tin|nino|bsn|dni|nie|cpf|pesel|aadhaar|personnummer|fødselsnummer"
    r"|personalausweis|steuer-?id|driving licen[cs]e|driver'?s? licen[cs]e)\b[^\d\n]{0,25}?)"
    rf"(?:(?=(?:[A-Z]*\d){{4}})[A-Z0-9]{{6,20}}|{_NO_DATE}\d(?:[ .-]?\d){{5,17}})\b",
    re.IGNORECASE,
)
_NHS: Final = re.compile(
    r"\b(nhs (?:number|no\.?)[^\d\n]{0,15})(\d{3}[ -]?\d{3}[ -]?\d{4})\b", re.I
)

_NORTH_AMERICAN: Final = re.compile(
    r"(?<![\w.$€£+-])(?<!\d )(?:1[ .-])?(?:\([2-9]\d\d\) ?|[2-9]\d\d[ .-])[2-9]\d\d[ .-]\d{4}(?!\w|[.,-]\d)"
)
_WITH_TRUNK_0: Final = re.compile(
    r"(?<![\w.,$€£+-])(?<!\d )\(?0[1-9](?:\d?\)?[ /.-]?(?:\d{1,8})){1,6}(?!\w|[.,]\d|-\d)"
)
_TRUNK_0_REGIONS: Final = ("GB", "DE", "FR", "NL", "BE", "CH", "AT", "SE", "FI", "IT", "AU", "IE")
_LABELLED_PHONE: Final = re.compile(
    r"(\b(?:(?:tele|cell|mobile |work |home |fax )?phone|mobile|cell|tel|whats ?app|fax|telefon|handy"
    r"|mobil|téléphone|teléfono|móvil|telefone|(?:my|his|her|their|your|our) number|reach me|call me"
    r"|text me|ring me)\b\.?[^\d\n]{0,25}?)"
    rf"{_NO_DATE}"
    r"(\(?\d(?:[ ()/.-]{0,2}\d){6,14})(?![\w]|[.,]\d)",
    re.IGNORECASE,
)
_INTERNATIONAL: Final = re.compile(r"\+[ (]?\d")
_MIN_PHONE_DIGITS: Final = 9


def without_personal_data(text: str) -> str:
    """The text with a word in brackets for each number or address of a person.

    Of cards, bank accounts, national identities and telephones, and e-mail addresses. Doing it
    twice changes nothing more.
    """
    before = None
    while text != before:  # each round takes digits or an @ away
        before = text
        text = _EMAIL.sub(EMAIL, text)
        text = _IBAN.sub(_if(BANK_ACCOUNT, iban.is_valid), text)
        text = _CARD.sub(_if(CARD, _is_card), text)
        text = _without_ids(text)
        text = _without_phones(text)
    return text


def _without_ids(text: str) -> str:
    text = _LABELLED_ID.sub(rf"\1{PERSONAL_NUMBER}", text)
    text = _NHS.sub(lambda m: m[1] + PERSONAL_NUMBER if nhs.is_valid(m[2]) else m[0], text)
    for form, checks in _IDS:
        text = form.sub(_if(PERSONAL_NUMBER, *checks), text)
    return text


def _without_phones(text: str) -> str:
    if _INTERNATIONAL.search(text):
        for match in reversed(list(PhoneNumberMatcher(text, None, leniency=Leniency.VALID))):
            text = text[: match.start] + PHONE + text[match.end :]
    text = _LABELLED_PHONE.sub(rf"\1{PHONE}", text)
    text = _NORTH_AMERICAN.sub(_if(PHONE, _is_north_american), text)
    return _WITH_TRUNK_0.sub(_if(PHONE, _is_national), text)


def _if(word: str, *checks: Valid) -> Callable[[re.Match[str]], str]:
    """The word for what passes one of the checks, or for everything when there is none."""

    def replaced(match: re.Match[str]) -> str:
        found = match.group()
        return word if not checks or any(check(found) for check in checks) else found

    return replaced


def _is_card(text: str) -> bool:
    digits = re.sub(r"\D", "", text)
    return _ISSUED.fullmatch(digits) is not None and luhn.is_valid(digits)


def _is_north_american(text: str) -> bool:
    return _is_valid_in(text, "US") is not None


def _is_national(text: str) -> bool:
    """Whether it is a number somewhere, and either grouped as one or of a mobile telephone."""
    if sum(char.isdigit() for char in text) < _MIN_PHONE_DIGITS:
        return False
    kinds = [_is_valid_in(text, region) for region in _TRUNK_0_REGIONS]
    return PhoneNumberType.MOBILE in kinds or (
        not text.isdigit() and any(k is not None for k in kinds)
    )


def _is_valid_in(text: str, region: str) -> int | None:
    """The kind of telephone number that it is in a region; None when it is none there."""
    try:
        number = phonenumbers.parse(text, region)
    except NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    kind: int = phonenumbers.number_type(number)
    return kind
