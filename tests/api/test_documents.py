"""Documents: uploaded, cut up, found, quoted, copied, merged and forgotten."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.support.pdf import a_pdf
from tests.support.person import Person, eventually
from tests.support.problem import problem_of
from tests.support.round_trip import records_of
from tests.support.server import Server

LEASE = """\
# Lease

The notice period of the flat in Storgata is three months, from the end of a month on. Whoever \
gives notice does so in writing, and keeps a copy of the letter for a year at least.

# Deposit

The deposit is 30,000 kroner. It is kept at Nordea, in an account of its own, and is paid back \
within four weeks after the keys were handed over to the landlord.
"""
QUESTION = "What is the notice period of the flat in Storgata?"


@pytest.fixture
def bob(server: Server) -> Iterator[Person]:
    """Somebody else."""
    with Person(server, "bob") as person:
        yield person


def upload(ada: Person, profile: str, name: str, content: bytes, **form: str) -> httpx.Response:
    return ada.http.post(
        f"/api/v1/memory-profiles/{profile}/documents",
        files={"file": (name, content)},
        data=form,
    )


def searched(ada: Person, profile: str, query: str, **body: Any) -> list[Any]:
    path = f"/memory-profiles/{profile}/memories/search"
    return list(ada.post(path, {"query": query, **body})["data"])


def test_a_document_is_cut_up_and_kept_as_it_came(ada: Person) -> None:
    profile = ada.default_profile()

    document = ada.brought(profile, LEASE, name="Leie på Storgata.md")

    assert document["title"] == "Leie på Storgata"
    assert document["media_type"] == "text/markdown"
    assert document["bytes"] == len(LEASE)
    assert document["chunk_count"] == 2
    assert document["progress"] == {"indexed": 2, "total": 2}
    [first, second] = ada.get(f"/documents/{document['id']}/chunks")["data"]
    assert first["content"].startswith("# Lease\n\nThe notice period")
    assert (second["position"], second["page"]) == (2, None)
    original = ada.http.get(f"/api/v1/documents/{document['id']}/file")
    assert original.content == LEASE.encode()
    disposition = original.headers["content-disposition"]
    assert disposition == "attachment; filename*=UTF-8''Leie%20p%C3%A5%20Storgata.md"
    assert original.headers["content-type"] == "text/markdown"
    assert ada.get(f"/memory-profiles/{profile}/documents")["data"] == [document]


@pytest.mark.parametrize(
    ("name", "title", "downloaded", "kind"),
    [
        ("page.html", "", "page.html", "text/html"),
        ("page.htm", "A page.htm", "A%20page.htm", "text/html"),
        ("note.txt", "v1.2", "v1.2.txt", "text/plain"),
        ("note.txt", "note.html", "note.html.txt", "text/plain"),
    ],
)
def test_a_downloaded_file_keeps_its_kind_and_opens_in_no_page(
    ada: Person, name: str, title: str, downloaded: str, kind: str
) -> None:
    form = {"title": title} if title else {}
    document = ada.brought(ada.default_profile(), "<p>Hi there</p>", name=name, **form)

    headers = ada.http.get(f"/api/v1/documents/{document['id']}/file").headers

    assert headers["content-disposition"] == f"attachment; filename*=UTF-8''{downloaded}"
    assert headers["content-type"] == kind
    assert headers["x-content-type-options"] == "nosniff"


def test_lists_go_on_where_they_ended(ada: Person) -> None:
    profile = ada.default_profile()
    ids = [ada.brought(profile, f"Number {n}.", title=f"{n}")["id"] for n in range(3)]
    path = f"/memory-profiles/{profile}/documents"

    first = ada.get(path, limit=2)
    rest = ada.get(path, limit=2, cursor=first["next_cursor"])
    assert [one["id"] for one in (*first["data"], *rest["data"])] == ids[::-1]
    assert rest["next_cursor"] is None

    document = ada.brought(profile, LEASE)["id"]
    page = ada.get(f"/documents/{document}/chunks", limit=1)
    rest = ada.get(f"/documents/{document}/chunks", cursor=page["next_cursor"])
    assert [one["position"] for one in (*page["data"], *rest["data"])] == [1, 2]


def test_the_same_file_is_kept_once_in_a_profile(ada: Person) -> None:
    profile, other = ada.default_profile(), ada.profile("other")
    first = upload(ada, profile, "a.txt", b"The deposit is at Nordea.")
    again = upload(ada, profile, "b.txt", b"The deposit is at Nordea.")
    elsewhere = upload(ada, other, "a.txt", b"The deposit is at Nordea.")

    assert (first.status_code, again.status_code, elsewhere.status_code) == (201, 200, 201)
    assert again.json()["id"] == first.json()["id"] != elsewhere.json()["id"]
    assert again.json()["title"] == "a"


def test_it_comes_up_in_a_turn_and_is_cited(ada: Person) -> None:
    profile = ada.default_profile()
    document = ada.brought(profile, LEASE, title="Lease of the flat")

    answer = ada.say(ada.session(profile), QUESTION)

    used, *_ = [one for one in answer["memories_used"] if one["kind"] == "document"]
    assert used["source_document_id"] == document["id"]
    assert used["quote"] == {
        "document_id": document["id"],
        "title": "Lease of the flat",
        "position": 1,
        "page": None,
    }
    assert "three months" in used["content"]
    assert "“Lease of the flat”" in answer["content"]


@pytest.mark.parametrize("mode", ["pause_memories", "incognito"])
def test_it_is_read_where_memories_are(ada: Person, mode: str) -> None:
    profile = ada.default_profile()
    ada.brought(profile, LEASE)

    answer = ada.say(ada.session(profile, mode), QUESTION)

    assert bool(answer["memories_used"]) is (mode == "pause_memories")
    assert ("three months" in answer["content"]) is (mode == "pause_memories")


def test_what_it_does_not_speak_of_finds_nothing(ada: Person) -> None:
    profile = ada.default_profile()
    ada.brought(profile, LEASE)

    answer = ada.say(ada.session(profile), "Which instrument does my sister play?")

    assert answer["memories_used"] == []


def test_searches_find_it_among_memories_or_alone(ada: Person) -> None:
    profile = ada.default_profile()
    document = ada.brought(profile, LEASE)["id"]
    ada.post(f"/memory-profiles/{profile}/memories", {"content": "My deposit was expensive."})
    ada.settle(profile)

    both = searched(ada, profile, "Where is the deposit?")
    alone = searched(ada, profile, "Where is the deposit?", kinds=["document"])

    assert {one["kind"] for one in both} == {"fact", "document"}
    assert {one["source_document_id"] for one in alone} == {document}
    assert alone[0]["quote"]["position"] == 2
    assert alone[0]["memory"] is None


def test_pages_of_a_pdf_are_told(ada: Person) -> None:
    profile = ada.default_profile()
    made = upload(ada, profile, "lease.pdf", a_pdf("The keys.", "The deposit is at Nordea."))
    assert made.status_code == 201, made.text
    ada.settle(profile)

    [found] = searched(ada, profile, "Where is the deposit?", limit=1)

    assert (found["quote"]["page"], found["quote"]["position"]) == (2, 2)


REFUSED = {
    "empty": ("a.txt", b""),
    "blank": ("a.txt", b" \n "),
    "no text": ("a.html", b"<script>no()</script>"),
    "unknown": ("a.png", b"\x89PNG"),
    "nameless": ("file", b"Hello."),
    "undecodable": ("a.txt", "Når".encode("latin-1")),
    "another kind": ("a.pdf", b"Hello."),
    "damaged": ("a.pdf", b"%PDF-1.7 zebra"),
    "encrypted": ("a.pdf", a_pdf("One.", password="secret")),
    "no document": ("a.docx", b"PK\x03\x04zebra"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_read_is_refused_and_not_kept(ada: Person, name: str) -> None:
    profile = ada.default_profile()

    answer = upload(ada, profile, *REFUSED[name])

    problem_of(answer, 422, "document-refused")
    assert ada.get(f"/memory-profiles/{profile}/documents")["data"] == []


def test_bodies_that_are_no_form_are_refused(ada: Person) -> None:
    path = f"/api/v1/memory-profiles/{ada.default_profile()}/documents"
    boundary = {"Content-Type": "multipart/form-data; boundary=x"}
    for headers, body in (
        ({"Content-Type": "text/plain"}, b"Hello."),
        ({"Content-Type": "multipart/form-data"}, b"Hello."),
        (boundary, b"Hello."),
        (boundary, b"--x\r\nContent-Disposition: form-data\r\n\r\nHello.\r\n--x--"),
        (boundary, b'--x\r\nContent-Disposition: form-data; name="file"\r\n\r\nHello.'),
        (boundary, b'--x\r\nContent-Disposition: form-data; name="title"\r\n\r\nHi.\r\n--x--'),
        (boundary, b"--x--"),
        ({}, b""),
    ):
        answer = ada.http.post(path, content=body, headers=headers)
        problem_of(answer, 422, "invalid-input")


def test_a_file_over_the_limit_is_refused(ada: Person) -> None:
    answer = upload(ada, ada.default_profile(), "a.txt", b"Hello. " * 3_000_000)

    problem_of(answer, 413, "payload-too-large")


def test_a_text_of_too_many_chunks_is_refused(ada: Person) -> None:
    answer = upload(ada, ada.default_profile(), "a.txt", b"Hello there, how are you. " * 400_000)

    problem_of(answer, 422, "document-refused")


def test_names_of_files_lead_nowhere(ada: Person) -> None:
    profile = ada.default_profile()

    document = ada.brought(profile, "The keys.", name="../../etc/passwd.txt")

    assert document["title"] == "passwd"
    assert ada.http.get(f"/api/v1/documents/{document['id']}/file").content == b"The keys."


def test_the_feed_tells_when_it_is_ready(ada: Person) -> None:
    profile = ada.default_profile()
    with ada.http.stream("GET", "/api/v1/events") as news:
        lines = news.iter_lines()
        next(lines)
        document = ada.brought(profile, LEASE)
        told = next(line for line in lines if line.startswith("data: ") and "document." in line)

    assert '"document.ready"' in told
    assert document["id"] in told
    assert "Storgata" not in told


def test_forgetting_it_leaves_nothing_to_find(ada: Person) -> None:
    profile = ada.default_profile()
    document = ada.brought(profile, LEASE)
    session = ada.session(profile)
    run = ada.say(session, QUESTION)["run_id"]
    assert ada.get(f"/runs/{run}")["memories_used"]

    receipt = ada.delete(f"/documents/{document['id']}")

    assert receipt["deleted"]["documents"] == receipt["deleted"]["files"] == 1
    assert receipt["deleted"]["document_chunks"] == 2
    assert receipt["unlearned_messages"] == 1, "the answer that read it"
    assert "files" not in receipt["bytes_pending"]
    assert ada.get(f"/runs/{run}")["memories_used"] == []
    assert '"document"' not in ada.http.get(f"/api/v1/runs/{run}/events").text
    for path in ("", "/chunks", "/file"):
        answer = ada.http.get(f"/api/v1/documents/{document['id']}{path}")
        problem_of(answer, 404, "document-not-found")
    problem_of(ada.http.delete(f"/api/v1/documents/{document['id']}"), 404, "document-not-found")
    assert searched(ada, profile, QUESTION, kinds=["document"]) == []
    answer = ada.say(ada.session(profile), QUESTION)
    assert "three months" not in answer["content"]
    assert all(not one["memories_used"] for one in ada.messages(session))


def test_it_goes_with_its_profile_and_stays_when_memories_are_reset(ada: Person) -> None:
    profile = ada.profile("work")
    document = ada.brought(profile, LEASE)["id"]

    ada.delete(f"/memory-profiles/{profile}/memories")
    assert ada.get(f"/documents/{document}")["status"] == "ready"
    assert searched(ada, profile, QUESTION)

    receipt = ada.delete(f"/memory-profiles/{profile}")
    assert receipt["deleted"]["documents"] == receipt["deleted"]["files"] == 1
    problem_of(ada.http.get(f"/api/v1/documents/{document}"), 404, "document-not-found")


def test_it_moves_with_a_merge(ada: Person) -> None:
    work, family = ada.profile("work"), ada.profile("family")
    document = ada.brought(work, LEASE)["id"]

    merged = ada.post(f"/memory-profiles/{family}/merge", {"from_profile_id": work})
    ada.settle(family)

    assert merged["moved"]["documents"] == 1
    assert ada.get(f"/documents/{document}")["memory_profile_id"] == family
    assert searched(ada, family, QUESTION)[0]["source_document_id"] == document
    assert ada.http.get(f"/api/v1/documents/{document}/file").content == LEASE.encode()


def test_a_copy_is_a_document_of_its_own(ada: Person) -> None:
    work = ada.profile("work")
    document = ada.brought(work, LEASE, title="Lease")

    copy = ada.post(f"/memory-profiles/{work}/copy", {"name": "copy"})
    again = ada.post(f"/memory-profiles/{work}/copy", {"target_profile_id": copy["profile"]["id"]})

    assert (copy["documents"], again["documents"]) == (1, 0)
    profile = copy["profile"]["id"]
    [copied] = eventually(
        lambda: ada.get(f"/memory-profiles/{profile}/documents")["data"],
        lambda data: all(one["status"] == "ready" for one in data),
    )
    ada.delete(f"/documents/{document['id']}")
    assert copied["title"] == "Lease"
    assert ada.http.get(f"/api/v1/documents/{copied['id']}/file").content == LEASE.encode()
    assert searched(ada, profile, QUESTION)[0]["source_document_id"] == copied["id"]


def test_an_export_holds_what_it_was_cut_into(ada: Person, bob: Person) -> None:
    work = ada.profile("work")
    document = ada.brought(work, LEASE, title="Lease")
    ada.say(ada.session(work), QUESTION)
    file = ada.exported(work)
    records = records_of(file)
    assert [one["title"] for one in records if one["type"] == "document"] == ["Lease"]
    [answer] = [one for one in records if one.get("role") == "assistant"]
    assert not answer["learnable"], "elsewhere nobody could tell that it had read the lease"

    profile = bob.default_profile()
    done = bob.imported(profile, file)
    again = bob.imported(profile, file)

    assert (done["records"]["documents"]["added"], again["records"]["documents"]["added"]) == (1, 0)
    [imported] = bob.get(f"/memory-profiles/{profile}/documents")["data"]
    assert (imported["title"], imported["has_file"]) == ("Lease", False)
    assert imported["id"] != document["id"]
    original = bob.http.get(f"/api/v1/documents/{imported['id']}/file")
    problem_of(original, 404, "original-not-found")
    ready = eventually(
        lambda: bob.get(f"/documents/{imported['id']}"), lambda one: one["status"] == "ready"
    )
    assert ready["progress"] == {"indexed": 2, "total": 2}
    assert (
        searched(bob, profile, QUESTION, kinds=["document"])[0]["source_document_id"]
        == imported["id"]
    )
    copy = bob.post(f"/memory-profiles/{profile}/copy", {"name": "copy"})
    assert copy["documents"] == 1
    assert "files" not in bob.delete(f"/documents/{imported['id']}")["deleted"]
