from pathlib import Path

import pytest
from pydantic import ValidationError

from app.core.config import Settings
from app.core.recall_tuning import tuning_of
from app.models.memory import MemoryKind
from app.services.tuning import DEFAULT_TUNING, Tuning
from tests.support.forked import main_py
from tests.support.server import inherited

PREFIX = "MEMORYCHAT_RECALL__"


def settings(folder: Path, *lines: str) -> Settings:
    """The settings that a file of these lines makes."""
    file = folder / "settings.env"
    file.write_text("".join(f"{PREFIX}{line}\n" for line in lines), encoding="utf-8")
    return Settings(_env_file=file)


def test_unset_settings_are_what_was_measured() -> None:
    assert tuning_of(Settings(_env_file=None).recall) == DEFAULT_TUNING == Tuning()


def test_every_setting_reaches_recall(tmp_path: Path) -> None:
    given = tuning_of(
        settings(
            tmp_path,
            "IMPORTANCE=0.4",
            "RECENCY=0.1",
            "THRESHOLD=0.75",
            "LEAST_MATCH=0.3",
            "HALF_LIFE_DAYS__EVENT=30",
            "HALF_LIFE_DAYS__FACT=0",
            "HALF_LIFE_DAYS__CONTEXT=0",
            "WEIGHTS__LEXICAL=0.5",
            "LAYERS__IMPORTANT=2",
        ).recall
    )

    assert (given.knobs.importance, given.knobs.recency) == (0.4, 0.1)
    assert given.knobs.half_life_days == {MemoryKind.EVENT: 30}
    assert given.weights.lexical == 0.5
    assert given.places.important == 2
    assert given.relevance.each == 0.3
    assert given.relevance.constant < DEFAULT_TUNING.relevance.constant


@pytest.mark.parametrize(
    "line",
    [
        "TOP_K=0",
        "TOP_K=101",
        "CANDIDATES=1e9",
        "DEADLINE_S=inf",
        "THRESHOLD=1",
        "THRESHOLD=-0.1",
        "THRESHOLD=nan",
        "LEAST_MATCH=-1",
        "IMPORTANCE=nan",
        "IMPORTANCE=-1",
        "IMPORTANCE=3",
        "RECENCY=inf",
        "HALF_LIFE_DAYS__FACT=-1",
        "HALF_LIFE_DAYS__FACT=nan",
        "HALF_LIFE_DAYS__FACT=1e9",
        "HALF_LIFE_DAYS__OPINION=30",
        "HALF_LIFE_DAYS=30",
        "WEIGHTS__LEXICAL=-0.1",
        "WEIGHTS__LEXICAL=nan",
        "WEIGHTS__QUESTION=0.1",
        "WEIGHTS__CHARM=1",
        "LAYERS__RECENT=-1",
        "LAYERS__RECENT=21",
        "LAYERS__RECENT=two",
        "LAYERS__VITAL=1",
        "SHYNESS=1",
    ],
)
def test_what_makes_no_sense_is_refused(tmp_path: Path, line: str) -> None:
    with pytest.raises(ValidationError) as refused:
        settings(tmp_path, line)

    where = "__".join(str(part) for part in refused.value.errors()[0]["loc"]).upper()
    assert where.startswith(f"RECALL__{line.partition('=')[0]}")


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("THRESHOLD=2", "MEMORYCHAT_RECALL__THRESHOLD: Input should be less than 1."),
        ("IMPORTANCE=nan", "MEMORYCHAT_RECALL__IMPORTANCE: Input should be a finite number."),
        ("SHYNESS=1", "MEMORYCHAT_RECALL__SHYNESS is not a setting: see .env.example."),
    ],
)
def test_the_start_is_refused_with_a_sentence(tmp_path: Path, line: str, sentence: str) -> None:
    (tmp_path / ".env").write_text(f"{PREFIX}{line}\n", encoding="utf-8")

    started = main_py("migrate", environment=inherited(), folder=tmp_path)

    assert started.returncode == 1
    assert f"does not start: {sentence}" in started.stderr
