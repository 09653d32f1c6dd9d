"""So many conversations, and what was searched and found."""

import traceback
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from hypothesis import HealthCheck, Phase, Verbosity, settings
from hypothesis import seed as seeded
from hypothesis.stateful import run_state_machine_as_test

from tests.prove.machine import Conversations
from tests.prove.searching import Leak
from tests.prove.stage import Stage

STEPS: Final = 12
BATCH: Final = 250
"""Conversations that one search for a counter-example has; what it remembers of them is then let go."""


@dataclass(frozen=True, slots=True)
class Proof:
    """What came of it."""

    seed: int
    conversations: int
    searched: Counter[str]
    found: Counter[str]
    trouble: BaseException | None
    """The first thing that went wrong."""
    leak: BaseException | None
    """The same in the shortest conversation that shows it."""

    def places(self) -> set[str]:
        """Where words were found that may be there."""
        return set(+self.found)

    def report(self) -> str:
        """Two tables, and the counter-example if there is one."""
        lines = [f"Seed {self.seed}: {self.conversations} conversations", "", "Searched"]
        lines += [f"  {count:>15,}  {what}" for what, count in sorted(self.searched.items())]
        lines += ["", "Words found where they may be"]
        lines += [f"  {count:>15,}  {place}" for place, count in sorted((+self.found).items())]
        lines += ["", "Words found where they may not be: " + ("one" if self.leak else "none"), ""]
        if isinstance(self.trouble, Leak):
            lines.append(f"CAUGHT {self.trouble}")
        if self.leak:
            lines += traceback.format_exception(self.leak)
        return "\n".join(lines)


def prove(
    folder: Path,
    *,
    conversations: int,
    seed: int,
    shrink: bool = True,
    on_end: Callable[[], object] = lambda: None,
) -> Proof:
    """What so many conversations came to; it ends with the first leak."""
    leak: BaseException | None = None
    with Stage(folder, seed=seed, on_end=on_end) as stage:
        left, batch = conversations, 0
        while left > 0 and leak is None:
            some = min(left, BATCH)
            leak = _run(stage, conversations=some, seed=seed + batch, shrink=shrink)
            left, batch = left - some, batch + 1
    return Proof(
        seed=seed,
        conversations=stage.conversations,
        searched=stage.searched,
        found=stage.found,
        trouble=stage.trouble,
        leak=leak,
    )


def _run(stage: Stage, *, conversations: int, seed: int, shrink: bool) -> BaseException | None:
    machine = seeded(seed)(type("Conversations", (Conversations,), {"stage": stage}))
    chosen = settings(
        max_examples=conversations,
        stateful_step_count=STEPS,
        deadline=None,
        database=None,
        verbosity=Verbosity.normal,
        phases=(Phase.generate, *((Phase.shrink,) if shrink else ())),
        suppress_health_check=list(HealthCheck),
        report_multiple_bugs=False,
    )
    try:
        run_state_machine_as_test(machine, settings=chosen)
    except Exception as error:  # noqa: BLE001 - whatever was found is the result
        return error
    return None
