"""Several processes under load, one of them killed every now and then: nothing may be lost or said twice.

python -m tests.load [--users 200] [--minutes 20] [--kill-every-s 30]

Three servers and a worker on a real Postgres and a real Redis, a real nginx before them, and a scripted model
endpoint in a process of its own.
"""

import argparse
import asyncio
import os
import random
import signal
import socket
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import httpx
import psutil
from tqdm import tqdm

from bench.server import ROOT, ServerProcess, line_from
from tests.load.figures import Spending, room
from tests.load.talker import Talker
from tests.support.company import Company, a_company
from tests.support.database import PostgresSite, postgres_at_head
from tests.support.nginx import in_front_of
from tests.support.postgres import shared
from tests.support.redis import Redis

SERVERS: Final = 3
ENVIRONMENT: Final = {
    "HOST": "127.0.0.1",
    "MEMORYCHAT_BCRYPT_COST": "4",
    "MEMORYCHAT_ACCESS_TOKEN_S": "86400",
    "MEMORYCHAT_RATE_LIMITS__ENABLED": "false",
    "MEMORYCHAT_LEARNING__IDLE_S": "5",
    "MEMORYCHAT_LEARNING__MAX_WAIT_S": "30",
    "MEMORYCHAT_RUNS__DRAIN_S": "10",
}


@dataclass(frozen=True, slots=True)
class At:
    """Where a process answers."""

    url: str


class Fleet(ServerProcess):
    """`python main.py serve --workers 3`."""

    def __init__(self, folder: Path, environment: dict[str, str], *, port: int) -> None:
        super().__init__(folder, {**environment, "PORT": str(port)})
        self._arguments = ["serve", "--workers", str(SERVERS)]
        self.urls = [At(f"http://127.0.0.1:{port + number}") for number in range(SERVERS)]

    def victims(self) -> Sequence[int]:
        """The ids of the processes that answer."""
        return [one.pid for one in psutil.Process(self.pid).children()]


def main() -> int:
    """The exit status: 0 when nothing was lost, nothing was said twice, and nothing failed for good."""
    parser = argparse.ArgumentParser(prog="load", description=__doc__.splitlines()[0])
    parser.add_argument("--users", type=int, default=200)
    parser.add_argument("--minutes", type=float, default=20)
    parser.add_argument("--kill-every-s", type=float, default=30)
    given = parser.parse_args()
    with (
        TemporaryDirectory(prefix="load-") as folder,
        _endpoint() as endpoint,
        _company(Path(folder), endpoint) as company,
        Fleet(company.folder / "fleet", company.environment, port=_free_ports()) as fleet,
        company.worker("worker") as worker,
        in_front_of(fleet.urls, company.folder) as nginx,
    ):
        crowd = Crowd(nginx.url, users=given.users, seconds=given.minutes * 60)
        killing = Killing(fleet, worker, every_s=given.kill_every_s)
        spending = Spending(
            {
                "servers": lambda: fleet.pid,
                "worker": lambda: worker.pid,
                "Postgres": lambda: company.site.postgres.pid,
                "Redis": lambda: company.redis.pid,
                "nginx": lambda: nginx.pid,
            }
        )
        asyncio.run(crowd.live(killing, spending))
        sys.stdout.write(crowd.report(killed=killing.killed))
        lines = [*spending.report(crowd.turns), *room(company.site)]
        sys.stdout.write("\n".join(["what it took:", *lines]) + "\n")
    return int(bool(crowd.wrong))


class Killing:
    """Ends one process after the other by kill -9."""

    def __init__(self, fleet: Fleet, worker: ServerProcess, *, every_s: float) -> None:
        self.killed: Final = Counter[str]()
        self._fleet = fleet
        self._worker = worker
        self._every_s = every_s

    async def run(self) -> None:
        """One process, at random, again and again until cancelled."""
        while True:
            await asyncio.sleep(self._every_s)
            servers = self._fleet.victims()
            if random.randrange(len(servers) + 1):  # noqa: S311 - nothing secret
                os.kill(random.choice(servers), signal.SIGKILL)  # noqa: S311 - the same
                self.killed["servers"] += 1
            else:
                self._worker.kill()
                await asyncio.to_thread(self._worker.start)
                self.killed["workers"] += 1


class Crowd:
    """Everybody who talks, and what came of it."""

    def __init__(self, url: str, *, users: int, seconds: float) -> None:
        self.wrong: list[str] = []
        self._url = url
        self._users = users
        self._seconds = seconds
        self._talkers: list[Talker] = []

    @property
    def turns(self) -> int:
        """That were answered."""
        return sum(len(one.waits_s) for one in self._talkers)

    async def live(self, killing: Killing, spending: Spending) -> None:
        """All have arrived, talked for so long, and looked back."""
        bounds = httpx.Limits(max_connections=None)
        async with httpx.AsyncClient(base_url=self._url, timeout=60, limits=bounds) as http:
            self._talkers = [Talker(http, f"u{n}", seed=n) for n in range(self._users)]
            await asyncio.gather(*(one.arrive() for one in self._talkers))
            ends_at_s = asyncio.get_running_loop().time() + self._seconds
            beside = {"killing": killing.run(), "spending": spending.run(), "telling": self._tell()}
            tasks = [asyncio.create_task(one, name=name) for name, one in beside.items()]
            try:
                await asyncio.gather(*(one.talk(ends_at_s) for one in self._talkers))
            finally:
                for task in tasks:
                    task.cancel()
                    with suppress(asyncio.CancelledError):
                        await task
            for found in await asyncio.gather(*(one.look_back() for one in self._talkers)):
                self.wrong += found

    def report(self, *, killed: Counter[str]) -> str:
        """What was done, met and found."""
        waits = sorted(wait for one in self._talkers for wait in one.waits_s)
        met = sum((one.met for one in self._talkers), Counter[str]())
        lines = [
            f"{len(waits):,} turns of {self._users} users in {self._seconds / 60:g} minutes: "
            f"{len(waits) / self._seconds:.1f} a second",
            "killed: " + (", ".join(f"{n} {what}" for what, n in killed.items()) or "nobody"),
            f"a turn took p50 {waits[len(waits) // 2]:.2f} s, p99 {waits[len(waits) * 99 // 100]:.2f} s, "
            f"at most {waits[-1]:.2f} s, other tries included",
            "met, and overcome by another try:",
            *(f"  {count:>7,}  {what}" for what, count in met.most_common()),
            f"lost, said twice, or without an answer: {len(self.wrong) or 'none'}",
            *self.wrong,
        ]
        return "\n".join(lines) + "\n"

    async def _tell(self) -> None:
        with tqdm(unit=" turns", desc="Talking") as bar:
            while True:
                await asyncio.sleep(1)
                bar.update(self.turns - bar.n)


@contextmanager
def _endpoint() -> Iterator[str]:
    """A scripted model in a process of its own, which finds nothing to remember."""
    running = subprocess.Popen(
        [sys.executable, "-m", "tests.support.upstream", "--port", "0"],
        stdout=subprocess.PIPE,
        cwd=ROOT,
    )
    try:
        url = line_from(running).split()[-1]
        reply = {"when": "json_object", "text": '{"memory": []}', "keep": True}
        httpx.post(url.removesuffix("/v1") + "/_script", json={"replies": [reply]})
        yield url
    finally:
        running.terminate()
        running.communicate()


@contextmanager
def _company(folder: Path, endpoint: str) -> Iterator[Company]:
    redis = Redis()
    redis.start()
    postgres = shared()
    template = PostgresSite(postgres, postgres_at_head(postgres))
    try:
        with a_company(folder, redis, template=template) as company:
            company.environment |= {
                **ENVIRONMENT,
                "OPENAI_BASE_URL": endpoint,
                "OPENAI_MODEL": "scripted",
            }
            (folder / "fleet").mkdir()
            yield company
    finally:
        redis.remove()


def _free_ports() -> int:
    """The first of several ports in a row that nobody has."""
    while True:
        first = random.randrange(20_000, 50_000)  # noqa: S311 - nothing secret
        with ExitStack() as taken:
            try:
                for number in range(SERVERS):
                    one = taken.enter_context(socket.socket())
                    one.bind(("127.0.0.1", first + number))
            except OSError:
                continue
        return first


if __name__ == "__main__":
    sys.exit(main())
