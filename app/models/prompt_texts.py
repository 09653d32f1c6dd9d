from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptTexts:
    """The texts that an operator may replace, with `$names` where something is put in."""

    system: str
    """Knows $persona, $summary, $memories and $now."""
    summary: str
    """Knows $summary, the one before, and $words, the most it may have."""
