import re
from collections.abc import Mapping
from string import Formatter
from typing import Final

from app.adapters.rules.wording import Tidier

_AS_SAID: Final = frozenset({"age", "be", "day", "name", "place", "prep", "verb", "who"})
"""Groups that the pattern itself keeps short. All others are tidied."""


class Phraser:
    """Writes memories out of what a rule captured."""

    def __init__(self) -> None:
        self._tidier = Tidier()

    def words(self, match: re.Match[str], *, subject: str) -> dict[str, str]:
        """What can be put into a template; a group that is not worth remembering is missing."""
        words = {
            name: tidied
            for name, said in match.groupdict().items()
            if said and (tidied := self._tidied(name, said, subject))
        }
        if "verb" in words:
            words["verbs"] = third_person(words["verb"])
        if "name" in words:
            words["is"] = "are" if " and " in words["name"] else "is"
        return {"S": subject, **words}

    def written(self, template: str, words: Mapping[str, str]) -> str | None:
        """The template with the words in it; None when it needs one that is missing."""
        needed = {field for _, field, _, _ in Formatter().parse(template) if field}
        return template.format_map(words) if needed <= words.keys() else None

    def _tidied(self, group: str, said: str, subject: str) -> str | None:
        if group in _AS_SAID:
            return said.replace(",", "") if group == "who" else said
        return self._tidier.tidy(said, owner=subject if group == "tells" else None)


def third_person(verb: str) -> str:
    """The verb after `she`: `teach` to `teaches`, `fly` to `flies`."""
    if verb.endswith(("ch", "sh", "ss", "x", "o")):
        return f"{verb}es"
    if verb.endswith("y") and verb[-2] not in "aeou":
        return f"{verb[:-1]}ies"
    return f"{verb}s"
