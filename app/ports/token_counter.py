from collections.abc import Sequence
from typing import Protocol


class TokenCounter(Protocol):
    """Texts to numbers of tokens, exact for one encoding and an estimate for the others."""

    def count(self, text: str) -> int:
        """Tokens of one text; 0 for the empty one. Special tokens count as plain text."""
        ...

    def decode(self, tokens: Sequence[int]) -> str:
        """The text of these tokens; halves of characters become U+FFFD.

        Raises:
            ValueError: one of them is none of the encoding's.
        """
        ...
