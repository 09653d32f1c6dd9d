"""What MemoryChat adds to the time to the first token: `python -m bench.first_token`."""

import asyncio
from collections.abc import Sequence
from contextlib import ExitStack
from typing import Any, Final

from bench.client import Account
from bench.rig.people import READER, Talk, fill, texts
from bench.rig.processes import Model, Talkers, a_folder, direct, memorychat, through
from bench.rig.report import Effort, Figure, run_alone
from bench.rig.spread import quantile, spread
from bench.server import ServerProcess
from bench.source import ORIGINALS
from bench.svg import Axes, bars

MEMORIES: Final = 10_000
CONCURRENT: Final = (1, 20)
TOKENS: Final = 50
PER_SECOND: Final = 50
REST_S: Final = 0.1
P50_MS: Final = 12.0
P99_MS: Final = 40.0
HOW: Final = """\
The same talkers ask the model endpoint directly, and through MemoryChat, in turns; a round of each is one
repetition. Through MemoryChat a turn is authenticated, stored, given memories out of 10,000 in its profile, put
into a prompt and relayed. 1 at a time: a turn 0.1 s after the last one has ended, when
its messages have been indexed. 20 at a time: as many
conversations, whose answers of 50 tokens stream at 50 tokens a second. Added is the quantile through MemoryChat
less the median of asking directly. Learning is on, as it is by default."""


def measure(effort: Effort) -> Figure:
    """Quantiles directly, through MemoryChat, and what lies between them."""
    figure = Figure(name="first_token", title="Added time to the first token", how=HOW)
    with a_folder() as folder, Model() as model, Talkers() as talkers, ExitStack() as stack:
        server = memorychat(folder, model)
        [profile] = asyncio.run(
            fill(server.data_dir, [effort.of(MEMORIES, 1_000)], originals=effort.of(ORIGINALS, 200))
        )
        stack.enter_context(server)
        account = stack.enter_context(Account(server.url, READER))
        talks = [Talk(account, account.session(str(profile))) for _ in range(max(CONCURRENT))]
        bars_of: dict[str, list[tuple[float, float, float]]] = {"p50": [], "p99": []}
        for concurrent in CONCURRENT:
            rounds = Rounds(model, server, talkers, talks, concurrent)
            rounds.round(effort, warm=True)
            some = [rounds.round(effort) for _ in range(effort.of(4, 2))]
            _tell(figure, concurrent, some, bars_of)
    figure.pictures[""] = _picture(bars_of)
    return figure


class Rounds:
    """So many conversations at a time, directly and through MemoryChat."""

    def __init__(
        self,
        model: Model,
        server: ServerProcess,
        talkers: Talkers,
        talks: Sequence[Talk],
        concurrent: int,
    ) -> None:
        self._model = model
        self._server = server
        self._talkers = talkers
        self._talks = talks
        self._concurrent = concurrent

    def round(self, effort: Effort, *, warm: bool = False) -> tuple[Any, Any]:
        """What was seen directly, and through MemoryChat."""
        several = self._concurrent > 1
        self._model.answer(tokens=TOKENS, per_second=PER_SECOND if several else 0)
        times = effort.of(8, 3) if several else effort.of(60, 15)
        options: dict[str, Any] = {"texts": texts(200), "times": 3 if warm else times}
        options["warm_s"] = TOKENS / PER_SECOND if several else 0
        options["rest_s"] = 0 if several else REST_S
        options["processes"] = {"server": self._server.pid, "model": self._model.pid}
        streams = [[talk.request()] for talk in self._talks[: self._concurrent]]
        if not several:
            streams = [[talk.request() for talk in self._talks]]
        return (
            self._talkers.carry_out(direct(self._model, streams=self._concurrent, **options)),
            self._talkers.carry_out(through(self._server, streams, **options)),
        )


def _tell(
    figure: Figure,
    concurrent: int,
    rounds: Sequence[tuple[Any, Any]],
    bars_of: dict[str, list[tuple[float, float, float]]],
) -> None:
    at_once = f"{concurrent} at a time"
    base = spread([quantile(one["first_ms"], 50) for one, _ in rounds])
    figure.add(f"{at_once}: directly, p50", "ms", base)
    for percent, limit in ((50, P50_MS), (99, P99_MS)):
        samples = [
            quantile(ours["first_ms"], percent) - quantile(theirs["first_ms"], 50)
            for theirs, ours in rounds
        ]
        added = spread(samples)
        figure.add(f"{at_once}: added by MemoryChat, p{percent}", "ms", added)
        bars_of[f"p{percent}"].append((added.median, added.low, added.high))
        wanted = f"added to the first token, {at_once}, p{percent} ≤ {limit:g} ms"
        figure.want_at_most(wanted, added.median, limit, "ms")
    work = [1_000 * ours["cpu_s"]["server"] / len(ours["whole_ms"]) for _, ours in rounds]
    figure.add(f"{at_once}: processor time of a whole turn in the server", "ms", spread(work))
    for name in ("server", "model", "load"):
        share = [ours["cpu_s"][name] / ours["wall_s"] for _, ours in rounds]
        figure.add(
            f"{at_once}: a core, taken by {WHO[name]}", "%", spread([100 * one for one in share])
        )
    refused = sum(sum(ours["refused"].values()) for _, ours in rounds)
    figure.add(f"{at_once}: turns that failed", "", spread([float(refused)]))


WHO: Final = {
    "server": "the server",
    "model": "the model endpoint",
    "load": "those who talk",
    "relay": "the bare relay",
}


def _picture(bars_of: dict[str, list[tuple[float, float, float]]]) -> str:
    highest = max(high for values in bars_of.values() for _, _, high in values)
    axes = Axes(
        title="Added to the first token, of 10,000 memories",
        x_label="conversations at a time",
        y_label="milliseconds",
        x_range=(0, 1),
        y_range=(0, 10 * (highest // 10 + 1)),
    )
    return bars(axes, [str(one) for one in CONCURRENT], bars_of)


if __name__ == "__main__":
    run_alone(measure)
