"""The AI SDK's UI message stream, as its transports ask for it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import orjson
import pytest

from tests.support.hanging_up import sent_to
from tests.support.openai_client import collected
from tests.support.person import Person, eventually
from tests.support.problem import problem_of
from tests.support.running_upstream import RunningUpstream
from tests.support.upstream import Reply

KNOWN = {
    "start": {"messageId"},
    "start-step": set(),
    "data-memory-used": {"data"},
    "text-start": {"id"},
    "text-delta": {"id", "delta"},
    "text-end": {"id"},
    "finish-step": set(),
    "finish": set(),
    "abort": set(),
    "error": {"errorText"},
}
"""The keys that each part may have besides `type`: version 5.0 refuses any other."""
STALLED = Reply(text="One two three four.", after=2, then="stall", comments=1)


def ui(role: str, text: str) -> dict[str, Any]:
    return {"id": "m1", "role": role, "parts": [{"type": "text", "text": text}]}


def asked(*messages: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """A body, with what the transports send besides."""
    return {"id": "chat-1", "messages": messages, "trigger": "submit-message", **fields}


def parts_of(answer: httpx.Response) -> list[Any]:
    """The parts of a stream that ended as it should."""
    assert answer.headers["x-vercel-ai-ui-message-stream"] == "v1"
    told = [line.removeprefix("data: ") for line in answer.text.split("\n\n") if line]
    assert told[-1] == "[DONE]"
    parts = [orjson.loads(one) for one in told[:-1] if not one.startswith(":")]
    assert all(part.keys() == {"type"} | KNOWN[part["type"]] for part in parts)
    return parts


def kinds(parts: list[Any]) -> list[str]:
    return [part["type"] for part in parts if part["type"] != "text-delta"]


def text_of(parts: list[Any]) -> str:
    return "".join(part["delta"] for part in parts if part["type"] == "text-delta")


def chat(person: Person, body: dict[str, Any], **headers: str) -> list[Any]:
    answer = person.http.post("/api/chat", json=body, headers=headers)
    assert answer.status_code == 200, answer.text
    return parts_of(answer)


@contextmanager
def answering(zoe: Person, upstream: RunningUpstream) -> Iterator[str]:
    """A session in which an answer has begun, and will not end by itself; its client is gone."""
    session = zoe.session()
    upstream.script(STALLED)
    with sent_to(zoe, "/api/chat", asked(ui("user", "Count."), id=session)):
        eventually(lambda: upstream.requests, bool)
    yield session
    upstream.script()


def test_a_chat_is_answered_part_by_part(zoe: Person, upstream: RunningUpstream) -> None:
    upstream.script(Reply(text="Ahoy there."))

    parts = chat(zoe, asked(ui("user", "Hello.")))

    assert kinds(parts) == [
        "start",
        "start-step",
        "text-start",
        "text-end",
        "finish-step",
        "finish",
    ]
    assert text_of(parts) == "Ahoy there."


def test_what_was_told_in_one_chat_is_remembered_in_another_and_shown(ada: Person) -> None:
    chat(ada, asked(ui("user", "My dog Rufus lives in Bergen.")))
    ada.settle(ada.default_profile())

    parts = chat(ada, asked(ui("user", "Where does Rufus live?"), id="chat-2"))

    [used] = [part["data"]["memories"] for part in parts if part["type"] == "data-memory-used"]
    assert "Bergen" in str(used)
    assert "Bergen" in text_of(parts)
    assert ada.get("/sessions")["data"] == []


def test_the_conversation_and_its_pictures_go_to_the_model(
    zoe: Person, upstream: RunningUpstream
) -> None:
    url = "data:image/png;base64,AAAA"
    picture = {"type": "file", "mediaType": "image/png", "url": url}
    question = ui("user", "What is it?")
    question["parts"].append(picture)
    chat(zoe, asked(ui("user", "Hello."), ui("assistant", "Ahoy!"), question))

    _, *said = upstream.requests[-1].body["messages"]
    assert said == [
        {"role": "user", "content": "Hello."},
        {"role": "assistant", "content": "Ahoy!"},
        {
            "role": "user",
            "content": [
                {"type": "text", "text": "What is it?"},
                {"type": "image_url", "image_url": {"url": url}},
            ],
        },
    ]


@pytest.mark.parametrize("slot", ["header", "body"])
def test_a_stricter_mode_keeps_nothing(ada: Person, slot: str) -> None:
    body, headers = asked(ui("user", "I live in Bergen.")), {}
    if slot == "header":
        headers = {"X-Memory-Mode": "incognito"}
    else:
        body["memorychat"] = {"mode": "incognito"}

    chat(ada, body, **headers)

    assert collected(ada) == []


def test_the_id_of_a_session_makes_the_chat_that_session(
    zoe: Person, upstream: RunningUpstream
) -> None:
    session = zoe.session()
    zoe.say(session, "I am called Zoe.")
    upstream.script(Reply(text="Zoe."), Reply(text="Zoe, as I said."))
    question = ui("user", "What am I called?")

    chat(zoe, asked(ui("user", "Invented."), question, id=session))
    again = chat(zoe, asked(question, id=session, trigger="regenerate-message"))

    assert text_of(again) == "Zoe, as I said."
    said = [one["content"] for one in zoe.messages(session)]
    assert said[0::3] == ["I am called Zoe.", "Zoe, as I said."]
    assert "Invented." not in str(upstream.requests[-1].body)


def test_an_answer_in_a_session_goes_on_without_its_client_and_is_followed_from_the_beginning(
    zoe: Person, upstream: RunningUpstream
) -> None:
    with answering(zoe, upstream) as session:
        path = f"/api/chat/{session}"
        with zoe.http.stream("GET", f"{path}/stream") as resumed:
            lines = resumed.iter_lines()
            heard = next(line for line in lines if "text-delta" in line)
            assert "One" in heard
            assert zoe.http.post(f"{path}/stop").status_code == 204
            rest = "\n".join(lines)
        assert '"abort"' in rest
        assert "[DONE]" in rest
        said = eventually(lambda: zoe.messages(session), lambda all_: len(all_) == 2)
        assert said[1]["finish_reason"] == "cancelled"
        assert zoe.http.get(f"{path}/stream").status_code == 204


@pytest.mark.parametrize("verb", ["stream", "stop"])
def test_nobody_else_follows_or_stops_it(
    zoe: Person, asking_bob: Person, upstream: RunningUpstream, verb: str
) -> None:
    with answering(zoe, upstream) as session:
        method = "GET" if verb == "stream" else "POST"
        for chat_id in (session, "chat-1", "01a1f88d-0f68-7669-bb1f-ccceb61ffe1b"):
            answer = asking_bob.http.request(method, f"/api/chat/{chat_id}/{verb}")
            assert (answer.status_code, answer.content) == (204, b"")
        assert len(zoe.messages(session)) == 1, "it goes on"
        zoe.http.post(f"/api/chat/{session}/stop")


def test_the_session_of_another_is_a_chat_of_ones_own(ada: Person, bob: Person) -> None:
    session = ada.session()
    ada.say(session, "My dog Rufus lives in Bergen.")

    parts = chat(bob, asked(ui("user", "Where does Rufus live?"), id=session))

    assert "Bergen" not in text_of(parts)
    assert len(ada.messages(session)) == 2
    body = asked(ui("user", "Hello."), memorychat={"session_id": session})
    problem_of(bob.http.post("/api/chat", json=body), 404, "session-not-found")


def test_a_failure_before_the_first_word_is_a_status_and_one_after_it_a_part(
    zoe: Person, upstream: RunningUpstream
) -> None:
    body = asked(ui("user", "Hello."))
    upstream.script(Reply(status=400))
    problem_of(zoe.http.post("/api/chat", json=body), 502, "model-refused")
    upstream.script(Reply(text="One two three four.", after=2, then="cut"))

    parts = chat(zoe, body)

    assert kinds(parts)[-2:] == ["text-end", "error"]


@pytest.mark.parametrize(
    "messages", [[], [ui("assistant", "Hello.")], [{"role": "user", "parts": "Hello."}], "Hello."]
)
def test_what_is_no_conversation_is_refused(ada: Person, messages: Any) -> None:
    problem_of(ada.http.post("/api/chat", json={"messages": messages}), 422, "invalid-input")
