import hashlib
import re

import orjson

from app.models.portable import PortableFormat
from tests.support.person import PASSWORD, Person
from tests.support.portable_files import flaws_of
from tests.support.problem import problem_of
from tests.support.round_trip import records_of

OURS = PortableFormat.MEMORYCHAT


def a_life(person: Person) -> str:
    """A profile on which something was said, learnt, paused and hidden."""
    family = person.profile("family")
    session = person.session(family)
    person.say(session, "My sister Anna lives in Bergen.")
    person.say(person.session(family, mode="pause_memories"), "I am tired.")
    person.say(person.session(family, mode="incognito"), "My password is Zyrafa.")
    person.settle(family)
    return family


def test_a_profile_is_one_file_that_says_what_is_known_and_from_where(ada: Person) -> None:
    family = a_life(ada)

    records = records_of(ada.exported(family))

    [profile] = [one for one in records if one["type"] == "profile"]
    assert (profile["id"], profile["name"]) == (family, "family")
    assert len([one for one in records if one["type"] == "session"]) == 2
    said = {one["id"]: one for one in records if one["type"] == "message"}
    assert len(said) == 4
    memories = [one for one in records if one["type"] == "memory"]
    assert {one["id"] for one in memories} == {one["id"] for one in ada.memories(family)}
    for memory in memories:
        [source] = memory["source_message_ids"]
        assert said[source]["content"] == "My sister Anna lives in Bergen."
        assert memory["versions"][-1]["content"] == memory["content"]


def test_a_file_is_counted_checksummed_and_readable_here(ada: Person) -> None:
    content = ada.exported(a_life(ada))

    *lines, last = content.splitlines(keepends=True)
    end = orjson.loads(last)
    assert end["sha256"] == hashlib.sha256(b"".join(lines)).hexdigest()
    assert end["counts"] == orjson.loads(lines[0])["counts"]
    assert flaws_of(OURS, content) == []


def test_no_word_said_in_incognito_is_in_a_file(ada: Person) -> None:
    family = a_life(ada)

    assert b"Zyrafa" not in ada.exported(family) + ada.exported()
    assert b"incognito" not in ada.exported(family), "not even that there was such a session"


def test_an_account_has_all_its_profiles_and_nothing_that_signs_in(ada: Person) -> None:
    a_life(ada)
    content = ada.exported()

    records = records_of(content)
    assert records[0].keys() == {"type", "email", "display_name", "created_at"}
    assert records[0]["email"] == ada.email
    assert {one["name"] for one in records if one["type"] == "profile"} == {"personal", "family"}
    for secret in (PASSWORD, ada.credentials["access_token"], ada.credentials["refresh_token"]):
        assert secret.encode() not in content
    assert b"$2b$" not in content, "how a bcrypt hash begins"


def test_the_name_of_a_file_says_nothing_of_its_owner(ada: Person) -> None:
    family = ada.profile("Zyrafa")
    for path in (f"/memory-profiles/{family}/export", "/me/export"):
        headers = ada.http.get(f"/api/v1{path}").headers
        assert headers["content-type"] == "application/x-ndjson"
        assert headers["cache-control"] == "no-store"
        name = re.fullmatch(r'attachment; filename="([^"]+)"', headers["content-disposition"])
        assert name
        assert re.fullmatch(r"memorychat-(profile|account)-\d{8}T\d{6}Z\.jsonl", name[1])


def test_nobody_exports_what_is_not_theirs(ada: Person, bob: Person) -> None:
    family = a_life(ada)

    problem_of(bob.http.get(f"/api/v1/memory-profiles/{family}/export"), 404, "profile-not-found")
    assert b"Bergen" not in bob.exported()


def test_what_was_deleted_is_in_no_file(ada: Person) -> None:
    family = a_life(ada)
    for memory in ada.memories(family):
        ada.delete(f"/memories/{memory['id']}")
    for session in ada.get("/sessions")["data"]:
        ada.delete(f"/sessions/{session['id']}/messages")

    assert b"Bergen" not in ada.exported(family)
    assert flaws_of(OURS, ada.exported(family)) == []


def test_a_file_of_a_profile_names_nothing_of_another(ada: Person) -> None:
    family = a_life(ada)
    copy = ada.post(f"/memory-profiles/{family}/copy", {"name": "copy"})["profile"]["id"]

    content = ada.exported(copy)

    memories = [one for one in records_of(content) if one["type"] == "memory"]
    assert memories
    assert all(one["source_message_ids"] == [] for one in memories)
    assert flaws_of(OURS, content) == []
    assert flaws_of(OURS, ada.exported()) == []
