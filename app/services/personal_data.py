"""Personal numbers and addresses out of a text. Whatever has a check digit is checked.

Names and places stay: they are what a memory is about.
"""

from app.core.plain_text import plain, replaced
from app.services.personal_forms import (
    BANK_ACCOUNT,
    CARD,
    EMAIL,
    PERSONAL_NUMBER,
    PHONE,
    finders,
)

__all__ = [
    "BANK_ACCOUNT",
    "CARD",
    "EMAIL",
    "PERSONAL_NUMBER",
    "PHONE",
    "without_personal_data",
]


def without_personal_data(text: str) -> str:
    """The text with a word in brackets for each number or address of a person.

    Of cards, bank accounts, national identities and telephones, and e-mail addresses. Doing it
    twice changes nothing more.
    """
    before = None
    while text != before:  # each round takes digits or an address away
        before = text
        simple = plain(text)
        for word, find in finders():
            found = [(simple.where(*span), word) for span in find(simple.text)]
            if found:
                text = replaced(text, found)
                simple = plain(text)
    return text
