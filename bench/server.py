"""A real server process on a port of its own: to be driven over HTTP, killed and started again."""

import os
import select
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, BinaryIO, Final, Protocol, Self

ROOT: Final = Path(__file__).parents[1]
START_DEADLINE_S: Final = 90.0
STOP_DEADLINE_S: Final = 30.0


class Running(Protocol):
    """A process that was started, as `subprocess.Popen` has it."""

    @property
    def pid(self) -> int:
        """Its id."""
        ...

    @property
    def stdout(self) -> IO[bytes] | None:
        """What it says."""
        ...

    def poll(self) -> int | None:
        """The exit status; None while it runs."""
        ...

    def wait(self, timeout: float | None = None) -> int:
        """The exit status, at its end."""
        ...

    def send_signal(self, sig: int) -> None:
        """It has been sent to it."""
        ...


class ServerProcess:
    """`python main.py` over a data folder; what it logs is kept in a file beside the folder."""

    ready = "http://"
    """What the line says that tells that it can be used."""

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        self.data_dir = folder / "data"
        self.log = folder / "server.log"
        self.url = ""
        self._arguments: Sequence[str] = ()
        self._environment = {"HOST": "127.0.0.1", "PORT": "0", **environment}
        self._process: Running | None = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        error: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.kill()

    def start(self) -> Self:
        """The server, ready to answer at `url`.

        Raises:
            RuntimeError: it does not start; the end of its log is in the message.
        """
        with self.log.open("ab") as log:
            environment = {
                **inherited(),
                **self._environment,
                "MEMORYCHAT_DATA_DIR": str(self.data_dir),
            }
            self._process = self._begun(environment, log)
        self.url = self._announced(self._process)
        return self

    def kill(self) -> None:
        """The process is gone at once, as if the machine had ended it."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """The process has drained and ended by itself."""
        self._end(signal.SIGTERM)

    @property
    def pid(self) -> int:
        """Of the running process.

        Raises:
            RuntimeError: there is none.
        """
        if self._process is None:
            raise RuntimeError("the server does not run")
        return self._process.pid

    def _begun(self, environment: Mapping[str, str], log: BinaryIO) -> Running:
        """Its process, whose errors go to the log."""
        return subprocess.Popen(  # noqa: S603 - our own program
            [sys.executable, str(ROOT / "main.py"), *self._arguments],
            env=environment,
            cwd=self.data_dir.parent,
            stdout=subprocess.PIPE,
            stderr=log,
        )

    def _announced(self, process: Running) -> str:
        line = line_from(process)
        if self.ready not in line:
            self.kill()
            raise RuntimeError(f"the server did not start:\n{self.log.read_text()[-4000:]}")
        return line.split()[-1]

    def _end(self, how: signal.Signals) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        if process.poll() is None:
            process.send_signal(how)
            process.wait(STOP_DEADLINE_S)
        if process.stdout is not None:
            os.set_blocking(process.stdout.fileno(), False)
            with self.log.open("ab") as log:
                log.write(process.stdout.read() or b"")
            process.stdout.close()


def line_from(process: Running, *, deadline_s: float = START_DEADLINE_S) -> str:
    """The next line that a process says; empty when it ends, or is silent for too long."""
    if process.stdout is None:
        return ""
    readable, _, _ = select.select([process.stdout], [], [], deadline_s)
    return process.stdout.readline().decode().strip() if readable else ""


def inherited() -> dict[str, str]:
    """The environment without what would configure a server."""
    ours = ("OPENAI_", "MEMORYCHAT_", "DATABASE_URL", "SUPABASE_", "OIDC_", "HOST", "PORT")
    return {name: value for name, value in os.environ.items() if not name.startswith(ours)}
