from tests.support.person import Person
from tests.support.problem import problem_of
from tests.support.running_upstream import RunningUpstream
from tests.support.upstream import Reply


def test_a_new_answer_takes_the_place_of_the_old_one(
    zoe: Person, upstream: RunningUpstream
) -> None:
    session = zoe.session()
    upstream.script(Reply(text="Old."), Reply(text="New."))
    old = zoe.say(session, "Hello.")

    new = zoe.post(f"/chat/{session}/regenerate")

    assert (new["content"], new["message_id"] == old["message_id"]) == ("New.", False)
    assert [message["content"] for message in zoe.messages(session)] == ["Hello.", "New."]
    assert zoe.get(f"/sessions/{session}")["message_count"] == 2
    asked = [received.body["messages"] for received in upstream.requests]
    answered = [prompt for prompt in asked if prompt[-1]["content"] == "Hello."]
    assert len(answered) == 2
    assert "Old." not in str(answered[-1]), "it is not shown to the model"


def test_the_old_answer_stays_when_there_is_no_new_one(
    zoe: Person, upstream: RunningUpstream
) -> None:
    session = zoe.session()
    upstream.script(Reply(text="Old."), Reply(status=401))
    zoe.say(session, "Hello.")

    problem_of(zoe.http.post(f"/api/v1/chat/{session}/regenerate"), 502)

    assert [message["content"] for message in zoe.messages(session)] == ["Hello.", "Old."]


def test_a_question_without_its_answer_is_answered(zoe: Person, upstream: RunningUpstream) -> None:
    session = zoe.session()
    upstream.script(Reply(status=401), Reply(text="Here."))
    zoe.http.post(f"/api/v1/chat/{session}", json={"message": "Hello."})

    assert zoe.post(f"/chat/{session}/regenerate")["content"] == "Here."
    assert [message["content"] for message in zoe.messages(session)] == ["Hello.", "Here."]


def test_there_is_nothing_to_answer_anew_where_nothing_was_said(zoe: Person) -> None:
    answer = zoe.http.post(f"/api/v1/chat/{zoe.session()}/regenerate")

    problem_of(answer, 409, "nothing-to-regenerate")
    assert answer.headers["x-should-retry"] == "false"


def test_a_new_answer_may_be_more_private_and_never_less(
    zoe: Person, upstream: RunningUpstream
) -> None:
    session = zoe.session()
    zoe.say(session, "My brother Karl lives in Turku.", privacy_mode="pause_memories")

    again = zoe.post(f"/chat/{session}/regenerate", {"privacy_mode": "normal"})

    assert again["privacy"]["mode"] == "pause_memories"
    assert again["memory_job_id"] is None
