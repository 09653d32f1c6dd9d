"""What cannot be read or means nothing is refused, is not echoed, and changes nothing."""

from typing import Any

import pytest

from tests.support.person import Person
from tests.support.problem import problem_of
from tests.support.server import Server

CANARY = "Zyrafa7731"
MANY = "x" * 32_001

UNREADABLE = {
    "empty": b"",
    "cut": b'{"message": "' + CANARY.encode(),
    "two documents": b'{"message": "a"} {"message": "Zyrafa7731"}',
    "not utf-8": b'{"message": "Zyrafa7731 \xff"}',
    "binary": bytes(range(256)),
    "NUL byte": b'{"message": "Zyrafa7731\x00"}',
    "deep lists": b"[" * 100_000,
    "deep objects": b'{"Zyrafa7731":' * 20_000 + b"1" + b"}" * 20_000,
    "a number too long": b'{"message": ' + b"9" * 5_000 + b"}",
}
NOT_A_MESSAGE: dict[str, bytes] = {
    "null": b"null",
    "a list": b'["Zyrafa7731"]',
    "a string": b'"Zyrafa7731"',
    "nothing said": b"{}",
    "no words": b'{"message": ""}',
    "blanks": b'{"message": " \\t\\n\\u00a0\\u2003"}',
    "NUL": b'{"message": "Zyrafa7731\\u0000"}',
    "half a pair": b'{"message": "Zyrafa7731\\ud800"}',
    "the other half": b'{"message": "Zyrafa7731\\udc00"}',
    "a list of words": b'{"message": ["Zyrafa7731"]}',
    "an object": b'{"message": {"Zyrafa7731": 1}}',
    "a number": b'{"message": 7731}',
    "no number": b'{"message": NaN}',
    "infinite": b'{"message": Infinity}',
    "true": b'{"message": true}',
    "said as null": b'{"message": null}',
    "too long": b'{"message": "' + MANY.encode() + b'"}',
    "too long and blank": b'{"message": "' + b" " * 32_001 + b'"}',
    "an unknown field": b'{"message": "hello", "Zyrafa7731": 1}',
    "an unknown field of half a pair": b'{"message": "hello", "\\ud800": 1}',
    "an unknown mode": b'{"message": "hello", "privacy_mode": "Zyrafa7731"}',
    "a mode in capitals": b'{"message": "hello", "privacy_mode": "INCOGNITO"}',
    "an empty mode": b'{"message": "hello", "privacy_mode": ""}',
    "a mode of another type": b'{"message": "hello", "privacy_mode": ["incognito"]}',
}
TYPES = ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", None]


@pytest.fixture(scope="module")
def session(server: Server) -> Any:
    """Somebody's session in which nothing was said, and nothing may come to be said."""
    with Person(server, "ida") as person:
        yield person, person.session()


def refused(place: tuple[Person, str], body: bytes, *, verb: str = "", **headers: str) -> Any:
    person, session = place
    headers = {"Content-Type": "application/json", **headers}
    before = person.get(f"/sessions/{session}")
    path = f"/api/v1/chat/{session}{verb}"
    answer = person.http.post(path, content=body, headers=headers)
    problem = problem_of(answer, answer.status_code)
    assert answer.status_code in (400, 422)
    assert CANARY not in answer.text
    assert MANY[:40] not in answer.text
    assert person.get(f"/sessions/{session}") == before
    return problem


@pytest.mark.parametrize("name", UNREADABLE)
@pytest.mark.parametrize("verb", ["", "/stream"])
def test_a_body_that_cannot_be_read_is_refused(
    session: tuple[Person, str], name: str, verb: str
) -> None:
    problem = refused(session, UNREADABLE[name], verb=verb)

    assert problem["error"]["code"] in ("bad-request", "invalid-input")


@pytest.mark.parametrize("name", NOT_A_MESSAGE)
@pytest.mark.parametrize("verb", ["", "/stream"])
def test_a_body_that_is_no_message_is_refused(
    session: tuple[Person, str], name: str, verb: str
) -> None:
    problem = refused(session, NOT_A_MESSAGE[name], verb=verb)

    assert problem["status"] == 422
    assert problem["errors"][0]["in"] == "body"
    assert problem["errors"][0]["pointer"] in ("", "/message", "/privacy_mode")


@pytest.mark.parametrize("media_type", TYPES)
def test_json_under_another_name_is_refused(
    session: tuple[Person, str], media_type: str | None
) -> None:
    person, session_id = session
    headers = {"Content-Type": media_type} if media_type else {}
    answer = person.http.post(
        f"/api/v1/chat/{session_id}", content=b'{"message": "Zyrafa7731"}', headers=headers
    )

    problem = problem_of(answer, 422, "invalid-input")
    assert "application/json" in problem["detail"]
    assert person.get(f"/sessions/{session_id}")["message_count"] == 0


def test_the_longest_message_is_said(ada: Person) -> None:
    session = ada.session()
    longest = "tea " * 7_999 + "tea🔑"

    ada.say(session, longest)

    assert ada.messages(session)[0]["content"] == longest


@pytest.mark.parametrize("mode", ["normal", "incognito"])
def test_a_message_that_is_too_long_for_the_model_is_not_kept(ada: Person, mode: str) -> None:
    session = ada.session(mode=mode)

    answer = ada.http.post(f"/api/v1/chat/{session}", json={"message": "寿" * 32_000})

    problem = problem_of(answer, 422, "invalid-input")
    assert "too long for the model" in problem["detail"]
    assert ada.messages(session) == []


@pytest.mark.parametrize(
    "message", ["\u200b", "0", "null", "<script>", "\x01\x7f", "🏳️‍🌈", "a\u0301", "\ufffe", "ﷺ" * 99]
)
def test_what_looks_odd_and_is_text_is_said_unchanged(ada: Person, message: str) -> None:
    session = ada.session()

    ada.say(session, message)

    assert ada.messages(session)[0]["content"] == message


@pytest.mark.parametrize(
    "body",
    [
        {"messages": []},
        {"messages": [{"role": "user", "content": "x"}] * 501},
        {"messages": [{"role": "system", "content": CANARY}]},
        {"messages": [{"role": CANARY, "content": "x"}]},
        {"messages": [{"role": "user"}]},
        {"messages": [{"role": "user", "content": ""}]},
        {"messages": [{"role": "user", "content": MANY}]},
        {"messages": [{"role": "user", "content": "x", "name": " "}]},
        {"messages": [{"role": "user", "content": "x", "name": CANARY * 20}]},
        {"messages": [{"role": "user", "content": "x", "name": "a\x00"}]},
        {"messages": [{"role": "user", "content": "x", CANARY: 1}]},
        {"messages": [{"role": "user", "content": "x"}, {"role": "user", "content": " "}]},
        {"messages": {"role": "user", "content": CANARY}},
        {"messages": [CANARY]},
        {"messages": None},
        {},
    ],
    ids=lambda body: str(body)[:60],
)
def test_one_bad_message_refuses_all_of_them(
    session: tuple[Person, str], body: dict[str, Any]
) -> None:
    person, session_id = session
    answer = person.http.post(f"/api/v1/sessions/{session_id}/messages", json=body)

    problem_of(answer, 422, "invalid-input")
    assert CANARY not in answer.text
    assert person.messages(session_id) == []


@pytest.mark.parametrize("media_type", ["application/json", "text/plain"])
def test_a_body_over_the_limit_is_refused_before_it_is_read(ada: Person, media_type: str) -> None:
    body = b'{"title": "' + CANARY.encode() * 900_000 + b'"}'
    answer = ada.http.post("/api/v1/sessions", content=body, headers={"Content-Type": media_type})

    problem_of(answer, 413, "payload-too-large")
    assert CANARY not in answer.text
    assert ada.get("/sessions")["data"] == []


def test_a_body_over_the_limit_is_refused_while_it_comes(ada: Person) -> None:
    answer = ada.http.post("/api/v1/sessions", content=(b" " * 100_000 for _ in range(81)))

    problem_of(answer, 413, "payload-too-large")
    assert ada.get("/sessions")["data"] == []


def test_a_body_in_pieces_is_read(ada: Person) -> None:
    answer = ada.http.post(
        "/api/v1/sessions",
        content=iter([b'{"tit', b'le": "', "ü".encode()[:1], "ü".encode()[1:], b'"}']),
        headers={"Content-Type": "application/json"},
    )

    assert answer.json()["title"] == "ü"
