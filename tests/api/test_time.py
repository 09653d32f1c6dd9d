from tests.support.person import Person


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
