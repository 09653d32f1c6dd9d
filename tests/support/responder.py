"""An application of OpenAI's responses, through which somebody says secrets in every way it has."""

from typing import Any

import httpx
import orjson

from tests.support.confidant import Confidant
from tests.support.hanging_up import sent_to
from tests.support.person import eventually
from tests.support.upstream import Reply

RESPONSES = "/v1/responses"


class Responder:
    """Speaks OpenAI's responses and conversations."""

    def __init__(self, confidant: Confidant) -> None:
        self._confidant = confidant
        self._ada = confidant.ada

    def talk(self, where: str, **options: Any) -> None:
        """Every way in which a response can be asked for, gone on from, and go wrong.

        Args:
            where: part of every secret.
            options: in the body of every request.
        """
        secret, script = self._confidant.secret, self._confidant.script
        for stream in (False, True):
            how = where + ("stream" if stream else "json")
            script(Reply(text=f"I know of {secret(how + 'heard')}."))
            answer = self._ask(how, stream=stream, **options)
            assert answer.status_code == 200, answer.text
            name = f"resp_{answer.headers['x-memory-run'].replace('-', '')}"
            self._look_at(name)
            if "conversation" not in options:
                script(Reply(text=f"And of {secret(how + 'next')}."))
                goes_on = {**options, "previous_response_id": name}
                assert self._ask(how + "on", stream=stream, **goes_on).status_code == 200
            script(Reply(status=400))
            assert self._ask(how + "refused", stream=stream, **options).status_code == 400
            script(Reply(text=f"I know {secret(how + 'cut')} and more.", after=3, then="cut"))
            failed = self._ask(how + "failing", stream=stream, **options)
            assert failed.status_code == (200 if stream else 503)
            self._call_tools(how, stream=stream, **options)
            self._leave(how, stream=stream, **options)
        script()

    def history(self, where: str, **options: Any) -> None:
        """A conversation that the client keeps."""
        secret = self._confidant.secret
        self._confidant.script(Reply(text=f"I know of {secret(where + 'heardtoo')}."))
        given = [
            {"role": "user", "content": f"I was in {secret(where + 'before')}."},
            {"role": "assistant", "content": f"In {secret(where + 'answered')}."},
            {"role": "user", "content": f"I like {secret(where + 'asked')}."},
        ]
        answer = self._ada.http.post(RESPONSES, json={"input": given, **options})
        assert answer.status_code == 200, answer.text
        self._look_at(answer.json()["id"])

    def conversation(self, where: str, mode: str) -> str:
        """The id of a conversation in a mode, with secrets in its items and its title."""
        secret, http = self._confidant.secret, self._ada.http
        body = {
            "metadata": {
                "mode": mode,
                "title": secret(where + "title"),
                "about": secret(where + "kept"),
            },
            "items": [{"role": "user", "content": f"I was in {secret(where + 'item')}."}],
        }
        talk = str(http.post("/v1/conversations", json=body).json()["id"])
        items = {"items": [{"role": "assistant", "content": secret(where + "added")}]}
        added = http.post(f"/v1/conversations/{talk}/items", json=items)
        listed = http.get(f"/v1/conversations/{talk}/items").json()["data"]
        assert added.json()["data"][0] == listed[0]
        assert http.post(
            f"/v1/conversations/{talk}", json={"metadata": {"title": secret(where + "retitled")}}
        ).is_success
        return talk

    def embed(self, where: str) -> None:
        """Vectors of secrets."""
        texts = [self._confidant.secret(where + "one"), self._confidant.secret(where + "two")]
        body = {"model": "memorychat", "input": texts}
        assert self._ada.http.post("/v1/embeddings", json=body).is_success
        refused = {"model": texts[0], "input": texts}
        assert self._ada.http.post("/v1/embeddings", json=refused).status_code == 404

    def blunder(self, where: str) -> None:
        """Requests that are refused, and tell nobody why in the words that they came with."""
        secret = self._confidant.secret
        bodies: list[dict[str, Any]] = [
            {"model": secret(where + "model")},
            {"model": f"memorychat/{secret(where + 'profile')}"},
            {"input": [{"role": secret(where + "role"), "content": "Hello."}]},
            {"input": [{"type": secret(where + "kind")}]},
            {"input": [{"role": "user", "content": {"text": secret(where + "object")}}]},
            {"input": [{"role": "user", "content": [{"type": secret(where + "part")}]}]},
            {"input": "x\x00" + secret(where + "nul")},
            {"input": [{"role": "assistant", "content": secret(where + "unasked")}]},
            {"input": [secret(where + "listed")]},
            {"input": secret(where + "long") * 3_000},
            {"tools": [{"type": secret(where + "tool")}]},
            {"tool_choice": {"type": secret(where + "choice")}},
            {"text": {"format": {"type": secret(where + "format")}}},
            {"reasoning": secret(where + "reasoning")},
            {"metadata": {"mode": secret(where + "mode")}},
            {"previous_response_id": secret(where + "previous")},
            {"conversation": secret(where + "conversation")},
            {"input": [{"type": "item_reference", "id": secret(where + "reference")}]},
        ]
        for body in bodies:
            refused = self._ada.http.post(RESPONSES, json={"input": "Hello.", **body})
            assert refused.status_code in {400, 404}, body
        item = {"items": [{"role": "system", "content": secret(where + "system")}]}
        assert self._ada.http.post("/v1/conversations", json=item).status_code == 400

    def _ask(self, what: str, **options: Any) -> httpx.Response:
        secret = self._confidant.secret
        body = {
            "instructions": f"You know {secret(what + 'instructions')}.",
            "input": [
                {"role": "developer", "content": f"You know {secret(what + 'developer')}."},
                {"role": "user", "content": f"I was in {secret(what + 'first')}."},
                {"role": "user", "content": f"I like {secret(what)}."},
            ],
            "metadata": {"about": secret(what + "metadata")},
            **options,
        }
        return self._ada.http.post(RESPONSES, json=body)

    def _look_at(self, name: str) -> None:
        http = self._ada.http
        assert http.get(f"{RESPONSES}/{name}").status_code == 200
        streamed = http.get(f"{RESPONSES}/{name}", params={"stream": True, "starting_after": 3})
        assert "response.completed" in streamed.text
        assert http.get(f"{RESPONSES}/{name}/input_items").status_code in {200, 404}

    def _call_tools(self, how: str, *, stream: bool, **options: Any) -> None:
        secret, script = self._confidant.secret, self._confidant.script
        tool = {"type": "function", "name": "look_up", "description": secret(how + "tool")}
        script(_a_call(secret(how + "argument")))
        answer = self._ask(how + "calling", stream=stream, tools=[tool], **options)
        assert "look_up" in answer.text
        name = f"resp_{answer.headers['x-memory-run'].replace('-', '')}"
        script(Reply(text=f"I know of {secret(how + 'found')}."))
        output = {
            "type": "function_call_output",
            "call_id": "call_1",
            "output": secret(how + "output"),
        }
        after = {} if "conversation" in options else {"previous_response_id": name}
        body = {"input": [output], "stream": stream, **options, **after}
        told = self._ada.http.post(RESPONSES, json=body)
        assert told.status_code == 200, (how, told.text)

    def _leave(self, how: str, **options: Any) -> None:
        """An answer that its client does not wait for, and that is stopped if it is kept."""
        stalled = f"Of {self._confidant.secret(how + 'stalled')} I know."
        self._confidant.script(Reply(text=stalled, after=2, then="stall", comments=1))
        body = {"input": f"I hide {self._confidant.secret(how + 'left')}.", **options}

        def prompts() -> list[Any]:
            asked = [one.body for one in self._confidant.upstream.requests]
            return [body for body in asked if "json_object" not in str(body)]

        with sent_to(self._ada, RESPONSES, body):
            eventually(prompts, bool)
        if not self._confidant.upstream.hung_up:
            for session in self._ada.get("/sessions", limit=100)["data"]:
                self._ada.http.post(f"/api/chat/{session['id']}/stop")
        eventually(lambda: self._confidant.upstream.hung_up, bool)


def _a_call(argument: str) -> Reply:
    function = {"name": "look_up", "arguments": orjson.dumps({"word": argument}).decode()}
    call = {"index": 0, "id": "call_1", "type": "function", "function": function}
    return Reply(text="", deltas=({"tool_calls": [call]},))
