"""Start to ready, and resident memory: `python -m bench.starting [--huge]`."""

import asyncio
import time
from contextlib import ExitStack
from typing import Final

from bench.client import Account
from bench.rig.clocks import resident_mib, settled
from bench.rig.people import READER, Talk, fill, talks, texts
from bench.rig.processes import Model, Talkers, a_folder, memorychat, through
from bench.rig.report import Effort, Figure, run_alone
from bench.rig.spread import Spread, spread
from bench.server import ServerProcess
from bench.source import ORIGINALS
from bench.svg import Axes, bars

START_S: Final = 2.5
IDLE_MIB: Final = 250.0
HELD: Final = 50_000
HELD_MIB: Final = 450.0
HUGE: Final = 1_000_000
STREAM_KB: Final = 100.0
STREAMS: Final = 300
ASKED: Final = 20
HOW: Final = """\
Start to ready: from the start of `python main.py` until it says its address, on an empty folder (the schema is made:
the first start) and on the same folder again. The files of Python and of the libraries are in the system's cache.
Resident memory is read from `/proc`, with `MALLOC_ARENA_MAX=2` as `make run` sets it, once the process has done
nothing for two seconds: after the start with a model endpoint configured; with the memories in one profile
and after 20 turns that recall from it; and while 300 answers stream, less what there was before them. A stream is
a whole turn under way, with its run, its prompt and both of its connections; its memory is measured in
the first round and in a second one, when the heap has been grown by others before."""


def measure(effort: Effort) -> Figure:
    """Seconds, and MiB."""
    figure = Figure(name="starting", title="Start to ready, and resident memory", how=HOW)
    with Model() as model, Talkers() as talkers:
        colds, warms, idles = [], [], []
        for _ in range(effort.of(4, 2)):
            with a_folder() as folder:
                server = memorychat(folder, model)
                cold_s, idle_mib = _started(server)
                warm_s, _ = _started(server)
            colds.append(cold_s)
            warms.append(warm_s)
            idles.append(idle_mib)
        figure.add("start to ready, empty folder", "s", spread(colds))
        figure.add("start to ready, again", "s", spread(warms))
        figure.add("resident, idle", "MiB", spread(idles))
        with a_folder() as folder:
            offline_s, offline_mib = _started(memorychat(folder, None))
        figure.add("start to ready, empty folder, without a model", "s", spread([offline_s]))
        figure.add("resident, idle, without a model", "MiB", spread([offline_mib]))
        sizes = [effort.of(HELD, 2_000), *([HUGE] if effort.huge else [])]
        held = {size: _held(model, talkers, size, effort) for size in sizes}
        for size, (start_s, resident) in held.items():
            figure.add(f"start to ready, {size:,} memories", "s", spread([start_s]))
            figure.add(
                f"resident, {size:,} memories, after {ASKED} turns", "MiB", spread([resident])
            )
        streams = effort.of(STREAMS, 50)
        first, again = _per_stream(model, talkers, streams, effort)
        figure.add(f"resident for each of {streams} streams, first round", "kB", spread([first]))
        figure.add(f"resident for each of {streams} streams, second round", "kB", spread([again]))
    cold, warm, idle = spread(colds), spread(warms), spread(idles)
    figure.want_at_most(f"start to ready ≤ {START_S:g} s", cold.median, START_S, "s")
    figure.want_at_most(f"resident, idle ≤ {IDLE_MIB:g} MiB", idle.median, IDLE_MIB, "MiB")
    wanted = f"resident, {sizes[0]:,} memories ≤ {HELD_MIB:g} MiB"
    figure.want_at_most(wanted, held[sizes[0]][1], HELD_MIB, "MiB")
    figure.want_at_most(f"resident per stream ≤ {STREAM_KB:g} kB", first, STREAM_KB, "kB")
    figure.pictures[""] = _picture(cold, warm, start_full=held[sizes[0]][0], size=sizes[0])
    return figure


def _started(server: ServerProcess) -> tuple[float, float]:
    """Seconds to ready, and MiB once it is idle; it has ended."""
    started_s = time.perf_counter()
    with server:
        ready_s = time.perf_counter() - started_s
        settled(server.pid)
        return ready_s, resident_mib(server.pid)


def _held(model: Model, talkers: Talkers, size: int, effort: Effort) -> tuple[float, float]:
    """The same with so many memories, once some of them have been recalled."""
    with a_folder() as folder:
        server = memorychat(folder, model)
        [profile] = asyncio.run(fill(server.data_dir, [size], originals=effort.of(ORIGINALS, 200)))
        started_s = time.perf_counter()
        with server, Account(server.url, READER) as account:
            ready_s = time.perf_counter() - started_s
            talk = Talk(account, account.session(str(profile)))
            model.answer(tokens=20)
            asking = through(server, [[talk.request()]], times=ASKED, texts=texts(ASKED))
            talkers.carry_out(asking)
            settled(server.pid)
            return ready_s, resident_mib(server.pid)


def _per_stream(
    model: Model, talkers: Talkers, streams: int, effort: Effort
) -> tuple[float, float]:
    """Kilobytes of each of so many answers under way, at the first time and at the second."""
    found = []
    begin_s, answer_s = effort.of(8, 2), effort.of(20, 6)
    with a_folder() as folder, ExitStack() as stack:
        server = stack.enter_context(memorychat(folder, model))
        some = talks(stack, server.url, count=streams, accounts=10)
        model.answer(tokens=20)
        warm = through(server, [[some[0].request()]], times=ASKED, texts=texts(ASKED))
        talkers.carry_out(warm)
        model.answer(tokens=20 * answer_s, per_second=20)
        for _ in range(2):
            settled(server.pid)
            before_mib = resident_mib(server.pid)
            plan = through(
                server,
                [[talk.request()] for talk in some],
                texts=texts(100),
                warm_s=begin_s,
                window_s=4,
            )
            talkers.begin(plan)
            time.sleep(begin_s + 2)
            found.append((resident_mib(server.pid) - before_mib) * 2**20 / 1_000 / streams)
            talkers.end()
            time.sleep(answer_s - 3)  # until answers that nobody hears any more have ended
    return found[0], found[1]


def _picture(cold: Spread, warm: Spread, *, start_full: float, size: int) -> str:
    highest = max(cold.high, warm.high, start_full, START_S)
    axes = Axes(
        title="Start to ready",
        x_label="data folder",
        y_label="seconds",
        x_range=(0, 1),
        y_range=(0, float(int(highest) + 1)),
    )
    values = [(one.median, one.low, one.high) for one in (cold, warm)]
    groups = ["empty", "again", f"{size:,} memories"]
    return bars(axes, groups, {"seconds": [*values, (start_full, start_full, start_full)]})


if __name__ == "__main__":
    run_alone(measure)
