"""What processes have used so far, as Linux counts it."""

import os
import time
from pathlib import Path
from typing import Final

TICKS: Final = os.sysconf("SC_CLK_TCK")


def cpu_s(pid: int) -> float:
    """Processor seconds of a process, with all of its threads."""
    after_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(after_name[11]) + int(after_name[12])) / TICKS


def resident_mib(pid: int) -> float:
    """Of a process, in MiB."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    [line] = [line for line in lines if line.startswith("VmRSS")]
    return int(line.split()[1]) / 1024


def settled(pid: int, *, within_s: float = 60.0) -> None:
    """Returns once a process has hardly worked for two seconds, or after a while."""
    deadline_s, before_s = time.monotonic() + within_s, -1.0
    while (now_s := cpu_s(pid)) > before_s + 0.03 and time.monotonic() < deadline_s:
        before_s = now_s
        time.sleep(2)
