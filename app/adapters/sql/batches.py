from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

Item = TypeVar("Item")

MAX_PARAMETERS = 500
"""Parameters of one IN list: well under SQLite's oldest limit of 999."""


def batches(items: Iterable[Item], *, parameters: int = 1) -> Iterator[list[Item]]:
    """The items, of so many parameters each, in lists that fit one IN list; no list for no items."""
    remaining = iter(items)
    while some := list(islice(remaining, MAX_PARAMETERS // parameters)):
        yield some
