"""Only the configured endpoint is contacted, in a whole life of a server, start and end included."""

import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.support.command import ended
from tests.support.confidant import Confidant
from tests.support.grand_tour import LEARNS_AT_ONCE, grand_tour, untouched
from tests.support.person import Person
from tests.support.running_upstream import RunningUpstream
from tests.support.server import ROOT, Server
from tests.support.settings import asks
from tests.support.supabase_storage import SupabaseProject

STRACE = shutil.which("strace")
_ADDRESS = re.compile(r"sin6?_port=htons\((\d+)\).*?inet_(?:addr|pton)\((?:AF_INET6?, )?\"([^\"]+)")


class WatchedServer(Server):
    """A server under the eyes of a command."""

    def __init__(
        self,
        folder: Path,
        upstream: RunningUpstream,
        command: Sequence[str],
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.homes = [folder / "home", folder / "temporary"]
        for home in self.homes:
            home.mkdir()
        self.environment = {
            **asks(upstream.url),
            "PYTHONPATH": str(ROOT),
            "HOME": str(self.homes[0]),
            "TMPDIR": str(self.homes[1]),
            **(environment or {}),
        }
        super().__init__(folder, self.environment)
        self._command = command

    @property
    def strays(self) -> list[Path]:
        """What was left outside the data folder: telemetry waits there until it can be sent."""
        return [file for home in self.homes for file in home.rglob("*")]


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


def telemetry_on(trap: str) -> Mapping[str, str]:
    """Everything that makes a dependency, or one of theirs, talk, by its own variables."""
    return {
        "MEM0_TELEMETRY": "True",
        "MEM0_TELEMETRY_SAMPLE_RATE": "1.0",
        "ORT_DISABLE_TELEMETRY": "0",
        "QDRANT__TELEMETRY_DISABLED": "false",
        "FASTAPI_OTEL_AUTO_CONFIGURE": "true",
        "OTEL_SDK_DISABLED": "false",
        "OTEL_EXPORTER_OTLP_ENDPOINT": trap,
        "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf",
        "OTEL_TRACES_EXPORTER": "otlp",
        "OTEL_METRICS_EXPORTER": "otlp",
        "OTEL_LOGS_EXPORTER": "otlp",
        "HF_HUB_OFFLINE": "0",
        "HF_HUB_DISABLE_TELEMETRY": "0",
        "DISABLE_TELEMETRY": "0",
        "HF_ENDPOINT": trap,
        "DO_NOT_TRACK": "0",
        "ANONYMIZED_TELEMETRY": "True",
        "SCARF_NO_ANALYTICS": "false",
        "POSTHOG_HOST": trap,
        "POSTHOG_API_KEY": "phc_trap",
        "POSTHOG_DISABLED": "false",
        "SENTRY_DSN": trap.replace("http://", "http://trap@") + "/1",
        "LANGSMITH_TRACING": "true",
        "LANGSMITH_ENDPOINT": trap,
        "LANGSMITH_API_KEY": "trap",
        "LOGFIRE_BASE_URL": trap,
        "LOGFIRE_TOKEN": "trap",
        "OPENROUTER_API_KEY": "sk-trap",
        "PROMETHEUS_PUSHGATEWAY": trap,
    }


@pytest.fixture
def trap() -> Iterator[str]:
    """Where nobody may knock; the test fails when somebody has."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(0)
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        with pytest.raises(BlockingIOError):
            listening.accept()


def audited(told: Path, *command: str) -> list[str]:
    return [sys.executable, "-m", "tests.support.audited_server", str(told), *command]


def left(told: Path, *ports: int | None) -> list[str]:
    """The calls to anybody but those at these ports; none is allowed without one.

    Files of documents are read by a program of ours, which gets none of the environment.
    """
    port = f"(?:{'|'.join(map(str, ports))})" if ports else "none"
    allowed = re.compile(
        rf"socket\.connect \(<.*>, \('127\.0\.0\.1', {port}\)\)"
        rf"|socket\.getaddrinfo \(b?'127\.0\.0\.1', {port}, .*\)"
        rf"|subprocess\.Popen \('{re.escape(sys.executable)}', \['[^']*', '-I', "
        r"'[^']*/app/adapters/documents/child\.py', 'pdf', .*, {}\)"
    )
    return [call for call in told.read_text().splitlines() if not allowed.fullmatch(call)]


def test_the_interpreter_sees_nothing_leave(tmp_path: Path, upstream: RunningUpstream) -> None:
    told = tmp_path / "calls"

    server = WatchedServer(tmp_path, upstream, audited(told))
    live(server, upstream)

    assert server.strays == []
    assert "socket.connect" in told.read_text(), "the endpoint itself is asked"
    assert left(told, urlsplit(upstream.url).port) == []


def test_with_a_bucket_its_project_is_asked_and_nobody_else(
    tmp_path: Path, upstream: RunningUpstream
) -> None:
    told = tmp_path / "calls"
    with SupabaseProject(tmp_path / "buckets") as project:
        server = WatchedServer(tmp_path, upstream, audited(told), project.settings())
        with server, Person(server) as ada:
            document = ada.brought(ada.default_profile(), "The deposit is at Nordea.")["id"]
            assert ada.http.get(f"/api/v1/documents/{document}/file").is_success
            ada.say(ada.session(), "Where is the deposit?")
            assert ada.delete("/me")["deleted"]["files"] == 1
            server.stop()

        ports = [urlsplit(url).port for url in (upstream.url, project.project)]
        assert server.strays == []
        assert left(told, *ports) == []
        assert left(told, ports[0]), "the project is asked"
        assert project.files() == {}


@pytest.mark.parametrize("telemetry", ["as it is", "switched on by its variables"])
def test_nothing_leaves_whatever_is_asked(
    tmp_path: Path, upstream: RunningUpstream, trap: str, telemetry: str
) -> None:
    told = tmp_path / "calls"
    environment = {**LEARNS_AT_ONCE, **(telemetry_on(trap) if "on" in telemetry else {})}
    server = WatchedServer(tmp_path, upstream, audited(told), environment)

    with server, grand_tour(server, upstream) as ada:
        assert untouched(server) == set()
        server.stop()
        assert left(told, urlsplit(upstream.url).port) == []

        file = tmp_path / "ada.jsonl"
        account = ("--email", ada.email)
        for number, command in enumerate(
            (
                ("migrate",),
                ("reindex",),
                ("doctor",),
                ("export", str(file), *account),
                ("import", str(file), *account),
            )
        ):
            told = tmp_path / f"calls{number}"
            commanded(server, audited(told, *command))
            assert left(told) == [], command
    assert server.strays == []


def commanded(server: WatchedServer, command: Sequence[str]) -> None:
    done = ended(server, command, {**server.environment, "MEMORYCHAT_BCRYPT_COST": "4"})
    assert done.returncode == 0, done.stdout + done.stderr


TALKS = """
import socket, subprocess, sys
from pathlib import Path
from tests.support.audited_server import audit
audit(Path(sys.argv[1]))
socket.getaddrinfo("localhost", 80)
subprocess.run(["true"], check=True)
"""


def test_the_guard_sees_lookups_and_programs(tmp_path: Path) -> None:
    told = tmp_path / "calls"

    subprocess.run([sys.executable, "-c", TALKS, str(told)], cwd=ROOT, check=True)  # noqa: S603 - the text above

    assert [call.partition(" ")[0] for call in left(told)] == [
        "socket.getaddrinfo",
        "subprocess.Popen",
    ]


@pytest.mark.skipif(STRACE is None, reason="strace is not installed, so native code is not watched")
def test_the_kernel_sees_nothing_leave(
    tmp_path: Path, upstream: RunningUpstream, trap: str
) -> None:
    told = tmp_path / "calls"
    assert STRACE
    strace = [STRACE, "-D", "-f", "-qq", "-e", "trace=connect,sendto,sendmsg,sendmmsg,execve"]
    strace += ["-o", str(told), "--"]
    if subprocess.run([*strace, "true"], capture_output=True, check=False).returncode:  # noqa: S603 - asks whether it may
        pytest.skip("strace may not look into processes here")

    command = [*strace, sys.executable, str(ROOT / "main.py")]
    server = WatchedServer(tmp_path, upstream, command, telemetry_on(trap))
    live(server, upstream)

    assert server.strays == []

    lines = told.read_text().splitlines()
    port = str(urlsplit(upstream.url).port)
    reached = {found.groups() for line in lines if (found := _ADDRESS.search(line))}
    assert reached == {(port, "127.0.0.1")}
    programs = [line for line in lines if "execve(" in line]
    assert len(programs) == 1, programs
    unknown = [line for line in lines if "sa_family=AF_" in line and not _ADDRESS.search(line)]
    assert unknown == []
