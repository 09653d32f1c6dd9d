import pytest

from tests.support.person import Person
from tests.support.problem import problem_of


def test_what_is_said_last_holds_and_the_earlier_explains_itself(ada: Person) -> None:
    profile = ada.default_profile()
    ada.say(ada.session(), "I live in Berlin.")
    ada.settle(profile)
    answer = ada.say(ada.session(), "I moved to Munich.")
    ada.settle(profile)

    by_content = {memory["content"]: memory for memory in ada.memories(profile)}
    old, new = by_content["User lives in Berlin."], by_content["User lives in Munich."]
    assert (old["status"], new["status"]) == ("superseded", "active")
    assert old["superseded_by"] == new["id"]
    assert old["valid_until"] == new["said_at"]
    job = ada.get(f"/memory-jobs/{answer['memory_job_id']}")
    assert (job["added"], job["superseded"]) == ([new["id"]], [old["id"]])
    history = ada.get(f"/memories/{old['id']}/history")["data"]
    assert [version["change"] for version in history] == ["added", "superseded"]
    used = ada.say(ada.session(), "Where do I live?")["memories_used"]
    assert old["id"] not in [memory["id"] for memory in used]
    assert new["id"] in [memory["id"] for memory in used]


def test_what_was_said_earlier_and_told_later_does_not_supersede(ada: Person) -> None:
    profile = ada.default_profile()
    ada.say(ada.session(), "I live in Munich.")
    ada.settle(profile)
    past = {"role": "user", "content": "I live in Berlin.", "created_at": "2020-01-01T00:00:00Z"}
    ada.post(f"/sessions/{ada.session()}/messages", {"messages": [past]})
    ada.settle(profile)

    status = {memory["content"]: memory["status"] for memory in ada.memories(profile)}
    assert status == {"User lives in Munich.": "active", "User lives in Berlin.": "superseded"}


def test_what_arrives_late_takes_its_place_in_the_past(ada: Person) -> None:
    profile = ada.default_profile()
    ada.say(ada.session(), "I live in York.")
    ada.settle(profile)
    for content, when in (("I live in Bristol.", 2023), ("I live in Cardiff.", 2024)):
        said = {"role": "user", "content": content, "created_at": f"{when}-03-01T00:00:00Z"}
        ada.post(f"/sessions/{ada.session()}/messages", {"messages": [said]})
        ada.settle(profile)

    path = f"/memory-profiles/{profile}/memories"
    lived = [
        [one["content"] for one in ada.get(path, as_of=f"{when}-07-01T00:00:00Z")["data"]]
        for when in (2023, 2024, 2025)
    ]
    assert lived == [
        ["User lives in Bristol."],
        ["User lives in Cardiff."],
        ["User lives in Cardiff."],
    ]


def test_a_copy_settles_what_can_hold_only_once(ada: Person) -> None:
    profile, other = ada.default_profile(), ada.profile("other")
    for where, place in ((other, "Porto"), (profile, "Lisbon")):
        ada.say(ada.session(where), f"I live in {place}.")
        ada.settle(where)

    ada.post(f"/memory-profiles/{profile}/copy", {"target_profile_id": other})

    status = {one["content"]: one["status"] for one in ada.memories(other)}
    assert status == {"User lives in Lisbon.": "active", "User lives in Porto.": "superseded"}


def test_nothing_ends_before_it_began(ada: Person) -> None:
    path = f"/memory-profiles/{ada.default_profile()}/memories"
    times = {"valid_from": "2024-05-01T00:00:00Z", "valid_until": "2024-04-01T00:00:00Z"}
    refused = ada.http.post(f"/api/v1{path}", json={"content": "User is in Oslo.", **times})
    problem_of(refused, 422, "invalid-input")
    assert ada.get(path)["data"] == []

    memory = ada.post(path, {"content": "User is in Oslo.", "valid_from": times["valid_from"]})
    late = {"valid_until": times["valid_until"]}
    assert ada.http.patch(f"/api/v1/memories/{memory['id']}", json=late).status_code == 422
    assert ada.get(f"/memories/{memory['id']}") == memory


def test_yesterday_is_the_users_yesterday(ada: Person) -> None:
    profile = ada.default_profile()
    at_night = {
        "role": "user",
        "content": "I went to Rome yesterday.",
        "created_at": "2024-03-01T02:00:00Z",
    }
    assert ada.patch("/me", {"time_zone": "America/New_York"})["time_zone"] == "America/New_York"
    ada.post(f"/sessions/{ada.session()}/messages", {"messages": [at_night]})
    ada.settle(profile)
    assert ada.patch("/me", {"time_zone": None})["time_zone"] is None
    ada.post(f"/sessions/{ada.session()}/messages", {"messages": [at_night]})
    ada.settle(profile)

    assert {memory["content"]: memory["valid_from"] for memory in ada.memories(profile)} == {
        "User went to Rome on 28 February 2024.": "2024-02-28T00:00:00Z",
        "User went to Rome on 29 February 2024.": "2024-02-29T00:00:00Z",
    }


@pytest.mark.parametrize("zone", ["Middle/Earth", "", "../../etc/passwd", "Europe", "\x00", 7])
def test_a_zone_that_is_not_of_this_world_is_refused(ada: Person, zone: object) -> None:
    problem_of(ada.http.patch("/api/v1/me", json={"time_zone": zone}), 422, "invalid-input")


def test_a_name_stays_when_the_zone_changes(ada: Person) -> None:
    ada.patch("/me", {"display_name": "Ada L."})
    me = ada.patch("/me", {"time_zone": "Europe/Oslo"})
    assert (me["display_name"], me["time_zone"]) == ("Ada L.", "Europe/Oslo")


def test_since_when_it_holds_is_since_when_the_other_does_not(ada: Person) -> None:
    profile, session = ada.default_profile(), ada.session()
    said = [
        ("I live in Berlin.", "2023-01-10T12:00:00Z"),
        ("I moved to Munich in March.", "2023-05-08T12:00:00Z"),
    ]
    past = [{"role": "user", "content": text, "created_at": at} for text, at in said]
    ada.post(f"/sessions/{session}/messages", {"messages": past})
    ada.settle(profile)

    by_content = {memory["content"]: memory for memory in ada.memories(profile)}
    assert by_content["User lives in Berlin."]["valid_until"] == "2023-03-01T00:00:00Z"
    assert by_content["User lives in Munich."]["valid_from"] == "2023-03-01T00:00:00Z"
