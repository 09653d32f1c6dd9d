"""A client in a process and an environment of its own, which does what it is told."""

import json
import os
import select
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from tests.support.keys import a_key
from tests.support.person import Person
from tests.support.server import ROOT

DEADLINE_S: Final = 90.0
"""For a start, too: LiteLLM's import takes 7 s of a core."""
_SILENCED: Final = {
    "DO_NOT_TRACK": "1",
    "LANGSMITH_TRACING": "false",
    "LITELLM_LOCAL_MODEL_COST_MAP": "True",
    "LITELLM_MODE": "PRODUCTION",  # reads no .env
    "LITELLM_TELEMETRY": "False",
    "OPENAI_AGENTS_DISABLE_TRACING": "1",
}


def why_not(environment: str) -> str | None:
    """Why clients of an environment cannot run here; None when they can."""
    if (ROOT / f".venv-{environment}/.made").exists():
        return None
    return f"NOT TESTED: what requirements-{environment}.in names is not installed: make clients"


class Driven:
    """The client, while its context is entered."""

    def __init__(self, driver: str, *, environment: str, folder: Path) -> None:
        self._log = folder / f"{driver}.log"
        interpreter = ROOT / f".venv-{environment}/bin/python"
        home = {"HOME": str(folder), "LLM_USER_PATH": str(folder), "PYTHONPATH": str(ROOT)}
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(  # noqa: S603 - programs of ours
                [interpreter, "-m", f"tests.clients.drivers.by_{driver}"],
                cwd=folder,
                env={"PATH": os.environ["PATH"], **home, **_SILENCED},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )

    def __enter__(self) -> Self:
        self._reply()
        return self

    def __exit__(
        self,
        error: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._process.kill()
        self._process.communicate()

    def told(self, **order: Any) -> Mapping[str, Any]:
        """What came of an order, which has talked to this machine only."""
        assert self._process.stdin
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        reply: Mapping[str, Any] = self._reply()
        assert reply["tried"] == []
        return reply

    def _reply(self) -> Any:
        assert self._process.stdout
        ready, _, _ = select.select([self._process.stdout], [], [], DEADLINE_S)
        line = self._process.stdout.readline() if ready else ""
        assert line, self._log.read_text()[-2_000:]
        return json.loads(line)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """How a client shows its user what went wrong."""

    raises: Mapping[int | None, str]
    """By status; None is what breaks an answer off that has begun."""
    broken_response: str = ""
    """The same of a response."""
    verbs: tuple[str, ...] = ("chat", "stream")
    has_status: bool = True
    """Whether a program that uses it can read the status."""

    def check(self, result: Mapping[str, Any], status: int | None, words: str) -> None:
        """The client raised what it has for this status, with these words in it."""
        assert result.get("raised") == self.raises[status], result
        assert words in result["words"], result
        if status and self.has_status:
            assert result["status"] == status


class User:
    """Somebody whose client has a key of theirs that is good for talking."""

    def __init__(self, driven: Driven, person: Person) -> None:
        self.person = person
        self._driven = driven
        self._key = str(a_key(person, "chat")["key"])
        self._base_url = f"{str(person.http.base_url).rstrip('/')}/v1"

    def filled(self, lines: str) -> str:
        """Lines of a manual, with this user's address and key in their places."""
        return lines.replace("$url", self._base_url).replace("$key", self._key)

    def does(self, verb: str, text: str = "Hello.", **order: Any) -> Mapping[str, Any]:
        """What their client makes of it, without trying anything twice unless told to."""
        given = {
            "base_url": self._base_url,
            "key": self._key,
            "model": "memorychat",
            "messages": [{"role": "user", "content": text}],
            "retries": 0,
        }
        return self._driven.told(verb=verb, **{**given, **order})
