"""What a message asks to forget, recognised by its words. English only."""

import re
from typing import Final

POLITE: Final = (
    r"(?:(?:please|pls|ok|okay|hey|hi|and|also|just|so|well|actually|oh|sorry|wait|no|thanks|now)"
    r",? )*+"
)
PLEASE: Final = r"(?:please |just |kindly |also )*+"
_ASKING: Final = r"(?:(?:can|could|would|will) you (?:please |just |kindly )*+)"
_ALLOWING: Final = rf"(?:{_ASKING}|you (?:can|may|should|could|must) |I(?: want|'d like) you to )?"
FORGET: Final = (
    rf"{POLITE}{_ALLOWING}{PLEASE}(?:forget|(?:don't|do not|stop|no longer) remember(?:ing)?"
    r"|no need to remember|erase|delete)(?: the fact)?(?: that)? "
)
"""How a request to forget begins; what is to be forgotten follows."""
_BEGINS: Final = r"(?:^|[.!?;:,\n)\"]\s*|\b(?:and|but|so|then|anyway)\s)"
_NAMED: Final = r"(?:about |all |everything |what |that )*+(?=(?:i|im|ive|my|we|our|me)(?!\w))"
_STATED: Final = r"(?P<stated>.+?)(?=$|[.,!?;\n]| but | and (?:remember|i|my|we|our)\b)"


def requests_to_forget(text: str) -> tuple[str, ...]:
    """What each request in a text says is to be forgotten, as it says it; none for most texts.

    It errs on the safe side: what follows is not looked at beyond whether it is about the speaker.
    """
    said = re.sub(r"[ \t]+", " ", text.replace("\N{RIGHT SINGLE QUOTATION MARK}", "'"))
    found = re.finditer(rf"{_BEGINS}{FORGET}{_NAMED}{_STATED}", said, re.IGNORECASE | re.MULTILINE)
    return tuple(one["stated"].strip() for one in found)
