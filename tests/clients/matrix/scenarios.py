"""What holds for every client alike; the modules beside this one say for which."""

import json
from typing import Any, Final

import pytest

from tests.clients.matrix.driven import Shown, User
from tests.clients.matrix.manual import lines_for
from tests.support.lossy_proxy import lossy_proxy
from tests.support.openai_client import collected
from tests.support.person import eventually
from tests.support.running_upstream import RunningUpstream
from tests.support.upstream import Reply

WORDS: Final = "One two three four."
REFUSED: Final = {
    400: ({"model": "memorychat:secret"}, "privacy mode is not one of"),
    401: ({"key": "mc_zebra"}, "Authentication required"),
    404: ({"model": "memorychat/nobody"}, "profile not found"),
}
"""By what the client is told: what it did wrong, and the words for it."""
UPSTREAM: Final = {400: 400, 401: 502, 429: 503, 500: 503}
"""What the model's endpoint answers, and what becomes of it."""


def test_what_is_said_is_answered_and_remembered(ada: User) -> None:
    ada.does("chat", "My dog Rufus lives in Bergen.")
    ada.person.settle(ada.person.default_profile())

    assert "Bergen" in ada.does("chat", "Where does Rufus live?")["text"]
    assert "Bergen" in "".join(ada.does("stream", "Where does Rufus live?")["pieces"])


def test_an_answer_is_heard_as_it_is_written(zoe: User, upstream: RunningUpstream) -> None:
    upstream.script(Reply(text=WORDS, keep=True))

    assert zoe.does("chat")["text"] == WORDS
    assert "".join(zoe.does("stream")["pieces"]).strip() == WORDS


def test_what_a_client_does_wrong_is_said_to_its_user(ada: User, shown: Shown) -> None:
    for verb in shown.verbs:
        for status, (wrong, words) in REFUSED.items():
            shown.check(ada.does(verb, **wrong), status, words)
    assert "no such model" in ada.does("chat", model="gpt-9")["words"]
    assert collected(ada.person) == []


def test_a_plan_that_is_used_up_is_said_to_its_user(eve: User, shown: Shown) -> None:
    for verb in shown.verbs:
        shown.check(eve.does(verb, retries=None), 429, "The plan has 0 turns")


def test_a_failure_before_the_first_word_is_said_to_its_user(
    zoe: User, upstream: RunningUpstream, shown: Shown
) -> None:
    for verb in shown.verbs:
        for theirs, ours in UPSTREAM.items():
            upstream.script(Reply(status=theirs, keep=True))
            shown.check(zoe.does(verb), ours, f"The model endpoint answered {theirs}")


def test_a_failure_after_the_first_word_is_no_whole_answer(
    zoe: User, upstream: RunningUpstream, shown: Shown
) -> None:
    for then, words in (
        ("cut", "The connection to the model endpoint broke"),
        ("error", "The model endpoint reported an error"),
    ):
        upstream.script(Reply(text=WORDS, after=2, then=then))  # type: ignore[arg-type]
        result = zoe.does("stream")
        assert "".join(result["pieces"]) == "One two "
        shown.check(result, None, words)


def test_whoever_stops_listening_ends_the_answer(zoe: User, upstream: RunningUpstream) -> None:
    upstream.script(Reply(text="word " * 100, delay_s=0.03))

    assert zoe.does("leave")["pieces"] == ["word "]

    eventually(lambda: upstream.hung_up, bool, deadline_s=20)


def test_a_tool_is_called_and_the_answer_knows_what_it_said(
    zoe: User, upstream: RunningUpstream
) -> None:
    upstream.script(a_call("weather", city="Bergen"), Reply(text="It rains."))

    assert zoe.does("tools", "How is the weather?")["text"] == "It rains."

    first, second = (one.body for one in upstream.requests)
    assert [one["function"]["name"] for one in first["tools"]] == ["weather"]
    last = second["messages"][-1]
    assert (last["role"], last["content"]) == ("tool", "Rain in Bergen.")
    assert [one["content"] for one in collected(zoe.person)] == ["How is the weather?"]


def a_call(tool: str, **arguments: str) -> Reply:
    """The model asks for a tool, in two pieces."""
    text = json.dumps(arguments)
    named = {"name": tool, "arguments": text[:5]}
    pieces = (
        {"index": 0, "id": "call_1", "type": "function", "function": named},
        {"index": 0, "function": {"arguments": text[5:]}},
    )
    return Reply(text="", deltas=tuple({"tool_calls": [piece]} for piece in pieces))


def test_a_profile_and_a_mode_are_chosen_by_header_and_model(zoe: User) -> None:
    for slot in ("header", "model"):
        check_choices(zoe, slot)


def test_a_profile_and_a_mode_are_chosen_by_the_body(zoe: User) -> None:
    check_choices(zoe, "body")


def check_choices(zoe: User, slot: str) -> None:
    """What a choice does, and what comes back of it where the client shows that."""
    profile = zoe.person.profile(slot)
    chosen: dict[str, dict[str, Any]] = {
        "header": {"headers": {"X-Memory-Profile": slot}},
        "body": {"body": {"memorychat": {"profile": slot}}},
        "model": {"model": f"memorychat/{slot}"},
    }
    strict: dict[str, dict[str, Any]] = {
        "header": {"headers": {"X-Memory-Mode": "incognito"}},
        "body": {"body": {"memorychat": {"mode": "incognito"}}},
        "model": {"model": "memorychat:incognito"},
    }

    kept = zoe.does("chat", f"I like figs by {slot}.", **chosen[slot])
    unkept = zoe.does("chat", "Nobody hears this.", **strict[slot])

    threads = zoe.person.get("/sessions", of_other_applications=True, memory_profile_id=profile)
    [message] = zoe.person.messages(threads["data"][0]["id"])
    assert message["content"] == f"I like figs by {slot}."
    assert "Nobody" not in str(collected(zoe.person))
    if "headers" in kept:
        assert kept["headers"]["x-memory-profile"] == profile
        assert kept["headers"]["x-memory-mode"] == "normal"
        assert unkept["headers"]["x-memory-mode"] == "incognito"


def test_what_is_not_to_be_stored_is_not_kept(zoe: User) -> None:
    zoe.does("chat", "Nobody keeps this.", store=False)

    assert collected(zoe.person) == []


def test_what_a_client_tries_again_by_itself_is_kept_once(
    zoe: User, upstream: RunningUpstream
) -> None:
    for verb in ("chat", "stream"):
        upstream.script(Reply(status=500), Reply(text=WORDS))
        result = zoe.does(verb, f"I like {verb}s.", retries=None)
        assert "".join(result.get("pieces") or result["text"]).strip() == WORDS
        assert len(upstream.requests) == 2

    kept = [one["content"] for one in collected(zoe.person)]
    assert sorted(kept) == ["I like chats.", "I like streams."]


def test_in_a_session_what_failed_and_is_tried_again_is_one_message(
    zoe: User, upstream: RunningUpstream
) -> None:
    for failing in (Reply(status=500), Reply(text=WORDS, after=2, then="cut")):
        session = zoe.person.session()
        upstream.script(failing, Reply(text=WORDS))
        zoe.does("chat", "I like figs.", retries=None, headers={"X-Memory-Session": session})
        assert len(upstream.requests) == 2

        kept = [(one["role"], one["content"]) for one in zoe.person.messages(session)]
        assert kept == [("user", "I like figs."), ("assistant", WORDS)]


def test_what_is_tried_again_because_the_answer_was_lost_is_kept_once(
    zoe: User, upstream: RunningUpstream
) -> None:
    for verb in ("chat", "stream"):
        upstream.script(Reply(text=WORDS, keep=True))
        with lossy_proxy(str(zoe.person.http.base_url)) as network:
            result = zoe.does(verb, f"I like {verb}s.", base_url=f"{network.url}/v1", retries=None)
        assert "".join(result.get("pieces") or result["text"]).strip() == WORDS
        assert len(upstream.requests) == 2

    kept = [one["content"] for one in collected(zoe.person)]
    assert sorted(kept) == ["I like chats.", "I like streams."]


def test_the_lines_of_the_instructions_work(ada: User, request: pytest.FixtureRequest) -> None:
    ada.person.profile("work")

    lines = lines_for(request.module.CLIENT[0])

    assert ada.does("run", lines=lines)["text"]
    [kept] = collected(ada.person)
    assert kept["content"] == "Hello."


def test_in_a_session_an_answer_that_was_lost_is_kept_once_by_its_key(
    zoe: User, upstream: RunningUpstream
) -> None:
    session = zoe.person.session()
    upstream.script(Reply(text=WORDS, keep=True))
    headers = {"X-Memory-Session": session, "Idempotency-Key": "figs-1"}
    with lossy_proxy(str(zoe.person.http.base_url)) as network:
        url = f"{network.url}/v1"
        result = zoe.does("chat", "I like figs.", base_url=url, retries=None, headers=headers)

    assert result["text"] == WORDS
    assert [one["content"] for one in zoe.person.messages(session)] == ["I like figs.", WORDS]
