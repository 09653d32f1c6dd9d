"""Allergies, diets and illnesses: what it would do harm to forget."""

from typing import Final

from app.adapters.rules import words as w
from app.adapters.rules.rule import Rule
from app.models.memory import MemoryKind

_FACT: Final = MemoryKind.FACT

HEALTH: Final[tuple[Rule, ...]] = (
    Rule(
        pattern=(
            r"I am (?:(?:severely|very|deathly|highly|slightly|mildly|badly) )?(?P<what>"
            r"(?:allergic|intolerant|sensitive) to .+)"
        ),
        says=("{S} is {what}.",),
        kind=_FACT,
        importance=0.95,
    ),
    Rule(
        pattern=(
            rf"I (?:am|have been) (?:(?:an? )?(?:(?:strict|lifelong|committed) )?)"
            rf"(?P<what>{w.EATING})\b"
        ),
        says=("{S} is {what}.",),
        kind=_FACT,
        importance=0.9,
        slot="{S}|diet",
    ),
    Rule(
        pattern=rf"I am (?:(?:a )?(?:strict|lifelong|committed) )?(?P<what>{w.DIET})\b",
        says=("{S} is {what}.",),
        kind=_FACT,
        importance=0.9,
    ),
    Rule(
        pattern=rf"I have (?:got |been diagnosed with |had )?(?P<what>{w.ILLNESS})\b",
        says=("{S} has {what}.",),
        kind=_FACT,
        importance=0.9,
    ),
    Rule(
        pattern=r"I (?:suffer|am suffering) from (?P<what>.+)",
        says=("{S} suffers from {what}.",),
        kind=_FACT,
        importance=0.9,
    ),
    Rule(
        pattern=r"I was diagnosed (?P<what>(?:with|as) .+)",
        says=("{S} was diagnosed {what}.",),
        kind=_FACT,
        importance=0.9,
    ),
    Rule(
        pattern=(
            r"I (?:cannot|must not|may not|am not allowed to) (?P<verb>eat|drink|have|take"
            r"|digest|tolerate) (?P<what>(?!it\b|that\b|more|much|wait).+)"
        ),
        says=("{S} cannot {verb} {what}.",),
        kind=_FACT,
        importance=0.9,
    ),
    Rule(
        pattern=(
            r"I (?:take|am taking|am on) (?P<what>(?:[\w-]+ ){0,2}(?:medication|insulin"
            r"|antidepressants|antibiotics|statins|metformin|blood thinners|painkillers"
            r"|beta blockers|the pill)\b.*)"
        ),
        says=("{S} takes {what}.",),
        kind=_FACT,
        importance=0.9,
    ),
    Rule(
        pattern=(
            r"I (?:use|am in|need|wear) (?P<what>(?:a|an) (?:wheelchair|hearing aid"
            r"|walking stick|prosthesis|cane|pacemaker|screen reader|insulin pump)|hearing aids"
            r"|glasses|contact lenses)\b"
        ),
        says=("{S} uses {what}.",),
        kind=_FACT,
        importance=0.7,
    ),
    Rule(
        pattern=(
            r"my (?P<what>blood type|height|weight|shoe size|ring size|clothes size"
            r"|dress size) is (?P<it>.+)"
        ),
        says=("{S}'s {what} is {it}.",),
        kind=_FACT,
        importance=0.7,
        slot="{S}|{what}",
    ),
    Rule(
        pattern=(
            r"I (?:have )?(?:quit|stopped|gave up|given up) (?P<what>(?:smoking|drinking|coffee"
            r"|alcohol|sugar|meat|caffeine|gluten|dairy|eating \w+)\b.*)"
        ),
        says=("{S} gave up {what}.",),
        kind=_FACT,
        importance=0.8,
    ),
    Rule(
        pattern=r"I am (?P<what>on (?:a|an|the) (?:[\w-]+ ){0,3}diet|(?:fasting|dieting)\b.{0,30})",
        says=("{S} is {what}.",),
        kind=MemoryKind.CONTEXT,
        importance=0.7,
    ),
)
