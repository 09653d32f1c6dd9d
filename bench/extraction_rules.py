"""The rule extractor on hand-written sentences, by what they are about: `python -m bench.extraction_rules`.

A memory counts as right if it is worded as was expected, to the letter; the end of one likewise.
"""

import asyncio
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from app.adapters.rule_extractor import RuleExtractor
from tests.support.messages import a_message
from tests.unit.rule_changes import CHANGES_BY_SUBJECT, HELD_OUT_CHANGES
from tests.unit.rule_reported import HELD_OUT_REPORTED, REPORTED
from tests.unit.rule_sentences import HELD_OUT, STATEMENTS, Sentence

TUNED: Final[Mapping[str, Mapping[str, Sequence[Sentence]]]] = {
    "Statements": STATEMENTS,
    "Changes": CHANGES_BY_SUBJECT,
    "Reported": {"by a new user": REPORTED},
    "Held out": {
        "statements": HELD_OUT,
        "changes": HELD_OUT_CHANGES,
        "reported": HELD_OUT_REPORTED,
    },
}


@dataclass(frozen=True, slots=True)
class Score:
    """What became of some sentences."""

    sentences: int
    wanted: int
    found: int
    right: int

    def __str__(self) -> str:
        return (
            f"{self.sentences:9} {self.wanted:8} {_share(self.right, self.found):>10} "
            f"{_share(self.right, self.wanted):>8}"
        )


def main() -> None:
    """Prints precision and recall of each subject."""
    lines = [f"{'':46} sentences memories  precision   recall"]
    for title, subjects in TUNED.items():
        lines.append(title)
        scores = {subject: asyncio.run(_scored(some)) for subject, some in subjects.items()}
        lines += [f"  {subject:44} {score}" for subject, score in scores.items()]
    sys.stdout.write("\n".join(lines) + "\n")


async def _scored(sentences: Sequence[Sentence]) -> Score:
    extractor = RuleExtractor()
    wanted = found = right = 0
    for text, expected in sentences:
        said = [a_message(part) for part in text.split(" / ")]
        extracted = await extractor.extract(said, context=(), known=())
        got = {f"ends: {one.content}" if one.ends else one.content for one in extracted}
        wanted += len(expected)
        found += len(got)
        right += len(got & set(expected))
    return Score(len(sentences), wanted, found, right)


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.3f}" if whole else "–"


if __name__ == "__main__":
    main()
