"""What several profiles found for one text, as one list: pure functions."""

from collections.abc import Sequence
from heapq import merge

from app.models.ids import ProfileId
from app.models.memory import Recalled
from app.models.namespace import Namespace
from app.models.profile import Profile
from app.services.recall import Ranked

Placed = tuple[Namespace, Ranked]
"""A hit, and where it was found."""


def best_first(profiles: Sequence[Profile], found: Sequence[Sequence[Ranked]]) -> Sequence[Placed]:
    """All that was found, by score; what one profile found stays in its order.

    Args:
        profiles: where it was looked; of equals, what the earlier one found comes first.
        found: by each of them, best first.
    """
    placed = [
        [(profile.namespace, one) for one in some]
        for profile, some in zip(profiles, found, strict=True)
    ]
    return list(merge(*placed, key=lambda one: -round(one[1].score, 6)))


def said_once(found: Sequence[Recalled]) -> Sequence[Recalled]:
    """Those that no other profile says above them word for word, as copies do; in their order."""
    kept: list[Recalled] = []
    said_by: dict[str, ProfileId] = {}
    for one in found:
        if said_by.setdefault(one.content, one.profile_id) == one.profile_id:
            kept.append(one)
    return kept
