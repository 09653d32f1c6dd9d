"""Whether a number is what it looks like: check digits, and the numbering plans of telephones."""

import re
from typing import Final

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberType
from stdnum import luhn

_ISSUED: Final = re.compile(
    r"4(?:\d{12}|\d{15}|\d{18})|(?:5[1-5]|2[2-7])\d{14}|3[47]\d{13}|35\d{14}|3[068]\d{12}"
    r"|6(?:011|5\d\d|4[4-9]\d)\d{12}|6[27]\d{14,17}|5[0678]\d{14}"
)
"""Lengths and first digits of the cards that are about: ISO/IEC 7812, the issuers' own pages."""
_TRUNK_0_REGIONS: Final = ("GB", "DE", "FR", "NL", "BE", "CH", "AT", "SE", "FI", "IT", "AU", "IE")
_MIN_PHONE_DIGITS: Final = 9
_HKID_CHARS: Final = 9
_BLANK: Final = 36


def is_card(text: str) -> bool:
    """Whether somebody issues cards with such a number, and its check digit is right."""
    digits = re.sub(r"\D", "", text)
    return _ISSUED.fullmatch(digits) is not None and luhn.is_valid(digits)


def is_north_american(text: str) -> bool:
    """Whether it is a number of the North American plan."""
    return _is_valid_in(text, "US") is not None


def is_national(text: str) -> bool:
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


def is_hkid(text: str) -> bool:
    """Whether a Hong Kong identity card's check digit is right."""
    signs = re.sub(r"[ ()]", "", text).rjust(_HKID_CHARS)
    values = [_BLANK if sign == " " else int(sign, 36) for sign in signs]
    weighed = sum(weight * value for weight, value in zip(range(9, 0, -1), values, strict=True))
    return weighed % 11 == 0
