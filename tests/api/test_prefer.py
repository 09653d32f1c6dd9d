"""`Prefer: wait=N`: whoever would rather wait need not ask again."""

import time
from typing import Any

import httpx
import pytest

from tests.support.person import Person
from tests.support.running_upstream import RunningUpstream
from tests.support.upstream import Reply

WAIT = {"Prefer": "respond-async, wait=20"}


def applied(response: httpx.Response) -> Any:
    """The body of an answer that was waited for."""
    assert response.is_success, response.text
    assert response.headers["Preference-Applied"] == "wait=20"
    return response.json()


def test_a_document_is_answered_when_it_is_found(ada: Person) -> None:
    path = f"/api/v1/memory-profiles/{ada.default_profile()}/documents"

    brought = ada.http.post(path, files={"file": ("a.txt", b"The well is deep.")}, headers=WAIT)

    assert brought.status_code == 201
    assert applied(brought)["status"] == "ready"
    read = ada.http.get(f"/api/v1/documents/{brought.json()['id']}", headers=WAIT)
    assert applied(read) == brought.json()


def test_an_import_is_answered_when_it_is_over(ada: Person) -> None:
    session = ada.session()
    ada.say(session, "I live in Bergen.")
    profile, into = ada.default_profile(), ada.profile("copy")

    path, content = f"/api/v1/memory-profiles/{into}/import", ada.exported(profile)
    imported = ada.http.post(path, content=content, headers=WAIT)

    assert imported.status_code == 202
    assert applied(imported)["status"] == "done"
    read = ada.http.get(f"/api/v1/imports/{imported.json()['id']}", headers=WAIT)
    assert applied(read)["status"] == "done"


def test_what_is_learnt_is_told_when_it_is_learnt(ada: Person) -> None:
    job = ada.say(ada.session(), "My sister is called Anna.")["memory_job_id"]

    learnt = ada.http.get(f"/api/v1/memory-jobs/{job}", headers=WAIT)

    assert applied(learnt)["status"] == "done"
    assert len(learnt.json()["added"]) == 1


def test_it_is_not_waited_for_longer_than_is_wanted(zoe: Person, upstream: RunningUpstream) -> None:
    upstream.script(Reply(text="Hello."))
    job = zoe.say(zoe.session(), "My sister is called Anna.")["memory_job_id"]  # learnt in an hour
    began_s = time.monotonic()

    told = zoe.http.get(f"/api/v1/memory-jobs/{job}", headers={"Prefer": "wait=1"})

    assert 0.9 < time.monotonic() - began_s < 5
    assert told.json()["status"] == "pending"
    assert told.headers["Preference-Applied"] == "wait=1"


@pytest.mark.parametrize(
    ("prefer", "is_applied"),
    [("wait=0", "wait=0"), ("wait=soon", None), ("await=3", None), ("return=minimal", None)],
)
def test_what_is_not_understood_is_not_applied(
    zoe: Person, upstream: RunningUpstream, prefer: str, is_applied: str | None
) -> None:
    upstream.script(Reply(text="Hello."))
    job = zoe.say(zoe.session(), "My sister is called Anna.")["memory_job_id"]

    told = zoe.http.get(f"/api/v1/memory-jobs/{job}", headers={"Prefer": prefer})

    assert told.headers.get("Preference-Applied") == is_applied
    assert told.json()["status"] == "pending"
