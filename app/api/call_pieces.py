"""Calls of tools piece by piece, for protocols that name a call where it begins."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class CallPiece:
    """The next piece of a call."""

    index: int
    """Which of the answer's calls, from 0."""
    call_id: str
    name: str | None
    """Of the tool; comes with the call's first piece only."""
    arguments: str
    """The next piece of a JSON text; may be empty."""


class CallPieces:
    """The calls of one answer: each begins once its name is known, which may come after its id."""

    def __init__(self) -> None:
        self._ids: dict[int, str] = {}
        self._begun: set[int] = set()
        self._held: dict[int, str] = {}

    def read(self, fields: Mapping[str, Any]) -> CallPiece | None:
        """What a `tool.call` tells; None while the name is missing, without which nothing is told."""
        index, name, arguments = fields["index"], fields["name"], fields["arguments"]
        if fields["call_id"]:
            self._ids[index] = fields["call_id"]
        if index in self._begun:
            return CallPiece(index, self._ids[index], None, arguments)
        arguments = self._held.pop(index, "") + arguments
        if name is None:
            self._held[index] = arguments
            return None
        self._begun.add(index)
        return CallPiece(index, self._ids[index], name, arguments)
