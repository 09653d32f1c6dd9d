"""Turns per second of a saturated server, on each database: `python -m bench.turns`."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from bench.databases import DURABLE
from bench.first_token import WHO
from bench.rig.clocks import cpu_s, settled
from bench.rig.people import talks, texts
from bench.rig.processes import (
    Model,
    SdkServer,
    Talkers,
    a_folder,
    memorychat,
    through,
)
from bench.rig.report import Effort, Figure, progress, run_alone
from bench.rig.spread import quantile, spread
from bench.server import ServerProcess
from bench.svg import Axes, bars
from tests.support.database import PostgresSite, postgres_at_head
from tests.support.postgres import Postgres

TOKENS: Final = 100
CONCURRENT: Final = 32
ACCOUNTS: Final = 8
OF_SDK: Final = 2.0
DATABASES: Final = ("SQLite", "Postgres")
KINDS: Final[Mapping[str, type[ServerProcess]]] = {
    "MemoryChat": ServerProcess,
    "openai SDK's streams": SdkServer,
}
HOW: Final = """\
32 conversations, each with its next turn as soon as the last one has ended; answers of 100 tokens, which the model endpoint
sends as fast as they are read, each by itself. A turn is everything: authenticated, stored, recalled for, answered, indexed,
learnt from. Beside it the same server reads its model through the openai SDK's own stream classes
(`bench/rig/sdk_server.py`), and is the same otherwise. Every round starts both anew on empty databases, in turns. Postgres is a real
one on this machine with durable commits, and shares the cores. Processor time is the server's
own for each turn, which is less disturbed by others than turns per second are; what is left for later, indexing and learning,
is added once after the last round, since a saturated server puts it off."""


@dataclass(slots=True)
class Samples:
    """Of one kind of server on one database, by round."""

    per_second: list[float] = field(default_factory=list)
    cpu_ms: list[float] = field(default_factory=list)
    all_cpu_ms: list[float] = field(default_factory=list)
    """The same with what was left for later: indexing and learning."""
    whole_p50_ms: list[float] = field(default_factory=list)
    whole_p99_ms: list[float] = field(default_factory=list)
    shares: dict[str, list[float]] = field(default_factory=dict)
    failed: int = 0

    def take(self, seen: Mapping[str, Any]) -> None:
        """One more round."""
        turns = max(1, sum(seen["ended"].values()))
        self.per_second.append(turns / seen["wall_s"])
        self.cpu_ms.append(1_000 * seen["cpu_s"]["server"] / turns)
        self.all_cpu_ms += seen.get("all_cpu_ms", [])
        self.whole_p50_ms.append(quantile(seen["whole_ms"], 50))
        self.whole_p99_ms.append(quantile(seen["whole_ms"], 99))
        self.failed += sum(seen["refused"].values())
        for name, used in seen["cpu_s"].items():
            self.shares.setdefault(name, []).append(100 * used / seen["wall_s"])


def measure(effort: Effort) -> Figure:
    """Turns of each kind on each database, and their ratios."""
    figure = Figure(name="turns", title="Turns per second, saturated", how=HOW)
    samples = {(database, kind): Samples() for database in DATABASES for kind in KINDS}
    postgres = Postgres()
    postgres.start(**DURABLE)
    try:
        with Model() as model, Talkers() as talkers:
            rounds = effort.of(3, 1)
            for at in range(1, rounds + 1):
                for (database, kind), sample in samples.items():
                    progress(f"round {at} of {rounds}: {database}, {kind}")
                    with ExitStack() as stack:
                        environment = _environment(stack, database, postgres)
                        make = _maker(model, KINDS[kind], environment)
                        wait = at == rounds and KINDS[kind] is ServerProcess
                        sample.take(_round(make, model, talkers, effort, wait=wait))
    finally:
        postgres.remove()
    for database in DATABASES:
        _tell(figure, database, {kind: samples[database, kind] for kind in KINDS})
    figure.pictures[""] = _picture(samples)
    return figure


def _environment(stack: ExitStack, database: str, postgres: Postgres) -> dict[str, str]:
    if database == "SQLite":
        return {}
    name = stack.enter_context(postgres.a_database(template=postgres_at_head(postgres)))
    return {"DATABASE_URL": PostgresSite(postgres, name).url}


def _maker(
    model: Model, kind: type[ServerProcess], environment: Mapping[str, str]
) -> Callable[[Path], ServerProcess]:
    return lambda folder: memorychat(folder, model, kind=kind, environment=environment)


def _round(
    make: Callable[[Path], ServerProcess],
    model: Model,
    talkers: Talkers,
    effort: Effort,
    *,
    wait: bool,
) -> dict[str, Any]:
    """What was seen; with `wait` also `all_cpu_ms`, once the server has nothing left to do."""
    with a_folder() as folder, ExitStack() as stack:
        server = stack.enter_context(make(folder))
        some = talks(stack, server.url, count=CONCURRENT, accounts=ACCOUNTS)
        model.answer(tokens=TOKENS)
        before_s = cpu_s(server.pid)
        seen = talkers.carry_out(
            through(
                server,
                [[talk.request()] for talk in some],
                texts=texts(300),
                warm_s=effort.of(3, 2),
                window_s=effort.of(6, 3),
                processes={"server": server.pid, "model": model.pid},
            )
        )
        if wait:
            seen["all_cpu_ms"] = [_all_cpu_ms(server, model, before_s)]
        return seen


def _all_cpu_ms(server: ServerProcess, model: Model, before_s: float) -> float:
    """Of a turn, once the server has nothing left to do."""
    settled(server.pid)
    asked = model.asked()
    turns = int(asked["asked"]) - len(asked["json_prompts"])
    return 1_000 * (cpu_s(server.pid) - before_s) / max(turns, 1)


def _tell(figure: Figure, database: str, samples: Mapping[str, Samples]) -> None:
    for kind, seen in samples.items():
        label = f"{database}, {kind}"
        figure.add(f"{label}: turns", "a second", spread(seen.per_second))
        figure.add(f"{label}: processor time of a turn", "ms", spread(seen.cpu_ms))
        if seen.all_cpu_ms:
            what = f"{label}: processor time of a turn, with what is left for later"
            figure.add(what, "ms", spread(seen.all_cpu_ms))
        figure.add(f"{label}: a whole turn, p50", "ms", spread(seen.whole_p50_ms))
        figure.add(f"{label}: a whole turn, p99", "ms", spread(seen.whole_p99_ms))
        for name, shares in seen.shares.items():
            figure.add(f"{label}: a core, taken by {WHO[name]}", "%", spread(shares))
        if seen.failed:
            figure.add(f"{label}: turns that failed", "", spread([float(seen.failed)]))
    ours, theirs = samples.values()
    ratio = spread(_ratios(ours.per_second, theirs.per_second))
    work = spread(_ratios(theirs.cpu_ms, ours.cpu_ms))
    figure.add(f"{database}: turns, of those with the SDK's streams", "×", ratio)
    figure.add(f"{database}: the SDK's processor time, of ours", "×", work)
    wanted = f"turns a second on {database}, of those with the SDK's streams ≥ {OF_SDK:g} ×"
    figure.want_at_least(wanted, ratio.median, OF_SDK, "×")


def _ratios(above: Sequence[float], below: Sequence[float]) -> list[float]:
    return [one / other for one, other in zip(above, below, strict=True)]


def _picture(samples: Mapping[tuple[str, str], Samples]) -> str:
    spreads = {key: spread(seen.per_second) for key, seen in samples.items()}
    highest = max(one.high for one in spreads.values())
    axes = Axes(
        title="Turns of 100 tokens, one process, saturated",
        x_label="database",
        y_label="turns a second",
        x_range=(0, 1),
        y_range=(0, 20 * (highest // 20 + 2)),
    )
    named = {
        kind: [
            (one.median, one.low, one.high)
            for one in (spreads[database, kind] for database in DATABASES)
        ]
        for kind in KINDS
    }
    return bars(axes, list(DATABASES), named)


if __name__ == "__main__":
    run_alone(measure)
