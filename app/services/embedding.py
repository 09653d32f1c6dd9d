import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from app.core.errors import InvalidInput
from app.ports.embedder import Embedder, Vectors
from app.ports.token_counter import TokenCounter

MOST_TEXTS: Final = 2_048
MOST_TEXT_TOKENS: Final = 8_192
MOST_TOKENS: Final = 300_000
"""As OpenAI has these three; of all texts of a request together, the last."""
MOST_CHARS: Final = 1_500_000
"""Of all texts together: what has more is not counted."""


@dataclass(frozen=True, slots=True)
class Embedded:
    """Vectors of texts, in their order, and how many tokens these had."""

    vectors: Vectors
    tokens: int


def texts_of(
    given: str | Sequence[str] | Sequence[int] | Sequence[Sequence[int]], *, tokens: TokenCounter
) -> Sequence[str]:
    """The texts that are given, or their tokens: one, or several of either.

    Raises:
        InvalidInput: a token is none of o200k_base.
    """
    if isinstance(given, str):
        return [given]
    if given and isinstance(given[0], int):
        return [_text([one for one in given if isinstance(one, int)], tokens)]
    return [
        one if isinstance(one, str) else _text(one, tokens)
        for one in given
        if not isinstance(one, int)
    ]


def _text(given: Sequence[int], tokens: TokenCounter) -> str:
    try:
        return tokens.decode(given)
    except ValueError:
        raise InvalidInput("input: one of the tokens is none of o200k_base's") from None


async def embedded(texts: Sequence[str], *, embedder: Embedder, tokens: TokenCounter) -> Embedded:
    """The vectors of 1 to 2,048 texts of 1 to 8,192 tokens each, of which nothing is kept.

    Of a text that is longer than the model's window, the beginning.

    Raises:
        InvalidInput: there are no texts or too many, or one is empty or too long.
        IndexUnavailable: the model gave no answer within its deadline.
    """
    if not 1 <= len(texts) <= MOST_TEXTS:
        raise InvalidInput(f"input: 1 to {MOST_TEXTS} texts can be embedded at once")
    if not all(texts):
        raise InvalidInput("input: a text is empty")
    if sum(map(len, texts)) > MOST_CHARS:
        raise InvalidInput(f"input: the texts have more than {MOST_CHARS} characters together")
    counts = await asyncio.to_thread(lambda: [tokens.count(text) for text in texts])
    if max(counts) > MOST_TEXT_TOKENS or sum(counts) > MOST_TOKENS:
        raise InvalidInput(
            f"input: a text has at most {MOST_TEXT_TOKENS} tokens, and all together {MOST_TOKENS}"
        )
    return Embedded(await embedder.embed(texts), sum(counts))
