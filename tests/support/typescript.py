"""npm's tools, where Node is."""

import shutil
import subprocess
from pathlib import Path
from typing import Final

from tests.support.server import ROOT

TYPES: Final = ROOT / ".node/node_modules/openapi-typescript/bin/cli.js"
COMPILER: Final = ROOT / ".node/node_modules/typescript/bin/tsc"


def why_no_typescript() -> str | None:
    """Why TypeScript cannot be made and compiled here; None when it can."""
    if shutil.which("node") is None:
        return "GENERATED TYPESCRIPT IS NOT TESTED: there is no Node"
    if not (TYPES.exists() and COMPILER.exists()):
        return "GENERATED TYPESCRIPT IS NOT TESTED: it is not installed: make typescript"
    return None


def made_types(document: Path, into: Path) -> subprocess.CompletedProcess[str]:
    """Types of an OpenAPI document."""
    return _run(str(TYPES), str(document), "--output", str(into), "--default-non-nullable=false")


def compiled(program: Path) -> subprocess.CompletedProcess[str]:
    """What the compiler says of a program, as strictly as it can."""
    return _run(str(COMPILER), "--strict", "--noEmit", "--skipLibCheck", "false", str(program))


def _run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 - npm's, as `make typescript` has installed them
        [str(shutil.which("node")), *command], capture_output=True, text=True, check=False
    )
