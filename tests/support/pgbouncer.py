"""A real PgBouncer before a real Postgres, by the binary `pgbouncer`; as root it runs as `nobody`."""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal
from urllib.parse import urlsplit

import psycopg
from psycopg.rows import dict_row

from tests.support.database import LOGIN, PASSWORD, PostgresSite
from tests.support.postgres import Postgres, account, free_port

PoolMode = Literal["session", "transaction", "statement"]

MISSING: Final = "POOLERS ARE NOT TESTED: install pgbouncer"
START_DEADLINE_S: Final = 10.0
_PATHS: Final = f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin"
_ADMIN: Final = "pooler_admin"


def binary() -> str | None:
    """The program; Debian has it where only root looks."""
    return shutil.which("pgbouncer", path=_PATHS)


def is_installed() -> bool:
    """Whether there is a PgBouncer to start."""
    return binary() is not None


class PgBouncer:
    """One pooler, on a port of its own, for MemoryChat's own role in any database of a Postgres."""

    def __init__(self, postgres: Postgres, mode: PoolMode, **settings: str) -> None:
        """One that does not run yet.

        Args:
            postgres: where it leads to.
            mode: when a connection of the Postgres is handed to somebody else.
            settings: further ones, or others, of `pgbouncer.ini`.
        """
        self._postgres = postgres
        self._port = free_port()
        self._process: subprocess.Popen[bytes] | None = None
        self._account = account()
        self._folder = Path(tempfile.mkdtemp(prefix="pgbouncer-"))
        self._settings = {
            "listen_addr": "127.0.0.1",
            "listen_port": str(self._port),
            "unix_socket_dir": "",
            "auth_type": "scram-sha-256",
            "auth_file": str(self._folder / "users"),
            "admin_users": _ADMIN,
            "pool_mode": mode,
            "logfile": str(self._folder / "log"),
            **settings,
        }
        users = f'"{LOGIN}" "{PASSWORD}"\n"{_ADMIN}" "{PASSWORD}"\n'
        (self._folder / "users").write_text(users)
        self._write_settings()
        for path in (self._folder, *self._folder.iterdir()):
            if self._account:
                os.chown(path, self._account["user"], self._account["group"])

    def start(self) -> None:
        """It answers, where it did before, whether or not the Postgres does."""
        self._process = subprocess.Popen(  # noqa: S603 - our own PgBouncer
            [str(binary()), str(self._folder / "pgbouncer.ini")],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=self._folder,
            **self._account,
        )
        deadline_s = time.monotonic() + START_DEADLINE_S
        while True:
            try:
                self.admin("SHOW VERSION")
            except psycopg.OperationalError:
                told = self.log()[-2_000:]
                assert time.monotonic() < deadline_s, f"PgBouncer does not start:\n{told}"
                time.sleep(0.01)
            else:
                return

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        """It does not run; SIGTERM and SIGKILL cut everybody off at once."""
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait()
            self._process = None

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Nobody gets an answer meanwhile; connections stay as they are."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self._process.send_signal(signal.SIGCONT)

    def remove(self) -> None:
        """It does not run, and nothing of it is left."""
        self.stop(signal.SIGKILL)
        shutil.rmtree(self._folder)

    def url(self, database: str) -> str:
        """Where a database is through this pooler, for MemoryChat."""
        return f"postgresql://{LOGIN}:{PASSWORD}@127.0.0.1:{self._port}/{database}"

    def admin(self, command: str) -> list[Mapping[str, object]]:
        """What its console answers."""
        address = urlsplit(self.url("pgbouncer"))._replace(
            netloc=f"{_ADMIN}:{PASSWORD}@127.0.0.1:{self._port}"
        )
        with psycopg.connect(
            address.geturl(),
            autocommit=True,
            row_factory=dict_row,
            cursor_factory=psycopg.ClientCursor,
        ) as console:
            cursor = console.execute(command.encode())
            return list(cursor.fetchall()) if cursor.description else []

    def log(self) -> str:
        """What it has told its log."""
        file = self._folder / "log"
        return file.read_text(errors="replace") if file.exists() else ""

    def _write_settings(self) -> None:
        lines = [
            "[databases]",
            f"* = host=127.0.0.1 port={self._postgres.port}",
            "[pgbouncer]",
            *(f"{name} = {value}" for name, value in self._settings.items()),
        ]
        (self._folder / "pgbouncer.ini").write_text("\n".join(lines) + "\n")


@contextmanager
def before(postgres: Postgres, mode: PoolMode, **settings: str) -> Iterator[PgBouncer]:
    """A pooler that runs, and of which nothing is left at the end; the arguments are a PgBouncer's."""
    pooler = PgBouncer(postgres, mode, **settings)
    try:
        pooler.start()
        yield pooler
    finally:
        pooler.remove()


@dataclass(frozen=True, slots=True)
class PooledSite(PostgresSite):
    """A database of a Postgres, reached through a pooler."""

    pooler: PgBouncer

    @property
    def url(self) -> str:
        """Where it is, for MemoryChat."""
        return self.pooler.url(self.name)
