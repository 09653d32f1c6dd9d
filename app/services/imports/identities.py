from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from app.models.ids import ProfileId, RunId, UserId, derived_id
from app.models.portable import Noun, Origin
from app.ports.database import Transaction


@dataclass(frozen=True, slots=True)
class Found:
    """What records are called here, and which of them are here already."""

    ids: Mapping[Origin, UUID]
    here: frozenset[UUID]


class Identities:
    """What records of a file are called here: the same in each pass, and each time it is imported.

    A record whose own row is here, in what is imported into, is that row. Any other gets an id
    that is derived from its origin and from what it is imported into: a second import finds it again,
    another account gets another one, and nobody can choose an id that is not his own.
    """

    def __init__(
        self,
        tx: Transaction,
        *,
        owner: UserId,
        into: UUID,
        within: Sequence[ProfileId] | None,
    ) -> None:
        self._tx = tx
        self._owner = owner
        self._into = into
        self._within = within
        self._is_blank = within is not None and all(map(tx.portability.is_blank, within))

    def find(self, noun: Noun, origins: Iterable[Origin]) -> Found:
        """Ids for all of the origins."""
        wanted = dict.fromkeys(origins)
        own = self._own(noun, [origin.id for origin in wanted if origin.id is not None])
        ids = {
            origin: origin.id if origin.id in own and origin.id else self._derived(noun, origin)
            for origin in wanted
        }
        derived = set(ids.values()) - own
        known = self._tx.portability.known(noun, derived, owner=self._owner, within=None)
        return Found(ids=ids, here=frozenset(own | known))

    def _own(self, noun: Noun, ids: Sequence[UUID]) -> set[UUID]:
        if self._is_blank:
            return set()
        return self._tx.portability.known(noun, ids, owner=self._owner, within=self._within)

    def run(self, origin: Origin) -> RunId:
        """What a run is called here: it has no row, so that nothing is looked up."""
        return RunId(self._derived("runs", origin))

    def _derived(self, noun: str, origin: Origin) -> UUID:
        seed = b"\x00".join((self._into.bytes, noun.encode(), origin.key.encode()))
        return derived_id(seed, at_ms=origin.at_ms)
