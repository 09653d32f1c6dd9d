"""`python main.py serve --workers N`: several processes, each on a port of its own, kept alive."""

import argparse
import asyncio
import logging
import os
import signal
import sys
import threading
from asyncio.subprocess import Process
from pathlib import Path
from typing import Final

from app.core.config import Settings
from app.core.database_settings import PostgresSettings
from app.core.errors import StartRefused

logger = logging.getLogger(__name__)

MAIN: Final = Path(__file__).parents[1] / "main.py"
MOST: Final = 64
FIRST_WAIT_S: Final = 0.5
LONGEST_WAIT_S: Final = 30.0
LIVED_WELL_S: Final = 60.0
"""After so long a life a process is started again at once."""
READY_WITHIN_S: Final = 60.0
POLL_S: Final = 0.1


def add_commands(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """`serve` and `worker` are commands."""
    serve = commands.add_parser("serve", help="answer requests (default)")
    serve.add_argument(
        "--workers",
        type=_count,
        default=1,
        metavar="N",
        help="so many processes, on PORT and the ports after it; needs DATABASE_URL and REDIS_URL",
    )
    serve.add_argument("--port", type=int, default=None, help="instead of PORT")
    serve.add_argument("--data-dir", type=Path, default=None, help="instead of MEMORYCHAT_DATA_DIR")
    serve.add_argument("--with-its-starter", action="store_true", help=argparse.SUPPRESS)
    commands.add_parser(
        "worker", help="learn, index and wipe, without requests; needs DATABASE_URL"
    )


def settings_of(given: argparse.Namespace) -> Settings:
    """The settings, with what the command line says instead."""
    said = {"port": getattr(given, "port", None), "data_dir": getattr(given, "data_dir", None)}
    return Settings(**{name: value for name, value in said.items() if value is not None})


def end_with_starter() -> None:
    """The process is told to end, by SIGTERM, when whoever holds the other end of standard input ends.

    However that ends: the system closes what a killed process had open.
    """

    def wait() -> None:
        while os.read(0, 1):
            pass
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=wait, name="with-its-starter", daemon=True).start()


def supervise(settings: Settings, workers: int) -> int:
    """The exit status, once a signal has ended it and all of its processes have drained.

    Raises:
        StartRefused: several processes need something that is not configured.
    """
    _require(settings, workers)
    return asyncio.run(_Supervisor(settings, workers).run())


def _require(settings: Settings, workers: int) -> None:
    if not isinstance(settings.store, PostgresSettings):
        raise StartRefused(
            "Several processes need a database that they can share: set DATABASE_URL to a Postgres."
        )
    if settings.redis_url is None or settings.jwt_secret is None:
        raise StartRefused(
            "Several processes have to tell each other what to forget, and to know each other's "
            "users: set REDIS_URL and MEMORYCHAT_JWT_SECRET."
        )
    if not 1 <= settings.port <= 65_535 - workers:
        raise StartRefused(
            f"{workers} processes need PORT and the {workers - 1} after it: set PORT to the first."
        )


class _Supervisor:
    """Starts its processes again when they end, until it is told to end itself; none outlives it.

    SIGTERM and SIGINT are passed on, and waited for; SIGHUP starts one after the other anew, so that
    all but one answer meanwhile.
    """

    def __init__(self, settings: Settings, workers: int) -> None:
        self._settings = settings
        self._ports = range(settings.port, settings.port + workers)
        self._children: dict[int, Process] = {}
        self._ending = asyncio.Event()
        self._renewed: set[int] = set()
        self._status = 0

    async def run(self) -> int:
        """The exit status: 1 when a process could not start at all."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._end, 0)
        renewing: set[asyncio.Task[None]] = set()
        loop.add_signal_handler(
            signal.SIGHUP, lambda: renewing.add(loop.create_task(self._renew()))
        )
        await asyncio.gather(*(self._keep(port) for port in self._ports))
        for task in renewing:
            task.cancel()
        return self._status

    def _end(self, status: int) -> None:
        self._status = self._status or status
        self._ending.set()
        for child in self._children.values():
            if child.returncode is None:
                child.terminate()

    async def _keep(self, port: int) -> None:
        """There is a process on the port, until the end."""
        loop = asyncio.get_running_loop()
        wait_s, lives = FIRST_WAIT_S, 0
        while not self._ending.is_set():
            began_s = loop.time()
            status = await self._live(port)
            lived_s = loop.time() - began_s
            lives += 1
            if lives == 1 and status == 1 and lived_s < LIVED_WELL_S:
                self._end(1)
            if self._ending.is_set():
                return
            if port in self._renewed:
                self._renewed.discard(port)
                wait_s = FIRST_WAIT_S
                continue
            if lived_s > LIVED_WELL_S:
                wait_s = 0.0
            logger.warning(
                "a process has ended, and is started again",
                extra={"port": port, **_end_of(status), "again_in_s": wait_s},
            )
            await self._rest(wait_s)
            wait_s = min(max(wait_s * 2, FIRST_WAIT_S), LONGEST_WAIT_S)

    async def _live(self, port: int) -> int:
        folder = self._settings.data_dir / f"process-{port}"
        child = await asyncio.create_subprocess_exec(
            sys.executable,
            str(MAIN),
            "serve",
            *("--port", str(port), "--data-dir", str(folder), "--with-its-starter"),
            stdin=asyncio.subprocess.PIPE,
            start_new_session=True,  # a terminal's Ctrl-C is ours to pass on
        )
        self._children[port] = child
        if self._ending.is_set():
            child.terminate()
        return await child.wait()

    async def _rest(self, wait_s: float) -> None:
        try:
            async with asyncio.timeout(wait_s):
                await self._ending.wait()
        except TimeoutError:
            return

    async def _renew(self) -> None:
        """Every process has ended and another answers in its place, one after the other."""
        for port in self._ports:
            before = self._children[port]
            if before.returncode is None:
                self._renewed.add(port)
                before.terminate()
                await before.wait()
            await self._answers(port)

    async def _answers(self, port: int) -> None:
        deadline_s = asyncio.get_running_loop().time() + READY_WITHIN_S
        while asyncio.get_running_loop().time() < deadline_s and not self._ending.is_set():
            try:
                _, writer = await asyncio.open_connection(self._settings.host, port)
            except OSError:
                await asyncio.sleep(POLL_S)
                continue
            writer.close()
            return


def _end_of(status: int) -> dict[str, str | int]:
    """How a process has ended, as the log says it."""
    if status >= 0:
        return {"exit_status": status}
    try:
        return {"signal": signal.Signals(-status).name}
    except ValueError:  # a real-time signal has no name
        return {"signal": -status}


def _count(given: str) -> int:
    count = int(given)
    if not 1 <= count <= MOST:
        raise argparse.ArgumentTypeError(f"from 1 to {MOST}")
    return count
