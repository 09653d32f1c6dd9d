"""The command line, run to its end, as an account that file modes bind."""

import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from tests.support.forked import main_py
from tests.support.server import Server, inherited, stored_in

_OVERRIDES = "-dac_override,-dac_read_search"


def bound_by_modes() -> Sequence[str]:
    """What to put before a command, so that root cannot write what its mode forbids."""
    if os.geteuid() != 0:
        return ()
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        pytest.skip("root ignores file modes, and there is no setpriv to change that")
    return (setpriv, f"--bounding-set={_OVERRIDES}", f"--inh-caps={_OVERRIDES}")


def command(
    server: Server, *arguments: str, before: Sequence[str] = (), **environment: str
) -> subprocess.CompletedProcess[str]:
    """What `main.py` says on a server's data folder, once it has ended.

    Args:
        server: whose.
        arguments: of `main.py`.
        before: a command that starts another.
        environment: in addition.
    """
    environment = {"HOST": "127.0.0.1", "PORT": "0", **environment}
    return main_py(
        *arguments,
        environment=_all(server, environment),
        folder=server.data_dir.parent,
        before=before,
    )


def ended(
    server: Server, program: Sequence[str], environment: Mapping[str, str]
) -> subprocess.CompletedProcess[str]:
    """What a program says on a server's data folder, once it has ended."""
    return subprocess.run(  # noqa: S603 - our own program
        program,
        env=_all(server, environment),
        cwd=server.data_dir.parent,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def _all(server: Server, environment: Mapping[str, str]) -> Mapping[str, str]:
    return {
        **inherited(),
        **stored_in(server.folder),
        **environment,
        "MEMORYCHAT_DATA_DIR": str(server.data_dir),
    }


def copy_folder(source: Path, target: Path) -> None:
    """A data folder again; the index reserves 100 MB that it does not fill."""
    copying = ["cp", "-a", "--sparse=always", str(source), str(target)]
    subprocess.run(copying, check=True)  # noqa: S603 - our own folders


def refusal(server: Server, *arguments: str, before: Sequence[str] = ()) -> str:
    """The one sentence that a command ends with, without having done anything."""
    done = command(server, *arguments, before=before)
    assert (done.returncode, done.stdout) == (1, ""), done.stderr
    [sentence] = done.stderr.splitlines()
    assert sentence.startswith("MemoryChat does not start: "), done.stderr
    return sentence
