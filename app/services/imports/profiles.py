"""Which profile here receives what a profile of a file holds."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import chain, count
from typing import Final, Protocol

from app.models.ids import ProfileId
from app.models.imports import Conflict, ConflictReason
from app.models.portable import Noun, Origin, PortableMessage, PortableProfile
from app.models.profile import Learning, Profile
from app.models.session import Session
from app.models.user import Caller
from app.ports.database import Transaction
from app.services.imports.identities import Identities
from app.services.imports.rows import Rows
from app.services.own_profiles import profiles_of
from app.services.turn_privacy import Exposure, effective_privacy, exposure_of

_STRICTNESS: Final = (Learning.AUTO, Learning.ASK, Learning.OFF)


@dataclass(frozen=True, slots=True)
class Target:
    """A profile that receives something, as it was before the import."""

    profile: Profile
    is_new: bool
    was_blank: bool
    """Whether nothing was there before, so that the file is kept exactly."""
    conflict: Conflict | None = None

    def learnable(
        self, message: PortableMessage, session: Session, *, session_was_here: bool
    ) -> bool:
        """Whether its file and this profile let it be learnt from, and a session that was here."""
        said_in = (
            session if session_was_here else replace(session, privacy_mode=message.privacy_mode)
        )
        privacy = effective_privacy(said_in, self.profile, by=None, message=message.privacy_mode)
        if message.repeats_forgotten:
            return False
        return message.learnable and privacy.policy.learn

    def exposure(self, message: PortableMessage, *, learnable: bool, returns: bool) -> Exposure:
        """Whether both its file and this profile let it be found, or would but for what it holds."""
        may_be = learnable and message.searchable
        return exposure_of(self.profile, learnable=may_be, returns=returns)


class Targets(Protocol):
    """Profiles of a file to profiles here."""

    def receive(self, record: PortableProfile) -> Target:
        """Who receives what the file's profile holds, from now on."""
        ...

    def of(self, origin: Origin | None) -> Target:
        """Who receives what is said to be that profile's."""
        ...


class OneProfile:
    """Everything goes into one profile, which keeps its name; a blank one takes the settings over."""

    def __init__(self, tx: Transaction, rows: Rows, *, into: Profile) -> None:
        self._rows = rows
        self._target = Target(into, is_new=False, was_blank=tx.portability.is_blank(into.id))

    def receive(self, record: PortableProfile) -> Target:
        """The one profile."""
        if self._target.was_blank:
            self._rows.update_profile(
                self._target.profile, _settings(record, onto=self._target.profile)
            )
        return self._target

    def of(self, origin: Origin | None) -> Target:
        """The one profile."""
        return self._target


class WholeAccount:
    """Each profile of the file goes to its like: the same one, one of the same name, or a new one.

    In an account with nothing in it, the file's default profile takes the place of the first one.
    """

    def __init__(
        self,
        tx: Transaction,
        rows: Rows,
        *,
        caller: Caller,
        identities: Identities,
        default: PortableProfile | None,
    ) -> None:
        self._tx = tx
        self._rows = rows
        self._caller = caller
        self._identities = identities
        here = profiles_of(tx, caller.user_id)
        self._free = {profile.id: profile for profile in here}
        self._names = {profile.name.casefold() for profile in here}
        self._targets: dict[Origin, Target] = {}
        if default is not None and len(here) == 1 and self._is_blank(here[0]):
            self._replace(here[0], default)

    def receive(self, record: PortableProfile) -> Target:
        """The like of the file's profile; it exists from now on."""
        known = self._targets.get(record.origin)
        target = known or self._same(record) or self._namesake(record) or self._new(record)
        self._free.pop(target.profile.id, None)
        self._targets[record.origin] = target
        return target

    def of(self, origin: Origin | None) -> Target:
        """Who receives what is said to be that profile's."""
        if origin is None:
            default = self._tx.profiles.default(owner=self._caller.user_id)
            return Target(default, is_new=False, was_blank=False)
        return self._targets[origin]

    def _replace(self, first: Profile, default: PortableProfile) -> None:
        changes = {**_settings(default, onto=first), "name": default.name}
        self._rows.update_profile(first, changes)
        self._names = {default.name.casefold()}
        self._free.clear()
        self._targets[default.origin] = Target(first, is_new=False, was_blank=True)

    def _same(self, record: PortableProfile) -> Target | None:
        same = self._free.get(self._id(record))
        return self._as_it_is(same) if same else None

    def _namesake(self, record: PortableProfile) -> Target | None:
        for profile in self._free.values():
            if profile.name.casefold() != record.name.casefold():
                continue
            if self._is_blank(profile):
                self._rows.update_profile(profile, _settings(record, onto=profile))
                return self._as_it_is(profile)
            conflict = Conflict(Noun.PROFILES, profile.id, ConflictReason.NAME_TAKEN)
            return replace(self._as_it_is(profile), conflict=conflict)
        return None

    def _new(self, record: PortableProfile) -> Target:
        profile = Profile(
            id=self._id(record),
            user_id=self._caller.user_id,
            name=self._free_name(record.name),
            description=record.description,
            is_default=False,
            persona=record.persona,
            learning=record.learning,
            redact_pii=record.redact_pii,
            speakers=(),
            created_at=record.created_at,
            updated_at=record.updated_at,
        )
        self._rows.add_profile(profile)
        return Target(replace(profile, learning=Learning.AUTO), is_new=True, was_blank=True)

    def _as_it_is(self, profile: Profile) -> Target:
        was_blank = self._tx.portability.is_blank(profile.id)
        return Target(profile, is_new=False, was_blank=was_blank)

    def _free_name(self, name: str) -> str:
        numbered = (f"{name[:90]} ({number})" for number in count(2))
        free = next(one for one in chain([name], numbered) if one.casefold() not in self._names)
        self._names.add(free.casefold())
        return free

    def _id(self, record: PortableProfile) -> ProfileId:
        found = self._identities.find(Noun.PROFILES, [record.origin])
        return ProfileId(found.ids[record.origin])

    def _is_blank(self, profile: Profile) -> bool:
        untouched = profile.description is None and profile.persona is None
        return untouched and self._tx.portability.is_blank(profile.id)


def _settings(record: PortableProfile, *, onto: Profile) -> Mapping[str, object]:
    """What a blank profile takes over; of two wishes about learning the stricter one holds."""
    return {
        "description": onto.description or record.description,
        "persona": onto.persona or record.persona,
        "learning": max(onto.learning, record.learning, key=_STRICTNESS.index),
        "redact_pii": onto.redact_pii or record.redact_pii,
    }
