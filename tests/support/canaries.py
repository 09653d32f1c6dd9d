from collections.abc import Iterator


class Canaries:
    """Words that occur nowhere else, each named after where it is said."""

    def __init__(self) -> None:
        self._words: list[str] = []

    def __call__(self, where: str) -> str:
        """A new word."""
        self._words.append(f"Zyrafa{len(self._words)}{where}")
        return self._words[-1]

    def __iter__(self) -> Iterator[str]:
        return iter(self._words)
