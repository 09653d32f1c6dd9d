"""What becomes of each table in a move: all decisions, in one place. A test asks for one about every table."""

from collections.abc import Mapping, Sequence
from typing import Final

from sqlalchemy import Table

from app.adapters.sql.tables import document_files, metadata
from app.adapters.sql.user_keys import user_keys

MOVED: Final[Mapping[str, str]] = {
    "tenants": "customers, and which version of their key holds",
    "users": "accounts, with their passwords as bcrypt wrote them",
    "refresh_tokens": "whoever is signed in stays so",
    "identities": "by whom accounts are known elsewhere",
    "ended_logins": "what was signed out elsewhere stays so",
    "departed_identities": "erased accounts are not made again by a token from before, and elsewhere "
    "what is owed is still erased",
    "memory_profiles": "a user's",
    "api_keys": "whoever calls with one goes on; hashes, and the names that a user gave them",
    "chat_sessions": "a user's",
    "chat_session_reads": "a user's",
    "chat_messages": "a user's; what was forgotten is in none of them",
    "memories": "a user's",
    "memory_sources": "a user's",
    "memory_versions": "a user's",
    "memory_jobs": "what was said and not learnt yet is learnt there",
    "imports": "reports that a user may still look at",
    "documents": "a user's, with the keys of their files",
    "document_chunks": "a user's",
    "document_files": "originals, out of the folder; sealed as they are there",
    "index_changes": "what an index has still to let go of: on a server of its own it may be the same "
    "one after the move; all that is to come in is marked besides",
    "owed_wipes": "deletions that are not seen to yet: a bucket may be the same one after the move",
    "erasures": "how often something of a user was deleted goes on from there",
    "usage_months": "what was used of a plan stays used; nobody is on the way there, so holds run out",
    "encryption": "how far words are encrypted",
    "key_erasures": "keys of erased accounts that have still to go, go there",
    "intents": "a request that is repeated after the move is not carried out again, where the secret comes along",
    "user_keys": "keys of users, out of keys.db; wrapped as they are there",
}
LEFT: Final[Mapping[str, str]] = {
    "processes": "that used the old folder; none does",
    "heard_turns": "that a request is repeated: one that a move comes between is learnt from twice",
    "held_sessions": "whose memory words of incognito turns are in: no process has them any more",
}
"""The index itself is no table of ours: it is made anew, and never copied."""


def moved_tables() -> Sequence[Table]:
    """The tables that are moved, each after those that it refers to, originals last."""
    referring = [one for one in metadata.sorted_tables if one.name in MOVED]
    return [user_keys, *(one for one in referring if one is not document_files), document_files]
