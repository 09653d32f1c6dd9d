"""An application of another protocol, through which somebody says secrets in every way it has."""

from typing import Any

import httpx
import orjson

from tests.support.confidant import Confidant
from tests.support.hanging_up import sent_to
from tests.support.person import eventually
from tests.support.upstream import Reply

COMPLETIONS = "/v1/chat/completions"


class Stranger:
    """Speaks OpenAI's chat completions."""

    def __init__(self, confidant: Confidant) -> None:
        self._confidant = confidant
        self._ada = confidant.ada

    def talk(self, where: str, *, headers: dict[str, str] | None = None, **options: Any) -> None:
        """Every way in which an answer can be asked for, and go wrong.

        Args:
            where: part of every secret.
            headers: of every request.
            options: in the body of every request.
        """
        secret, script = self._confidant.secret, self._confidant.script

        def ask(what: str, **more: Any) -> httpx.Response:
            told = [
                {"role": "system", "content": f"You know {secret(where + what + 'system')}."},
                {"role": "user", "content": f"I was in {secret(where + what + 'before')}."},
                {"role": "assistant", "content": f"In {secret(where + what + 'answered')}."},
                {"role": "user", "content": f"I like {secret(where + what)}.", "name": "ada"},
            ]
            body = {"model": "memorychat", "messages": told, **options, **more}
            return self._ada.http.post(COMPLETIONS, json=body, headers=headers)

        for stream in (False, True):
            how = "stream" if stream else "json"
            script(Reply(text=f"I know of {secret(where + how + 'heard')}."))
            assert ask(how, stream=stream).status_code == 200
            script(Reply(status=400))
            assert ask(how + "refused", stream=stream).status_code == 400
            cut = Reply(text=f"I know {secret(where + how + 'cut')} and more.", after=3, then="cut")
            script(cut)
            assert ask(how + "failing", stream=stream).status_code == (200 if stream else 503)
            script(_a_call(secret(where + how + "argument")))
            tool = {"name": "look_up", "description": secret(where + how + "tool")}
            answer = ask(
                how + "tool", stream=stream, tools=[{"type": "function", "function": tool}]
            )
            assert "look_up" in answer.text
            self._leave(where + how, headers=headers, stream=stream, **options)
        script()

    def blunder(self, where: str) -> None:
        """Requests that are refused, and tell nobody why in the words that they came with."""
        secret = self._confidant.secret
        good = {"model": "memorychat", "messages": [{"role": "user", "content": "Hello."}]}
        bodies: list[dict[str, Any]] = [
            {"model": secret(where + "model")},
            {"model": f"memorychat/{secret(where + 'profile')}"},
            {"messages": [{"role": "user", "content": {"text": secret(where + "object")}}]},
            {"messages": [{"role": secret(where + "role"), "content": "Hello."}]},
            {"messages": [{"role": "user", "content": "x\x00" + secret(where + "nul")}]},
            {"messages": [{"role": "assistant", "content": secret(where + "unasked")}]},
            {"messages": secret(where + "text")},
            {"metadata": {"mode": secret(where + "mode")}},
            {"memorychat": {"session_id": secret(where + "session")}},
            {"memorychat": secret(where + "slot")},
            {"stream": secret(where + "stream")},
        ]
        for body in bodies:
            refused = self._ada.http.post(COMPLETIONS, json={**good, **body})
            assert refused.status_code in {400, 404}, body
        unclosed = f'{{"model": "{secret(where + "unclosed")}'.encode()
        json = {"Content-Type": "application/json"}
        assert self._ada.http.post(COMPLETIONS, content=unclosed, headers=json).status_code == 400
        unknown = f"/v1/models/memorychat/{secret(where + 'named')}"
        assert self._ada.http.get(unknown).status_code == 404

    def _leave(self, where: str, *, headers: dict[str, str] | None, **options: Any) -> None:
        secret = self._confidant.secret
        stalled = f"Of {secret(where + 'stalled')} I know."
        self._confidant.script(Reply(text=stalled, after=2, then="stall", comments=1))
        message = {"role": "user", "content": f"I hide {secret(where + 'left')}."}
        slots = {"memorychat": _slots(headers)}
        body = {"model": "memorychat", "messages": [message], **slots, **options}

        def prompts() -> list[Any]:
            asked = [one.body for one in self._confidant.upstream.requests]
            return [body for body in asked if "json_object" not in str(body)]

        with sent_to(self._ada, COMPLETIONS, body):
            eventually(prompts, bool)
        eventually(lambda: self._confidant.upstream.hung_up, bool)


def _slots(headers: dict[str, str] | None) -> dict[str, str]:
    """What headers select, for a body."""
    names = {"x-memory-mode": "mode", "x-memory-session": "session_id"}
    return {names[name.lower()]: value for name, value in (headers or {}).items()}


def _a_call(argument: str) -> Reply:
    function = {"name": "look_up", "arguments": orjson.dumps({"word": argument}).decode()}
    call = {"index": 0, "id": "call_1", "type": "function", "function": function}
    return Reply(text="", deltas=({"tool_calls": [call]},))
