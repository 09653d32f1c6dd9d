"""Further protocols in which somebody says secrets, in every way that they have."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx
import orjson

from tests.support.confidant import Confidant
from tests.support.hanging_up import sent_to
from tests.support.person import eventually
from tests.support.upstream import Reply

Body = dict[str, Any]
Say = Callable[[str], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ways:
    """How something is asked for privately, or in a session."""

    headers: Mapping[str, str] = field(default_factory=dict)
    body: Body = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tongue:
    """A protocol."""

    name: str
    path: str
    ask: Callable[[Say], Body]
    """A conversation that ends with the secret `""`, which is all that may be learnt from."""
    tools: Callable[[str], Body]
    """Further fields with a tool that is described so."""
    streams: Sequence[bool]
    """Whether an answer may come whole, by pieces, or in both ways."""
    refused: int
    """The status of what the model's endpoint finds bad."""
    privately: Mapping[str, Ways]
    blunders: Callable[[Say], Sequence[Body]]


class Speaker:
    """Somebody who speaks one of them."""

    def __init__(self, confidant: Confidant, tongue: Tongue) -> None:
        self._confidant = confidant
        self._tongue = tongue

    def talk(self, where: str, ways: Ways | None = None) -> None:
        """Every way in which an answer can be asked for, and go wrong.

        Args:
            where: part of every secret.
            ways: of every request.
        """
        secret, script = self._confidant.secret, self._confidant.script
        ways = ways or Ways()
        for stream in self._tongue.streams:
            how = where + self._tongue.name + ("stream" if stream else "json")
            script(Reply(text=f"I know of {secret(how + 'heard')}."))
            assert self._ask(how, ways, stream=stream).status_code == 200
            script(Reply(status=400))
            refused = self._ask(how + "refused", ways, stream=stream)
            assert refused.status_code == self._tongue.refused
            cut = Reply(text=f"I know {secret(how + 'cut')} and more.", after=3, then="cut")
            script(cut)
            failed = self._ask(how + "failing", ways, stream=stream)
            assert failed.status_code == (200 if stream else 503)
            script(_a_call(secret(how + "argument")))
            tools = self._tongue.tools(secret(how + "tool"))
            called = self._ask(how + "calling", ways, stream=stream, **tools)
            assert "look_up" in called.text
            self._leave(how, ways, stream=stream)
        script()

    def blunder(self, where: str) -> None:
        """Requests that are refused, and tell nobody why in the words that they came with."""
        secret = self._confidant.secret
        how = where + self._tongue.name
        good = self._tongue.ask(lambda what: secret(how + "good" + what))
        http = self._confidant.ada.http
        for body in self._tongue.blunders(lambda what: secret(how + what)):
            refused = http.post(self._tongue.path, json={**good, **body})
            assert refused.status_code in {400, 404, 422}, body
        unclosed = f'{{"model": "{secret(how + "unclosed")}'.encode()
        json = {"Content-Type": "application/json"}
        refused = http.post(self._tongue.path, content=unclosed, headers=json)
        assert refused.status_code in {400, 422}

    def _ask(self, how: str, ways: Ways, **fields: Any) -> httpx.Response:
        body = {**self._body(how, ways), **fields}
        return self._confidant.ada.http.post(
            self._tongue.path, json=body, headers=dict(ways.headers)
        )

    def _body(self, how: str, ways: Ways) -> Body:
        secret = self._confidant.secret
        return {**self._tongue.ask(lambda what: secret(how + what)), **ways.body}

    def _leave(self, how: str, ways: Ways, **fields: Any) -> None:
        stalled = f"Of {self._confidant.secret(how + 'stalled')} I know."
        self._confidant.script(Reply(text=stalled, after=2, then="stall", comments=1))
        body = {**self._body(how + "left", ways), **fields}

        def prompts() -> list[Any]:
            asked = [one.body for one in self._confidant.upstream.requests]
            return [body for body in asked if "json_object" not in str(body)]

        with sent_to(self._confidant.ada, self._tongue.path, body, headers=ways.headers):
            eventually(prompts, bool)
        eventually(lambda: self._confidant.upstream.hung_up, bool)


def _a_call(argument: str) -> Reply:
    function = {"name": "look_up", "arguments": orjson.dumps({"word": argument}).decode()}
    call = {"index": 0, "id": "call_1", "type": "function", "function": function}
    return Reply(text="", deltas=({"tool_calls": [call]},))


def _anthropic(say: Say) -> Body:
    thought = {"type": "thinking", "thinking": say("thought"), "signature": say("signature")}
    answered = {"type": "text", "text": f"In {say('answered')}."}
    return {
        "model": "memorychat",
        "max_tokens": 100,
        "system": [{"type": "text", "text": f"You know {say('system')}."}],
        "messages": [
            {"role": "user", "content": f"I was in {say('before')}."},
            {"role": "assistant", "content": [thought, answered]},
            {"role": "user", "content": [{"type": "text", "text": f"I like {say('')}."}]},
        ],
    }


def _anthropic_blunders(say: Say) -> list[Body]:
    def said(role: str, content: Any) -> Body:
        return {"messages": [{"role": role, "content": content}]}

    return [
        {"model": say("model")},
        {"model": f"memorychat/{say('profile')}"},
        {"max_tokens": say("length")},
        {"system": {"text": say("object")}},
        said("user", {"text": say("content")}),
        said("user", [{"type": say("type")}]),
        said(say("role"), "Hello."),
        said("user", "x\x00" + say("nul")),
        said("assistant", say("unasked")),
        {"messages": say("text")},
        {"tools": [{"type": say("elsewhere"), "name": "x"}]},
        {"tool_choice": {"type": say("choice")}},
        {"metadata": {"mode": say("mode")}},
        {"memorychat": {"session_id": say("session")}},
        {"stream": say("stream")},
    ]


ANTHROPIC = Tongue(
    name="messages",
    path="/v1/messages",
    ask=_anthropic,
    tools=lambda told: {
        "tools": [{"name": "look_up", "description": told, "input_schema": {"type": "object"}}]
    },
    streams=(False, True),
    refused=400,
    privately={
        "model": Ways(body={"model": "memorychat:incognito"}),
        "header": Ways(headers={"X-Memory-Mode": "incognito"}),
        "body": Ways(body={"memorychat": {"mode": "incognito"}}),
        "metadata": Ways(body={"metadata": {"mode": "incognito", "user_id": "somebody"}}),
        "paused": Ways(body={"model": "memorychat:pause_memories"}),
        "unstored": Ways(body={"store": False}),
        "task": Ways(body={"model": "memorychat-task"}),
    },
    blunders=_anthropic_blunders,
)


def _ag_ui(say: Say) -> Body:
    return {
        "threadId": say("thread"),
        "runId": say("run"),
        "state": {"draft": say("state")},
        "context": [{"description": say("described"), "value": say("value")}],
        "messages": [
            {"id": say("id"), "role": "system", "content": f"You know {say('system')}."},
            {"id": "2", "role": "user", "content": f"I was in {say('before')}."},
            {"id": "3", "role": "reasoning", "content": say("thought")},
            {"id": "4", "role": "assistant", "content": f"In {say('answered')}."},
            {"id": "5", "role": "user", "content": f"I like {say('')}.", "name": say("name")},
        ],
        "forwardedProps": {"page": say("forwarded")},
    }


def _ag_ui_blunders(say: Say) -> list[Body]:
    def said(role: str, content: Any) -> Body:
        return {"messages": [{"id": "1", "role": role, "content": content}]}

    return [
        {"threadId": {"id": say("object")}},
        {"threadId": say("long") * 30},
        said("user", {"text": say("content")}),
        said("user", [{"type": say("type")}]),
        said(say("role"), "Hello."),
        said("user", "x\x00" + say("nul")),
        said("assistant", say("unasked")),
        {"messages": say("text")},
        {"tools": [{"name": {"x": say("tool")}}]},
        {"context": [say("context")]},
        {"forwardedProps": {"memorychat": {"mode": say("mode")}}},
        {"forwardedProps": {"memorychat": {"profile": say("profile")}}},
        {"forwardedProps": {"memorychat": {"session_id": say("session")}}},
    ]


AG_UI = Tongue(
    name="agui",
    path="/ag-ui",
    ask=_ag_ui,
    tools=lambda told: {
        "tools": [{"name": "look_up", "description": told, "parameters": {"type": "object"}}]
    },
    streams=(True,),
    refused=502,
    privately={
        "header": Ways(headers={"X-Memory-Mode": "incognito"}),
        "body": Ways(body={"forwardedProps": {"memorychat": {"mode": "incognito"}}}),
        "paused": Ways(body={"forwardedProps": {"memorychat": {"mode": "pause_memories"}}}),
        "unstored": Ways(body={"forwardedProps": {"store": False}}),
    },
    blunders=_ag_ui_blunders,
)
