"""So many conversations, and what was searched and found."""

import traceback
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from hypothesis import HealthCheck, Phase, Verbosity, settings
from hypothesis import seed as seeded
from hypothesis.stateful import run_state_machine_as_test

from tests.prove.batches import Batch
from tests.prove.machine import Conversations
from tests.prove.searching import Leak
from tests.prove.stage import Stage

STEPS: Final = 12


@dataclass(frozen=True, slots=True)
class Plan:
    """How conversations are held."""

    folder: Path
    shrink: bool = True
    """Whether the shortest conversation that shows a leak is looked for."""
    encrypted: bool = False
    """Whether the database may not show a word in clear."""


@dataclass(frozen=True, slots=True)
class Proof:
    """What came of it."""

    conversations: int
    searched: Counter[str]
    found: Counter[str]
    caught: str = ""
    """The first rule that was broken, with where, and what."""
    leak: str = ""
    """The shortest conversation that shows it, or whatever else went wrong."""
    batch: int = 0
    """Its number, 0 of several together."""

    def places(self) -> set[str]:
        """Where words were found that may be there."""
        return set(+self.found)

    def report(self) -> str:
        """Two tables, and the counter-example if there is one."""
        lines = [f"{self.conversations} conversations", "", "Searched"]
        lines += [f"  {count:>15,}  {what}" for what, count in sorted(self.searched.items())]
        lines += ["", "Words found where they may be"]
        lines += [f"  {count:>15,}  {place}" for place, count in sorted((+self.found).items())]
        lines += [
            "",
            "Words found where they may not be: " + ("one" if self.caught else "none"),
            "",
        ]
        if self.leak:
            lines.append(f"CAUGHT {self.caught}" if self.caught else "WENT WRONG otherwise")
        return "\n".join([*lines, self.leak])


def prove(batch: Batch, plan: Plan, *, on_end: Callable[[], object] = lambda: None) -> Proof:
    """What a batch of conversations came to; it ends with the first leak.

    The shortest conversation that shows it is looked for where all is learnt after each step: otherwise
    it depends on who is faster, and one that is repeated goes another way.
    """
    place = plan.folder / f"batch{batch.number}"
    with Stage(place, seed=batch.seed, encrypted=plan.encrypted, on_end=on_end) as stage:
        leak = _run(stage, batch, shrink=False)
    if leak and plan.shrink:
        again = Stage(place, seed=batch.seed, encrypted=plan.encrypted, settles=True)
        with again:
            leak = _run(again, batch, shrink=True) or leak
    return Proof(
        conversations=stage.conversations,
        searched=stage.searched,
        found=stage.found,
        caught=str(stage.trouble) if isinstance(stage.trouble, Leak) else "",
        leak=_told(batch, stage.trouble, leak) if leak else "",
        batch=batch.number,
    )


def together(proofs: Sequence[Proof]) -> Proof:
    """All of them as one."""
    return Proof(
        conversations=sum(one.conversations for one in proofs),
        searched=sum((one.searched for one in proofs), Counter()),
        found=sum((one.found for one in proofs), Counter()),
        caught=next((one.caught for one in proofs if one.caught), ""),
        leak=next((one.leak for one in proofs if one.leak), ""),
    )


def _told(batch: Batch, first: BaseException | None, shortest: BaseException) -> str:
    """The leak as it was found, and as it can be had again."""
    found = "".join(traceback.format_exception(first))
    return f"Batch {batch.number}\n{found}\n{''.join(traceback.format_exception(shortest))}"


def _run(stage: Stage, batch: Batch, *, shrink: bool) -> BaseException | None:
    machine = seeded(batch.seed)(type("Conversations", (Conversations,), {"stage": stage}))
    chosen = settings(
        max_examples=batch.conversations,
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
