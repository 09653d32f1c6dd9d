"""OpenAI's own SDK as a client, and what a conversation looks like to it."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from openai import OpenAI

from tests.support.person import Person


@contextmanager
def openai_of(person: Person, *, max_retries: int = 0) -> Iterator[OpenAI]:
    """The SDK, with a person's token as its key."""
    with OpenAI(
        base_url=f"{person.http.base_url}/v1".replace("//v1", "/v1"),
        api_key=person.credentials["access_token"],
        max_retries=max_retries,
    ) as client:
        yield client


def user(text: str) -> Any:
    """What somebody says."""
    return {"role": "user", "content": text}


def assistant(text: str) -> Any:
    """What was answered."""
    return {"role": "assistant", "content": text}


def collected(person: Person) -> list[Mapping[str, Any]]:
    """Every message that is kept of conversations which other applications keep."""
    threads = person.get("/sessions", of_other_applications=True, limit=100)["data"]
    return [one for thread in threads for one in person.messages(thread["id"])]
