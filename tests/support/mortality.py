"""Lives of a server that ends at a given step, one after the other, over one data folder."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx

from tests.support.person import Person, eventually
from tests.support.server import (
    DEFAULTS,
    ON_POSTGRES,
    ROOT,
    database_of,
    inherited,
    line_from,
    no_authorities,
    stored_in,
)

_PROMPT = {"MEMORYCHAT_LEARNING__IDLE_S": "0.05", "MEMORYCHAT_LEARNING__MAX_WAIT_S": "0.1"}
_SHORT_LEASES = {"MEMORYCHAT_RUNS__LEASE_S": "1.5", "MEMORYCHAT_LEARNING__LEASE_S": "5"}
"""Where others may share the database, nobody but the clock says that their holder has died."""
_HELD = """\
SELECT id FROM chat_sessions WHERE lease_until > now()
UNION ALL SELECT id FROM memory_jobs WHERE state = 'running' AND lease_until > now()"""


class Mortality:
    """A data folder, the process that its servers are forked from, and somebody who uses them."""

    def __init__(self, folder: Path) -> None:
        self.url = ""
        self._folder = folder
        self.data_dir = folder / "data"
        self.ada: Person
        self._armed = folder / "armed"
        self._log = folder / "server.log"
        self._pid = 0
        with self._log.open("ab") as log:
            self._mother = subprocess.Popen(  # noqa: S603 - our own program
                [sys.executable, "-m", "tests.support.mortal_server", str(self._armed)],
                env={
                    **inherited(),
                    **DEFAULTS,
                    **_PROMPT,
                    **stored_in(folder),
                    **(_SHORT_LEASES if ON_POSTGRES else {}),
                    "MEMORYCHAT_RATE_LIMITS__ENABLED": "false",
                    "MEMORYCHAT_DATA_DIR": str(self.data_dir),
                    "PYTHONPATH": str(ROOT),
                },
                cwd=folder,
                bufsize=0,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
            )

    def __enter__(self) -> Self:
        self.begin(0)
        self.ada = Person(self)
        return self

    def __exit__(
        self,
        error: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.end()
        self.ada.http.close()
        for pipe in (self._mother.stdin, self._mother.stdout):
            assert pipe is not None
            pipe.close()
        self._mother.wait(10)

    def client(self) -> httpx.Client:
        """A client of the present life."""
        return httpx.Client(base_url=self.url, timeout=30, verify=no_authorities())

    def begin(self, step: int) -> None:
        """A life has begun that ends at a step, counted from `survives` on; 0 for never."""
        assert self._mother.stdin is not None
        self._mother.stdin.write(b"%d\n" % step)
        self._mother.stdin.flush()
        self._pid = int(self._line().removeprefix("pid "))
        self.url = self._line().removeprefix("MemoryChat is ready: ")
        if hasattr(self, "ada"):
            self.ada.http.base_url = self.url
        if ON_POSTGRES:
            eventually(lambda: self.rows(_HELD), lambda held: not held)

    def survives(self, act: Callable[[], None]) -> bool:
        """Whether the life did not end in `act`."""
        self._armed.touch()
        try:
            act()
        except httpx.TransportError:
            assert self._line() == "ended", self._log.read_text()[-4000:]
            self._pid = 0
            return False
        finally:
            self._armed.unlink()
        return True

    def end(self) -> None:
        """No life goes on."""
        if self._pid:
            with suppress(ProcessLookupError):
                os.kill(self._pid, signal.SIGKILL)
            assert self._line() == "ended"
            self._pid = 0

    def rows(self, query: str, *values: object) -> list[tuple[object, ...]]:
        """What the database says by now."""
        asked = query.replace("?", "%s") if ON_POSTGRES else query
        with database_of(self._folder) as connection:
            return list(connection.execute(asked, values).fetchall())

    def _line(self) -> str:
        line = line_from(self._mother)
        assert line, f"no life:\n{self._log.read_text()[-4000:]}"
        return line
