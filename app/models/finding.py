from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """What a look at one part of an installation says of it."""

    OK = "ok"
    TROUBLE = "trouble"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at. Ids, counts, sizes and addresses; never a word or a secret."""

    check: str
    verdict: Verdict
    detail: str
    remedy: str | None = None
    """What to do about it, for trouble."""


def fine(check: str, detail: str) -> Finding:
    """It is as it should be."""
    return Finding(check, Verdict.OK, detail)


def trouble(check: str, detail: str, *, remedy: str) -> Finding:
    """It is not, and this mends it."""
    return Finding(check, Verdict.TROUBLE, detail, remedy)


def skipped(check: str, detail: str) -> Finding:
    """It could not be looked at now."""
    return Finding(check, Verdict.SKIPPED, detail)


def size_of(number_bytes: int) -> str:
    """A size for people, in powers of 1,000."""
    size = float(number_bytes)
    for unit in ("bytes", "kB", "MB", "GB"):
        if size < 1_000 or unit == "GB":
            return f"{size:.0f} {unit}" if unit == "bytes" else f"{size:.1f} {unit}"
        size /= 1_000
    raise AssertionError("unreachable")
