"""Learning by a model, whose answers are scripted, through the whole server."""

import json
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest

from tests.support.person import Person
from tests.support.running_upstream import RunningUpstream
from tests.support.server import Server
from tests.support.settings import asks
from tests.support.upstream import Received, Reply

EXTRACTS = "Memory Extractor"
ANSWER = Reply(text="Noted.", keep=True)
Learning = Callable[[int], Person]


def finds(*memories: dict[str, Any]) -> Reply:
    """The model's answer to one request to extract."""
    text = json.dumps({"memory": [{"id": str(i), **one} for i, one in enumerate(memories)]})
    return Reply(text=text, when=EXTRACTS)


def learns(text: str, **fields: Any) -> Reply:
    return finds({"text": text, "sources": [1], **fields})


def extractions(upstream: RunningUpstream) -> list[Received]:
    return [request for request in upstream.requests if EXTRACTS in json.dumps(request.body)]


def told(request: Received) -> Sequence[Any]:
    """The new messages of a request to extract."""
    asked = request.body["messages"][1]["content"]
    listed = asked.partition("## New Messages\n")[2].partition("\n\n## Observation")[0]
    messages: Sequence[Any] = json.loads(listed)
    return messages


@pytest.fixture(scope="module")
def after_turns(
    upstream: RunningUpstream, server: Server, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[int], Server]]:
    """A server that learns once so many turns have ended, and not sooner."""
    running: dict[int, Server] = {}

    def start(turns: int) -> Server:
        if turns not in running:
            environment = {
                **asks(upstream.url),
                "MEMORYCHAT_LEARNING__TURNS": str(turns),
                "MEMORYCHAT_LEARNING__IDLE_S": "3600",
                "MEMORYCHAT_LEARNING__MAX_WAIT_S": "3600",
            }
            running[turns] = Server(tmp_path_factory.mktemp(f"turns{turns}"), environment)
            running[turns].__enter__()
            running[turns].answers = server.answers
        return running[turns]

    yield start
    for one in running.values():
        one.__exit__(None, None, None)


@pytest.fixture
def learning_after(
    after_turns: Callable[[int], Server], upstream: RunningUpstream
) -> Iterator[Learning]:
    people: list[Person] = []

    def person(turns: int) -> Person:
        upstream.script()
        people.append(Person(after_turns(turns), "max"))
        return people[-1]

    yield person
    for one in people:
        one.http.close()


@pytest.fixture
def max_(learning_after: Learning) -> Person:
    """Somebody whose every turn is learnt from at once."""
    return learning_after(1)


def say(person: Person, upstream: RunningUpstream, text: str, *replies: Reply) -> Any:
    """The answer to a message, once what the model finds in it is known."""
    upstream.script(*replies, ANSWER)
    answer = person.say(person.session(), text)
    person.settle(person.default_profile())
    return answer


def test_the_model_names_what_is_replaced(max_: Person, upstream: RunningUpstream) -> None:
    say(max_, upstream, "I live in Berlin.", learns("User lives in Berlin.", confidence=0.9))
    say(max_, upstream, "Munich it is!", learns("User lives in Munich.", replaces=["0"]))

    munich, berlin = max_.memories(max_.default_profile())
    assert '[{"id": "0", "text": "User lives in Berlin."}]' in json.dumps(
        extractions(upstream)[0].body["messages"][1]["content"]
    ).replace('\\"', '"')
    assert (berlin["status"], berlin["superseded_by"]) == ("superseded", munich["id"])
    assert (berlin["confidence"], munich["status"]) == (0.9, "active")


def test_a_model_that_learns_is_not_told_what_is_to_be_redacted(
    max_: Person, upstream: RunningUpstream
) -> None:
    profile = max_.default_profile()
    max_.patch(f"/memory-profiles/{profile}", {"redact_pii": True})
    said = "Anna likes figs: anna@example.com, +47 22 12 34 56. My password is Sesame77!"

    say(max_, upstream, said, learns("User knows Anna, anna@example.com, who likes figs."))

    [asked] = extractions(upstream)
    for word in ("anna@example.com", "22 12 34 56", "Sesame77"):
        assert word not in json.dumps(asked.body)
    [memory] = max_.memories(profile)
    assert memory["content"] == "User knows Anna, [email], who likes figs."


@pytest.mark.parametrize("moves_first", [False, True], ids=["here", "after an import"])
def test_what_a_model_says_is_replaced_holds_until_that_is_approved(
    max_: Person, upstream: RunningUpstream, *, moves_first: bool
) -> None:
    profile = max_.default_profile()
    say(max_, upstream, "I live in Berlin.", learns("User lives in Berlin."))
    max_.patch(f"/memory-profiles/{profile}", {"learning": "ask"})
    say(max_, upstream, "Munich it is!", learns("User lives in Munich.", replaces=["0"]))
    if moves_first:
        file = max_.exported(profile)
        profile = max_.profile("moved")
        max_.imported(profile, file)
    berlin, munich = sorted(max_.memories(profile), key=lambda one: one["content"])
    assert (berlin["status"], munich["status"]) == ("active", "pending")
    assert munich["replaces"] == [berlin["id"]]

    max_.post(f"/memories/{munich['id']}/approve")

    ended = max_.get(f"/memories/{berlin['id']}")
    assert (ended["superseded_by"], ended["status"]) == (munich["id"], "superseded")


def test_a_memory_that_there_is_not_cannot_be_replaced(
    max_: Person, upstream: RunningUpstream
) -> None:
    wrong = learns("User lives in Munich.", replaces=["7"])
    say(max_, upstream, "I live in Munich.", wrong, learns("User lives in Munich.", replaces=[]))

    first, repair = extractions(upstream)
    assert "replaces" in repair.body["messages"][-1]["content"]
    assert len(repair.body["messages"]) == len(first.body["messages"]) + 2
    assert [one["content"] for one in max_.memories(max_.default_profile())] == [
        "User lives in Munich."
    ]


def test_what_cannot_be_read_twice_is_a_dead_letter_that_is_counted(
    max_: Person, upstream: RunningUpstream
) -> None:
    dead = 'memorychat_learning_jobs_total{result="dead"} '
    before = _metric(max_, dead)
    garbage = Reply(text="I found nothing.", when=EXTRACTS)
    answer = say(max_, upstream, "I live in Munich.", garbage, garbage)

    job = max_.get(f"/memory-jobs/{answer['memory_job_id']}")
    assert (job["status"], job["error"]) == ("failed", "ExtractionMalformed")
    assert _metric(max_, dead) == before + 1
    assert len(extractions(upstream)) == 2
    say(max_, upstream, "I like figs.", learns("User likes figs."))
    assert len(max_.memories(max_.default_profile())) == 1


def _metric(person: Person, name: str) -> float:
    lines = person.http.get("/metrics").text.splitlines()
    return next((float(line.removeprefix(name)) for line in lines if line.startswith(name)), 0.0)


def test_turns_are_learnt_by_the_batch(learning_after: Learning, upstream: RunningUpstream) -> None:
    person = learning_after(3)
    profile, session = person.default_profile(), person.session()
    upstream.script(finds(), ANSWER)
    for number in range(2):
        person.say(session, f"Turn {number}.")
    assert person.get(f"/memory-profiles/{profile}/memories/stats")["pending_jobs"] == 1
    assert extractions(upstream) == []

    person.say(session, "Turn 2.")
    person.settle(profile)

    [request] = extractions(upstream)
    assert [(one.get("number"), one["content"]) for one in told(request)] == [
        part for n in range(3) for part in ((n + 1, f"Turn {n}."), (None, "Noted."))
    ]


def test_a_long_past_is_learnt_in_batches(
    learning_after: Learning, upstream: RunningUpstream
) -> None:
    person = learning_after(3)
    upstream.script(finds(), finds(), ANSWER)
    past = [
        {"role": role, "content": f"{role} {number}"}
        for number in range(6)
        for role in ("user", "assistant")
    ]
    person.post(f"/sessions/{person.session()}/messages", {"messages": past})
    person.settle(person.default_profile())

    assert [len(told(request)) for request in extractions(upstream)] == [6, 6]


def test_nothing_is_learnt_from_what_was_pasted_or_from_an_answer_that_was_given_memories(
    max_: Person, upstream: RunningUpstream
) -> None:
    say(max_, upstream, "I live in Berlin.", learns("User lives in Berlin."))
    answer = say(
        max_, upstream, "Where do I live? Here is a letter:\n```\nI live in Rome.\n```", finds()
    )

    assert answer["memories_used"]
    [request] = extractions(upstream)
    question, reply = told(request)
    assert (question["number"], "number" in reply) == (1, False)
    assert "Rome" not in question["content"]


def test_dates_are_told_in_the_day_of_each_message(max_: Person, upstream: RunningUpstream) -> None:
    upstream.script(learns("User went to Rome.", kind="event", valid_from="2023-05-07"), ANSWER)
    past = {"role": "user", "content": "I was in Rome.", "created_at": "2023-05-08T10:00:00Z"}
    max_.post(f"/sessions/{max_.session()}/messages", {"messages": [past]})
    max_.settle(max_.default_profile())

    [request] = extractions(upstream)
    assert told(request)[0]["said_on"] == "2023-05-08"
    [memory] = max_.memories(max_.default_profile())
    assert (memory["valid_from"], memory["kind"]) == ("2023-05-07T00:00:00Z", "event")
