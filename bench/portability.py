"""How long a large profile takes to come in, to be indexed, and to go out again, over HTTP.

    python -m bench.portability [--memories 10000] [--messages 10000]

Others are served meanwhile: the slowest answer to a small request is printed as well.
"""

import argparse
import hashlib
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import httpx
import orjson
from tqdm import tqdm

from app.models.ids import new_id
from bench.client import Account
from bench.server import ServerProcess

WORDS: Final = ("Anna", "Bergen", "harbour", "violin", "market", "bread", "ferry", "garden")
START: Final = datetime(2023, 1, 1, tzinfo=UTC)


def records(messages: int, memories: int) -> Iterator[dict[str, Any]]:
    """A profile's lines: one conversation per 50 messages, and memories that come from them."""
    profile = new_id()
    moment = START.isoformat()
    times = {"created_at": moment, "updated_at": moment}
    yield {
        "type": "profile", "id": profile, "name": "large", "description": None, "is_default": False,
        "persona": None, "learning": "auto", **times,
    }  # fmt: skip
    said: list[UUID] = []
    session = profile
    for number in range(messages):
        if number % 50 == 0:
            session = new_id()
            yield {
                "type": "session", "id": session, "memory_profile_id": profile, "title": None,
                "privacy_mode": "normal", "summary": None, "summary_seq": 0, **times,
            }  # fmt: skip
        said.append(new_id())
        yield {
            "type": "message", "id": said[-1], "session_id": session, "seq": number % 50 + 1,
            "role": "user", "name": None, "content": sentence(number), "privacy_mode": "normal",
            "learnable": True, "searchable": True, "quoted": False, "learnt": True, "run_id": None,
            "finish_reason": None, "usage": None, "memories_used": [],
            "created_at": (START + timedelta(minutes=number)).isoformat(),
        }  # fmt: skip
    for number in range(memories):
        content = sentence(number * 7 + 3)
        yield {
            "type": "memory", "id": new_id(), "memory_profile_id": profile, "kind": "fact",
            "content": content, "importance": 0.5, "confidence": 0.9, "status": "active",
            "said_at": moment, "slot": None, "valid_from": None, "valid_until": None,
            "superseded_by": None, "source": "learnt",
            "source_message_ids": [said[number % len(said)]] if said else [],
            "versions": [
                {"version": 1, "change": "added", "content": content, "created_at": moment}
            ],
            **times,
        }  # fmt: skip


def sentence(number: int) -> str:
    """Some words that are not those of its neighbours, about as many as somebody says at once."""
    picked = [WORDS[(number // (i + 1)) % len(WORDS)] for i in range(14)]
    return f"On day {number} we spoke of {' '.join(picked)}."


def a_file(messages: int, memories: int) -> bytes:
    """The profile as one file."""
    counts = {
        "profiles": 1, "sessions": -(-messages // 50), "messages": messages, "memories": memories,
    }  # fmt: skip
    header = {
        "type": "header", "format": "memorychat-export", "version": 1, "scope": "profile",
        "created_at": START.isoformat(), "counts": counts,
    }  # fmt: skip
    lines = [orjson.dumps(header), *map(orjson.dumps, records(messages, memories))]
    body = b"\n".join(lines) + b"\n"
    end = {"type": "end", "counts": counts, "sha256": hashlib.sha256(body).hexdigest()}
    return body + orjson.dumps(end) + b"\n"


class Bystander:
    """Somebody else, whose small requests go on."""

    def __init__(self, url: str) -> None:
        self.account = Account(url)
        self.session = self.account.session(self.account.profile("small"))
        self.slowest_s = 0.0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._go_on)
        self._thread.start()

    def stop(self) -> float:
        """The slowest answer, in seconds."""
        self._over.set()
        self._thread.join()
        return self.slowest_s

    def _go_on(self) -> None:
        while not self._over.wait(0.05):
            started_s = time.perf_counter()
            self.account.say(self.session, "Good morning.")
            self.slowest_s = max(self.slowest_s, time.perf_counter() - started_s)


def measure(url: str, *, messages: int, memories: int) -> None:
    """Prints what took how long."""
    content = a_file(messages, memories)
    with Account(url) as account:
        profile = account.profile("large")
        http = httpx.Client(base_url=f"{url}/api/v1", timeout=600, headers=account.headers)
        bystander = Bystander(url)
        started_s = time.perf_counter()
        started = http.post(f"/memory-profiles/{profile}/import", content=content).json()
        say(f"{len(content) / 1e6:.1f} MB received and looked through", started_s)
        say_import(http, started, started_s)
        say(f"slowest turn of somebody else meanwhile: {bystander.stop():.2f} s")
        started_s = time.perf_counter()
        with tqdm(total=messages + memories, unit=" points", desc="Indexing") as bar:
            account.settle(
                profile, waiting=lambda left: bar.update(messages + memories - left - bar.n)
            )
        say("indexed", started_s)
        started_s = time.perf_counter()
        exported = http.get(f"/memory-profiles/{profile}/export").content
        say(f"exported {len(exported) / 1e6:.1f} MB", started_s)


def say_import(http: httpx.Client, started: Any, started_s: float) -> None:
    """Waits for an import, and prints how long it took."""
    with tqdm(total=started["total"], unit=" records", desc="Importing") as bar:
        while True:
            now = http.get(f"/imports/{started['id']}").json()
            bar.update(now["done"] - bar.n)
            if now["status"] != "running":
                break
            time.sleep(0.05)
    say(f"imported ({now['status']})", started_s)


def say(what: str, since_s: float | None = None) -> None:
    """A line on standard output."""
    took = f": {time.perf_counter() - since_s:.2f} s" if since_s is not None else ""
    sys.stdout.write(f"{what}{took}\n")
    sys.stdout.flush()


def main() -> None:
    """Runs it against a server of its own."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--memories", type=int, default=10_000)
    parser.add_argument("--messages", type=int, default=10_000)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        environment = {"MEMORYCHAT_RATE_LIMITS__ENABLED": "false"}
        with ServerProcess(Path(folder), environment) as server:
            measure(server.url, messages=given.messages, memories=given.memories)


if __name__ == "__main__":
    main()
