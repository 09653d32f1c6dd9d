"""Only the configured endpoint is contacted, in a whole life of a server, start and end included."""

import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.support.confidant import Confidant
from tests.support.person import Person
from tests.support.running_upstream import RunningUpstream
from tests.support.server import ROOT, Server
from tests.support.settings import asks

STRACE = shutil.which("strace")
_ADDRESS = re.compile(r"sin6?_port=htons\((\d+)\).*?inet_(?:addr|pton)\((?:AF_INET6?, )?\"([^\"]+)")


class WatchedServer(Server):
    """A server under the eyes of a command."""

    def __init__(self, folder: Path, upstream: RunningUpstream, command: Sequence[str]) -> None:
        super().__init__(folder, {**asks(upstream.url), "PYTHONPATH": str(ROOT)})
        self._command = command


def live(server: Server, upstream: RunningUpstream) -> None:
    """Everything that a server does, from its start to its end."""
    with server, Person(server) as ada:
        confidant = Confidant(ada, upstream)
        family = ada.default_profile()
        for mode in ("normal", "pause_memories", "incognito"):
            session = ada.session(family, mode=mode)
            confidant.talk(session, mode)
            confidant.bring(session, mode)
        confidant.script()
        ada.say(ada.session(family), "What do I like?")
        ada.post(f"/memory-profiles/{family}/memories/search", {"query": "What do I like?"})
        ada.settle(family)
        for path in ("/ready", "/metrics", "/openapi.json", "/"):
            assert ada.http.get(path).status_code == 200
        ada.delete("/me")
        server.stop()


def test_the_interpreter_sees_nothing_leave(tmp_path: Path, upstream: RunningUpstream) -> None:
    told = tmp_path / "calls"
    command = [sys.executable, "-m", "tests.support.audited_server", str(told)]

    live(WatchedServer(tmp_path, upstream, command), upstream)

    port = urlsplit(upstream.url).port
    calls = told.read_text().splitlines()
    assert any("socket.connect" in call for call in calls), "the endpoint itself is asked"
    allowed = re.compile(
        rf"socket\.connect \(<.*>, \('127\.0\.0\.1', {port}\)\)"
        rf"|socket\.getaddrinfo \(b?'127\.0\.0\.1', {port}, .*\)"
    )
    assert [call for call in calls if not allowed.fullmatch(call)] == []


@pytest.mark.skipif(STRACE is None, reason="strace is not installed, so native code is not watched")
def test_the_kernel_sees_nothing_leave(tmp_path: Path, upstream: RunningUpstream) -> None:
    told = tmp_path / "calls"
    assert STRACE
    strace = [STRACE, "-D", "-f", "-qq", "-e", "trace=connect,sendto,sendmsg,sendmmsg,execve"]
    strace += ["-o", str(told), "--"]
    if subprocess.run([*strace, "true"], capture_output=True, check=False).returncode:  # noqa: S603 - asks whether it may
        pytest.skip("strace may not look into processes here")

    command = [*strace, sys.executable, str(ROOT / "main.py")]
    live(WatchedServer(tmp_path, upstream, command), upstream)

    lines = told.read_text().splitlines()
    port = str(urlsplit(upstream.url).port)
    reached = {found.groups() for line in lines if (found := _ADDRESS.search(line))}
    assert reached == {(port, "127.0.0.1")}
    programs = [line for line in lines if "execve(" in line]
    assert len(programs) == 1, programs
    unknown = [line for line in lines if "sa_family=AF_" in line and not _ADDRESS.search(line)]
    assert unknown == []
