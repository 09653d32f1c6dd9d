"""The loop of a driver: orders come as lines of JSON, and what came of each goes back as one.

Drivers run in an environment of their client, where nothing of this project's is installed. None of them
may talk to anything but loopback; who tries is told so, and every answer names what was tried.
"""

import json
import os
import sys
from collections.abc import AsyncIterable, Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any

Verb = Callable[["Order"], Mapping[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What a client is to do, in the terms that all of them have."""

    base_url: str
    key: str
    model: str
    messages: list[dict[str, Any]]
    responds: bool = False
    """By OpenAI's responses in the place of chat completions."""
    headers: dict[str, str] = field(default_factory=dict)
    body: dict[str, Any] = field(default_factory=dict)
    """Further parts of the request's body."""
    store: bool | None = None
    retries: int | None = None
    """None leaves the client what it does by itself."""
    lines: str = ""
    """Of Python, to be run as they are."""

    @property
    def text(self) -> str:
        """What the user says last."""
        return str(self.messages[-1]["content"])

    @property
    def mcp_url(self) -> str:
        """Where the memory is that speaks the Model Context Protocol."""
        return f"{self.base_url.removesuffix('/v1')}/mcp"

    @property
    def access(self) -> dict[str, Any]:
        """The arguments of OpenAI's clients."""
        retries = {} if self.retries is None else {"max_retries": self.retries}
        return {"base_url": self.base_url, "api_key": self.key, **retries}


def run(order: Order) -> Mapping[str, Any]:
    """What lines of Python come to that are given `url` and `key`, and find an `answer`."""
    names: dict[str, Any] = {"url": order.base_url, "key": order.key}
    exec(order.lines, names)  # noqa: S102 - lines of ours, out of instructions.txt
    return {"text": names["answer"]}


def perform(**verbs: Verb) -> None:
    """Follows orders until there are no more."""
    tried = _kept_at_home()
    replies = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what a client prints is no reply
    replies.write("{}\n")
    replies.flush()
    known = {one.name for one in fields(Order)}
    for line in sys.stdin:
        order = json.loads(line)
        given = Order(**{name: order[name] for name in known & order.keys()})
        result = _outcome({"run": run, **verbs}[order["verb"]], given)
        replies.write(json.dumps({**result, "tried": sorted(tried)}) + "\n")
        replies.flush()


def _outcome(verb: Verb, order: Order) -> Mapping[str, Any]:
    try:
        return verb(order)
    except Exception as error:  # noqa: BLE001 - what a client raises is what is asked for
        return told(error)


def heard(pieces: Iterable[str]) -> Mapping[str, Any]:
    """The pieces of an answer as they came, and the failure that ended them."""
    got: list[str] = []
    try:
        for piece in pieces:
            got.append(piece)
    except Exception as error:  # noqa: BLE001 - the same
        return {**told(error), "pieces": got}
    return {"pieces": got}


async def heard_async(pieces: AsyncIterable[str]) -> Mapping[str, Any]:
    """The same, of a client that waits."""
    got: list[str] = []
    try:
        async for piece in pieces:
            got.append(piece)
    except Exception as error:  # noqa: BLE001 - the same
        return {**told(error), "pieces": got}
    return {"pieces": got}


def told(error: BaseException) -> Mapping[str, Any]:
    """A failure as a client's user has it."""
    kinds = [f"{kind.__module__.split('.')[0]}.{kind.__name__}" for kind in type(error).__mro__]
    return {
        "raised": kinds[0],
        "kinds": kinds,
        "status": getattr(error, "status_code", None),
        "words": str(error),
    }


def _kept_at_home() -> set[str]:
    tried: set[str] = set()

    def watch(event: str, arguments: tuple[Any, ...]) -> None:
        if event == "socket.connect" and isinstance(arguments[1], tuple):
            host = str(arguments[1][0])
        elif event == "socket.getaddrinfo":
            host = str(arguments[0])
        else:
            return
        if host not in {"127.0.0.1", "localhost", "::1"}:
            tried.add(host)
            raise PermissionError(f"Not to {host}")

    sys.addaudithook(watch)
    return tried
