"""A process that has everything imported, and forks the lives that it is asked for."""

import os
import sys
from collections.abc import Callable


def give_lives(live: Callable[[str], None]) -> None:
    """One life for each line on standard input, one after the other, which is told with its id and its end."""
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            live(line)
            os._exit(0)
        say(f"pid {pid}")
        os.waitpid(pid, 0)
        say("ended")


def say(sentence: str) -> None:
    """The sentence stands on standard output."""
    sys.stdout.write(f"{sentence}\n")
    sys.stdout.flush()
