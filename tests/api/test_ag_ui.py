"""AG-UI: each event by the protocol's own package, in the order that its clients verify."""

import json
from typing import Any

import pytest
from ag_ui.core import EventType

from tests.support.ag_ui_client import (
    PATH,
    asked,
    events_of,
    kinds,
    opened,
    run_agent,
    said,
    text_of,
)
from tests.support.hanging_up import sent_to
from tests.support.openai_client import collected
from tests.support.person import Person, eventually
from tests.support.problem import problem_of
from tests.support.running_upstream import RunningUpstream
from tests.support.upstream import Reply

STALLED = Reply(text="One two three four.", after=2, then="stall", comments=1)
WEATHER = {"name": "weather", "description": "The weather.", "parameters": {"type": "object"}}


def call(index: int, arguments: str, *, begins: bool = False) -> dict[str, Any]:
    """A piece of a call of the weather."""
    named = {"id": f"call_{index}", "type": "function"} if begins else {}
    function = {"arguments": arguments, **({"name": "weather"} if begins else {})}
    return {"tool_calls": [{"index": index, "function": function, **named}]}


def test_an_answer_is_told_event_by_event(zoe: Person, upstream: RunningUpstream) -> None:
    upstream.script(Reply(text="Ahoy there."))

    events = run_agent(zoe, asked(said("user", "Hello.")))

    assert kinds(events) == [
        "RUN_STARTED",
        "TEXT_MESSAGE_START",
        "TEXT_MESSAGE_END",
        "RUN_FINISHED",
    ]
    assert text_of(events) == "Ahoy there."
    first, last = events[0], events[-1]
    assert (first.thread_id, first.run_id, first.protocol_version) == ("thread-1", "run-1", "1.0")
    assert (last.thread_id, last.run_id, last.outcome) == ("thread-1", "run-1", None)
    assert last.usage[0].total_tokens > 0


def test_what_was_told_in_one_thread_is_remembered_in_another_and_shown(ada: Person) -> None:
    run_agent(ada, asked(said("user", "My dog Rufus lives in Bergen.")))
    ada.settle(ada.default_profile())

    events = run_agent(ada, asked(said("user", "Where does Rufus live?"), threadId="thread-2"))

    [used] = [one for one in events if one.type is EventType.CUSTOM]
    assert used.name == "memory.used"
    assert "Bergen" in str(used.value["memories"])
    assert "Bergen" in text_of(events)
    assert ada.get("/sessions")["data"] == []


def test_the_conversation_its_context_and_its_pictures_go_to_the_model(
    zoe: Person, upstream: RunningUpstream
) -> None:
    sources: list[dict[str, str]] = [
        {"type": "data", "value": "AAAA", "mimeType": "image/png"},
        {"type": "url", "value": "https://example.com/a.png"},
    ]
    pictures = [{"type": "image", "source": source} for source in sources]
    body = asked(
        said("system", "Speak like a pirate."),
        said("user", "Hello."),
        said("reasoning", "Hm."),
        said("assistant", "Ahoy!"),
        said("activity", {"step": 1}, activityType="plan"),
        said("user", [{"type": "text", "text": "What is it?"}, *pictures]),
        context=[{"description": "The page", "value": "a map"}],
    )
    run_agent(zoe, body)

    system, *told = upstream.requests[-1].body["messages"]
    assert system["content"].endswith("The page: a map\n\nSpeak like a pirate.")
    urls = ["data:image/png;base64,AAAA", "https://example.com/a.png"]
    assert told == [
        {"role": "user", "content": "Hello."},
        {"role": "assistant", "content": "Ahoy!"},
        {
            "role": "user",
            "content": [
                {"type": "text", "text": "What is it?"},
                *({"type": "image_url", "image_url": {"url": url}} for url in urls),
            ],
        },
    ]


@pytest.mark.parametrize("in_session", [False, True])
def test_tools_of_the_client_are_called_and_their_results_are_told_to_the_model(
    zoe: Person, upstream: RunningUpstream, *, in_session: bool
) -> None:
    session = zoe.session()
    options: dict[str, Any] = {"tools": [WEATHER]}
    if in_session:
        options["threadId"] = session
    question = said("user", "How is the weather?")
    pieces = (call(0, '{"a', begins=True), call(0, '": 1}'), call(1, "{}", begins=True))
    upstream.script(Reply(text="I look.", deltas=pieces), Reply(text="It rains."))
    events = run_agent(zoe, asked(question, **options))
    calls = [
        {"id": name, "type": "function", "function": {"name": "weather", "arguments": arguments}}
        for name, arguments in (("call_0", '{"a": 1}'), ("call_1", "{}"))
    ]
    results = [
        said("tool", "Rain.", toolCallId="call_0"),
        said("tool", "", toolCallId="call_1", error="No answer."),
    ]
    asking = said("assistant", "I look.", toolCalls=calls)
    answer = run_agent(zoe, asked(question, asking, *results, **options))

    one_call = ["TOOL_CALL_START", "TOOL_CALL_END"]
    text = ["TEXT_MESSAGE_START", "TEXT_MESSAGE_END"]
    assert kinds(events) == ["RUN_STARTED", *text, *one_call, *one_call, "RUN_FINISHED"]
    arguments = [one.delta for one in events if one.type is EventType.TOOL_CALL_ARGS]
    assert json.loads("".join(arguments[:2])) == {"a": 1}
    starts = [one for one in events if one.type is EventType.TOOL_CALL_START]
    assert {one.parent_message_id for one in starts} == set(opened(events))
    assert events[-1].outcome.pending_tool_call_ids == ["call_0", "call_1"]
    assert text_of(answer) == "It rains."
    body = upstream.requests[-1].body
    assert [one["role"] for one in body["messages"][1:]] == ["user", "assistant", "tool", "tool"]
    assert [one["content"] for one in body["messages"][3:]] == ["Rain.", "Error: No answer."]
    assert body["tools"] == [{"type": "function", "function": WEATHER}]
    kept = [one["content"] for one in zoe.messages(session)]
    assert kept == (["How is the weather?", "It rains."] if in_session else [])


def test_calls_whose_pieces_come_by_turns_stay_open_until_they_are_whole(
    zoe: Person, upstream: RunningUpstream
) -> None:
    pieces = (
        call(0, '{"a"', begins=True),
        call(1, '{"b"', begins=True),
        call(0, ": 1}"),
        call(1, ": 2}"),
    )
    upstream.script(Reply(text="", deltas=pieces))

    events = run_agent(zoe, asked(said("user", "Hello."), tools=[WEATHER]))

    told: dict[str, str] = {}
    for one in events:
        if one.type is EventType.TOOL_CALL_ARGS:
            told[one.tool_call_id] = told.get(one.tool_call_id, "") + one.delta
    assert told == {"call_0": '{"a": 1}', "call_1": '{"b": 2}'}


@pytest.mark.parametrize("how", ["header", "body", "store"])
def test_a_stricter_mode_keeps_nothing(ada: Person, how: str) -> None:
    headers = {"X-Memory-Mode": "incognito"} if how == "header" else {}
    props: dict[str, Any] = {"memorychat": {"mode": "incognito"}} if how == "body" else {}
    props |= {"store": False} if how == "store" else {}
    body = asked(said("user", "I live in Bergen."), forwardedProps=props)

    answer = ada.http.post(PATH, json=body, headers=headers)

    mode = "pause_memories" if how == "store" else "incognito"
    assert answer.headers["x-memory-mode"] == mode
    assert collected(ada) == []


def test_a_profile_is_taken_from_either_slot(ada: Person) -> None:
    ids = {name: ada.profile(name) for name in ("header", "body")}
    props = {"memorychat": {"profile": "body"}}
    body = asked(said("user", "Hello."), forwardedProps=props)

    def chosen(**headers: str) -> str:
        return str(ada.http.post(PATH, json=body, headers=headers).headers["x-memory-profile"])

    assert chosen(**{"X-Memory-Profile": "header"}) == ids["header"]
    assert chosen() == ids["body"]


def test_the_id_of_a_session_makes_the_thread_that_session(
    zoe: Person, upstream: RunningUpstream
) -> None:
    session = zoe.session()
    zoe.say(session, "I am called Zoe.")
    upstream.script(Reply(text="Zoe."))
    question = said("user", "What am I called?")

    events = run_agent(zoe, asked(said("user", "Invented."), question, threadId=session))

    kept = zoe.messages(session)
    assert [one["content"] for one in kept[2:]] == ["What am I called?", "Zoe."]
    assert list(opened(events)) == [kept[3]["id"]]
    assert "Invented." not in str(upstream.requests[-1].body)


def test_nothing_of_a_session_is_kept_when_nothing_is_to_be_stored(zoe: Person) -> None:
    session = zoe.session()
    body = asked(said("user", "Hello."), threadId=session, forwardedProps={"store": False})

    answer = zoe.http.post(PATH, json=body)

    assert answer.headers["x-memory-session"] == session
    assert answer.headers["x-memory-mode"] == "incognito"
    assert zoe.messages(session) == []


def test_the_session_of_another_is_a_thread_of_ones_own(ada: Person, bob: Person) -> None:
    session = ada.session()
    ada.say(session, "My dog Rufus lives in Bergen.")

    events = run_agent(bob, asked(said("user", "Where does Rufus live?"), threadId=session))

    assert "Bergen" not in text_of(events)
    assert len(ada.messages(session)) == 2
    props = {"memorychat": {"session_id": session}}
    body = asked(said("user", "Hello."), forwardedProps=props)
    problem_of(bob.http.post(PATH, json=body), 404, "session-not-found")


def test_a_failure_before_the_first_word_is_a_status_and_one_after_it_an_event(
    zoe: Person, upstream: RunningUpstream
) -> None:
    body = asked(said("user", "Hello."))
    upstream.script(Reply(status=400))
    problem_of(zoe.http.post(PATH, json=body), 502, "model-refused")
    upstream.script(Reply(text="One two three four.", after=2, then="cut"))

    events = run_agent(zoe, body)

    assert kinds(events)[-2:] == ["TEXT_MESSAGE_END", "RUN_ERROR"]
    assert events[-1].code == "model-interrupted"


def test_an_answer_that_is_cancelled_says_so(zoe: Person, upstream: RunningUpstream) -> None:
    upstream.script(STALLED)
    body = asked(said("user", "Count."), threadId=zoe.session())
    with zoe.http.stream("POST", PATH, json=body) as answer:
        zoe.post(f"/runs/{answer.headers['x-memory-run']}/cancel")
        answer.read()

    events = events_of(answer)

    assert text_of(events).startswith("One")
    assert events[-1].outcome.type == "cancelled"


@pytest.mark.parametrize("in_session", [False, True])
def test_who_hangs_up_ends_the_answer_but_not_in_a_session(
    zoe: Person, upstream: RunningUpstream, *, in_session: bool
) -> None:
    session = zoe.session()
    upstream.script(STALLED)
    thread = {"threadId": session} if in_session else {}
    with sent_to(zoe, PATH, asked(said("user", "Count."), **thread)):
        eventually(lambda: upstream.requests, bool)
    if in_session:
        assert len(zoe.messages(session)) == 1, "it goes on"
        assert zoe.http.post(f"/api/chat/{session}/stop").status_code == 204
    eventually(lambda: upstream.hung_up, bool)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"messages": []},
        {"messages": [said("assistant", "Hello.")]},
        {"messages": [said("user", "Hello."), said("assistant", "Well,")]},
        {"messages": [said("zebra", "Hello.")]},
        {"messages": [said("user", [{"type": "zebra"}])]},
        {"messages": [said("user", {"text": "Hello."})]},
        {"messages": "Hello."},
        {"tools": [{"name": ""}]},
        {"threadId": None},
    ],
)
def test_what_is_no_input_is_refused(ada: Person, body: dict[str, Any]) -> None:
    good = {} if not body else {**asked(said("user", "Hello.")), **body}
    problem_of(ada.http.post(PATH, json=good), 422, "invalid-input")


def test_of_a_session_that_is_gone_nothing_is_learnt_by_its_name(ada: Person) -> None:
    session = ada.session(mode="incognito")
    ada.delete(f"/sessions/{session}")

    for path, body in (
        (PATH, asked(said("user", "My dog Rufus lives in Bergen."), threadId=session)),
        ("/api/chat", {"id": session, "messages": [ui_message("My dog Rufus lives in Bergen.")]}),
    ):
        answer = ada.http.post(path, json=body)
        assert answer.headers["x-memory-mode"] == "pause_memories", answer.text


def ui_message(text: str) -> dict[str, Any]:
    """As the AI SDK sends it."""
    return {"id": "m1", "role": "user", "parts": [{"type": "text", "text": text}]}
