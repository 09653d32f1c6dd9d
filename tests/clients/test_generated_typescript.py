"""The types that openapi-typescript makes of the document, and a program that is compiled with them."""

from pathlib import Path

import pytest

from tests.support import typescript
from tests.support.server import Server

PROGRAM = """\
import type { components, operations, paths } from "./api";

type Schemas = components["schemas"];
type Asked = operations["send_message"]["requestBody"]["content"]["application/json"];
type Answered = operations["send_message"]["responses"][200]["content"]["application/json"];
type Refused = operations["send_message"]["responses"][404]["content"]["application/problem+json"];

export const asked: Asked = { message: "Hello.", privacy_mode: "incognito" };
export const path: keyof paths = "/api/v1/chat/{session_id}";

export function said(answer: Answered): string {
  return answer.content;
}

export function why(problem: Refused): string {
  return `${problem.status} ${problem.error.code}`;
}

export function heard(event: Schemas["RunStreamEvent"]): string {
  switch (event.type) {
    case "message.delta":
      return event.delta;
    case "run.failed":
      return event.error.message;
    case "run.started":
      return event.privacy.mode;
    default:
      return "";
  }
}

export const sent: Schemas["SocketRequest"] = {
  type: "chat.start",
  session_id: "01a1f88d-0f68-7669-bb1f-ccceb61ffe1b",
  message: "Hello.",
};

// @ts-expect-error: there is no such field
export const wrong: Asked = { words: "Hello." };
"""


@pytest.fixture(scope="module")
def made(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the types that were made."""
    if why := typescript.why_no_typescript():
        pytest.skip(why)
    folder = tmp_path_factory.mktemp("typescript")
    with server.client() as client:
        (folder / "openapi.json").write_bytes(client.get("/openapi.json").content)
    done = typescript.made_types(folder / "openapi.json", folder / "api.ts")
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


def test_a_typed_program_compiles(made: Path) -> None:
    (made / "program.ts").write_text(PROGRAM)
    done = typescript.compiled(made / "program.ts")
    assert done.returncode == 0, done.stdout
