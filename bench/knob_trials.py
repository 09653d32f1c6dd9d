"""What every knob does to questions with known evidence, and to scenes written for it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from typing import Final

import numpy as np
from tqdm import tqdm

from app.models.actor import SYSTEM
from app.models.clock import utc_now
from app.models.memory import Layer, MemoryKind, Recalled
from app.models.profile import Profile
from app.ports.database import Transaction
from app.services.layers import LayerPlaces
from app.services.recalling import Recaller
from app.services.relevance import relevance_from
from app.services.reranking import NO_KNOBS, Knobs
from app.services.tuning import DEFAULT_KNOBS, DEFAULT_TUNING, Tuning
from bench.knob_cases import DEFAULT_CANDIDATES, Case, Setting, Values
from bench.knob_scenes import SCENES, UNRELATED, Kept, Scene
from bench.knob_values import Trial
from bench.library import Library, a_memory
from bench.scores import MEASURES, Interval, interval

TOP_K: Final = 10
THRESHOLDS: Final = (0.0, 0.1, 0.3, 0.4, 0.5, 0.6, 0.7, 0.9)
LEASTS: Final = (0.0, 0.1, 0.15, 0.2, 0.3, 0.4)
PLACES: Final = (2, 4)
WANTED_AMONG: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What one value of one knob does."""

    knob: str
    value: float
    measures: Mapping[str, Interval]
    change: Interval
    """Points of recall@10 against the default, question by question."""
    is_default: bool = False


@dataclass(frozen=True, slots=True)
class Silence:
    """What a threshold does, in per cent."""

    knob: str
    value: float
    recall: Interval
    """Recall@10 of what is shown."""
    silent: float
    """Of foreign questions, those to which nothing is shown."""
    shown: float
    """How many memories are shown on average to a question of the profile's own."""


@dataclass(frozen=True, slots=True)
class Layered:
    """What a layer's places add to ten matches."""

    layer: Layer
    places: int
    recall: Interval
    """Of evidence among everything that is given."""
    instead: Interval
    """The same with as many further matches instead."""


@dataclass(frozen=True, slots=True)
class SceneRow:
    """Per cent of the scenes of each group in which the wanted memory comes first, or early."""

    label: str
    shares: Mapping[str, float]


def tried(cases: Sequence[Case], trials: Sequence[Trial]) -> Iterator[Row]:
    """The default, and every value of every knob."""
    before = measured(cases, Setting())
    for trial in tqdm(trials, desc="Trying", unit="knob"):
        yield _row(trial, trial.default, before, before, is_default=True)
        for value, setting in trial.settings.items():
            yield _row(trial, value, measured(cases, setting), before)


def measured(cases: Sequence[Case], setting: Setting) -> Values:
    """The measures of each case."""
    return np.array([case.values(case.matches(setting)) for case in cases])


def _row(
    trial: Trial, value: float, values: Values, before: Values, *, is_default: bool = False
) -> Row:
    at_10 = MEASURES.index("R@10")
    return Row(
        knob=trial.knob,
        value=value,
        measures={name: interval(values[:, at]) for at, name in enumerate(MEASURES)},
        change=interval(values[:, at_10] - before[:, at_10]),
        is_default=is_default,
    )


def silences(own: Sequence[Case], foreign: Sequence[Case]) -> Iterator[Silence]:
    """What each threshold, and each least match, does."""
    by_threshold = {value: relevance_from(value) for value in THRESHOLDS}
    by_least = {value: relevance_from(0.5, least=value) for value in LEASTS}
    for knob, weights in (("threshold", by_threshold), ("least_match", by_least)):
        for value, relevance in weights.items():
            setting = Setting(tuning=replace(DEFAULT_TUNING, relevance=relevance))
            shown = [case.relevant(setting, count=TOP_K) for case in own]
            recalls = [case.share(found) for case, found in zip(own, shown, strict=True)]
            silent = [not case.relevant(setting, count=1) for case in foreign]
            yield Silence(
                knob,
                value,
                interval(np.array(recalls)),
                100 * float(np.mean(silent)),
                float(np.mean([len(found) for found in shown])),
            )


async def layers(library: Library, cases: Sequence[Case]) -> list[Layered]:
    """What the places of each layer add to ten matches."""
    database = library.container.supabase.database
    rows: list[Layered] = []
    for layer in (Layer.IMPORTANT, Layer.PREFERENCES, Layer.RECENT):
        for places in PLACES:
            tuning = replace(DEFAULT_TUNING, places=LayerPlaces(**{layer.value: places}))

            setting = Setting(tuning=tuning)
            given = await database.read(partial(_shares_with_layers, cases, setting), by=SYSTEM)
            instead = [case.share(case.matches(Setting(), count=TOP_K + places)) for case in cases]
            rows.append(
                Layered(layer, places, interval(np.array(given)), interval(np.array(instead)))
            )
    return rows


def _shares_with_layers(cases: Sequence[Case], setting: Setting, tx: Transaction) -> list[float]:
    return [case.share(case.with_layers(tx, setting, count=TOP_K)) for case in cases]


SCENE_SETTINGS: Final[Mapping[str, Knobs]] = {
    "nothing": NO_KNOBS,
    "default": DEFAULT_KNOBS,
    **{f"importance {value:g}": Knobs(importance=value) for value in (0.2, 0.4, 0.7, 1.0)},
    **{f"recency {value:g}": Knobs(recency=value) for value in (0.05, 0.1, 0.2, 0.4)},
    **{
        f"half-life of context {days} days": Knobs(half_life_days={MemoryKind.CONTEXT: days})
        for days in (14, 30, 90, 365)
    },
    **{
        f"half-life of everything {days} days": Knobs(
            half_life_days=dict.fromkeys(MemoryKind, float(days))
        )
        for days in (30, 90, 365, 1_460)
    },
}


async def scenes(library: Library) -> list[SceneRow]:
    """How the wanted memory fares in each group of scenes, asked as a turn asks."""
    profile = await library.empty_profile()
    await _keep(library, profile, SCENES)

    async def asked(tuning: Tuning, text: str) -> Sequence[Recalled]:
        recaller = _recaller(library, tuning)
        return (await recaller.recall(profile, text, by=library.caller, shown=None)).memories

    rows = []
    for label, knobs in SCENE_SETTINGS.items():
        tuning = replace(DEFAULT_TUNING, knobs=knobs, relevance=relevance_from(0.0, least=0.0))
        given = [await asked(tuning, scene.question) for scene in SCENES]
        rows.append(SceneRow(label, _shares(given)))
    return rows


async def vital_in_unrelated(library: Library) -> Mapping[str, float]:
    """Per cent of messages about something else to which a vital memory is given, by setting."""
    profile = await library.empty_profile()
    await _keep(library, profile, [scene for scene in SCENES if scene.group == "vital"])
    shares = {}
    for label, places in {
        "no layers": LayerPlaces(),
        "important 2": LayerPlaces(important=2),
        "important 4": LayerPlaces(important=4),
    }.items():
        recaller = _recaller(library, replace(DEFAULT_TUNING, places=places))
        found = [
            await recaller.recall(profile, text, by=library.caller, shown=None)
            for text in UNRELATED
        ]
        shares[label] = 100 * float(np.mean([any(map(_is_vital, f.memories)) for f in found]))
    return shares


async def _keep(library: Library, profile: Profile, played: Sequence[Scene]) -> None:
    now = utc_now()
    await library.remember(
        profile,
        [
            a_memory(
                profile,
                one.content,
                kind=one.kind,
                importance=one.importance,
                said_at=now - timedelta(days=one.days_ago),
            )
            for scene in played
            for one in (scene.wanted, *scene.others)
        ],
    )


def _is_vital(one: Recalled) -> bool:
    return one.memory is not None and one.memory.importance >= 0.9


def _recaller(library: Library, tuning: Tuning) -> Recaller:
    container = library.container
    return Recaller(
        container.supabase.database,
        index=container.stores.index,
        embedder=container.stores.embedder,
        indexer=container.mem0.indexer,
        top_k=TOP_K,
        candidates=DEFAULT_CANDIDATES,
        deadline_s=60.0,
        clock=utc_now,
        tuning=tuning,
    )


def _shares(given: Sequence[Sequence[Recalled]]) -> Mapping[str, float]:
    """By group, how often the wanted memory stands before the scene's others; vital ones early."""
    good: dict[str, list[bool]] = {}
    for scene, found in zip(SCENES, given, strict=True):
        contents = [one.content for one in found]
        judge: Callable[[Scene, Sequence[str]], bool] = (
            _is_early if scene.group == "vital" else _is_first
        )
        good.setdefault(scene.group, []).append(judge(scene, contents))
    return {group: 100 * float(np.mean(some)) for group, some in good.items()}


def _is_first(scene: Scene, contents: Sequence[str]) -> bool:
    return _place(scene.wanted, contents) < min(_place(one, contents) for one in scene.others)


def _is_early(scene: Scene, contents: Sequence[str]) -> bool:
    return _place(scene.wanted, contents) < WANTED_AMONG


def _place(kept: Kept, contents: Sequence[str]) -> int:
    return contents.index(kept.content) if kept.content in contents else len(contents)
