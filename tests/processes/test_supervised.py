"""`serve --workers N`: who is started again, and what is told of it."""

import json
import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from bench.server import ROOT, inherited
from tests.support.company import Company
from tests.support.person import Person, eventually
from tests.support.running_upstream import RunningUpstream
from tests.support.upstream import Reply


@dataclass(frozen=True, slots=True)
class Address:
    """Where a process answers that somebody else has started."""

    url: str

    def client(self) -> httpx.Client:
        """A client of it."""
        return httpx.Client(base_url=self.url, timeout=30)


class Supervised:
    """`serve --workers 2`."""

    def __init__(self, process: subprocess.Popen[bytes], ports: list[int]) -> None:
        self.process = process
        self.ports = ports

    def ready(self, count: int) -> list[str]:
        """So many lines of processes that can be reached."""
        assert self.process.stdout is not None
        lines: list[str] = []
        deadline_s = time.monotonic() + 60
        while len(lines) < count:
            readable, _, _ = select.select([self.process.stdout], [], [], 1)
            if readable:
                lines.append(self.process.stdout.readline().decode().strip())
            assert time.monotonic() < deadline_s, lines
        return lines

    def children(self) -> set[int]:
        """The process ids of its processes."""
        task = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return {int(pid) for pid in task.read_text().split()}


@contextmanager
def supervised(company: Company) -> Iterator[Supervised]:
    """Two processes on ports of their own, ready."""
    ports = two_ports()
    log = (company.folder / "supervisor.log").open("wb")
    process = subprocess.Popen(  # noqa: S603 - our own program
        [sys.executable, str(ROOT / "main.py"), "serve", "--workers", "2"],
        env={
            **inherited(),
            **company.environment,
            "HOST": "127.0.0.1",
            "PORT": str(ports[0]),
            "MEMORYCHAT_DATA_DIR": str(company.folder / "data"),
        },
        cwd=company.folder,
        stdout=subprocess.PIPE,
        stderr=log,
        bufsize=0,
    )
    try:
        yield Supervised(process, ports)
    finally:
        process.terminate()
        process.wait(60)
        process.stdout and process.stdout.close()
        log.close()


def two_ports() -> list[int]:
    """Two free ports, one after the other."""
    while True:
        with closing(socket.socket()) as one, closing(socket.socket()) as other:
            one.bind(("127.0.0.1", 0))
            port = int(one.getsockname()[1])
            try:
                other.bind(("127.0.0.1", port + 1))
            except OSError:
                continue
        return [port, port + 1]


def health(port: int) -> Any:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/health").status_code
    except httpx.TransportError as error:
        return type(error).__name__


def test_workers_are_started_again_when_they_are_killed_and_end_with_their_starter(
    own_company: Company,
) -> None:
    with supervised(own_company) as both:
        lines = both.ready(2)
        before = both.children()
        os.kill(min(before), signal.SIGKILL)
        again = both.ready(1)
        after = both.children()
        answers = [health(port) for port in both.ports]
        both.process.send_signal(signal.SIGTERM)
        status = both.process.wait(60)

    assert sorted(line.rsplit(":", 1)[1] for line in lines) == sorted(map(str, both.ports))
    assert again[0] in lines
    assert len(before & after) == 1
    log = (own_company.folder / "supervisor.log").read_text().splitlines()
    [told] = [json.loads(line) for line in log if "is started again" in line]
    assert (told["signal"], told["port"] in both.ports) == ("SIGKILL", True)
    assert answers == [200, 200]
    assert status == 0
    assert all(health(port) == "ConnectError" for port in both.ports)


def test_workers_drain_and_end_when_their_starter_is_killed(
    own_company: Company, upstream: RunningUpstream
) -> None:
    own_company.environment["MEMORYCHAT_RUNS__DRAIN_S"] = "20"
    with supervised(own_company) as both:
        both.ready(2)
        at_one = Address(f"http://127.0.0.1:{both.ports[0]}")
        upstream.script(Reply(text="one two three four five six", delay_s=0.2))
        with Person(at_one) as ada, ada.stream(ada.session(), "Count.") as events:
            next(events)
            both.process.kill()
            seen = list(events)

        for port in both.ports:
            eventually(lambda: health(port), lambda seen: seen == "ConnectError")  # noqa: B023 - at once
    eventually(own_company.registered, lambda processes: processes == 0)

    assert seen[-1]["type"] == "run.completed"


def test_workers_that_cannot_start_are_not_tried_again(own_company: Company) -> None:
    own_company.environment["DATABASE_URL"] = "postgresql://memorychat@127.0.0.1:1/none"
    with supervised(own_company) as both:
        assert both.process.wait(60) == 1


def test_a_hangup_starts_one_after_the_other_anew(own_company: Company) -> None:
    with supervised(own_company) as both:
        both.ready(2)
        before = both.children()
        both.process.send_signal(signal.SIGHUP)
        both.ready(2)
        after = eventually(both.children, lambda seen: len(seen) == 2)

    assert not before & after
