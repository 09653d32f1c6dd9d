"""The report of the knobs: text for people, pictures for both."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from math import log10
from pathlib import Path
from typing import Final

import orjson

from bench import svg
from bench.knob_trials import Layered, Row, SceneRow, Silence
from bench.locomo import Form

ROOM: Final = 2.0
"""Points of recall@10 above and below the curves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KnobReport:
    """Everything measured about the knobs in one form."""

    form: Form
    questions: int
    turns: Sequence[Row]
    """Over turns alone."""
    memories: Sequence[Row]
    """Over turns and what was learnt from them."""
    by_lot: Sequence[Row]
    """The same, when importance and kind of memories are drawn by lot."""
    silences: Sequence[Silence]
    layers: Sequence[Layered]


def show(report: KnobReport) -> str:
    """The report in lines."""
    lines = [f"{report.form}: {report.questions} questions"]
    parts = {
        "turns": report.turns,
        "turns and memories": report.memories,
        "turns and memories, stamped by lot": report.by_lot,
    }
    for title, rows in parts.items():
        lines += [f"{report.form} · {title}", *map(_line, rows)]
    lines += [
        f"{one.knob:12} {one.value:5.2f}  recall@10 of what is shown {one.recall}"
        f"  silent on foreign questions {one.silent:5.1f} %  shown {one.shown:4.1f}"
        for one in report.silences
    ]
    lines += [
        f"10 matches + {one.places} {one.layer:11} {one.recall}   {10 + one.places} matches {one.instead}"
        for one in report.layers
    ]
    return "\n".join(lines)


def show_scenes(rows: Sequence[SceneRow], vital: Mapping[str, float]) -> str:
    """The scenes in lines."""
    lines = ["scenes: per cent in which the wanted memory comes before the others (vital: among 3)"]
    lines += [
        f"{row.label:36} " + "  ".join(f"{name} {share:5.1f}" for name, share in row.shares.items())
        for row in rows
    ]
    lines += [
        f"a vital memory is given with {share:5.1f} % of unrelated messages: {label}"
        for label, share in vital.items()
    ]
    return "\n".join(lines)


def _line(row: Row) -> str:
    figures = "  ".join(f"{name} {cell}" for name, cell in row.measures.items())
    note = (
        "default"
        if row.is_default
        else f"{row.change.mean:+5.2f} [{row.change.low:+.2f} {row.change.high:+.2f}]"
    )
    return f"  {row.knob:26} {row.value:8.2f}  {figures}  {note}"


def write(
    folder: Path,
    reports: Sequence[KnobReport],
    scenes: Sequence[SceneRow],
    vital: Mapping[str, float],
) -> None:
    """`knobs.json` and the pictures stand in the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    document = {
        "forms": [asdict(report) for report in reports],
        "scenes": [asdict(row) for row in scenes],
        "vital": dict(vital),
    }
    (folder / "knobs.json").write_bytes(orjson.dumps(document, option=orjson.OPT_INDENT_2))
    for report in reports:
        pictures = {
            "weights": _by_factor(report),
            "half-lives": _by_days(report),
            "importance-recency": _by_value(report),
        }
        for name, picture in pictures.items():
            (folder / f"knobs-{name}-{report.form}.svg").write_text(picture, encoding="utf-8")


def _by_factor(report: KnobReport) -> str:
    """Recall@10 over the factor of each weight's default."""
    curves = {
        knob.removeprefix("weights.").removesuffix(" ×"): curve
        for knob, curve in _curves(report.turns).items()
        if knob.startswith("weights.")
    }
    return _picture(
        curves,
        title=f"The ranking's weights ({report.form})",
        x_label="times the default",
        x_range=(0, 2),
    )


def _by_days(report: KnobReport) -> str:
    curves = {
        knob.removeprefix("half_life_days."): [(log10(x), y) for x, y in curve]
        for knob, curve in _curves(report.memories).items()
        if knob.startswith("half_life_days.")
    }
    return _picture(
        curves,
        title=f"Half-lives by kind ({report.form})",
        x_label="days, as powers of ten; at the right: never",
        x_range=(1, 5),
    )


def _by_value(report: KnobReport) -> str:
    curves = {
        knob: curve
        for knob, curve in _curves(report.memories).items()
        if knob in ("importance", "recency")
    }
    return _picture(
        curves, title=f"Importance and recency ({report.form})", x_label="weight", x_range=(0, 1)
    )


def _curves(rows: Sequence[Row]) -> dict[str, list[tuple[float, float]]]:
    curves: dict[str, list[tuple[float, float]]] = {}
    for row in rows:
        curves.setdefault(row.knob, []).append((row.value, row.measures["R@10"].mean))
    return {knob: sorted(points) for knob, points in curves.items()}


def _picture(
    curves: Mapping[str, svg.Curve], *, title: str, x_label: str, x_range: tuple[float, float]
) -> str:
    heights = [y for curve in curves.values() for _, y in curve]
    axes = svg.Axes(
        title=title,
        x_label=x_label,
        y_label="recall@10, %",
        x_range=x_range,
        y_range=(round(min(heights) - ROOM), round(max(heights) + ROOM)),
    )
    return svg.curves(axes, curves)
