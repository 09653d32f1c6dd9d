"""How personal numbers and addresses are written, and what in a text is one.

Of a plain text (`app.core.plain_text`): its spaces, dashes and digits are ASCII.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Final

from phonenumbers import Leniency, PhoneNumberMatcher
from stdnum import iban
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
from stdnum.us import rtn, ssn

from app.core.plain_text import Span
from app.services.personal_checks import is_card, is_hkid, is_national, is_north_american

Valid = Callable[[str], bool]
Finder = Callable[[str], Iterator[Span]]

EMAIL: Final = "[email]"
BANK_ACCOUNT: Final = "[bank account]"
CARD: Final = "[card]"
PERSONAL_NUMBER: Final = "[personal number]"
PHONE: Final = "[phone]"

_AT: Final = r"(?:[ ]{0,2}@[ ]{0,2}|[ ]?[\[({<][ ]?(?:at|@)[ ]?[\])}>][ ]?)"
_DOT: Final = r"(?:[ ]?\.|[ ]\.[ ]|[ ]?[\[({<][ ]?(?:dot|\.)[ ]?[\])}>][ ]?|[ ]dot[ ])"
_SPOKEN: Final = "com|org|net|edu|gov|info|io|eu|uk|de|fr|nl|ca|au|ch|se|dk|es|pl|jp|cn|br|in"
_LOCAL: Final = r"(?<![\w.+%-])[\w.+%-]{1,64}"
_EMAIL: Final = re.compile(
    rf"{_LOCAL}(?:{_AT}(?:[\w-]{{1,63}}{_DOT}){{1,8}}[^\W\d_]{{2,24}}"
    rf"|[ ]at[ ](?:[\w-]{{1,63}}[ ]dot[ ]){{1,4}}(?:{_SPOKEN}))\b",
    re.IGNORECASE,
)
"""Also with spaces around its signs, and as `ada [at] example dot com`."""
_IBAN: Final = re.compile(r"\b[A-Z]{2}\d{2}(?=[ \n.-]{0,2}[A-Z0-9])", re.IGNORECASE)
_ENDS: Final = re.compile(r"(?<=[A-Za-z0-9])(?![A-Za-z0-9])")
_IBAN_SIGNS: Final = re.compile(r"(?:[ \n.-]{0,2}[A-Z0-9]){11,30}", re.IGNORECASE)
_ACCOUNT: Final = re.compile(
    r"\b(?:account|acct|a/c|konto)(?:[ ]?(?:numbers?|num|no\.?|nr\.?|nummer|#)[^\d\n]{0,25}?"
    r"|[ ]?(?:is|:|=|#)[ ]?)(?P<it>\d(?:[ -]?\d){5,16})(?![\w]|[.,]\d)",
    re.IGNORECASE,
)
_SORT_CODE: Final = re.compile(
    r"\bsort[ -]?code\b[^\d\n]{0,15}?(?P<it>\d\d[ -]?\d\d[ -]?\d\d)\b", re.IGNORECASE
)
_ROUTING: Final = re.compile(
    r"\b(?:routing|aba|rtn)\b[^\d\n]{0,25}?(?P<it>\d{4}-?\d{4}-?\d)\b", re.IGNORECASE
)
_APART: Final = r"[ \t\r\n./_-]{1,4}"
_CARD: Final = re.compile(
    r"(?<![\w.,+-])(?:[2-6](?:[ -]?\d){12,18}"
    rf"|\d{{4}}{_APART}\d{{4}}{_APART}\d{{4}}{_APART}\d{{1,7}}|3\d{{3}}{_APART}\d{{6}}{_APART}\d{{4,5}})"
    r"(?![\w-]|[.,]\d)",
    re.ASCII,
)
_NO_DATE: Final = r"(?!(?:19|20)\d\d[-./]\d|\d{1,2}[-./]\d{1,2}[-./](?:19|20)?\d\d(?!\d))"
_LABELLED_ID: Final = re.compile(
    r"\b(?:ssn|social (?:security|insurance)|my social(?= (?:is|number|no)|:)|ni (?:number|no)"
    r"|national (?:id|insurance)|identity card|id card|passport"
    r"|tax(?:payer)? (?:id|number)|tin|nino|bsn|dni|nie|cpf|pesel|aadhaar|personnummer|fødselsnummer"
    r"|personalausweis|steuer-?id|driving licen[cs]e|driver'?s? licen[cs]e)\b[^\d\n]{0,25}?"
    rf"(?P<it>(?=(?:[A-Z]*\d){{4}})[A-Z0-9]{{6,20}}|{_NO_DATE}\d(?:[ .-]?\d){{5,17}})\b",
    re.IGNORECASE,
)
_NHS: Final = re.compile(
    r"\bnhs (?:number|no\.?)[^\d\n]{0,15}(?P<it>\d{3}[ -]?\d{3}[ -]?\d{4})\b", re.I
)

_NORTH_AMERICAN: Final = re.compile(
    r"(?<![\w.$€£+-])(?<!\d )(?:1[ .-])?(?:\([2-9]\d\d\) ?|[2-9]\d\d[ .-])[2-9]\d\d[ .-]\d{4}(?!\w|[.,-]\d)"
)
_WITH_TRUNK_0: Final = re.compile(
    r"(?<![\w.,$€£+-])(?<!\d )\(?0[1-9](?:\d?\)?[ /.-]?(?:\d{1,8})){1,6}(?!\w|[.,]\d|-\d)"
)
_LABELLED_PHONE: Final = re.compile(
    r"\b(?:(?:tele|cell|mobile |work |home |fax )?phone|mobile|cell|tel|whats ?app|wechat|weixin"
    r"|viber|zalo|kakao ?talk|telegram|fax|telefon|handy"
    r"|mobil|téléphone|teléfono|móvil|telefone|(?:my|his|her|their|your|our) number|reach me|call me"
    r"|text me|ring me)\b\.?[^\d\n]{0,25}?"
    rf"{_NO_DATE}"
    r"(?P<it>\(?\d(?:[ ()/.-]{0,3}\d){6,14})(?![\w]|[.,]\d)",
    re.IGNORECASE,
)
_INTERNATIONAL: Final = re.compile(r"\+[ (]?\d")
_CJK_PHONE: Final = re.compile(
    r"(?:手机|手機|电话|電話|携帯|微信|전화|휴대폰|연락처)[^\d\n]{0,12}?(?P<it>\d(?:[ -]?\d){6,14})(?!\d)"
)
_IDS: Final[Sequence[tuple[re.Pattern[str], Sequence[Valid]]]] = (
    (re.compile(r"(?<![\w-])\d{3}-\d\d-\d{4}(?![\w-])", re.ASCII), (ssn.is_valid,)),
    (re.compile(r"(?<![\w-])\d{3}[ -]\d{3}[ -]\d{3}(?![\w-]|[ -]\d)", re.ASCII), (sin.is_valid,)),
    (re.compile(r"(?<![\w.-])\d{3}\.\d{3}\.\d{3}-\d\d(?![\w-])", re.ASCII), (cpf.is_valid,)),
    (
        re.compile(r"(?<![\w.])756[. ]?\d{4}[. ]?\d{4}[. ]?\d\d(?!\w|\.\d)", re.ASCII),
        (ahv.is_valid,),
    ),
    (re.compile(r"(?<![\w.-])\d\d\.\d\d\.\d\d-\d{3}\.\d\d(?![\w-])", re.ASCII), (nn.is_valid,)),
    (
        re.compile(r"(?<![\w-])\d{6}-\d{4}(?![\w-])", re.ASCII),
        (cpr.is_valid, personnummer.is_valid),
    ),
    (re.compile(r"(?<![\w-])\d{8}-\d{4}(?![\w-])", re.ASCII), (personnummer.is_valid,)),
    (re.compile(r"(?<![\w-])\d{6}[-+A]\d{3}[0-9A-Y](?![\w-])", re.ASCII), (hetu.is_valid,)),
    (re.compile(r"(?<![\w-])\d{8}[A-Z](?![\w-])", re.ASCII), (dni.is_valid,)),
    (re.compile(r"(?<![\w-])[A-Z]{1,2}\d{6}[ ]?\([0-9A]\)", re.ASCII), (is_hkid,)),
    (re.compile(r"(?<![\w-])[XYZ]\d{7}[A-Z](?![\w-])", re.ASCII), (nie.is_valid,)),
    (re.compile(r"\b[A-Z]{6}\d\d[A-Z]\d\d[A-Z]\d{3}[A-Z]\b", re.ASCII), (codicefiscale.is_valid,)),
    (re.compile(r"\b[A-CEGHJ-PR-TW-Z]{2}[ ]?\d\d[ ]?\d\d[ ]?\d\d[ ]?[A-D]\b", re.ASCII), ()),
    (
        re.compile(
            r"(?<![\w.-])[12][ ]?\d\d[ ]?\d\d[ ]?\d[\dAB][ ]?\d{3}[ ]?\d{3}[ ]?\d\d(?!\w|[.-]\d)",
            re.ASCII,
        ),
        (nir.is_valid,),
    ),
    (
        re.compile(r"(?<![\w.-])(?<!\d )\d{4} \d{4} \d{4}(?!\w|[ .-]\d)", re.ASCII),
        (aadhaar.is_valid,),
    ),
    (re.compile(r"(?<![\w.-])\d{17}[\dX](?!\w|[.-]\d)", re.ASCII), (ric.is_valid,)),
    (
        re.compile(r"(?<![\w.-])\d{6}[ ]?\d{5}(?!\w|[.-]\d)", re.ASCII),
        (fodselsnummer.is_valid, pesel.is_valid),
    ),
    (re.compile(r"(?<![\w.-])\d\d \d{3} \d{3} \d{3}(?!\w|[ .-]\d)", re.ASCII), (idnr.is_valid,)),
)
"""Forms that nothing else is written in, or numbers whose check digits a tenth of chance, and a date
in them, pass hardly ever."""


def finders() -> Iterator[tuple[str, Finder]]:
    """Each word in brackets, and what finds in a plain text what it stands for, in this order."""
    yield EMAIL, _by(_EMAIL)
    yield BANK_ACCOUNT, _ibans
    yield CARD, _by(_CARD, is_card)
    yield BANK_ACCOUNT, _by(_ROUTING, rtn.is_valid)
    yield BANK_ACCOUNT, _by(_ACCOUNT)
    yield BANK_ACCOUNT, _by(_SORT_CODE)
    yield PERSONAL_NUMBER, _by(_LABELLED_ID)
    yield PERSONAL_NUMBER, _by(_NHS, nhs.is_valid)
    for form, checks in _IDS:
        yield PERSONAL_NUMBER, _by(form, *checks)
    yield PHONE, _international
    yield PHONE, _by(_LABELLED_PHONE)
    yield PHONE, _by(_CJK_PHONE)
    yield PHONE, _by(_NORTH_AMERICAN, is_north_american)
    yield PHONE, _by(_WITH_TRUNK_0, is_national)


def _by(form: re.Pattern[str], *checks: Valid) -> Finder:
    """Finds what passes one of the checks, or everything when there is none."""

    def find(text: str) -> Iterator[Span]:
        for match in form.finditer(text):
            group = "it" if "it" in form.groupindex else 0
            if not checks or any(check(match[group]) for check in checks):
                yield match.span(group)

    return find


def _ibans(text: str) -> Iterator[Span]:
    """The longest stretch from each beginning that passes, since words may follow it."""
    for match in _IBAN.finditer(text):
        signs = _IBAN_SIGNS.match(text, match.end())
        ends = _ENDS.finditer(text, match.end(), signs.end()) if signs else ()
        for end in reversed([one.end() for one in ends]):
            if iban.is_valid(re.sub(r"[^A-Za-z0-9]", "", text[match.start() : end])):
                yield match.start(), end
                break


def _international(text: str) -> Iterator[Span]:
    if _INTERNATIONAL.search(text):
        for found in PhoneNumberMatcher(text, None, leniency=Leniency.VALID):
            yield found.start, found.end
