"""Tokens that one process relays, against a bare relay: `python -m bench.relaying`."""

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import Any, Final

from bench.first_token import WHO
from bench.rig.clocks import cpu_s, settled
from bench.rig.load import Plan
from bench.rig.people import talks, texts
from bench.rig.processes import (
    Model,
    Relay,
    Talkers,
    a_folder,
    direct,
    memorychat,
    through,
)
from bench.rig.report import Effort, Figure, progress, run_alone
from bench.rig.spread import Spread, quantile, spread
from bench.svg import Axes, curves

PER_SECOND: Final = 50
TOKENS: Final = 300
ACCOUNTS: Final = 20
SPLIT_STREAMS: Final = 20
SPLIT_TOKENS: Final = (50, 250)
RAMP: Final = (50, 100, 200, 350, 500)
QUICK_RAMP: Final = (20, 60)
OF_BARE: Final = 0.7
STREAMS: Final = 350
DELAY_MS: Final = 50.0
HOPELESS: Final = 0.4
"""Of what is sent; more streams than these are not tried."""
HOW: Final = """\
Every stream is a conversation of its own that takes one whole turn after the other: authenticated, stored with
its answer in SQLite, recalled for, indexed and learnt from, 300 tokens at 50 a second. More and more of them, each step
after a few seconds in which nothing is counted. The bare relay is aiohttp behind a bare ASGI application on the same uvicorn,
loop and parser, and does nothing but pass bytes on (`bench/rig/relay.py`). The delay of a token is the time from the
model endpoint's writing it to its arrival, for every tenth token of every stream; all processes read the same
clock. Asked directly, the endpoint shows what the talkers and it can do themselves. Each second of a step is
one repetition for tokens per second. Both processes that surround the server have the second core of a
machine with two, and their shares of it are given. At last the processor time of a turn and of a token
are told apart, by 20 streams with answers of 50 tokens and of 250."""


@dataclass(frozen=True, slots=True)
class Step:
    """What came of so many streams."""

    streams: int
    per_second: Spread
    """Tokens that arrived."""
    delay_p50_ms: float
    delay_p99_ms: float
    per_cpu_s: float
    """Tokens for each second of a core that the process in the middle worked."""
    shares: Mapping[str, float]
    """Percent of a core."""
    failed: int


def measure(effort: Effort) -> Figure:
    """The ramp of each way, and the ratio of both."""
    figure = Figure(name="relaying", title="Tokens relayed by one process", how=HOW)
    ramp = QUICK_RAMP if effort.quick else RAMP
    with a_folder() as folder, Model() as model, Talkers() as talkers, ExitStack() as stack:
        relay = stack.enter_context(Relay(model))
        server = stack.enter_context(memorychat(folder, model))
        some = talks(stack, server.url, count=max(ramp), accounts=ACCOUNTS)
        requests = [[talk.request()] for talk in some]
        model.answer(tokens=effort.of(TOKENS, 150), per_second=PER_SECOND)
        options = {
            "texts": texts(200),
            "warm_s": effort.of(7, 3),
            "window_s": effort.of(8, 3),
            "processes": {"model": model.pid, "relay": relay.pid, "server": server.pid},
        }
        plans = {
            "model": [direct(model, streams=max(ramp), **options)],
            "relay": [direct(relay, streams=streams, **options) for streams in ramp],
            "server": [through(server, requests[:streams], **options) for streams in ramp],
        }
        steps: dict[str, list[Step]] = {who: [] for who in plans}
        for who, some_plans in plans.items():
            for plan in some_plans:
                progress(f"{WHO[who]}, {len(plan.streams)} streams")
                steps[who].append(_step(talkers.carry_out(plan), who, len(plan.streams)))
                if steps[who][-1].per_second.median < HOPELESS * PER_SECOND * len(plan.streams):
                    break
                # Answers go on without those who asked, and are not the next step's burden.
                settled(server.pid)
        settled(server.pid)
        for name, pid, split in (
            ("bare relay", relay.pid, direct(relay, streams=SPLIT_STREAMS)),
            ("MemoryChat", server.pid, through(server, requests[:SPLIT_STREAMS])),
        ):
            plan = replace(split, texts=texts(200), times=effort.of(3, 1), warm_s=1)
            _split(figure, name, model, talkers, plan, pid)
    _tell(figure, steps, ramp)
    return figure


def _split(figure: Figure, name: str, model: Model, talkers: Talkers, plan: Plan, pid: int) -> None:
    """What a turn takes of the processor, and what each token adds to it; learning and all."""
    worked_s = []
    for length in SPLIT_TOKENS:
        model.answer(tokens=length, per_second=PER_SECOND)
        settled(pid)
        before_s = cpu_s(pid)
        talkers.carry_out(plan)
        settled(pid)
        worked_s.append((cpu_s(pid) - before_s) / (SPLIT_STREAMS * plan.times))
    short, long = SPLIT_TOKENS
    token_s = (worked_s[1] - worked_s[0]) / (long - short)
    turn_ms = 1e3 * (worked_s[0] - short * token_s)
    figure.add(f"{name}: processor time of a turn, its tokens apart", "ms", spread([turn_ms]))
    figure.add(f"{name}: processor time of a token", "µs", spread([1e6 * token_s]))


def _step(seen: Mapping[str, Any], who: str, streams: int) -> Step:
    seconds = [float(seen["tokens"].get(str(at), 0)) for at in range(int(seen["wall_s"]))]
    return Step(
        streams,
        per_second=spread(seconds),
        delay_p50_ms=quantile(seen["delay_ms"], 50),
        delay_p99_ms=quantile(seen["delay_ms"], 99),
        per_cpu_s=sum(seconds) / max(seen["cpu_s"][who], 0.01),
        shares={name: 100 * used / seen["wall_s"] for name, used in seen["cpu_s"].items()},
        failed=sum(seen["refused"].values()),
    )


def _tell(figure: Figure, steps: Mapping[str, Sequence[Step]], ramp: Sequence[int]) -> None:
    for who, name in (("relay", "bare relay"), ("server", "MemoryChat"), ("model", "directly")):
        for step in steps[who]:
            label = f"{name}, {step.streams} streams"
            figure.add(f"{label}: tokens", "a second", step.per_second)
            figure.add(f"{label}: delay of a token, p99", "ms", spread([step.delay_p99_ms]))
            for one in dict.fromkeys((who, "model", "load")):
                figure.add(f"{label}: a core, taken by {WHO[one]}", "%", spread([step.shares[one]]))
            if step.failed:
                figure.add(f"{label}: turns that failed", "", spread([float(step.failed)]))
    ratios = [
        ours.per_cpu_s / bare.per_cpu_s
        for ours, bare in zip(steps["server"], steps["relay"], strict=False)
    ]
    figure.add("tokens for a second of a core, of the bare relay's", "×", spread(ratios))
    most = max(step.per_second.median for step in steps["server"])
    bare_most = max(step.per_second.median for step in steps["relay"])
    figure.add("most tokens a second, of the bare relay's", "×", spread([most / bare_most]))
    wanted = f"tokens a second, of the bare relay's, at {max(ramp)} streams ≥ {OF_BARE:.0%}"
    figure.want_at_least(wanted, 100 * most / bare_most, 100 * OF_BARE, "%")
    held = [step.streams for step in steps["server"] if step.delay_p99_ms < DELAY_MS]
    figure.want_at_least(
        f"streams with a p99 delay < {DELAY_MS:g} ms ≥ {STREAMS}", max(held, default=0), STREAMS
    )
    figure.pictures[""] = _throughput(steps, ramp)
    figure.pictures["-delay"] = _delays(steps, ramp)


def _throughput(steps: Mapping[str, Sequence[Step]], ramp: Sequence[int]) -> str:
    axes = Axes(
        title="Tokens a second through one process",
        x_label="streams, each of 50 tokens a second",
        y_label="tokens a second",
        x_range=(0, max(ramp)),
        y_range=(0, PER_SECOND * max(ramp)),
    )
    return curves(
        axes,
        {
            "sent by the model": [(0, 0), (max(ramp), PER_SECOND * max(ramp))],
            "bare relay": [(one.streams, one.per_second.median) for one in steps["relay"]],
            "MemoryChat": [(one.streams, one.per_second.median) for one in steps["server"]],
        },
    )


def _delays(steps: Mapping[str, Sequence[Step]], ramp: Sequence[int]) -> str:
    axes = Axes(
        title="Delay of a token, from the model to the client (up to 200 ms)",
        x_label="streams, each of 50 tokens a second",
        y_label="milliseconds",
        x_range=(0, max(ramp)),
        y_range=(0, 200),
    )
    return curves(
        axes,
        {
            "bare relay, p99": [(one.streams, one.delay_p99_ms) for one in steps["relay"]],
            "MemoryChat, p99": [(one.streams, one.delay_p99_ms) for one in steps["server"]],
            "MemoryChat, p50": [(one.streams, one.delay_p50_ms) for one in steps["server"]],
        },
    )


if __name__ == "__main__":
    run_alone(measure)
