"""npm's `@supabase/lite`: Auth and Storage like Supabase's, on a Postgres in the same process (pglite).

Its times are as Postgres writes them, and with no minutes to the offset supabase-py does not read them: a
relay in front adds those, and changes nothing else.

`make lite` installs it into `.node`; without it, or without Node, tests that need it say so.
"""

import os
import re
import shutil
import socket
import subprocess
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from time import monotonic, sleep
from types import TracebackType
from typing import Final, Self

import httpx

from tests.support.server import ROOT

PROGRAM: Final = ROOT / ".node/node_modules/@supabase/lite/dist/cli/index.js"
_PASSED: Final = ("apikey", "Authorization", "Content-Type", "X-Supabase-Api-Version")
_OFFSET: Final = re.compile(rb'(\d\d:\d\d:\d\d(?:\.\d+)?)\+00"')
START_DEADLINE_S: Final = 90.0
"""pglite unpacks a whole Postgres first: 12 s on two cores."""


def why_no_lite() -> str | None:
    """Why it cannot run here; None when it can."""
    if shutil.which("node") is None:
        return "there is no Node"
    if not PROGRAM.exists():
        return "it is not installed: make lite"
    return None


class Lite:
    """A project of its own, in a folder of its own, while its context is entered."""

    def __init__(self, folder: Path, *, storage: bool = False) -> None:
        self._folder = folder
        self._storage = storage
        self._process: subprocess.Popen[bytes] | None = None
        self._relay: Relay | None = None
        self.url = self.key = self.service_key = ""
        self.direct_url = ""
        """Without the relay, which knows Auth only."""

    def __enter__(self) -> Self:
        self._run("init", "--pglite")
        keys = dict(re.findall(r"^(\w+)=(\S+)$", (self._folder / ".env").read_text(), re.M))
        self.key, self.service_key = keys["SUPABASE_PUBLISHABLE_KEY"], keys["SUPABASE_SECRET_KEY"]
        config, port = self._folder / "supabase/config.toml", _free_port()
        config.write_text(re.sub(r"port = \d+", f"port = {port}", config.read_text(), count=1))
        with (self._folder / "lite.log").open("wb") as log:
            self._process = subprocess.Popen(  # noqa: S603 - what make lite installed
                [*_command(), "start", "--no-admin", "--host", "127.0.0.1"],
                cwd=self._folder,
                env={**os.environ, **({"EXPERIMENTAL_STORAGE": "1"} if self._storage else {})},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        self.url = f"http://127.0.0.1:{port}"
        try:
            self._wait_until_it_answers()
        except BaseException:
            self._end()
            raise
        self.direct_url = self.url
        self._relay = Relay(self.url)
        Thread(target=self._relay.serve_forever, args=(0.01,), daemon=True).start()
        self.url = f"http://127.0.0.1:{self._relay.server_port}"
        return self

    def __exit__(
        self,
        error: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._end()

    @property
    def stored(self) -> Path:
        """Where it keeps the files of its buckets."""
        return self._folder / "supabase/.temp/storage"

    def make_bucket(self, name: str) -> None:
        """There is a private bucket of this name."""
        headers = {"apikey": self.service_key, "Authorization": f"Bearer {self.service_key}"}
        made = httpx.post(
            f"{self.direct_url}/storage/v1/bucket",
            json={"id": name, "name": name, "public": False},
            headers=headers,
        )
        made.raise_for_status()

    def _end(self) -> None:
        if self._relay is not None:
            self._relay.shutdown()
            self._relay.server_close()
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def _run(self, *arguments: str) -> None:
        subprocess.run(  # noqa: S603 - the same
            [*_command(), *arguments],
            cwd=self._folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=True,
            timeout=START_DEADLINE_S,
        )

    def _wait_until_it_answers(self) -> None:
        deadline_s = monotonic() + START_DEADLINE_S
        headers = {"apikey": self.key}
        while monotonic() < deadline_s and self._process and self._process.poll() is None:
            with suppress(httpx.HTTPError):
                if httpx.get(f"{self.url}/auth/v1/settings", headers=headers).is_success:
                    return
            sleep(0.2)
        raise RuntimeError(f"lite did not start: {(self._folder / 'lite.log').read_text()}")


class Relay(ThreadingHTTPServer):
    """Hands requests on to another address."""

    daemon_threads = True

    def __init__(self, target: str) -> None:
        self.target = target
        super().__init__(("127.0.0.1", 0), _Hand)


class _Hand(BaseHTTPRequestHandler):
    server: Relay

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        passed = {name: self.headers[name] for name in _PASSED if name in self.headers}
        answer = httpx.post(f"{self.server.target}{self.path}", content=body, headers=passed)
        content = _OFFSET.sub(rb'\1+00:00"', answer.content)
        self.send_response(answer.status_code)
        for name in ("Content-Type", "X-Supabase-Api-Version"):
            if name in answer.headers:
                self.send_header(name, answer.headers[name])
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        return


def _command() -> list[str]:
    return [shutil.which("node") or "node", str(PROGRAM), "--no-telemetry"]


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])
