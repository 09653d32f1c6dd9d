"""Runs of other processes: found, followed and cancelled over the bus, unless they are not retained."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any, Final
from uuid import uuid4

from app.core.privacy import EffectivePrivacy, PrivacyLayer, PrivacyMode, PrivacyPolicy
from app.core.process_errors import PeersUnavailable, WrongProcess
from app.models.ids import MessageId, ProcessId, RunId, SessionId, UserId
from app.ports.bus import Note
from app.services.peers import Peers, id_in
from app.services.remote_run import LIVELY_S, RemoteRun, RunTrace
from app.services.run_events import RunState
from app.services.runs import Run, Runs

_FIND: Final = "run.find"
_CANCEL: Final = "run.cancel"
_FOLLOW: Final = "run.follow"
_LEAVE: Final = "run.leave"
_EVENTS: Final = "run.events"


class RunExchange:
    """What this process tells of its runs to others, and hears of theirs.

    Of a run that is not retained it says that it has it, and nothing else: neither its state nor an
    event of it is carried.
    """

    def __init__(self, runs: Runs, peers: Peers) -> None:
        self._runs = runs
        self._peers = peers
        self._tellings: dict[str, asyncio.Task[None]] = {}
        self._hearings: dict[str, tuple[ProcessId, Callable[[Mapping[str, Any]], None]]] = {}
        peers.on(_FIND, self._told_where)
        peers.on(_CANCEL, self._told_to_cancel)
        peers.hear(_FOLLOW, self._told_to_tell)
        peers.hear(_LEAVE, self._told_enough)
        peers.hear(_EVENTS, self._told_events)

    async def find(self, user_id: UserId, run_id: RunId) -> RemoteRun | None:
        """The run, where another process has it; None where no other has.

        Raises:
            WrongProcess: another has it, and it is not retained.
            PeersUnavailable: nobody has it as far as is known, and not everybody answered.
        """
        return await self._ask(_FIND, user_id, run_id)

    async def cancel(self, user_id: UserId, run_id: RunId) -> None:
        """The run ends soon, if another process has it and it has not ended yet.

        Raises:
            WrongProcess: another has it, and it is not retained.
            PeersUnavailable: nobody has it as far as is known, and not everybody answered.
        """
        await self._ask(_CANCEL, user_id, run_id)

    async def _ask(self, kind: str, user_id: UserId, run_id: RunId) -> RemoteRun | None:
        body = {"user_id": user_id, "run_id": run_id}
        answers = await self._peers.ask(kind, body, until_one=True)
        if answers.positive is None:
            if answers.missing:
                raise PeersUnavailable
            return None
        process_id, told = answers.positive
        if not told["retained"]:
            raise WrongProcess
        return RemoteRun(self, _trace_of(told), user_id=user_id, process_id=process_id)

    def subscribe(
        self, run: RemoteRun, *, after: int, receive: Callable[[Mapping[str, Any]], None]
    ) -> str:
        """The number of a telling: its events come to `receive` until `leave`, or are lost."""
        number = str(uuid4())
        self._hearings[number] = (run.process_id, receive)
        self._peers.tell(
            _FOLLOW,
            {
                "telling": number,
                "user_id": run.user_id,
                "run_id": run.trace.id,
                "after": after,
            },
            to=run.process_id,
        )
        return number

    def leave(self, number: str, *, process_id: ProcessId) -> None:
        """Nothing more comes of a telling."""
        self._hearings.pop(number, None)
        self._peers.tell(_LEAVE, {"telling": number}, to=process_id)

    def _own(self, note: Note) -> Run | None:
        run_id, owner = RunId(id_in(note.body, "run_id")), UserId(id_in(note.body, "user_id"))
        return self._runs.find(run_id, owner=owner)

    async def _told_where(self, note: Note) -> Mapping[str, Any]:
        run = self._own(note)
        return _telling_of(run) if run else {}

    async def _told_to_cancel(self, note: Note) -> Mapping[str, Any]:
        run = self._own(note)
        if run is None:
            return {}
        if not run.ephemeral:
            run.cancel()
        return _telling_of(run)

    def _told_to_tell(self, note: Note) -> None:
        run, number = self._own(note), note.body["telling"]
        if run is None or run.ephemeral:
            self._peers.tell(_EVENTS, {"telling": number, "gone": True}, to=note.sender)
            return
        telling = self._tell(run, number, after=note.body["after"], to=note.sender)
        task = asyncio.get_running_loop().create_task(telling, name=f"telling-{run.id}")
        self._tellings[number] = task
        task.add_done_callback(lambda _: self._tellings.pop(number, None))

    async def _tell(self, run: Run, number: str, *, after: int, to: ProcessId) -> None:
        async for events in run.follow(after=after, silence_s=LIVELY_S):
            told = [[event.id, event.type, dict(event.fields)] for event in events]
            self._peers.tell(_EVENTS, {"telling": number, "events": told}, to=to)
        self._peers.tell(_EVENTS, {"telling": number, "over": True}, to=to)

    def _told_enough(self, note: Note) -> None:
        task = self._tellings.get(note.body["telling"])
        if task is not None:
            task.cancel()

    def _told_events(self, note: Note) -> None:
        sender, receive = self._hearings.get(note.body["telling"], (None, None))
        if receive is not None and note.sender == sender:
            receive(note.body)


def _telling_of(run: Run) -> Mapping[str, Any]:
    """What others are told of a run when they ask for it: no words."""
    if run.ephemeral:
        return {"retained": False}
    privacy = run.privacy
    return {
        "retained": True,
        "id": run.id,
        "session_id": run.session_id,
        "message_id": run.ids.message_id,
        "state": run.state,
        "mode": privacy.mode,
        "learn": privacy.policy.learn,
        "recall": privacy.policy.recall,
        "tightened_by": list(privacy.tightened_by),
    }


def _trace_of(told: Mapping[str, Any]) -> RunTrace:
    policy = PrivacyPolicy(recall=told["recall"], learn=told["learn"], retain=True)
    layers = tuple(PrivacyLayer(layer) for layer in told["tightened_by"])
    return RunTrace(
        id=RunId(id_in(told, "id")),
        session_id=SessionId(id_in(told, "session_id")),
        message_id=MessageId(id_in(told, "message_id")),
        state=RunState(told["state"]),
        privacy=EffectivePrivacy(PrivacyMode(told["mode"]), policy, layers),
    )
