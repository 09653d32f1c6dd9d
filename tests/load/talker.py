"""One user under load, who notices when a message was lost, said twice, or left unanswered."""

import asyncio
import random
import time
from collections import Counter
from typing import Any, Final

import httpx

from tests.support.person import PASSWORD

TRANSIENT: Final = frozenset({409, 429, 502, 503, 504})
"""Answers that ask for another try: somebody is busy, or gone for a moment."""
LONGEST_PAUSE_S: Final = 2.0
SESSIONS: Final = 3
PAGE: Final = 100


class Talker:
    """Talks in some sessions of their own, one turn after the other, and keeps a list of it."""

    def __init__(self, http: httpx.AsyncClient, name: str, *, seed: int) -> None:
        self.waits_s: Final[list[float]] = []
        """How long each turn took, other tries included."""
        self.met: Final = Counter[str]()
        """What went otherwise than well, by kind."""
        self.wrong: Final[list[str]] = []
        """The error that ended the talk."""
        self._http = http
        self._name = name
        self._random = random.Random(seed)  # noqa: S311 - nothing secret
        self._headers: dict[str, str] = {}
        self._said: dict[str, list[str]] = {}
        """The texts of each session, in order."""

    async def arrive(self) -> None:
        """There is an account, and sessions to talk in."""
        body = {"email": f"{self._name}@example.com", "password": PASSWORD}
        signed_up = await self._ask("POST", "/auth/signup", body, fine={201, 409})
        if signed_up.status_code == 409:  # the answer to the first try was lost
            signed_up = await self._ask("POST", "/auth/login", body, fine={200})
        self._headers = {"Authorization": f"Bearer {signed_up.json()['access_token']}"}
        for _ in range(SESSIONS):
            session = (await self._ask("POST", "/sessions", {}, fine={201})).json()["id"]
            self._said[session] = []

    async def talk(self, until_s: float) -> None:
        """Turns until the loop's clock says so, or the server has made an error."""
        loop = asyncio.get_running_loop()
        while loop.time() < until_s and not self.wrong:
            session = self._random.choice(list(self._said))
            try:
                await self._turn(session)
            except AssertionError as error:
                self.wrong.append(f"{session}: {error}")

    async def look_back(self) -> list[str]:
        """What is wrong with what the server has said and kept: nothing, if all is well."""
        wrong = [*self.wrong]
        for session, said in self._said.items():
            kept = await self._messages(session)
            questions = [one["content"] for one in kept if one["role"] == "user"]
            if questions != said:
                lost, more = Counter(said) - Counter(questions), Counter(questions) - Counter(said)
                wrong.append(f"{session}: {len(lost)} lost, {len(more)} too many, or out of order")
            if [one["role"] for one in kept] != ["user", "assistant"] * len(said):
                wrong.append(f"{session}: not every message has one answer")
        return wrong

    async def _turn(self, session: str) -> None:
        said, begun_s = self._said[session], time.perf_counter()
        text = f"{self._name} {session[-6:]} {len(said)}: my friend {self._word()} likes {self._word()}."
        while True:
            if await self._say(session, text) or await self._answered(session, text):
                break
            await self._pause()
        said.append(text)
        self.waits_s.append(time.perf_counter() - begun_s)

    async def _say(self, session: str, text: str) -> bool:
        """Whether the server said that the turn is done."""
        way = self._random.choice(["", "/stream"])
        try:
            response = await self._http.post(
                f"/api/v1/chat/{session}{way}", json={"message": text}, headers=self._headers
            )
        except httpx.TransportError as error:
            self.met[type(error).__name__] += 1
            return False
        if response.status_code != 200:
            self._note(response)
            return False
        if way and "event: run.completed" not in response.text:
            self.met["stream without its end"] += 1
            return False
        return True

    async def _answered(self, session: str, text: str) -> bool:
        """Whether the turn is done after all; a message that waits for its answer gets it."""
        while True:
            last = await self._messages(session, newest=2)
            if not last or text not in {one["content"] for one in last if one["role"] == "user"}:
                return False
            if last[-1]["role"] == "assistant" and last[-1]["finish_reason"] == "stop":
                return True
            if await self._regenerate(session):
                return True
            await self._pause()

    async def _regenerate(self, session: str) -> bool:
        path = f"/api/v1/chat/{session}/regenerate"
        try:
            response = await self._http.post(path, json={}, headers=self._headers)
        except httpx.TransportError as error:
            self.met[type(error).__name__] += 1
            return False
        if response.status_code != 200:
            self._note(response)
            return False
        self.met["answered anew"] += 1
        return True

    async def _pause(self) -> None:
        await asyncio.sleep(self._random.uniform(0.1, LONGEST_PAUSE_S))

    async def _messages(self, session: str, *, newest: int | None = None) -> list[dict[str, Any]]:
        """Those of a session, oldest first."""
        kept: list[dict[str, Any]] = []
        cursor = ""
        while True:
            path = f"/sessions/{session}/messages?limit={newest or PAGE}{cursor}"
            page = (await self._ask("GET", path, None, fine={200})).json()
            kept = page["data"] + kept
            if newest or page["next_cursor"] is None:
                return kept
            cursor = f"&cursor={page['next_cursor']}"

    async def _ask(self, method: str, path: str, body: object, *, fine: set[int]) -> httpx.Response:
        while True:
            try:
                response = await self._http.request(
                    method, f"/api/v1{path}", json=body, headers=self._headers
                )
            except httpx.TransportError as error:
                self.met[type(error).__name__] += 1
            else:
                if response.status_code in fine:
                    return response
                self._note(response)
            await self._pause()

    def _note(self, response: httpx.Response) -> None:
        """A refusal that asks for another try is counted; any other is an error of the server's.

        Raises:
            AssertionError: it is another.
        """
        assert response.status_code in TRANSIENT, f"{response.status_code}: {response.text[:300]}"
        code = (
            response.json()["error"]["code"] if "json" in response.headers["content-type"] else ""
        )
        self.met[f"{response.status_code} {code}".strip()] += 1

    def _word(self) -> str:
        return "".join(self._random.choice("abcdefghijklmnop") for _ in range(6)).capitalize()
