"""A real Redis, by the binary `redis-server`: it keeps nothing but what it is asked to save."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from redis import Redis as Client
from redis.exceptions import RedisError

MISSING: Final = "REDIS IS NOT TESTED: install redis-server"
START_DEADLINE_S: Final = 10.0


def is_installed() -> bool:
    """Whether there is a Redis to start."""
    return shutil.which("redis-server") is not None


class Redis:
    """One server, on a port of its own, with its snapshots in a folder of its own."""

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="redis-"))
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            self._port = int(taken.getsockname()[1])
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where it answers, or did."""
        return f"redis://127.0.0.1:{self._port}/0"

    @property
    def pid(self) -> int:
        """Of the running process."""
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        """It answers, where it did before."""
        self._process = subprocess.Popen(  # noqa: S603 - our own Redis
            [
                str(shutil.which("redis-server")),
                *("--port", str(self._port), "--bind", "127.0.0.1"),
                *("--dir", str(self._folder), "--save", "", "--appendonly", "no"),
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        deadline_s = time.monotonic() + START_DEADLINE_S
        while True:
            try:
                with self.client() as client:
                    client.ping()
            except RedisError:
                assert time.monotonic() < deadline_s, "Redis does not start"
                time.sleep(0.01)
            else:
                return

    def stop(self) -> None:
        """It does not run, and has saved nothing."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Nobody gets an answer meanwhile; connections stay as they are."""
        assert self._process is not None
        os.kill(self._process.pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(self._process.pid, signal.SIGCONT)

    def remove(self) -> None:
        """It does not run, and nothing of it is left."""
        self.stop()
        shutil.rmtree(self._folder)

    def client(self) -> Client:
        """Somebody who asks it."""
        return Client.from_url(self.url, socket_timeout=5)

    def saved(self) -> bytes:
        """Everything that is at rest in it, as it would stand on disk."""
        with self.client() as client:
            client.save()
        return (self._folder / "dump.rdb").read_bytes()


class Wire:
    """Everything that anybody says to a Redis, from now on."""

    def __init__(self, redis: Redis, file: Path) -> None:
        """It is listened to, and written to a file."""
        client = shutil.which("redis-cli")
        assert client is not None, MISSING
        self._file = file
        with file.open("wb") as said:
            self._process = subprocess.Popen(  # noqa: S603 - our own Redis
                [client, "-u", redis.url, "monitor"], stdout=said, stderr=subprocess.DEVNULL
            )
        deadline_s = time.monotonic() + START_DEADLINE_S
        while b"OK" not in file.read_bytes():
            assert time.monotonic() < deadline_s, "Redis cannot be listened to"
            time.sleep(0.01)

    def close(self) -> bytes:
        """What was said."""
        self._process.terminate()
        self._process.wait()
        return self._file.read_bytes()
