import re
from collections.abc import Iterator, Mapping
from string import Formatter
from typing import Final

from app.adapters.rules.rule import Rule
from app.adapters.rules.wording import Tidier

_AS_SAID: Final = frozenset({"age", "be", "day", "name", "place", "prep", "verb", "who"})
"""Groups that the pattern itself keeps short. All others are tidied."""


class Phraser:
    """Writes memories out of what a rule captured."""

    def __init__(self) -> None:
        self._tidier = Tidier()

    def memories(self, rule: Rule, match: re.Match[str], *, subject: str) -> Iterator[str]:
        """The rule's memories for which every group says something, in their order."""
        words = {"S": subject, **self._words(match.groupdict())}
        for template in rule.says:
            needed = {field for _, field, _, _ in Formatter().parse(template) if field}
            if needed <= words.keys():
                yield template.format_map(words)

    def slot(self, rule: Rule, match: re.Match[str]) -> str | None:
        """What the memory would be the only answer to."""
        return rule.slot.format_map(match.groupdict()) if rule.slot else None

    def _words(self, groups: Mapping[str, str | None]) -> Mapping[str, str]:
        words = {
            name: tidied
            for name, said in groups.items()
            if said and (tidied := said if name in _AS_SAID else self._tidier.tidy(said))
        }
        if "verb" in words:
            words["verbs"] = third_person(words["verb"])
        return words


def third_person(verb: str) -> str:
    """The verb after `she`: `teach` to `teaches`, `fly` to `flies`."""
    if verb.endswith(("ch", "sh", "ss", "x", "o")):
        return f"{verb}es"
    if verb.endswith("y") and verb[-2] not in "aeou":
        return f"{verb[:-1]}ies"
    return f"{verb}s"
