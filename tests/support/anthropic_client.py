"""Anthropic's own SDK as a client."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from anthropic import Anthropic

from tests.support.person import Person


@contextmanager
def anthropic_of(person: Person, *, max_retries: int = 0, **options: Any) -> Iterator[Anthropic]:
    """The SDK, with a person's token as its key."""
    with Anthropic(
        base_url=str(person.http.base_url),
        auth_token=person.credentials["access_token"],
        max_retries=max_retries,
        **options,
    ) as client:
        yield client
