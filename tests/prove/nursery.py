"""The process that the lives of servers are forked from."""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final, Self

import orjson

from tests.support.server import ROOT, inherited, line_from

PATIENCE_S: Final = 300.0
"""With a machine that has other things to do as well."""


class Nursery:
    """Lives one after the other, in folders of their own; see `lives`. It has one at a time."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._pid = 0
        self._mother: subprocess.Popen[bytes] | None = None
        self._log = folder / "nursery.log"

    def __enter__(self) -> Self:
        self._folder.mkdir(parents=True, exist_ok=True)
        with self._log.open("ab") as log:
            self._mother = subprocess.Popen(
                [sys.executable, "-m", "tests.prove.lives"],
                env={
                    **inherited(),
                    "HOME": str(self._folder),
                    "TMPDIR": str(self._folder),
                    "PYTHONPATH": str(ROOT),
                    "PYTHONDONTWRITEBYTECODE": "1",
                },
                cwd=self._folder,
                bufsize=0,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
            )
        return self

    def __exit__(self, *_: object) -> None:
        self.end(signal.SIGKILL)
        if self._mother is not None and self._mother.stdin and self._mother.stdout:
            self._mother.stdin.close()
            self._mother.stdout.close()
            self._mother.wait(PATIENCE_S)

    def begin(self, folder: Path, *, calls: Path, environment: Mapping[str, str]) -> str:
        """Where a new life answers.

        Args:
            folder: that it works in, with its log.
            calls: the file that is told of every call that could leave the machine.
            environment: what it has beyond the mother's.
        """
        if self._mother is None or self._mother.stdin is None:
            raise RuntimeError("outside of its context")
        life = {"folder": str(folder), "calls": str(calls), "environment": dict(environment)}
        self._mother.stdin.write(orjson.dumps(life) + b"\n")
        self._pid = int(self._line().removeprefix("pid "))
        return self._line()

    def end(self, how: signal.Signals) -> None:
        """The life that there is has ended, if there is one."""
        if self._pid:
            with suppress(ProcessLookupError):
                os.kill(self._pid, how)
            self._pid = 0
            if self._line() != "ended":
                raise RuntimeError("the server said something at its end")

    def _line(self) -> str:
        if self._mother is None:
            raise RuntimeError("outside of its context")
        line = line_from(self._mother, deadline_s=PATIENCE_S)
        if not line:
            raise RuntimeError(f"the server says nothing:\n{self._log.read_text()[-4000:]}")
        return line
