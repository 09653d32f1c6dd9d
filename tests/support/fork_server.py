"""Forks processes that run `main.py` or another program, with arguments and an environment of their own.

Run as `python -m tests.support.fork_server DESCRIPTOR`, of a socket that orders come from: JSON with
`program` (a module with a `main`), `arguments`, `environment` and `folder`, and three descriptors:
standard output, standard error, and where the id of the process is told at once, and its exit status
at its end. It ends, and with it whatever it has forked, when nobody is left to order.
"""

import gc
import os
import select
import signal
import socket
import struct
import sys
import tempfile
import warnings
from collections.abc import Mapping, Sequence
from contextlib import suppress
from importlib import import_module
from pkgutil import walk_packages
from typing import Any, Final, Never

import orjson

from app.adapters.rule_extractor import RuleExtractor
from tests.support.talk import TOKENS

MAIN: Final = "app.cli"
"""What `main.py` hands everything over to."""
MOST_BYTES: Final = 100_000
STREAMS: Final = 3
NUMBER: Final = struct.Struct("i")
IMPORTED_LATE: Final = (
    "alembic.command",
    "alembic.config",
    "email_validator",
    "onnxruntime",
    "uvicorn.lifespan.on",
    "uvicorn.loops.uvloop",
    "uvicorn.protocols.http.httptools_impl",
    "uvicorn.protocols.websockets.auto",
)
"""What others import when a server starts, each of which would take its time again."""


class Birth(Exception):
    """This is the new process."""

    def __init__(self, program: str, arguments: Sequence[str]) -> None:
        self.program = program
        self.arguments = arguments


class ForkServer:
    """The processes that were ordered and have not ended."""

    def __init__(self, orders: socket.socket) -> None:
        self._orders = orders
        self._told: dict[int, int] = {}
        self._woken, self._waker = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(self._waker, warn_on_full_buffer=False)

    def run(self) -> None:
        """Whoever ordered has gone.

        Raises:
            Birth: in each new process.
        """
        orders = self._orders.fileno()
        while True:
            ready, _, _ = select.select([orders, self._woken], [], [])
            if self._woken in ready:
                os.read(self._woken, MOST_BYTES)
                self._tell_ends()
            if orders in ready and not self._obey():
                for pid in self._told:
                    with suppress(ProcessLookupError):
                        os.kill(pid, signal.SIGKILL)
                return

    def _obey(self) -> bool:
        order, streams, _, _ = socket.recv_fds(self._orders, MOST_BYTES, STREAMS)
        if not order:
            return False
        pid = os.fork()
        if pid == 0:
            self._become(orjson.loads(order), streams)
        output, errors, told = streams
        os.close(output)
        os.close(errors)
        self._told[pid] = told
        _tell(told, pid)
        return True

    def _become(self, life: Mapping[str, Any], streams: Sequence[int]) -> Never:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        self._orders.close()
        for one in (self._woken, self._waker, *self._told.values()):
            os.close(one)
        for source, target in zip(streams, (1, 2), strict=False):
            os.dup2(source, target)
        for one in streams:
            os.close(one)
        os.environ.clear()
        os.environ.update(life["environment"])
        os.chdir(life["folder"])
        tempfile.tempdir = None  # the mother's, if anything has asked for it
        if life["environment"].get("PYTHONWARNINGS") == "error":
            warnings.simplefilter("error")
        raise Birth(life["program"], life["arguments"])

    def _tell_ends(self) -> None:
        for pid in list(self._told):
            done, status = os.waitpid(pid, os.WNOHANG)
            if done:
                told = self._told.pop(pid)
                _tell(told, os.waitstatus_to_exitcode(status))
                os.close(told)


def _tell(told: int, number: int) -> None:
    with suppress(BrokenPipeError):
        os.write(told, NUMBER.pack(number))


def _serve(descriptor: int) -> int:
    """The exit status, of this process and of each that it forks."""
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"  # as the program does before it imports it
    adapters = import_module("app.adapters")
    ours = [one.name for one in walk_packages(adapters.__path__, "app.adapters.")]
    for name in (*ours, *IMPORTED_LATE):
        import_module(name)
    import_module(MAIN)
    RuleExtractor()  # so that its patterns are among those that `re` has compiled
    TOKENS.count("")  # so that it is read, for the lives that take it
    gc.collect()
    gc.freeze()  # what is imported stays, and need not be looked at again and again in each process
    try:
        ForkServer(socket.socket(fileno=descriptor)).run()
    except Birth as birth:
        program, arguments = birth.program, birth.arguments
    else:
        return 0
    sys.argv = ["main.py", *arguments]
    status: int = import_module(program).main(arguments)
    return status


if __name__ == "__main__":
    sys.exit(_serve(int(sys.argv[1])))
