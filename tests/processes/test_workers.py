"""`python main.py worker` and `serve --workers N`: who learns, who is started again, who is refused."""

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
import pytest

from bench.server import ROOT, inherited
from tests.support.company import COMMON, LEASE_S, Company, Worker, a_company
from tests.support.database import PostgresSite
from tests.support.forked import main_py
from tests.support.person import Person, eventually
from tests.support.redis import Redis
from tests.support.running_upstream import RunningUpstream
from tests.support.upstream import Reply

AT_ONCE = {
    "MEMORYCHAT_LEARNING__IDLE_S": "0",
    "MEMORYCHAT_LEARNING__MAX_WAIT_S": "0",
    "MEMORYCHAT_LEARNING__LEASE_S": str(LEASE_S),
    "MEMORYCHAT_LEARNING__BACKOFF_S": "0",
}
FOUND = '{"memory": [{"id": "0", "text": "Ada keeps bees", "attributed_to": "user"}]}'


@pytest.fixture
def own_company(
    tmp_path: Path, template: PostgresSite, redis: Redis, upstream: RunningUpstream
) -> Iterator[Company]:
    """A company of which no process runs yet, and which learns at once."""
    with a_company(tmp_path, redis, upstream, template=template) as company:
        company.environment |= AT_ONCE
        yield company


def test_a_worker_does_the_job_of_one_that_was_killed(
    upstream: RunningUpstream, own_company: Company
) -> None:
    first, second = own_company.worker("one"), own_company.worker("two")
    with (
        own_company.server("server", {"MEMORYCHAT_BACKGROUND": "false"}) as server,
        Person(server) as ada,
        first,
    ):
        upstream.script(
            Reply(text="I see."),
            Reply(when="keeps bees", silent=True),
            Reply(text=FOUND, keep=True),
        )
        ada.say(ada.session(), "Ada keeps bees.")
        eventually(lambda: len(upstream.requests), lambda asked: asked == 2)
        first.kill()
        with second:
            ada.settle(ada.default_profile())
            asked = len(upstream.requests)

        [job] = own_company.site.postgres.execute(
            "SELECT state, attempts FROM memory_jobs", database=own_company.site.name
        )
    assert job == ("done", 2)
    assert asked == 3


def test_nobody_learns_while_no_process_does_background_work(own_company: Company) -> None:
    environment = {"MEMORYCHAT_BACKGROUND": "false"}
    with own_company.server("server", environment) as server, Person(server) as ada:
        ada.say(ada.session(), "I keep bees.")
        profile = ada.default_profile()
        before = ada.get(f"/memory-profiles/{profile}/memories/stats")

    assert before["pending_jobs"] == 1


def refusal(environment: dict[str, str], folder: Path, *arguments: str) -> str:
    """What a command says that does not start."""
    ended = main_py(
        *arguments,
        environment={**inherited(), "MEMORYCHAT_DATA_DIR": str(folder / "data"), **environment},
        folder=folder,
    )
    assert ended.returncode == 1, ended.stderr
    return ended.stderr


def test_a_second_process_without_redis_is_refused(own_company: Company, tmp_path: Path) -> None:
    alone = {name: value for name, value in own_company.environment.items() if name != "REDIS_URL"}
    with own_company.server("with"):
        said = refusal(alone, tmp_path, "serve", "--port", "0")

    assert "set REDIS_URL for all of them" in said
    assert "Traceback" not in said


def test_one_process_on_postgres_needs_no_redis_and_starts_again_after_it_was_killed(
    own_company: Company,
) -> None:
    del own_company.environment["REDIS_URL"]
    server = own_company.server("alone").start()
    server.kill()
    began_s = time.monotonic()
    with server:
        assert httpx.get(f"{server.url}/ready").json()["checks"]["peers"] == "ok"
    assert time.monotonic() - began_s > LEASE_S / 2


@pytest.mark.parametrize(
    ("environment", "arguments", "sentence"),
    [
        ({}, ["serve", "--workers", "2"], "set DATABASE_URL to a Postgres"),
        ({"DATABASE_URL": "postgresql://u@h/d"}, ["serve", "--workers", "2"], "set REDIS_URL"),
        ({}, ["worker"], "a worker needs DATABASE_URL"),
        ({"REDIS_URL": "redis://127.0.0.1:1/0"}, ["serve"], "unset REDIS_URL"),
        ({"MEMORYCHAT_BACKGROUND": "false"}, ["serve"], "nobody else can learn"),
        (
            {**COMMON, "DATABASE_URL": "postgresql://u@h/d", "REDIS_URL": "x", "PORT": "0"},
            ["serve", "--workers", "2"],
            "set PORT to the first",
        ),
    ],
)
def test_what_several_processes_lack_is_said_at_start(
    environment: dict[str, str], arguments: list[str], sentence: str, tmp_path: Path
) -> None:
    said = refusal(environment, tmp_path, *arguments)

    assert sentence in said
    assert "Traceback" not in said


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
        stderr=subprocess.DEVNULL,
        bufsize=0,
    )
    try:
        yield Supervised(process, ports)
    finally:
        process.terminate()
        process.wait(60)
        process.stdout and process.stdout.close()


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


def worker_says(worker: Worker) -> str:
    return worker.log.read_text()


def test_a_worker_that_is_told_to_stop_gives_its_place_up(own_company: Company) -> None:
    worker = own_company.worker("one")
    with own_company.server("server"), worker:
        worker.stop()
        rows = own_company.site.postgres.execute(
            "SELECT role FROM processes", database=own_company.site.name
        )

    assert rows == [("server",)]
    assert "Traceback" not in worker_says(worker)
