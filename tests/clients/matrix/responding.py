"""What holds for clients that speak OpenAI's responses in the place of chat completions."""

from tests.clients.matrix.driven import Shown, User
from tests.clients.matrix.scenarios import REFUSED, UPSTREAM, WORDS, a_call
from tests.support.openai_client import collected
from tests.support.running_upstream import RunningUpstream
from tests.support.upstream import Reply


def test_a_response_is_heard_and_kept_in_a_session(zoe: User, upstream: RunningUpstream) -> None:
    for verb in ("chat", "stream"):
        upstream.script(Reply(text=WORDS))
        result = zoe.does(verb, responds=True)
        assert "".join(result.get("pieces") or result["text"]) == WORDS

    sessions = [one["id"] for one in zoe.person.get("/sessions")["data"]]
    kept = [[one["content"] for one in zoe.person.messages(session)] for session in sessions]
    assert kept == [["Hello.", WORDS]] * 2


def test_a_response_that_is_not_to_be_stored_is_not_kept(zoe: User) -> None:
    zoe.does("chat", "Nobody keeps this.", responds=True, store=False)

    assert zoe.person.get("/sessions")["data"] == []
    assert collected(zoe.person) == []


def test_a_response_that_fails_is_said_to_its_user(
    zoe: User, upstream: RunningUpstream, shown: Shown
) -> None:
    for verb in shown.verbs:
        for status, (wrong, words) in REFUSED.items():
            shown.check(zoe.does(verb, responds=True, **wrong), status, words)
        for theirs, ours in UPSTREAM.items():
            upstream.script(Reply(status=theirs, keep=True))
            result = zoe.does(verb, responds=True)
            shown.check(result, ours, f"The model endpoint answered {theirs}")


def test_a_response_that_breaks_off_is_no_whole_one(
    zoe: User, upstream: RunningUpstream, shown: Shown
) -> None:
    upstream.script(Reply(text=WORDS, after=2, then="cut"))

    result = zoe.does("stream", responds=True)

    assert "".join(result["pieces"]) == "One two "
    assert result["raised"] == shown.broken_response
    assert "The connection to the model endpoint broke" in result["words"]


def test_a_response_asks_for_a_tool_and_goes_on(zoe: User, upstream: RunningUpstream) -> None:
    upstream.script(a_call("weather", city="Bergen"), Reply(text="It rains."))

    result = zoe.does("tools", "How is the weather?", responds=True)

    assert result["text"] == "It rains."
    last = upstream.requests[-1].body["messages"][-1]
    assert (last["role"], last["content"]) == ("tool", "Rain in Bergen.")
