"""The client that openapi-python-client makes of the document: whole, typed, and good for the main job."""

import compileall
import importlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import orjson
import pytest

from tests.support.person import PASSWORD, eventually
from tests.support.server import Server

PACKAGE = "memorychat_made"
BYTES = "content_type_overrides: {application/x-ndjson: application/octet-stream}\n"


@pytest.fixture(scope="module")
def made(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with the package that was made."""
    folder = tmp_path_factory.mktemp("made")
    with server.client() as client:
        document = client.get("/openapi.json").content
    (folder / "openapi.json").write_bytes(document)
    (folder / "config.yaml").write_text(
        f"package_name_override: {PACKAGE}\npost_hooks: []\n{BYTES}"
    )
    done = subprocess.run(  # noqa: S603 - a development dependency
        [
            str(Path(sys.executable).with_name("openapi-python-client")),
            *("generate", "--path", str(folder / "openapi.json"), "--meta", "none"),
            *("--config", str(folder / "config.yaml"), "--output-path", str(folder / PACKAGE)),
            "--fail-on-warning",
        ],
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    sys.path.insert(0, str(folder))
    yield folder
    sys.path.remove(str(folder))
    for name in [one for one in sys.modules if one.split(".")[0] == PACKAGE]:
        del sys.modules[name]


def module(name: str) -> ModuleType:
    """A module of the package."""
    return importlib.import_module(f"{PACKAGE}.{name}")


def test_every_operation_has_its_function(made: Path) -> None:
    assert compileall.compile_dir(made / PACKAGE, quiet=1)
    document = orjson.loads((made / "openapi.json").read_bytes())
    wanted = {
        operation["operationId"]
        for item in document["paths"].values()
        for operation in item.values()
    }
    functions = {file.stem for file in (made / PACKAGE / "api").rglob("*.py")}
    assert wanted <= functions


def test_its_types_are_sound(made: Path) -> None:
    done = subprocess.run(  # noqa: S603 - a development dependency
        [
            *(sys.executable, "-m", "mypy", "--config-file", "", "--python-version", "3.11"),
            *("--ignore-missing-imports", "--cache-dir", str(made / "cache"), "-p", PACKAGE),
        ],
        capture_output=True,
        text=True,
        check=False,
        cwd=made,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr


def test_it_signs_up_talks_and_reads_what_was_learnt(made: Path, server: Server) -> None:
    models: Any = module("models")
    clients = module("client")
    with clients.Client(server.url) as client:
        signed_up = module("api.auth.sign_up").sync(
            client=client,
            body=models.SignupRequest(email="generated@example.com", password=PASSWORD),
        )
    with clients.AuthenticatedClient(server.url, signed_up.access_token) as own:
        session = module("api.sessions.create_session").sync(
            client=own, body=models.SessionCreation()
        )
        answer = module("api.chat.send_message").sync(
            session.id, client=own, body=models.ChatRequest("My sister Anna lives in Bergen.")
        )
        listed = module("api.memories.list_memories")
        found = eventually(lambda: listed.sync(session.memory_profile_id, client=own).data, bool)
        refused = module("api.sessions.read_session").sync(signed_up.user.id, client=own)

    assert answer.finish_reason == "stop"
    assert "Anna" in found[0].content
    assert (refused.status, refused.error.code) == (404, "session-not-found")
