"""All of a file, or nothing of it."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest

from app.models.portable import PortableFormat
from tests.support.person import Person, events_of, eventually
from tests.support.portable_files import (
    MEMORY,
    MESSAGE,
    MOMENT,
    PROFILE,
    SAMPLES,
    a_family,
    a_file,
    a_memory_line,
    a_message_line,
    a_profile_line,
    a_session_line,
    zipped,
)
from tests.support.problem import problem_of
from tests.support.round_trip import essence, records_of
from tests.support.server import Server

FORMATS = list(PortableFormat)
MANY = 500
"""Records that are written at a time."""


@pytest.fixture
def family(ada: Person) -> str:
    return ada.profile("family")


def post(person: Person, profile: str | None, content: Any, **query: Any) -> Any:
    path = f"/memory-profiles/{profile}/import" if profile else "/me/import"
    return person.http.post(f"/api/v1{path}", content=content, params=query)


def contents(person: Person, profile: str) -> list[str]:
    """What is known on a profile, and what was said, in no order."""
    records = records_of(person.exported(profile))
    return sorted(one["content"] for one in records if "content" in one)


@pytest.mark.parametrize("file_format", FORMATS)
def test_a_file_of_any_format_is_recognised_and_imported(
    ada: Person, family: str, file_format: PortableFormat
) -> None:
    content = SAMPLES[file_format]()
    plan = ada.planned(family, content)

    done = ada.imported(family, content)

    assert (done["status"], done["format"], done["error"]) == ("done", file_format, None)
    assert done["done"] == done["total"] > 0
    assert plan["records"] == done["records"]
    assert plan["to_learn"] == done["to_learn"]
    ada.settle(family)
    assert "Bergen" in str(ada.memories(family)), "imported, or learnt from what was imported"


@pytest.mark.parametrize("file_format", FORMATS)
def test_what_was_imported_is_recalled(
    ada: Person, family: str, file_format: PortableFormat
) -> None:
    ada.imported(family, SAMPLES[file_format]())
    ada.settle(family)

    found = ada.post(f"/memory-profiles/{family}/memories/search", {"query": "Bergen"})["data"]

    assert "Bergen" in found[0]["content"]


@pytest.mark.parametrize("file_format", FORMATS)
def test_a_file_that_is_imported_twice_is_there_once(
    ada: Person, family: str, file_format: PortableFormat
) -> None:
    content = SAMPLES[file_format]()
    ada.imported(family, content)
    ada.settle(family)
    before = essence(ada.exported(family))

    again = ada.imported(family, content)

    assert {tally["added"] for tally in again["records"].values()} == {0}
    assert again["to_learn"] == 0
    ada.settle(family)
    assert essence(ada.exported(family)) == before


def test_a_dry_run_changes_nothing(ada: Person, family: str) -> None:
    before = ada.get(f"/memory-profiles/{family}/memories/stats"), ada.get("/sessions")

    plan = ada.planned(family, a_family())

    assert plan["errors"] == []
    assert plan["records"]["memories"] == {"in_file": 1, "added": 1, "known": 0}
    assert before == (ada.get(f"/memory-profiles/{family}/memories/stats"), ada.get("/sessions"))


def test_a_conversation_keeps_its_times_and_is_learnt_from(ada: Person, family: str) -> None:
    ada.imported(family, SAMPLES[PortableFormat.CLAUDE]())
    ada.settle(family)

    [session] = ada.get("/sessions")["data"]
    assert session["title"] == "Bergen"
    assert session["created_at"] == "2024-05-01T10:00:00.123456Z"
    first, second = ada.messages(session["id"])
    assert (first["role"], second["role"]) == ("user", "assistant")
    assert first["created_at"] == "2024-05-01T10:00:01Z"
    assert {m["source"] for m in ada.memories(family)} == {"learnt"}
    assert {tuple(m["source_message_ids"]) for m in ada.memories(family)} == {(first["id"],)}


def test_a_file_of_a_day_when_names_had_line_breaks_is_imported(ada: Person, family: str) -> None:
    persona = {"name": "Anna\r\nLund"}

    done = ada.imported(family, a_file(a_profile_line(name="Anna\nLund", persona=persona)))

    assert done["status"] == "done"


def test_a_conversation_that_went_on_elsewhere_goes_on_here(ada: Person, family: str) -> None:
    [conversation] = orjson.loads(SAMPLES[PortableFormat.CLAUDE]())
    ada.imported(family, orjson.dumps([conversation]))
    more = {"uuid": "message-3", "sender": "human", "text": "She likes figs."}
    conversation["chat_messages"].append(more)

    again = ada.imported(family, orjson.dumps([conversation]))

    assert again["records"]["messages"] == {"in_file": 3, "added": 1, "known": 2}
    [session] = ada.get("/sessions")["data"]
    assert [m["content"] for m in ada.messages(session["id"])][-1] == "She likes figs."
    assert session["message_count"] == 3


def test_a_profile_that_does_not_learn_does_not_learn_from_a_file(ada: Person) -> None:
    quiet = ada.post("/memory-profiles", {"name": "quiet", "learning": "off"})["id"]

    done = ada.imported(quiet, SAMPLES[PortableFormat.CHATGPT]())

    assert done["to_learn"] == 0
    ada.settle(quiet)
    assert ada.memories(quiet) == []
    messages = [one for one in records_of(ada.exported(quiet)) if one["type"] == "message"]
    assert messages
    assert not any(one["learnable"] or one["searchable"] for one in messages)


def test_what_a_file_wants_of_learning_does_not_loosen_a_profile(ada: Person) -> None:
    quiet = ada.post("/memory-profiles", {"name": "quiet", "learning": "off"})["id"]

    ada.imported(quiet, a_family())

    assert ada.get(f"/memory-profiles/{quiet}")["learning"] == "off"


def test_what_was_deleted_here_comes_back_to_its_place(ada: Person, family: str) -> None:
    session = ada.session(family)
    for said in ("My sister Anna lives in Bergen.", "And I in Oslo.", "Goodbye."):
        ada.say(session, said)
    ada.settle(family)
    backup = ada.exported(family)
    ada.delete(f"/sessions/{session}/messages/{ada.messages(session)[2]['id']}")
    ada.delete(f"/memories/{ada.memories(family)[0]['id']}")

    done = ada.imported(family, backup)

    assert done["records"]["messages"]["added"] == 1
    assert essence(ada.exported(family)) != []
    assert [m["content"] for m in ada.messages(session)][2] == "And I in Oslo."
    assert len(ada.get("/sessions")["data"]) == 1


def test_a_memory_that_was_changed_here_stays_and_is_told(ada: Person, family: str) -> None:
    ada.post(f"/memory-profiles/{family}/memories", {"content": "I live in Bergen."})
    backup = ada.exported(family)
    [memory] = ada.memories(family)
    ada.patch(f"/memories/{memory['id']}", {"content": "I live in Oslo."})

    plan = ada.planned(family, backup)

    assert plan["conflicts"] == [{"kind": "memories", "id": memory["id"], "reason": "changed-here"}]
    ada.imported(family, backup)
    assert [m["content"] for m in ada.memories(family)] == ["I live in Oslo."]


@pytest.mark.parametrize("before_session", [MANY - 3, MANY - 2, MANY - 1, MANY, 2 * MANY])
def test_a_conversation_may_begin_anywhere(ada: Person, family: str, before_session: int) -> None:
    def numbered(number: int) -> str:
        return f"01a1f88d-0f87-7157-{number:04x}-f14925fe08a4"

    sessions = [a_session_line(id=numbered(number)) for number in range(before_session)]
    said = [a_message_line(session_id=sessions[-1]["id"], id=numbered(n), seq=n) for n in (1, 2)]
    more = [a_session_line(), a_message_line(id=numbered(3))]

    done = ada.imported(family, a_file(a_profile_line(), *sessions, *said, *more))

    assert done["status"] == "done"
    assert done["records"]["messages"]["added"] == 3


def forged() -> Iterator[Any]:
    """Files that are refused, with what is said of them."""
    good = a_family()
    lines = good.splitlines(keepends=True)
    secret = a_memory_line(source_message_ids=["01a1f88d-ffff-7000-8000-000000000000"])
    cases = {
        "empty": (b"", None),
        "nothing known": (b'{"a": 1}', None),
        "cut in a line": (good[:-40], "/lines/6"),
        "cut between lines": (b"".join(lines[:-1]), "/lines/6"),
        "checksum": (good.replace(b"Anna", b"Anne"), "/lines/6"),
        "counts": (a_file(a_profile_line(), end={"counts": {"profiles": 2}}), "/lines/3"),
        "version": (a_file(a_profile_line(), header={"version": 9}), "/lines/1"),
        "not UTF-8": (good.replace(b"Bergen", b"Berg\xe9n"), "/lines/4"),
        "deep": (lines[0] + b"[" * 100_000 + b"]" * 100_000 + b"\n", "/lines/2"),
        "not in the file": (a_file(a_profile_line(), secret), "/lines/3"),
        "long line": (lines[0] + b" " * 17_000_000 + b"\n", "/lines/2"),
        "surrogate": (good.replace(b"Bergen", rb"\ud800"), "/lines/4"),
    }
    for name, (content, place) in cases.items():
        yield pytest.param(content, place, id=name)


@pytest.mark.parametrize(("content", "place"), list(forged()))
def test_a_bad_file_is_refused_by_its_line_and_leaves_nothing(
    ada: Person, family: str, content: bytes, place: str | None
) -> None:
    answer = post(ada, family, content)

    problem = problem_of(answer, 422, "file-refused")
    if place is not None:
        assert problem["errors"][0]["pointer"] == place
        assert ada.planned(family, content)["errors"][0]["pointer"] == place
    assert contents(ada, family) == []
    assert ada.get("/sessions")["data"] == []


def test_ids_of_somebody_else_are_not_reached(ada: Person, bob: Person, family: str) -> None:
    theirs = bob.profile("theirs")
    session = bob.session(theirs)
    bob.say(session, "My sister Anna lives in Bergen.")
    bob.settle(theirs)
    stolen = bob.exported(theirs)
    before = bob.exported(theirs).splitlines()[1:-1]

    done = ada.imported(family, stolen)

    assert done["status"] == "done"
    assert bob.exported(theirs).splitlines()[1:-1] == before
    mine, his = (
        {one["id"] for one in records_of(person.exported(profile))}
        for person, profile in ((ada, family), (bob, theirs))
    )
    assert not mine & his
    problem_of(post(ada, theirs, stolen), 404, "profile-not-found")


def test_a_form_is_no_file(ada: Person, family: str) -> None:
    answer = ada.http.post(
        f"/api/v1/memory-profiles/{family}/import", files={"file": ("a.txt", b"I like tea.")}
    )

    problem_of(answer, 422, "invalid-input")
    assert ada.memories(family) == []


def test_an_accounts_file_does_not_go_into_a_profile_and_a_foreign_one_not_into_an_account(
    ada: Person, family: str
) -> None:
    assert "/me/import" in problem_of(post(ada, family, ada.exported()), 422)["detail"]
    problem_of(post(ada, None, SAMPLES[PortableFormat.TEXT]()), 422, "file-refused")


def test_a_profiles_file_becomes_a_profile_of_an_account(ada: Person, bob: Person) -> None:
    family = ada.profile("family")
    ada.post(f"/memory-profiles/{family}/memories", {"content": "I live in Bergen."})

    bob.imported(None, ada.exported(family))

    profiles = {one["name"]: one["id"] for one in bob.get("/memory-profiles")["data"]}
    assert [m["content"] for m in bob.memories(profiles["family"])] == ["I live in Bergen."]


def test_a_profile_of_the_same_name_receives_and_keeps_its_settings(
    ada: Person, bob: Person
) -> None:
    ada.post("/memory-profiles", {"name": "Family", "description": "from Ada"})
    own = bob.post("/memory-profiles", {"name": "family", "description": "Bob's"})["id"]
    bob.post(f"/memory-profiles/{own}/memories", {"content": "I live in Oslo."})

    conflicts = bob.planned(None, ada.exported())["conflicts"]
    bob.imported(None, ada.exported())

    assert conflicts == [{"kind": "profiles", "id": own, "reason": "name-taken"}]
    assert bob.get(f"/memory-profiles/{own}")["description"] == "Bob's"
    assert len(bob.get("/memory-profiles")["data"]) == 2


def test_who_listens_hears_how_far_an_import_is(ada: Person, family: str) -> None:
    with ada.http.stream("GET", "/api/v1/events") as response:
        news = events_of(response)
        done = ada.imported(family, a_family())
        heard = next(one for one in news if one.get("status") == "done")

    assert heard["type"] == "import.updated"
    assert (heard["import_id"], heard["done"]) == (done["id"], done["total"])
    assert "Bergen" not in str(heard)


def while_one_uploads(ada: Person, family: str) -> tuple[httpx.Response, httpx.Response]:
    """What a slow upload is answered in the end, and a second one that comes meanwhile."""
    begun, goes_on = threading.Event(), threading.Event()

    def slowly() -> Iterator[bytes]:
        yield a_family()[:100]
        begun.set()
        goes_on.wait(20)
        yield a_family()[100:]

    answers: list[httpx.Response] = []
    first = threading.Thread(target=lambda: answers.append(post(ada, family, slowly())))
    first.start()
    try:
        assert begun.wait(20)
        second = post(ada, family, a_family(), dry_run=True)
    finally:
        goes_on.set()
        first.join()
    return answers[0], second


def test_one_import_at_a_time(ada: Person, family: str) -> None:
    first, second = eventually(
        lambda: while_one_uploads(ada, family),
        lambda both: [one.status_code for one in both] == [202, 409],  # whichever came first
    )
    problem_of(second, 409, "transfer-in-progress")
    assert first.status_code == 202


def test_an_upload_over_the_limit_is_refused_and_leaves_no_file(tmp_path: Path) -> None:
    environment = {"MEMORYCHAT_IMPORTS__MAX_BYTES": "1000000"}
    with Server(tmp_path, environment) as server, Person(server) as ada:
        family = ada.profile("family")
        before = sorted(path.name for path in server.data_dir.rglob("*"))

        def chunks() -> Iterator[bytes]:
            for _ in range(20):
                yield b"I like tea.\n" * 10_000

        for content in (b"".join(chunks()), chunks()):
            problem_of(post(ada, family, content), 413, "payload-too-large")
        assert ada.memories(family) == []
        assert sorted(path.name for path in server.data_dir.rglob("*")) == before


def test_an_archive_is_imported(ada: Person, family: str) -> None:
    archive = zipped({"conversations.json": SAMPLES[PortableFormat.CHATGPT]()})

    assert ada.imported(family, archive)["format"] == "chatgpt"


def test_ids_in_a_file_are_mapped_alike_throughout(ada: Person, family: str) -> None:
    ada.imported(family, a_family())

    records = {one["type"]: one for one in records_of(ada.exported(family))}
    assert records["memory"]["source_message_ids"] == [records["message"]["id"]]
    assert records["message"]["session_id"] == records["session"]["id"]
    assert not {PROFILE, MESSAGE, MEMORY} & {one["id"] for one in records.values()}


def test_an_upload_that_breaks_off_leaves_nothing_and_nobody_is_alarmed(
    server: Server, ada: Person, family: str
) -> None:
    def breaks_off() -> Iterator[bytes]:
        yield b"I like tea.\n"
        raise ConnectionError

    before = server.log.read_text().count('"level": "ERROR"')
    with pytest.raises(ConnectionError):
        post(ada, family, breaks_off())

    eventually(lambda: post(ada, family, b"I like figs."), lambda a: a.status_code == 202)
    eventually(lambda: ada.memories(family), bool)
    assert [memory["content"] for memory in ada.memories(family)] == ["I like figs."]
    assert server.log.read_text().count('"level": "ERROR"') == before


def test_when_an_import_is_done_the_next_may_begin(ada: Person, family: str) -> None:
    for number in range(20):
        ada.imported(family, f"I have {number} figs.".encode())
        ada.exported(family)


@pytest.mark.parametrize("stricter", ["profile", "session"])
def test_what_comes_into_a_session_that_is_here_obeys_that_session(
    ada: Person, family: str, stricter: str
) -> None:
    quiet = str(ada.post("/memory-profiles", {"name": "quiet", "learning": "off"})["id"])
    where, mode = (quiet, "normal") if stricter == "profile" else (family, "pause_memories")
    session = ada.session(where, mode=mode)
    account = {"type": "account", "email": ada.email, "display_name": None, "created_at": MOMENT}
    lines = (
        account,
        a_profile_line(id=family, is_default=True),
        a_session_line(id=session, memory_profile_id=family),
        a_message_line(session_id=session),
    )

    ada.imported(None, a_file(*lines, header={"scope": "account"}))

    [message] = [one for one in records_of(ada.exported(where)) if one["type"] == "message"]
    assert (message["learnable"], message["searchable"]) == (False, False)


@pytest.mark.parametrize("sees", ["what was paused", "nothing else"])
def test_an_appended_answer_is_no_more_open_than_what_it_may_repeat(ada: Person, sees: str) -> None:
    session = ada.session(mode="pause_memories" if sees == "what was paused" else "normal")
    ada.say(session, "My boat is called Odette.")
    ada.patch(f"/sessions/{session}", {"privacy_mode": "normal"})

    answer = {"role": "assistant", "content": "As I said, it is Odette."}
    ada.post(f"/sessions/{session}/messages", {"messages": [answer]})

    records = records_of(ada.exported(ada.default_profile()))
    [appended] = [one for one in records if one.get("content") == answer["content"]]
    assert appended["learnable"] is (sees == "nothing else")
