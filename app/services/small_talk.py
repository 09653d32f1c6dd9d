"""Telling small talk from what may be about something."""

from typing import Final

import regex

LONGEST_WORDS: Final = 8
"""A longer text says something, whatever its words."""

_WORD_LINES: Final = """
a again ah alright am and any are awesome aww bye brilliant cheers cool day dear doing evening
everyone excellent exactly fine for friend fun good goodbye goodnight got great haha hello help
hey hi hiya how howdy i i'm indeed is it it's its just later lol lot lots love lovely made makes
maybe me miss morning much my nice night nope no not now of oh ok okay perfect please really
right say see sense sounds sorry so super sure take talk thank thanks that that's the then there
thing this to today tomorrow tonight too totally understood up very was way welcome well what's
wonderful wow yay yeah yep yes you you're your yours yup afternoon amazing all is everything
abend alles bis bitte danke dir du er gern gerne genau guten gut gute hallo ich ja klar morgen
moin nacht nein prima schön sehr servus super tag tschüss vielen dank viele vielleicht wie geht's
au bien bon bonjour bonne bonsoir ça d'accord merci non nuit oui revoir salut soirée va très
adiós bien buenas buenos días dia gracias hola muchas muy noches no sí tardes vale qué tal
ciao buongiorno buonasera buonanotte grazie mille prego sì va bene arrivederci
bom boa obrigado obrigada olá sim tarde noite tudo bem até logo
"""
_WORDS: Final = frozenset(_WORD_LINES.split())
_WORD: Final = regex.compile(r"[\p{L}\p{N}]+(?:['’]\p{L}+)*")


def is_small_talk(text: str) -> bool:
    """Whether a text has no word that a memory could be about: "Good morning!", "thanks", "👍"."""
    words = [word.replace("’", "'").casefold() for word in _WORD.findall(text[:400])]
    return len(words) <= LONGEST_WORDS and _WORDS.issuperset(words)
