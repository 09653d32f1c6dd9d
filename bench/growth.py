"""How the time to the first token grows, with whatever grows: `python -m bench.growth`."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import numpy as np

from app.core.privacy import PrivacyMode
from app.models.actor import SYSTEM
from app.models.ids import MessageId, ProfileId, SessionId, new_id
from app.models.message import Message, Role
from app.models.session import Session
from app.ports.database import Transaction
from bench.client import Account
from bench.library import Library, empty_session, open_library
from bench.rig.people import READER, Talk, texts
from bench.rig.processes import Model, Talkers, a_folder, memorychat, through
from bench.rig.report import Effort, Figure, progress, run_alone
from bench.rig.spread import Spread, quantile, spread
from bench.scale import Filler
from bench.server import ServerProcess
from bench.source import ORIGINALS, Sentences, Source
from bench.svg import Axes, curves
from bench.transactions import Place

MEMORIES: Final = (100, 1_000, 10_000)
HISTORY: Final = (10, 100, 1_000, 10_000)
USERS: Final = (10, 100, 1_000, 3_000)
LENGTHS: Final = (100, 1_000, 10_000, 30_000)
STREAMS: Final = (1, 10, 50, 100)
BATCH: Final = 500
REST_S: Final = 0.1
SLOWEST: Final = 3.0
HOW: Final = """\
One server on SQLite, and one conversation at a time, whose turns are timed from the request to the first token, 0.1 s apart. One thing grows: the
memories in the profile; the users in the database, each with a session of twenty messages; the conversations that stream at a time, 50 tokens a
second; the characters of the message (300 of them are of words that nobody said before); the messages in the session. Whatever does not grow
is small. A round of turns over all values is one repetition. The goal is that ten thousand messages of history cost no
more than three times what ten do, since a prompt takes the newest forty."""

Curve = dict[int, Spread]


@dataclass(frozen=True, slots=True)
class House:
    """What was there before the server started."""

    profiles: Mapping[int, ProfileId]
    """By the memories in them."""
    sessions: Mapping[int, SessionId]
    """By the messages in them, on a profile of their own."""
    empty: ProfileId


def measure(effort: Effort) -> Figure:
    """A curve for each thing that grows."""
    figure = Figure(name="growth", title="The first token, as things grow", how=HOW)
    memories, history, users, lengths, streams = (
        some[: effort.of(4, 2)] for some in (MEMORIES, HISTORY, USERS, LENGTHS, STREAMS)
    )
    with a_folder() as folder, Model() as model, Talkers() as talkers:
        server = memorychat(folder, model)
        house = asyncio.run(_furnished(server.data_dir, memories, history, effort))
        model.answer(tokens=20)
        ask = _Asker(model, talkers, effort)
        with server, Account(server.url, READER) as account:
            at_profile = {
                size: Talk(account, account.session(str(profile)))
                for size, profile in house.profiles.items()
            }
            in_session = {size: Talk(account, str(one)) for size, one in house.sessions.items()}
            quiet = Talk(account, account.session(str(house.empty)))
            some = [Talk(account, account.session(str(house.empty))) for _ in range(max(streams))]
            found = {
                "memories": ask.each(server, {size: [talk] for size, talk in at_profile.items()}),
                "messages in the session": ask.each(
                    server, {size: [talk] for size, talk in in_session.items()}
                ),
                "characters": ask.long(server, quiet, lengths),
                "streams": ask.together(server, some, streams),
            }
        found["users"] = _with_users(server, ask, house, users)
    for name, curve in found.items():
        for value, first in curve.items():
            figure.add(f"first token, {value:,} {name}", "ms", first)
        figure.pictures[f"-{name.split()[0]}"] = _picture(name, curve)
    grown = found["messages in the session"]
    ratio = grown[history[-1]].median / grown[history[0]].median
    wanted = (
        f"first token after {history[-1]:,} messages, of that after {history[0]} ≤ {SLOWEST:g} ×"
    )
    figure.want_at_most(wanted, ratio, SLOWEST, "×")
    return figure


class _Asker:
    """Times turns of one conversation after the other."""

    def __init__(self, model: Model, talkers: Talkers, effort: Effort) -> None:
        self._model = model
        self._talkers = talkers
        self._rounds = effort.of(3, 1)
        self._turns = effort.of(12, 5)

    def each(self, server: ServerProcess, talks: Mapping[int, Sequence[Talk]]) -> Curve:
        """The median of each round, for each value's conversations."""
        return self._rounded(
            {
                value: lambda some=some: self._first_ms(server, some)  # type: ignore[misc]
                for value, some in talks.items()
            }
        )

    def long(self, server: ServerProcess, talk: Talk, lengths: Sequence[int]) -> Curve:
        """The same for messages of so many characters."""
        return self._rounded(
            {
                length: lambda length=length: self._first_ms(  # type: ignore[misc]
                    server, [talk], said=_long_texts(length)
                )
                for length in lengths
            }
        )

    def together(
        self, server: ServerProcess, some: Sequence[Talk], streams: Sequence[int]
    ) -> Curve:
        """The same of all conversations, where so many stream at a time."""
        progress("conversations at a time")
        self._model.answer(tokens=40, per_second=50)
        plans = {
            count: through(
                server,
                [[talk.request()] for talk in some[:count]],
                texts=texts(100),
                warm_s=2,
                window_s=4,
            )
            for count in streams
        }
        found = self._rounded(
            {
                count: lambda plan=plan: quantile(self._talkers.carry_out(plan)["first_ms"], 50)  # type: ignore[misc]
                for count, plan in plans.items()
            }
        )
        self._model.answer(tokens=20)
        return found

    def _first_ms(
        self, server: ServerProcess, talks: Sequence[Talk], said: Sequence[str] = ()
    ) -> float:
        requests = [[talk.request() for talk in talks]]
        plan = through(server, requests, times=self._turns, rest_s=REST_S, texts=said or texts(100))
        return quantile(self._talkers.carry_out(plan)["first_ms"], 50)

    def _rounded(self, ways: Mapping[int, Callable[[], float]]) -> Curve:
        rounds = [{value: way() for value, way in ways.items()} for _ in range(self._rounds + 1)]
        return {value: spread([one[value] for one in rounds[1:]]) for value in ways}


def _with_users(server: ServerProcess, ask: _Asker, house: House, users: Sequence[int]) -> Curve:
    """The same with ever more users, who come while the server does not run."""
    curve: Curve = {}
    present = 1
    for count in users:
        progress(f"{count:,} users")
        asyncio.run(_people(server.data_dir, count - present))
        present = count
        with server, Account(server.url, READER) as account:
            talk = Talk(account, account.session(str(house.empty)))
            curve.update(ask.each(server, {count: [talk]}))
    return curve


async def _people(data_dir: Path, count: int) -> None:
    """So many more users, each with a session of twenty messages."""
    async with open_library(data_dir, remember=False, anew=False) as library:
        database = library.container.supabase.database
        for start in range(0, count, BATCH):
            some = range(min(BATCH, count - start))

            def add(tx: Transaction, some: range = some) -> None:
                for _ in some:
                    Place(tx)

            await database.write(add, by=SYSTEM)


async def _furnished(
    data_dir: Path, memories: Sequence[int], history: Sequence[int], effort: Effort
) -> House:
    """Profiles and sessions of so many memories and messages."""
    sentences = Sentences(seed=7)
    async with open_library(data_dir, remember=False) as library:
        embedder = library.container.stores.embedder
        originals = await embedder.embed(
            [sentences.next(10) for _ in range(effort.of(ORIGINALS, 200))]
        )
        filler = Filler(library, Source(sentences, originals))
        profiles = {}
        for size in memories:
            profile = await library.empty_profile()
            await filler.fill(profile, size)
            profiles[size] = profile.id
        await library.container.stores.index.flush()
        sessions = {size: await _session(library, size, sentences) for size in history}
        return House(profiles, sessions, (await library.empty_profile()).id)


async def _session(library: Library, size: int, sentences: Sentences) -> SessionId:
    """A session in which so much was said, past the queue."""
    session = empty_session(await library.empty_profile())
    tenant_id = library.caller.tenant_id
    database = library.container.supabase.database
    await database.write(lambda tx: tx.sessions.add(session, tenant_id=tenant_id), by=SYSTEM)
    for start in range(0, size, BATCH):
        some = [_message(session, at, sentences) for at in range(min(BATCH, size - start))]
        await database.write(
            lambda tx, some=some: tx.messages.append(some, tenant_id=tenant_id),  # type: ignore[misc]
            by=SYSTEM,
        )
    return session.id


def _message(session: Session, at: int, sentences: Sentences) -> Message:
    return Message(
        id=MessageId(new_id()),
        user_id=session.user_id,
        profile_id=session.profile_id,
        session_id=session.id,
        seq=0,
        role=Role.ASSISTANT if at % 2 else Role.USER,
        content=sentences.next(20),
        privacy_mode=PrivacyMode.NORMAL,
        learnable=False,
        created_at=datetime.now(UTC),
    )


def _long_texts(length: int) -> list[str]:
    return [(f"{one} " * (length // len(one) + 1))[:length] for one in texts(20, words=40)]


def _picture(name: str, curve: Curve) -> str:
    exponents = [float(np.log10(value)) for value in curve]
    highest = max(one.high for one in curve.values())
    axes = Axes(
        title=f"Time to the first token over {name}",
        x_label=f"{name}, as a power of ten",
        y_label="milliseconds",
        x_range=(exponents[0], exponents[-1] + 0.01),
        y_range=(0, 10 * (highest // 10 + 1)),
    )
    points = {
        "greatest": [one.high for one in curve.values()],
        "median": [one.median for one in curve.values()],
        "least": [one.low for one in curve.values()],
    }
    return curves(
        axes,
        {which: list(zip(exponents, values, strict=True)) for which, values in points.items()},
    )


if __name__ == "__main__":
    run_alone(measure)
