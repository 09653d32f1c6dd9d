"""What clients see and what is kept when the model endpoint fails, through the whole server."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.person import Person, eventually
from tests.support.running_upstream import RunningUpstream
from tests.support.server import Server
from tests.support.settings import FALLBACK, asks
from tests.support.upstream import Reply

TERMINAL = {"run.completed", "run.failed", "run.cancelled"}
REFUSALS = [(400, 502, False), (401, 502, False), (429, 503, True), (500, 503, True)]
BREAKS = [
    Reply(text="one two three", after=2, then="cut"),
    Reply(text="one two three", after=2, then="malformed"),
    Reply(text="one two three", after=2, then="error", error={"code": "overloaded"}),
    Reply(text="one two three", after=2, then="stall"),
    Reply(text="one two ", finish_reason=None, done=False),
]


@pytest.fixture(scope="module")
def upstream() -> Iterator[RunningUpstream]:
    with RunningUpstream() as upstream:
        yield upstream


@pytest.fixture(scope="module")
def asking(upstream: RunningUpstream, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    environment = {**asks(upstream.url), "MEMORYCHAT_LEARNING__MAX_WAIT_S": "3600"}
    environment["MEMORYCHAT_LEARNING__IDLE_S"] = "3600"  # or learning would take the replies
    with Server(tmp_path_factory.mktemp("asking"), environment) as server:
        yield server


@pytest.fixture
def ada(asking: Server) -> Iterator[Person]:
    with Person(asking) as ada:
        yield ada


def streamed(ada: Person, session: str, message: str = "Count to three.") -> list[Any]:
    with ada.stream(session, message) as events:
        heard = list(events)
    assert [event["type"] in TERMINAL for event in heard].index(True) == len(heard) - 1
    assert [event["id"] for event in heard] == list(range(1, len(heard) + 1))
    return heard


def accepts_the_next_message(ada: Person, upstream: RunningUpstream, session: str) -> None:
    upstream.script(Reply(text="Here I am."))
    assert ada.say(session, "Are you there?")["content"] == "Here I am."


def roles(messages: list[Any]) -> list[str]:
    return [message["role"] for message in messages]


@pytest.mark.parametrize(("status", "told", "retryable"), REFUSALS)
def test_an_error_before_the_first_word_is_a_problem(
    ada: Person, upstream: RunningUpstream, status: int, told: int, *, retryable: bool
) -> None:
    upstream.script(Reply(status=status))
    session = ada.session()

    answer = ada.http.post(f"/api/v1/chat/{session}", json={"message": "Count to three."})

    assert answer.status_code == told
    assert answer.headers["content-type"] == "application/problem+json"
    assert "Count" not in answer.text, "the endpoint's sentence"
    assert roles(ada.messages(session)) == ["user"]
    accepts_the_next_message(ada, upstream, session)


@pytest.mark.parametrize(("status", "told", "retryable"), REFUSALS)
def test_an_error_before_the_first_word_ends_the_stream(
    ada: Person, upstream: RunningUpstream, status: int, told: int, *, retryable: bool
) -> None:
    upstream.script(Reply(status=status))
    session = ada.session()

    started, failed = streamed(ada, session)

    assert (started["type"], failed["type"]) == ("run.started", "run.failed")
    assert failed["retryable"] is retryable
    assert "Count" not in str(failed)
    assert roles(ada.messages(session)) == ["user"]
    assert ada.get(f"/runs/{started['run_id']}")["status"] == "failed"
    accepts_the_next_message(ada, upstream, session)


@pytest.mark.parametrize("reply", BREAKS, ids=lambda reply: reply.then)
def test_an_answer_that_breaks_off_is_kept_and_marked(
    ada: Person, upstream: RunningUpstream, reply: Reply
) -> None:
    upstream.script(reply)
    session = ada.session()

    heard = streamed(ada, session)

    assert heard[-1]["type"] == "run.failed"
    assert heard[-1]["retryable"] is True
    assert "".join(one["delta"] for one in heard if one["type"] == "message.delta") == "one two "
    question, answer = ada.messages(session)
    assert (question["id"], answer["id"]) == (heard[0]["user_message_id"], heard[0]["message_id"])
    assert (answer["content"], answer["finish_reason"]) == ("one two ", "error")
    accepts_the_next_message(ada, upstream, session)


@pytest.mark.parametrize("reply", BREAKS, ids=lambda reply: reply.then)
def test_an_answer_that_breaks_off_is_a_problem_for_those_who_wait(
    ada: Person, upstream: RunningUpstream, reply: Reply
) -> None:
    upstream.script(reply)
    session = ada.session()

    answer = ada.http.post(f"/api/v1/chat/{session}", json={"message": "Count to three."})

    assert answer.status_code == 503
    assert ada.messages(session)[-1]["finish_reason"] == "error"
    accepts_the_next_message(ada, upstream, session)


def test_silence_ends_at_the_deadline(ada: Person, upstream: RunningUpstream) -> None:
    upstream.script(Reply(silent=True))
    session = ada.session()

    assert [event["type"] for event in streamed(ada, session)] == ["run.started", "run.failed"]

    eventually(lambda: upstream.hung_up, bool)
    accepts_the_next_message(ada, upstream, session)


@pytest.mark.parametrize(
    "reply",
    [
        Reply(text="one two three", delay_s=0.05, comments=2),
        Reply(text="one two three", write_bytes=3),
        Reply(text="one two three", done=False),
        Reply(text="one two three", usage=False),
        Reply(text="one two three", line_end="\r\n", linger_s=0.2),
        Reply(text="one two three", reasoning=("Hm.", "Well.")),
    ],
)
def test_odd_manners_are_no_failure(ada: Person, upstream: RunningUpstream, reply: Reply) -> None:
    upstream.script(reply)
    session = ada.session()

    heard = streamed(ada, session)

    assert heard[-1]["type"] == "run.completed"
    assert [one["type"] for one in heard].count("usage") == 1
    assert ada.messages(session)[-1]["content"] == "one two three"


def test_a_cancelled_answer_keeps_what_was_said(ada: Person, upstream: RunningUpstream) -> None:
    upstream.script(Reply(text="one two three", after=2, then="stall", comments=1))
    session = ada.session()

    with ada.stream(session, "Count to three.") as events:
        heard = []
        for event in events:
            heard.append(event)
            if event.get("delta") == "two ":
                ada.post(f"/runs/{heard[0]['run_id']}/cancel")

    assert heard[-1]["type"] == "run.cancelled"
    answer = ada.messages(session)[-1]
    assert (answer["content"], answer["finish_reason"]) == ("one two ", "cancelled")
    eventually(lambda: upstream.hung_up, bool)
    accepts_the_next_message(ada, upstream, session)


def test_every_request_asks_the_endpoint_to_store_nothing(
    ada: Person, upstream: RunningUpstream
) -> None:
    upstream.script()
    session = ada.session()

    ada.say(session, "Count to three.")
    ada.get(f"/sessions/{session}/summary")

    assert [request.body["store"] for request in upstream.requests] == [False, False]


def test_an_answer_that_failed_is_answered_anew(ada: Person, upstream: RunningUpstream) -> None:
    upstream.script(Reply(status=500))
    session = ada.session()
    streamed(ada, session)
    upstream.script(Reply(text="one two three"))

    ada.post(f"/chat/{session}/regenerate")

    assert [m["content"] for m in ada.messages(session)] == ["Count to three.", "one two three"]


def test_an_answer_stands_until_its_successor_has_words(
    ada: Person, upstream: RunningUpstream
) -> None:
    session = ada.session()
    upstream.script(Reply(text="one two three"), Reply(status=500))
    ada.say(session, "Count to three.")

    failed = ada.http.post(f"/api/v1/chat/{session}/regenerate")

    assert failed.status_code == 503
    assert ada.messages(session)[-1]["content"] == "one two three"


def test_a_second_model_answers_for_the_first(
    upstream: RunningUpstream, tmp_path_factory: pytest.TempPathFactory
) -> None:
    environment = {**asks(upstream.url), "OPENAI_FALLBACK_MODEL": FALLBACK}
    upstream.script(Reply(status=500), Reply(text="one two three"))
    folder = tmp_path_factory.mktemp("fallback")
    with Server(folder, environment) as server, Person(server) as ada:
        heard = streamed(ada, ada.session())

    assert heard[-1]["type"] == "run.completed"
    assert [one.body["model"] for one in upstream.requests[:2]] == ["scripted", FALLBACK]


def test_a_server_killed_while_the_model_speaks_goes_on_from_the_question(
    upstream: RunningUpstream, tmp_path_factory: pytest.TempPathFactory
) -> None:
    server = Server(tmp_path_factory.mktemp("killed"), asks(upstream.url))
    upstream.script(Reply(text="one two three", after=2, then="stall", comments=1))
    with server, Person(server) as ada:
        session = ada.session()
        with ada.stream(session, "Count to three.") as events:
            started = next(events)
            assert next(events)["type"] == "message.delta"
            server.kill()
        server.start()
        ada.http.base_url = server.url

        [question] = ada.messages(session)

        assert question["id"] == started["user_message_id"]
        assert ada.get(f"/runs/{started['run_id']}")["status"] == "interrupted"
        upstream.script(Reply(text="one two three"))
        assert ada.post(f"/chat/{session}/regenerate")["content"] == "one two three"
