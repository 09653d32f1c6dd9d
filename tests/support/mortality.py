"""Lives of a server that ends at a given step, one after the other, over one data folder."""

import signal
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx

from tests.support.forked import Forked, fork
from tests.support.person import Person, eventually
from tests.support.server import (
    DEFAULTS,
    ON_POSTGRES,
    STOP_DEADLINE_S,
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
    """A data folder, one server after the other over it, and somebody who uses them."""

    def __init__(self, folder: Path) -> None:
        self.url = ""
        self._folder = folder
        self.data_dir = folder / "data"
        self.ada: Person
        self._armed = folder / "armed"
        self._log = folder / "server.log"
        self._life: Forked | None = None

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

    def client(self) -> httpx.Client:
        """A client of the present life."""
        return httpx.Client(base_url=self.url, timeout=30, verify=no_authorities())

    def begin(self, step: int) -> None:
        """A life has begun that ends at a step, counted from `survives` on; 0 for never."""
        environment = {
            **inherited(),
            **DEFAULTS,
            **_PROMPT,
            **stored_in(self._folder),
            **(_SHORT_LEASES if ON_POSTGRES else {}),
            "MEMORYCHAT_RATE_LIMITS__ENABLED": "false",
            "MEMORYCHAT_DATA_DIR": str(self.data_dir),
        }
        with self._log.open("ab") as log:
            self._life = fork(
                *(str(self._armed), str(step)),
                program="tests.support.mortal_server",
                environment=environment,
                folder=self._folder,
                stderr=log,
            )
        line = line_from(self._life)
        assert line, f"no life:\n{self._log.read_text()[-4000:]}"
        self.url = line.removeprefix("MemoryChat is ready: ")
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
            assert self._ended() == -signal.SIGKILL, self._log.read_text()[-4000:]
            return False
        finally:
            self._armed.unlink()
        return True

    def end(self) -> None:
        """No life goes on."""
        if self._life:
            self._life.kill()
            self._ended()

    def rows(self, query: str, *values: object) -> list[tuple[object, ...]]:
        """What the database says by now."""
        asked = query.replace("?", "%s") if ON_POSTGRES else query
        with database_of(self._folder) as connection:
            return list(connection.execute(asked, values).fetchall())

    def _ended(self) -> int:
        """The exit status of a life, at its end."""
        assert self._life is not None
        status = self._life.wait(STOP_DEADLINE_S)
        assert self._life.stdout is not None
        self._life.stdout.close()
        self._life = None
        return status
