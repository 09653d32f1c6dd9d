"""What clients that are a burden do to the others: `python -m bench.crowds`."""

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from typing import Any, Final

import orjson

from bench.first_token import WHO
from bench.rig.clocks import resident_mib, settled
from bench.rig.crowd import Crowding, Habit
from bench.rig.load import Plan
from bench.rig.people import Talk, talks, texts
from bench.rig.processes import Child, Model, Talkers, a_folder, memorychat, port_of, through
from bench.rig.report import Effort, Figure, progress, run_alone
from bench.rig.spread import quantile, spread
from bench.server import ServerProcess
from bench.svg import Axes, bars

TALKING: Final = 50
CLIENTS: Final[Mapping[Habit, int]] = {
    Habit.IDLE: 2_000,
    Habit.SLOW: 100,
    Habit.RECONNECTING: 50,
}
TOKENS: Final = 100
PER_SECOND: Final = 50
SLOWER: Final = 1.25
"""Times; what of a p99 is noise even on a quiet machine."""
IDLE_KB: Final = 100.0
GROWTH_MIB: Final = 100.0
SESSIONS: Final = 100
ALONE: Final = "nobody else"
HOW: Final = """\
50 conversations stream their answers (100 tokens at 50 a second), alone and beside clients that are a burden: 2,000
that follow a feed (`GET /events`) in which nothing happens; 100 that ask for an answer of 1,000 tokens (200 kB of
events), which comes at once, and do not read it, with receive buffers of 4 kB; 50 that lose their connection once a second and follow their run from the last event they saw.
Delays are those of the 50. Memory is the server's resident memory while the others are there, less what
it was before they came."""


@dataclass(slots=True)
class Samples:
    """Of the fifty, beside somebody, by round."""

    delay_p50_ms: list[float] = field(default_factory=list)
    delay_p99_ms: list[float] = field(default_factory=list)
    first_p99_ms: list[float] = field(default_factory=list)
    share: list[float] = field(default_factory=list)
    grown_mib: list[float] = field(default_factory=list)
    met: dict[str, int] = field(default_factory=dict)

    def take(self, seen: Mapping[str, Any], *, grown_mib: float, met: Mapping[str, int]) -> None:
        """One more round."""
        self.delay_p50_ms.append(quantile(seen["delay_ms"], 50))
        self.delay_p99_ms.append(quantile(seen["delay_ms"], 99))
        self.first_p99_ms.append(quantile(seen["first_ms"], 99))
        self.share.append(100 * seen["cpu_s"]["server"] / seen["wall_s"])
        self.grown_mib.append(grown_mib)
        for what, count in {**met, **seen["refused"]}.items():
            self.met[what] = self.met.get(what, 0) + count


def measure(effort: Effort) -> Figure:
    """Delays of those who talk, beside each kind of burden."""
    figure = Figure(name="crowds", title="Others: idle, slow and reconnecting clients", how=HOW)
    counts = {habit: effort.of(count, count // 10) for habit, count in CLIENTS.items()}
    samples: dict[str, Samples] = {ALONE: Samples(), **{habit: Samples() for habit in counts}}
    with a_folder() as folder, ExitStack() as stack:
        model, talkers = stack.enter_context(Model()), stack.enter_context(Talkers())
        others = stack.enter_context(Child("bench.rig.crowd"))
        server = stack.enter_context(memorychat(folder, model))
        talking = talks(stack, server.url, count=effort.of(TALKING, 10), accounts=5)
        burdens = {
            habit: talks(stack, server.url, count=min(count, SESSIONS), accounts=10)
            for habit, count in counts.items()
        }
        model.answer(tokens=TOKENS, per_second=PER_SECOND)
        plan = through(
            server,
            [[talk.request()] for talk in talking],
            texts=texts(200),
            warm_s=2,
            window_s=effort.of(6, 3),
            processes={"server": server.pid, "model": model.pid},
        )
        talkers.carry_out(plan)
        for _ in range(effort.of(3, 1)):
            for name in samples:
                progress(f"50 conversations beside {name}")
                habit = Habit(name) if name != ALONE else None
                clients = _clients(burdens[habit], counts[habit]) if habit else []
                _round(samples[name], server, talkers, plan, others, habit, clients)
    _tell(figure, samples, counts)
    return figure


def _clients(burdens: Sequence[Talk], count: int) -> list[dict[str, Any]]:
    return [burdens[at % len(burdens)].request() for at in range(count)]


def _round(
    samples: Samples,
    server: ServerProcess,
    talkers: Talkers,
    plan: Plan,
    others: Child,
    habit: Habit | None,
    clients: Sequence[Mapping[str, Any]],
) -> None:
    settled(server.pid, within_s=10)
    before_mib, met = resident_mib(server.pid), {}
    if habit:
        crowding = Crowding(habit=habit, port=port_of(server.url), clients=clients)
        others.say(orjson.dumps(asdict(crowding)))
        others.hear()
        settled(server.pid, within_s=20)
    grown_mib = resident_mib(server.pid) - before_mib
    seen = talkers.carry_out(plan)
    if habit is not Habit.IDLE:
        grown_mib = resident_mib(server.pid) - before_mib
    if habit:
        others.say(b"")
        met = orjson.loads(others.hear())
    samples.take(seen, grown_mib=grown_mib, met=met)


def _tell(figure: Figure, samples: Mapping[str, Samples], counts: Mapping[Habit, int]) -> None:
    alone = samples[ALONE]
    for name, seen in samples.items():
        beside = f"beside {counts[Habit(name)]:,} {name}" if name != ALONE else "alone"
        figure.add(f"{beside}: delay of a token, p50", "ms", spread(seen.delay_p50_ms))
        figure.add(f"{beside}: delay of a token, p99", "ms", spread(seen.delay_p99_ms))
        figure.add(f"{beside}: first token, p99", "ms", spread(seen.first_p99_ms))
        figure.add(f"{beside}: a core, taken by {WHO['server']}", "%", spread(seen.share))
        figure.add(f"{beside}: resident memory, grown", "MiB", spread(seen.grown_mib))
        if name == ALONE:
            continue
        for what, count in sorted(seen.met.items()):
            figure.add(f"{beside}: they met {what}", "times", spread([float(count)]))
        slower = spread(seen.delay_p99_ms).median / spread(alone.delay_p99_ms).median
        wanted = f"p99 delay beside {counts[Habit(name)]:,} {name}, of that alone ≤ {SLOWER:g} ×"
        figure.want_at_most(wanted, slower, SLOWER, "×")
        if name != Habit.IDLE:
            wanted = (
                f"resident memory beside {counts[Habit(name)]:,} {name}, grown ≤ {GROWTH_MIB:g} MiB"
            )
            figure.want_at_most(wanted, spread(seen.grown_mib).median, GROWTH_MIB, "MiB")
    each_kb = max(samples[Habit.IDLE].grown_mib) * 2**20 / 1_000 / counts[Habit.IDLE]
    figure.add("resident for each idle stream, the most", "kB", spread([each_kb]))
    figure.want_at_most(f"resident per idle stream ≤ {IDLE_KB:g} kB", each_kb, IDLE_KB, "kB")
    figure.pictures[""] = _picture(samples)


def _picture(samples: Mapping[str, Samples]) -> str:
    spreads = [spread(seen.delay_p99_ms) for seen in samples.values()]
    axes = Axes(
        title="Delay of a token, p99, of 50 conversations",
        x_label="beside",
        y_label="milliseconds",
        x_range=(0, 1),
        y_range=(0, 10 * (max(one.high for one in spreads) // 10 + 2)),
    )
    values = [(one.median, one.low, one.high) for one in spreads]
    return bars(axes, list(samples), {"p99": values})


if __name__ == "__main__":
    run_alone(measure)
