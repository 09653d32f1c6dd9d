"""What it takes, inside a transaction, to forget a whole profile, or all that an account owns."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from app.models.ids import ProfileId, SessionId
from app.models.session import Session
from app.models.user import Caller
from app.ports.database import Transaction
from app.services.erasing import Erased, empty_session, forget_elsewhere, owe_forgetting, owe_wipe
from app.services.index_entries import wanted_points
from app.services.own_profiles import profiles_of
from app.services.versions import ANY_VERSION, Expected


def forget_session(tx: Transaction, caller: Caller, session: Session, *, quotes: bool) -> Erased:
    """The session is gone, and whatever was known from it alone."""
    erased = empty_session(tx, caller, session.id, quotes=quotes)
    tx.sessions.delete(session.id, owner=caller.user_id)
    if session.title:
        owe_wipe(tx, caller)
    return replace(
        erased,
        counts=erased.counts + Counter(chat_sessions=1),
        is_in_files=erased.is_in_files or bool(session.title),
    )


def forget_profile(
    tx: Transaction,
    caller: Caller,
    profile_id: ProfileId,
    *,
    at: datetime,
    expected: Expected = ANY_VERSION,
) -> tuple[Erased, Sequence[SessionId]]:
    """The profile is gone with all that it has; its sessions.

    Raises:
        ProfileNotFound: absent, or someone else's.
        LastProfile: it is the caller's only one.
        PreconditionFailed: it is not as is expected.
    """
    profile = tx.profiles.get(profile_id, owner=caller.user_id)
    expected.require(profile)
    sessions = tx.sessions.ids_of_profile(profile_id)
    points = len(wanted_points(tx, profile.namespace))
    before = Counter(dict(tx.users.owned_row_counts(caller.user_id)))
    elsewhere = forget_elsewhere(tx, caller, profile)
    tx.profiles.delete(profile_id, owner=caller.user_id, at=at)
    before.subtract(dict(tx.users.owned_row_counts(caller.user_id)))
    tx.index_changes.mark_all(profile.namespace, tenant_id=caller.tenant_id)
    owe_forgetting(tx, caller, files=True)
    counts = +before + Counter(index_points=points + elsewhere.counts["index_points"])
    return replace(elsewhere, counts=counts), sessions


def forget_owned(tx: Transaction, caller: Caller) -> tuple[Counter[str], Sequence[SessionId]]:
    """What goes with the account, which is not gone yet, and its sessions; the index lets go of it.

    Raises:
        UserNotFound: it is gone already.
    """
    tx.users.get(caller.user_id)
    profiles = profiles_of(tx, caller.user_id)
    sessions = [sid for p in profiles for sid in tx.sessions.ids_of_profile(p.id)]
    counts = Counter(dict(tx.users.owned_row_counts(caller.user_id)))
    for profile in profiles:
        counts["index_points"] += len(wanted_points(tx, profile.namespace))
        tx.index_changes.mark_all(profile.namespace, tenant_id=caller.tenant_id)
    owe_wipe(tx, caller, files=True)
    return counts, sessions
