"""A server, the model that it asks, and the one folder that all of its files are in."""

import shutil
import signal
import sqlite3
from base64 import b64encode
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from random import Random
from ssl import PROTOCOL_TLS_CLIENT, SSLContext
from typing import Final, Self
from urllib.parse import urlsplit

import httpx

from tests.prove.nursery import PATIENCE_S, Nursery
from tests.prove.parrot import Parrot
from tests.prove.words import Words
from tests.support.running_upstream import RunningUpstream
from tests.support.server import DEFAULTS
from tests.support.settings import asks

EAGER: Final = {
    "MEMORYCHAT_LEARNING__TURNS": "1",
    "MEMORYCHAT_LEARNING__MAX_WAIT_S": "0.1",
    "MEMORYCHAT_LEARNING__BACKOFF_S": "0.1",
    "MEMORYCHAT_MODEL_CALL__FIRST_TOKEN_TIMEOUT_S": "60",
    "MEMORYCHAT_MODEL_CALL__IDLE_TIMEOUT_S": "60",
    "MEMORYCHAT_RECALL__THRESHOLD": "0",
    "MEMORYCHAT_RECALL__LEAST_MATCH": "0",
    "MEMORYCHAT_RECALL__TOP_K": "30",
    "MEMORYCHAT_FORGETTING__QUIET_S": "0.1",
    "MEMORYCHAT_ACCESS_TOKEN_S": "86400",
    "MEMORYCHAT_LOG_LEVEL": "debug",
}
"""It learns and wipes at once, recalls whatever it may, is patient, and logs whatever it can."""


def in_memory() -> Path | None:
    """A place for files that need not outlive the machine, which saves the waiting for its disk."""
    place = Path("/dev/shm")  # noqa: S108 - the folder in there is a private one
    return place if place.is_dir() else None


class World:
    """Lives of one server over one data folder."""

    def __init__(
        self, folder: Path, *, nursery: Nursery, seed: int, encrypted: bool = False
    ) -> None:
        self._nursery = nursery
        self.encrypted: Final = encrypted
        """Whether what people say stands in the database under keys of their own."""
        self.folder: Final = folder
        self.data_dir: Final = folder / "data"
        self.calls: Final = folder.parent / f"{folder.name}.calls"
        """Every call of the server that could leave the machine."""
        random = Random(seed)  # noqa: S311 - canaries, and a key to nothing else
        self.words: Final = Words(random)
        self._master_key = b64encode(random.randbytes(32)).decode()
        self.parrot: Final = Parrot(self.words)
        self.url = ""
        self._no_authorities = SSLContext(PROTOCOL_TLS_CLIENT)  # to load them takes 40 ms a client
        self._upstream = RunningUpstream(self.parrot)

    def __enter__(self) -> Self:
        for name in ("tmp", "home"):
            (self.folder / name).mkdir(parents=True)
        self.calls.touch()
        self._upstream.__enter__()
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()
        self._upstream.__exit__(None, None, None)
        shutil.rmtree(self.folder)
        self.calls.unlink()

    @property
    def upstream_port(self) -> int:
        """The only one that the server may connect to."""
        return urlsplit(self._upstream.url).port or 0

    def client(self) -> httpx.Client:
        """A client of the present life."""
        return httpx.Client(base_url=self.url, timeout=PATIENCE_S, verify=self._no_authorities)

    def owes(self) -> int:
        """How much is still to be wiped, or to be let go of by the index, of anybody's."""
        with closing(sqlite3.connect(self.data_dir / "memorychat.db")) as connection:
            [(owed,)] = connection.execute(
                "SELECT (SELECT count(*) FROM owed_wipes)"
                " + (SELECT count(*) FROM index_changes WHERE NOT applied)"
            )
        return int(owed)

    def start(self) -> None:
        """A life has begun."""
        self.url = self._nursery.begin(
            self.folder,
            calls=self.calls,
            environment={
                **DEFAULTS,
                **asks(self._upstream.url),
                **EAGER,
                **self._keys(),
                "MEMORYCHAT_DATA_DIR": str(self.data_dir),
                "HOME": str(self.folder / "home"),
                "TMPDIR": str(self.folder / "tmp"),
            },
        )

    def kill(self) -> None:
        """The server is gone at once."""
        self._nursery.end(signal.SIGKILL)

    def stop(self) -> None:
        """The server has drained and ended by itself."""
        self._nursery.end(signal.SIGTERM)

    def _keys(self) -> Mapping[str, str]:
        return {"MEMORYCHAT_ENCRYPTION__MASTER_KEY": self._master_key} if self.encrypted else {}
