"""Somebody who says secrets in every way that the API has."""

from typing import Any

import httpx

from tests.support.canaries import Canaries
from tests.support.hanging_up import sent
from tests.support.person import Person, eventually
from tests.support.running_upstream import RunningUpstream
from tests.support.upstream import Reply

LEARNS_NOTHING = Reply(when="json_object", keep=True, text='{"memory": []}')


class Confidant:
    """Keeps what it said, the runs that it started, and what the model was asked."""

    def __init__(self, ada: Person, upstream: RunningUpstream) -> None:
        self.ada = ada
        self.upstream = upstream
        self.secret = Canaries()
        self.runs: list[str] = []
        self.bodies: list[str] = []

    def script(self, *replies: Reply) -> None:
        self.bodies += [str(request.body) for request in self.upstream.requests]
        self.upstream.script(LEARNS_NOTHING, *replies)

    def post(self, path: str, **request: Any) -> httpx.Response:
        return self.ada.http.post(f"/api/v1{path}", **request)

    def talk(self, session: str, where: str, **options: Any) -> None:
        """Every way in which a turn can go."""
        secret, say = self.secret, self.ada.say
        self.script(Reply(text=f"I know of {secret(where + 'answer')}."))
        self.runs.append(say(session, f"I like {secret(where + 'json')}.", **options)["run_id"])
        self.listen(session, where + "stream", **options)
        again = self.post(f"/chat/{session}/regenerate", json=options)
        assert again.status_code == 200
        self.script(Reply(text=f"I know {secret(where + 'cut')} and more.", after=3, then="cut"))
        self.listen(session, where + "failing", **options)
        self.script(Reply(status=500))
        assert self.say_badly(session, where + "refused", **options) == 503
        self.leave(session, where, **options)
        self.cancel(session, where, **options)

    def listen(self, session: str, where: str, **options: Any) -> None:
        with self.ada.stream(session, f"I like {self.secret(where)}.", **options) as events:
            self.runs.append(next(events)["run_id"])
            assert list(events)

    def say_badly(self, session: str, where: str, **options: Any) -> int:
        body = {"message": f"I like {self.secret(where)}.", **options}
        return self.post(f"/chat/{session}", json=body).status_code

    def leave(self, session: str, where: str, **options: Any) -> None:
        stalled = f"Of {self.secret(where + 'stalled')} I know."
        self.script(Reply(text=stalled, after=2, then="stall", comments=1))
        with self.ada.stream(session, f"I hide {self.secret(where + 'left')}.", **options) as one:
            next(one)
        eventually(lambda: self.upstream.hung_up, bool)
        self.script(Reply(text=stalled, after=2, then="stall", comments=1))
        body = {"message": f"I hide {self.secret(where + 'leftjson')}.", **options}
        with sent(self.ada, f"/chat/{session}", body):
            eventually(lambda: self.upstream.requests, bool)
        eventually(lambda: self.upstream.hung_up, bool)

    def cancel(self, session: str, where: str, **options: Any) -> None:
        stalled = f"Of {self.secret(where + 'cancelledanswer')} I know."
        self.script(Reply(text=stalled, after=2, then="stall", comments=1))
        message = f"I hide {self.secret(where + 'cancelled')}."
        with self.ada.stream(session, message, **options) as events:
            run = next(events)["run_id"]
            self.runs.append(run)
            self.ada.post(f"/runs/{run}/cancel")
            assert list(events)[-1]["type"] == "run.cancelled"
        self.script()

    def blunder(self, session: str, where: str) -> None:
        """Requests that are refused."""
        path, secret = f"/chat/{session}", self.secret
        raw = {"Content-Type": "application/json"}
        bodies: list[dict[str, Any]] = [
            {"content": f'{{"message": "{secret(where + "unclosed")}'.encode(), "headers": raw},
            {"content": secret(where + "text").encode()},
            {"content": b"\xff\xfe" + secret(where + "bytes").encode(), "headers": raw},
            {"json": {"message": [secret(where + "list")]}},
            {"json": {"message": secret(where + "long") * 3_000}},
            {"json": {"message": "x\x00" + secret(where + "nul")}},
            {"json": {"message": "Hello.", secret(where + "key"): 1}},
            {"json": {"message": "Hello.", "privacy_mode": secret(where + "mode")}},
            {"data": {"message": secret(where + "form")}},
        ]
        for body in bodies:
            for route in (path, f"{path}/stream"):
                assert 400 <= self.post(route, **body).status_code < 500
        assert self.post(f"/chat/{secret(where + 'id')}").status_code == 422
        assert self.ada.http.get(f"/{secret(where + 'path')}").status_code == 404

    def bring(self, session: str, where: str) -> None:
        """Past messages, a summary, a title, and a look at all of it."""
        past = [
            {"role": "user", "content": f"I like {self.secret(where + 'past')}."},
            {"role": "assistant", "content": "So.", "name": self.secret(where + "name")},
        ]
        self.ada.post(f"/sessions/{session}/messages", {"messages": past})
        self.ada.patch(f"/sessions/{session}", {"title": self.secret(where + "renamed")})
        assert self.secret(where + "unheard") not in str(self.ada.messages(session))
        self.script(Reply(text=f"They like {self.secret(where + 'summary')}."))
        self.ada.get(f"/sessions/{session}/summary")
        first = self.ada.messages(session)[0]["id"]
        self.ada.delete(f"/sessions/{session}/messages/{first}")
