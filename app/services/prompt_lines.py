"""What was said before, as lines of a prompt: data, which cannot pass for anything else."""

import re
import unicodedata
from datetime import datetime, tzinfo
from typing import Final

from app.models.memory import Quote, Recalled

BLOCK_TAG: Final = re.compile(r"<(?=\s*+(?:/\s*+)?(?:memories|summary)\b)", re.IGNORECASE)
"""Possessive, so that a run of blanks is read once."""
_SPEAKERS: Final = {"user": "the user", "assistant": "you"}


def memory_line(memory: Recalled, *, zone: tzinfo | None) -> str:
    """One memory as one line, with its speaker; it can neither end its block nor its line.

    It is dated by when it was said, as the user's days go, so that of two the later one holds. A
    chunk of a document is quoted under its title.
    """
    speaker = f" {_SPEAKERS.get(memory.speaker, memory.speaker)}:" if memory.speaker else ""
    notes = [f"(Since {day(memory.since, zone=zone)}.)"] if memory.since else []
    notes += [f"(Holds no longer: {ended})" for ended in memory.ended]
    said = " ".join((memory.content, *notes))
    cited = _cited(memory.quote) if memory.quote else ""
    return as_data(f"- [{day(memory.said_at, zone=zone)}]{speaker}{cited} {said}")


def _cited(quote: Quote) -> str:
    page = f", page {quote.page}" if quote.page else ""
    return f" from the document “{quote.title}”{page}:"


def as_data(text: str) -> str:
    """The text on one line, without invisible characters, unable to close the block it is in."""
    seen = "".join(char for char in text if unicodedata.category(char) != "Cf")
    return BLOCK_TAG.sub("&lt;", " ".join(seen.split()))


def day(moment: datetime, *, zone: tzinfo | None) -> str:
    """The day that it is there, such as `8 May 2023`."""
    there = moment.astimezone(zone)
    return f"{there.day} {there:%B %Y}"
