from typing import Final

MAX_TITLE_LENGTH: Final = 60


def title_from(message: str) -> str:
    """The first words of a message, at most 60 characters, cut between words; never empty."""
    words = " ".join(message.split())
    if len(words) <= MAX_TITLE_LENGTH:
        return words or "…"
    cut = words[:MAX_TITLE_LENGTH]
    return (cut.rsplit(" ", 1)[0] if " " in cut else cut[:-1]) + "…"
