"""Whether the machine was quiet while something was measured."""

import os
import platform
import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import psutil

from bench.rig.clocks import TICKS
from bench.rig.processes import cores

QUIET_LOAD: Final = 0.7
OTHERS_MAY_TAKE: Final = 0.05
"""Of the machine, on average."""
SAME_WITHIN: Final = 0.10
"""Of the time that the same loop takes before and after."""
_LOOPS: Final = 7
_STEPS: Final = 400_000


@dataclass(slots=True)
class Conditions:
    """Of one measurement."""

    machine: str = field(default_factory=lambda: _machine())
    load_before: float = 0.0
    load_after: float = 0.0
    loop_before_ms: float = 0.0
    """The same loop takes so long, the median of seven times."""
    loop_after_ms: float = 0.0
    others_share: float = 0.0
    """Of the machine's processor time, while it was measured."""
    took_s: float = 0.0

    @property
    def noises(self) -> list[str]:
        """Why the figures may be wrong; empty on a quiet machine."""
        noises = []
        if self.load_before > QUIET_LOAD:
            noises.append(f"the load average was {self.load_before:.1f} at the start")
        if self.others_share > OTHERS_MAY_TAKE:
            noises.append(f"others took {self.others_share:.0%} of the machine")
        change = self.loop_after_ms / self.loop_before_ms - 1 if self.loop_before_ms else 0.0
        if abs(change) > SAME_WITHIN:
            noises.append(f"the same loop took {change:+.0%} of its time afterwards")
        return noises


@contextmanager
def watched() -> Iterator[Conditions]:
    """What the conditions are, complete at the end."""
    seen = Conditions(load_before=os.getloadavg()[0], loop_before_ms=_loop_ms())
    started_s, busy_s, ours_s = time.monotonic(), _busy_s(), _ours_s()
    try:
        yield seen
    finally:
        seen.took_s = time.monotonic() - started_s
        # Processes that end within a tick of both readings may make the difference negative.
        others_s = max(0.0, _busy_s() - busy_s - (_ours_s() - ours_s))
        seen.others_share = others_s / (seen.took_s * (os.cpu_count() or 1))
        seen.loop_after_ms = _loop_ms()
        seen.load_after = os.getloadavg()[0]


def _loop_ms() -> float:
    took = []
    for _ in range(_LOOPS):
        started_s = time.perf_counter()
        total = 0
        for step in range(_STEPS):
            total += step & 7
        took.append(1_000 * (time.perf_counter() - started_s))
    return statistics.median(took)


def _busy_s() -> float:
    """Processor seconds that the machine has worked: all but idle and waiting for disks."""
    first = Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]
    user, nice, system, _idle, _waiting, irq, soft_irq, steal = map(int, first)
    return (user + nice + system + irq + soft_irq + steal) / TICKS


def _ours_s() -> float:
    """Processor seconds of this process and of all below it, ended ones included."""
    total = sum(os.times()[:4])
    for child in psutil.Process().children(recursive=True):
        try:
            times = child.cpu_times()
        except psutil.Error:
            continue
        total += times.user + times.system + times.children_user + times.children_system
    return total


def _machine() -> str:
    names = [
        line.partition(":")[2].strip()
        for line in Path("/proc/cpuinfo").read_text().splitlines()
        if line.startswith("model name")
    ]
    memory_gib = psutil.virtual_memory().total / 2**30
    processor = names[0] if names else platform.machine()
    return (
        f"{cores()} cores ({processor}), {memory_gib:.0f} GiB, Linux {platform.release()}, "
        f"Python {platform.python_version()}"
    )
