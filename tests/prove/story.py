"""What is done in a conversation, written down while it is done."""

from collections.abc import Callable
from time import monotonic
from typing import Any, Final


class Story:
    """The deeds in their order, for the report of one that went wrong only once."""

    def __init__(self) -> None:
        self._began_s = monotonic()
        self._told: Final[list[str]] = []

    def tell(self, sentence: str) -> None:
        """This happens now."""
        self._told.append(f"{monotonic() - self._began_s:7.3f} s  {sentence}")

    def __str__(self) -> str:
        return "\n".join(self._told)


class Told:
    """Somebody else's deeds, each of which is told before it is done."""

    def __init__(self, doer: object, story: Story) -> None:
        self._doer = doer
        self._story = story

    def __getattr__(self, name: str) -> Callable[..., Any]:
        deed = getattr(self._doer, name)

        def told(*arguments: object, **named: object) -> Any:
            words = [str(one) for one in arguments] + [f"{key}={one}" for key, one in named.items()]
            self._story.tell(f"{name}({', '.join(words)})")
            return deed(*arguments, **named)

        return told
