"""The real server, telling of every call that could reach another machine or start a program.

Run as `python -m tests.support.audited_server FILE`; with further arguments it is that command of
`main.py` instead. The server runs on asyncio's own event loop, since the faster one connects without
the interpreter noticing.
"""

import os
import socket
import sys
from pathlib import Path

CALLS = frozenset(
    {
        "socket.connect",
        "socket.getaddrinfo",
        "socket.gethostbyname",
        "socket.gethostbyaddr",
        "socket.sendto",
        "socket.sendmsg",
        "subprocess.Popen",
        "os.system",
        "os.exec",
        "os.posix_spawn",
        "os.fork",
        "os.forkpty",
        "os.startfile",
    }
)


def audit(file: Path) -> None:
    """From now on the file tells of every such call of this process and its children."""
    told = file.open("a", buffering=1, encoding="utf-8")

    def hook(event: str, arguments: tuple[object, ...]) -> None:
        if event in CALLS:
            told.write(f"{event} {arguments!r}\n")

    sys.addaudithook(hook)


def _serve() -> None:
    import uvicorn  # noqa: PLC0415 - the hook has to be there before anything else is

    from app.api.app import create_app  # noqa: PLC0415 - the same
    from app.cli import PRIVATE_UMASK  # noqa: PLC0415 - the same
    from app.core.config import Settings  # noqa: PLC0415 - the same
    from app.core.container import build  # noqa: PLC0415 - the same

    os.umask(PRIVATE_UMASK)
    app = create_app(build(Settings()))
    listening = socket.create_server(("127.0.0.1", 0))
    sys.stdout.write(f"http://127.0.0.1:{listening.getsockname()[1]}\n")
    sys.stdout.flush()
    config = uvicorn.Config(app, loop="asyncio", log_config=None, access_log=False)
    uvicorn.Server(config).run(sockets=[listening])


def _command(arguments: list[str]) -> int:
    from app.cli import main  # noqa: PLC0415 - the same

    return main(arguments)


if __name__ == "__main__":
    audit(Path(sys.argv[1]))
    if sys.argv[2:]:
        sys.exit(_command(sys.argv[2:]))
    _serve()
