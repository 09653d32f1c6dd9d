"""Measures recall's settings on LoCoMo and on scenes: `python -m bench.knobs FOLDER [--out FOLDER]`.

One knob at a time is turned, all others stay at their defaults. Weights, candidates and thresholds
are measured over turns; importance, time and layers over turns and LoCoMo's observations as
memories, asked a day after the last turn. The scenes are `bench.knob_scenes`. Intervals are 95 %, by
bootstrap over questions; changes are paired.
"""

import argparse
import asyncio
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from tqdm import tqdm

from bench.extraction_locomo import Session
from bench.knob_cases import MOST_CANDIDATES, collect, foreign, stamped_by_lot
from bench.knob_observations import read_sessions
from bench.knob_report import KnobReport, show, show_scenes, write
from bench.knob_trials import SceneRow, layers, scenes, silences, tried, vital_in_unrelated
from bench.knob_values import (
    quality_trials,
    search_trials,
    spare_trials,
    stamp_trials,
    weight_trials,
)
from bench.library import open_library
from bench.locomo import Conversation, Form, load_conversations


async def measure(
    conversations: Sequence[Conversation],
    sessions: Mapping[str, Sequence[Session]],
    form: Form,
    folder: Path,
) -> KnobReport:
    """Everything about one form; the folder takes the installation."""
    async with open_library(folder, candidates=MOST_CANDIDATES) as library:
        turns = await collect(library, conversations, form)
        memories = await collect(library, conversations, form, observed=sessions)
        strangers = await foreign(library, conversations, turns, form)
        return KnobReport(
            form=form,
            questions=len(turns),
            turns=list(tried(turns, [*weight_trials(), *search_trials()])),
            memories=list(
                tried(memories, [*weight_trials("alone"), *quality_trials(), *spare_trials()])
            ),
            by_lot=list(tried(stamped_by_lot(memories), stamp_trials())),
            silences=list(silences(turns, strangers)),
            layers=await layers(library, memories),
        )


async def stage(folder: Path) -> tuple[list[SceneRow], dict[str, float]]:
    """The scenes; the folder takes the installation."""
    async with open_library(folder) as library:
        return await scenes(library), dict(await vital_in_unrelated(library))


def main() -> None:
    """Reads the command line, measures, and writes the report."""
    parser = argparse.ArgumentParser(description="Measure what each setting of recall does.")
    parser.add_argument("folder", type=Path, help="holds the conversations, one JSON file each")
    parser.add_argument("--out", type=Path, help="takes knobs.json and the pictures")
    parser.add_argument("--form", type=Form, choices=list(Form), help="one form only")
    parser.add_argument("--scenes", action="store_true", help="the scenes only")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        rows, vital = asyncio.run(stage(Path(folder)))
    tqdm.write(show_scenes(rows, vital))
    reports = []
    if not given.scenes:
        conversations, sessions = load_conversations(given.folder), read_sessions(given.folder)
        for form in [given.form] if given.form else list(Form):
            with tempfile.TemporaryDirectory() as folder:
                report = asyncio.run(measure(conversations, sessions, form, Path(folder)))
            reports.append(report)
            tqdm.write(show(report))
    if given.out:
        write(given.out, reports, rows, vital)


if __name__ == "__main__":
    main()
