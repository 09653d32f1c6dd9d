"""The report of a recall measurement: text for people, JSON for machines, pictures for both."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from bench import svg
from bench.abstaining import Outcome
from bench.locomo import Form
from bench.scores import MEASURES, Answer, Interval, groups, table
from bench.timing import Timing

CURVE_CUTS = (1, 3, 5, 10, 15, 20, 30, 40)


@dataclass(frozen=True, slots=True, kw_only=True)
class FormReport:
    """Everything measured about one form."""

    form: Form
    answers: Mapping[str, Sequence[Answer]]
    """By ranker."""
    ablation: Mapping[str, Interval]
    """Points of recall@10 that each term is worth."""
    against: Mapping[str, Interval]
    """Points of recall@10 by which the product is better than each baseline."""
    curve: Sequence[Outcome]
    validated: Sequence[Outcome]
    """The curve with weights fitted without the conversation that is asked."""
    now: Outcome
    """What the product does."""
    kept: Interval
    """Recall@10 after abstaining."""
    statements: Mapping[str, float]
    """Per cent of turns, said as messages, to which something is recalled."""


def show(report: FormReport) -> str:
    """The report in lines."""
    lines = []
    for ranker, answers in report.answers.items():
        for group, members in groups(answers).items():
            figures = "  ".join(f"{name} {cell}" for name, cell in table(members).items())
            lines.append(f"{report.form:6} {ranker:8} {group:20} n={len(members):4}  {figures}")
    lines += [
        f"{report.form:6} better than {name:8} by {cell} points of recall@10"
        for name, cell in report.against.items()
    ]
    lines += [
        f"{report.form:6} term {name:14} is worth {cell} points of recall@10"
        for name, cell in report.ablation.items()
    ]
    lines.append(
        f"{report.form:6} abstaining: {report.now.silent:.1f} % of foreign questions find nothing,"
        f" {report.now.lost:.1f} points lost; recall@10 after it {report.kept}"
    )
    lines += [
        f"{report.form:6} something is recalled to {share:.1f} % of {name}"
        for name, share in report.statements.items()
    ]
    return "\n".join(lines)


def write(folder: Path, reports: Sequence[FormReport], timings: Sequence[Timing]) -> None:
    """`recall.json` and the pictures stand in the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    document = {
        "forms": {str(report.form): _plain(report) for report in reports},
        "timings": [asdict(timing) for timing in timings],
    }
    (folder / "recall.json").write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    for report in reports:
        (folder / f"recall-{report.form}.svg").write_text(_by_k(report), encoding="utf-8")
        (folder / f"categories-{report.form}.svg").write_text(_bars(report), encoding="utf-8")
    (folder / "abstaining.svg").write_text(_abstaining(reports), encoding="utf-8")


def _plain(report: FormReport) -> Mapping[str, object]:
    return {
        "recall": {
            ranker: {
                group: {
                    "questions": len(members),
                    **{name: asdict(cell) for name, cell in table(members).items()},
                }
                for group, members in groups(answers).items()
            }
            for ranker, answers in report.answers.items()
        },
        "better_than": {name: asdict(cell) for name, cell in report.against.items()},
        "ablation": {name: asdict(cell) for name, cell in report.ablation.items()},
        "abstaining": {
            "product": asdict(report.now),
            "recall_at_10_after": asdict(report.kept),
            "curve": [asdict(one) for one in report.curve],
            "cross_validated": [asdict(one) for one in report.validated],
        },
        "statements": dict(report.statements),
    }


def _by_k(report: FormReport) -> str:
    axes = svg.Axes(
        title=f"Evidence recall on LoCoMo ({report.form})",
        x_label="memories (k)",
        y_label="recall@k, %",
        x_range=(0, max(CURVE_CUTS)),
        y_range=(0, 100),
    )
    named = {}
    for ranker, answers in report.answers.items():
        members = next(iter(groups(answers).values()))
        named[ranker] = [
            (float(k), 100 * sum(one.recall(k) for one in members) / len(members))
            for k in CURVE_CUTS
        ]
    return svg.curves(axes, named)


def _bars(report: FormReport) -> str:
    axes = svg.Axes(
        title=f"Recall@10 by category ({report.form}), 95 % intervals",
        x_label="",
        y_label="recall@10, %",
        x_range=(0, 1),
        y_range=(0, 125),
    )
    named: dict[str, list[tuple[float, float, float]]] = {}
    names: list[str] = []
    for ranker, answers in report.answers.items():
        cells = {
            group: table(members)[MEASURES[1]]
            for group, members in groups(answers).items()
            if not group.startswith("conversation")
        }
        names = [name.replace("all but adversarial", "all but adv.") for name in cells]
        named[ranker] = [(cell.mean, cell.low, cell.high) for cell in cells.values()]
    return svg.bars(axes, names, named)


def _abstaining(reports: Sequence[FormReport]) -> str:
    axes = svg.Axes(
        title="Silence on foreign questions against recall lost",
        x_label="points of recall@10 lost",
        y_label="foreign questions that find nothing, %",
        x_range=(0, 10),
        y_range=(0, 100),
    )
    named = {}
    for report in reports:
        named[f"{report.form}, product"] = [(one.lost, one.silent) for one in report.curve]
        named[f"{report.form}, cross-validated"] = [
            (one.lost, one.silent) for one in report.validated
        ]
    return svg.curves(axes, named, marks=[(one.now.lost, one.now.silent) for one in reports])
