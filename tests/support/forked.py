"""`main.py` in a process that is forked from one with everything imported: it saves two seconds each."""

import atexit
import os
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, BinaryIO, Final

import orjson

from bench.server import ROOT, inherited
from tests.support.fork_server import MAIN, NUMBER

COMMAND_DEADLINE_S: Final = 60.0


class Forked:
    """One process, with as much of the interface of `subprocess.Popen` as tests use."""

    def __init__(self, told: int, stdout: IO[bytes] | None) -> None:
        self.stdout = stdout
        self.returncode: int | None = None
        self._told = told
        self.pid = self._number()

    def poll(self) -> int | None:
        """The exit status, negative for a signal; None while it runs."""
        with suppress(subprocess.TimeoutExpired):
            self.wait(0)
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """The exit status, negative for a signal.

        Raises:
            subprocess.TimeoutExpired: it runs on.
        """
        if self.returncode is None:
            readable, _, _ = select.select([self._told], [], [], timeout)
            if not readable:
                raise subprocess.TimeoutExpired("main.py", timeout or 0)
            self.returncode = self._number()
            os.close(self._told)
        return self.returncode

    def send_signal(self, number: int) -> None:
        """It has been sent to it, unless it has ended."""
        if self.poll() is None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def kill(self) -> None:
        """It is ending."""
        self.send_signal(signal.SIGKILL)

    def _number(self) -> int:
        said = os.read(self._told, NUMBER.size)
        assert said, "the process that forks has gone"
        return int(NUMBER.unpack(said)[0])


def fork(
    *arguments: str,
    program: str = MAIN,
    environment: Mapping[str, str],
    folder: Path,
    stderr: BinaryIO,
    stdout: BinaryIO | None = None,
    before: Sequence[str] = (),
) -> Forked:
    """`main.py` with these arguments, or the `main` of another module, running.

    What it says is in a pipe unless a file is given. What stands `before` is a command that starts the
    process that it is forked from, of which there is one for each.
    """
    reader = None
    told, tells = os.pipe2(os.O_CLOEXEC)
    if stdout is None:
        reading, writing = os.pipe2(os.O_CLOEXEC)
        reader = os.fdopen(reading, "rb", 0)
    else:
        writing = os.dup(stdout.fileno())
    order = orjson.dumps(
        {
            "program": program,
            "arguments": arguments,
            "environment": dict(environment),
            "folder": str(folder),
        }
    )
    try:
        socket.send_fds(_orders(tuple(before)), [order], [writing, stderr.fileno(), tells])
    finally:
        os.close(writing)
        os.close(tells)
    return Forked(told, reader)


def main_py(
    *arguments: str, environment: Mapping[str, str], folder: Path, before: Sequence[str] = ()
) -> subprocess.CompletedProcess[str]:
    """What `main.py` with these arguments says, once it has ended.

    Raises:
        subprocess.TimeoutExpired: it does not end.
    """
    with TemporaryFile() as stdout, TemporaryFile() as stderr:
        process = fork(
            *arguments,
            environment=environment,
            folder=folder,
            stdout=stdout,
            stderr=stderr,
            before=before,
        )
        try:
            status = process.wait(COMMAND_DEADLINE_S)
        finally:
            process.kill()
        said = [_text(stdout), _text(stderr)]
    return subprocess.CompletedProcess(["main.py", *arguments], status, *said)


def _text(file: BinaryIO) -> str:
    file.seek(0)
    return file.read().decode().replace("\r\n", "\n")


@cache
def _orders(before: tuple[str, ...]) -> socket.socket:
    """The way to the process that forks, which ends with this one."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    ours.set_inheritable(False)
    with theirs:
        mother = subprocess.Popen(  # noqa: S603 - our own program
            [*before, sys.executable, "-m", "tests.support.fork_server", str(theirs.fileno())],
            env={**inherited(), "PYTHONPATH": str(ROOT)},
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
        )

    def end() -> None:
        ours.close()
        mother.wait()

    atexit.register(end)
    return ours
