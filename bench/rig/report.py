"""Figures as JSON, as pictures, and on one page."""

import argparse
import json
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from bench.rig.machine import Conditions, watched
from bench.rig.spread import Spread, shown
from bench.server import ROOT

FOLDER: Final = ROOT / "checkpoints" / "bench"


@dataclass(frozen=True, slots=True)
class Effort:
    """How much time a measurement takes."""

    quick: bool = False
    """A smoke test: that it runs, not what comes out."""
    huge: bool = False
    """A million memories as well; takes many minutes."""

    def of(self, whole: int, quick: int) -> int:
        """How often, how many or how long."""
        return quick if self.quick else whole


@dataclass(frozen=True, slots=True)
class Row:
    """One figure of a table."""

    label: str
    unit: str
    value: Spread


@dataclass(frozen=True, slots=True)
class Goal:
    """What was wanted, and what came out."""

    wanted: str
    found: str
    met: bool


@dataclass(slots=True, kw_only=True)
class Figure:
    """One subject of the page."""

    name: str
    """Of its module below `bench`, and of its files."""
    title: str
    how: str
    """Measured how, in a paragraph."""
    goals: list[Goal] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    pictures: dict[str, str] = field(default_factory=dict)
    """SVG by the rest of the file's name."""
    conditions: Conditions = field(default_factory=Conditions)
    quick: bool = False
    measured_at: str = ""

    def add(self, label: str, unit: str, value: Spread) -> None:
        """One more row."""
        self.rows.append(Row(label, unit, value))

    def want_at_most(self, wanted: str, value: float, limit: float, unit: str = "") -> None:
        """One more goal, met up to a limit."""
        self.goals.append(Goal(wanted, f"{shown(value)} {unit}".strip(), value <= limit))

    def want_at_least(self, wanted: str, value: float, limit: float, unit: str = "") -> None:
        """One more goal, met from a limit on."""
        self.goals.append(Goal(wanted, f"{shown(value)} {unit}".strip(), value >= limit))


Measure = Callable[[Effort], Figure]


def carry_out(measure: Measure, effort: Effort, out: Path | None) -> Figure:
    """The figure, printed, and its files in a folder, if there is one."""
    with watched() as conditions:
        figure = measure(effort)
    figure.conditions, figure.quick = conditions, effort.quick
    figure.measured_at = datetime.now(UTC).isoformat(timespec="minutes")
    sys.stdout.write(_printed(figure))
    sys.stdout.flush()
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
        kept = asdict(figure)
        kept["noises"] = conditions.noises
        kept["pictures"] = [f"{figure.name}{rest}.svg" for rest in figure.pictures]
        (out / f"{figure.name}.json").write_text(json.dumps(kept, indent=1) + "\n", "utf-8")
        for rest, picture in figure.pictures.items():
            (out / f"{figure.name}{rest}.svg").write_text(picture, "utf-8")
    return figure


def progress(what: str) -> None:
    """Whoever waits knows what is measured now."""
    sys.stderr.write(f"  … {what}\n")
    sys.stderr.flush()


def run_alone(measure: Measure) -> None:
    """The command of one figure: `[--quick] [--huge] [--out FOLDER]`; told to end, it ends what it started."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    given = arguments().parse_args()
    carry_out(measure, Effort(quick=given.quick, huge=given.huge), given.out)


def arguments() -> argparse.ArgumentParser:
    """What all commands of the measurements understand."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true", help="a smoke test")
    parser.add_argument("--huge", action="store_true", help="a million memories as well")
    parser.add_argument("--out", type=Path, help="takes JSON and SVG files")
    return parser


def write_page(out: Path, names: Sequence[str]) -> None:
    """The page about all figures that have been measured into the folder."""
    files = [file for name in names if (file := out / f"{name}.json").exists()]
    figures = [json.loads(file.read_text("utf-8")) for file in files]
    (out / "README.md").write_text(_page(figures), "utf-8")


def _printed(figure: Figure) -> str:
    lines = [f"\n{figure.title}"]
    lines += [f"  {row.label:58} {row.value!s:>26} {row.unit}" for row in figure.rows]
    lines += [
        f"  {'met   ' if goal.met else 'MISSED'} {goal.wanted}: {goal.found}"
        for goal in figure.goals
    ]
    lines += [f"  noise: {noise}" for noise in figure.conditions.noises]
    lines += ["  a smoke run: that it runs is all that it says"] * figure.quick
    return "\n".join([*lines, ""])


def _page(figures: Sequence[Mapping[str, Any]]) -> str:
    parts = [_HEADING]
    parts += [_summary(figures)]
    parts += [_section(figure) for figure in figures]
    return "\n".join(parts)


_HEADING: Final = """\
# What MemoryChat costs, measured

Written by `make bench`, which starts everything below itself: the server, a model endpoint that streams
chunks encoded beforehand (`bench/rig/upstream.py`), those who talk (`bench/rig/load.py`) and the baselines,
each in a process of its own on loopback. A figure is the median of its repetitions, with the least and the
greatest in brackets. Baselines run in the same minutes on the same machine: trust ratios, and take
milliseconds as those of this machine. "Noise" says what disturbed a measurement: the load average before it,
the share of the machine that other processes took, and a loop that ran before and after it.
"""


def _summary(figures: Sequence[Mapping[str, Any]]) -> str:
    lines = ["| | wanted | found | |", "|---|---|---|---|"]
    for figure in figures:
        for goal in figure["goals"]:
            met = "met" if goal["met"] else "**missed**"
            found = f"{goal['found']}, noisy" if figure["noises"] else goal["found"]
            lines.append(f"| {figure['name']} | {goal['wanted']} | {found} | {met} |")
    return "\n".join([*lines, ""])


def _section(figure: Mapping[str, Any]) -> str:
    seen = figure["conditions"]
    noise = "; ".join(figure["noises"]) or "none noticed"
    smoke = " **A smoke run: too short to mean anything.**" if figure["quick"] else ""
    lines = [f"## {figure['title']}", "", figure["how"], ""]
    lines += [f"![{figure['title']}]({picture})" for picture in figure["pictures"]]
    lines += ["", "| | median (least–greatest) | |", "|---|---|---|"]
    lines += [
        f"| {row['label']} | {Spread(**row['value'])} | {row['unit']} |" for row in figure["rows"]
    ]
    lines += [
        "",
        f"`python -m bench.{figure['name']}`, {figure['measured_at']}, {seen['took_s']:.0f} s, "
        f"{seen['machine']}. Noise: {noise} (load {seen['load_before']:.1f} before, "
        f"{seen['load_after']:.1f} after; others {seen['others_share']:.0%}; loop "
        f"{seen['loop_before_ms']:.1f} and {seen['loop_after_ms']:.1f} ms).{smoke}",
        "",
    ]
    return "\n".join(lines)
