"""The processes of the measurements: model endpoint, relay, talkers, and MemoryChat itself."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, BinaryIO, Final, Self
from urllib.parse import urlsplit

import httpx
import orjson

from bench.rig.load import Plan
from bench.server import ROOT, Running, ServerProcess, inherited, line_from

LISTENING_WITHIN_S: Final = 10.0
_ENVIRONMENT: Final = {
    "MALLOC_ARENA_MAX": "2",  # as `make run` sets it
    "MEMORYCHAT_RATE_LIMITS__ENABLED": "false",
    "MEMORYCHAT_BCRYPT_COST": "4",  # signing up is not what is measured
    "MEMORYCHAT_ACCESS_TOKEN_S": "86400",
    "MEMORYCHAT_LOG_LEVEL": "warning",
}


class Child:
    """A module of ours in a process of its own, which ends with the context."""

    def __init__(self, module: str, *arguments: str) -> None:
        self._process = subprocess.Popen(  # noqa: S603 - our own program
            [sys.executable, "-m", module, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=ROOT,
            env=inherited(),
        )

    @property
    def pid(self) -> int:
        """Its id."""
        return self._process.pid

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.communicate()

    def say(self, line: bytes) -> None:
        """It has been told."""
        assert self._process.stdin  # noqa: S101 - narrows a type
        self._process.stdin.write(line + b"\n")
        self._process.stdin.flush()

    def hear(self) -> bytes:
        """The next line that it says.

        Raises:
            RuntimeError: it has ended; why stands on standard error.
        """
        assert self._process.stdout  # noqa: S101 - narrows a type
        if line := self._process.stdout.readline():
            return line
        raise RuntimeError("a process of the measurement has ended")


class Address(Child):
    """A child that listens, and says where."""

    def __init__(self, module: str, *arguments: str) -> None:
        super().__init__(module, *arguments)
        self.url: Final = line_from(self._process)
        deadline_s = time.monotonic() + LISTENING_WITHIN_S
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port)).close()
            except OSError:
                if time.monotonic() > deadline_s:
                    raise
                time.sleep(0.01)
            else:
                return

    @property
    def port(self) -> int:
        """Where it listens."""
        return port_of(self.url)


class Model(Address):
    """The model endpoint."""

    def __init__(self) -> None:
        super().__init__("bench.rig.upstream")

    def answer(self, *, tokens: int, per_second: float = 0.0) -> None:
        """It answers so from now on, and has not been asked anything yet."""
        body = {"tokens": tokens, "per_second": per_second}
        httpx.post(self.url.removesuffix("/v1") + "/_set", json=body).raise_for_status()

    def asked(self) -> dict[str, Any]:
        """How often, and the prompts that wanted JSON."""
        answer = httpx.get(self.url.removesuffix("/v1") + "/_asked", timeout=60)
        return dict(answer.raise_for_status().json())


class Relay(Address):
    """The bare relay."""

    def __init__(self, model: Model) -> None:
        super().__init__("bench.rig.relay", model.url)


class Talkers(Child):
    """Those who ask."""

    def __init__(self) -> None:
        super().__init__("bench.rig.load")

    def begin(self, plan: Plan) -> None:
        """They are asking; `end` tells what came of it."""
        self.say(orjson.dumps(asdict(plan)))

    def end(self) -> dict[str, Any]:
        """What they saw, as `Observed` has it, with `wall_s` and `cpu_s`."""
        return dict(orjson.loads(self.hear()))

    def carry_out(self, plan: Plan) -> dict[str, Any]:
        """What they saw, once they have done it."""
        self.begin(plan)
        return self.end()


class SdkServer(ServerProcess):
    """MemoryChat with its model read through the openai SDK's own stream classes."""

    def _begun(self, environment: Mapping[str, str], log: BinaryIO) -> Running:
        return subprocess.Popen(  # noqa: S603 - our own program
            [sys.executable, str(ROOT / "bench" / "rig" / "sdk_server.py")],
            env={**environment, "PYTHONPATH": str(ROOT)},
            cwd=self.data_dir.parent,
            stdout=subprocess.PIPE,
            stderr=log,
        )


def memorychat(
    folder: Path,
    model: Model | None,
    *,
    kind: type[ServerProcess] = ServerProcess,
    environment: Mapping[str, str] | None = None,
) -> ServerProcess:
    """A server over a folder, not started yet; without a model it answers by rules."""
    upstream = {"OPENAI_BASE_URL": model.url, "OPENAI_MODEL": "bench"} if model else {}
    return kind(folder, {**_ENVIRONMENT, **upstream, **(environment or {})})


def port_of(url: str) -> int:
    """The port in an address."""
    port = urlsplit(url).port
    assert port is not None  # noqa: S101 - narrows a type
    return port


@contextmanager
def a_folder() -> Iterator[Path]:
    """A folder that is gone at the end; on the disk, where a database would be."""
    with TemporaryDirectory(prefix="bench-", ignore_cleanup_errors=True) as folder:
        yield Path(folder)


def cores() -> int:
    """How many of them we may use."""
    return len(os.sched_getaffinity(0))


def direct(model: Address, *, streams: int, **options: Any) -> Plan:
    """A plan for asking a model endpoint, or a relay before it, without MemoryChat."""
    body = orjson.dumps(
        {"model": "bench", "stream": True, "messages": [{"role": "user", "content": "%TEXT%"}]}
    ).decode()
    request = {
        "path": "/v1/chat/completions",
        "headers": {"Content-Type": "application/json"},
        "body": body,
    }
    return Plan(port=model.port, dialect="openai", streams=[[request]] * streams, **options)


def through(
    server: ServerProcess, requests: Sequence[Sequence[Mapping[str, Any]]], **options: Any
) -> Plan:
    """A plan for talking with MemoryChat."""
    return Plan(port=port_of(server.url), dialect="native", streams=requests, **options)
