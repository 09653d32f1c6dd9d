"""What learning takes of a model and of the machine, against mem0's `add`: `python -m bench.learning`."""

import asyncio
import random
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from app.adapters.bundled_tokens import BundledTokens
from app.adapters.minilm import MiniLmEmbedder
from app.core.container import ASSETS
from app.ports.token_counter import TokenCounter
from bench.client import Account
from bench.rig.mem0_peer import open_mem0
from bench.rig.processes import Model, a_folder, memorychat
from bench.rig.report import Effort, Figure, run_alone
from bench.rig.spread import spread
from bench.source import Sentences
from bench.svg import Axes, bars

USERS: Final = 4
OF_MEM0: Final = 1 / 3
POLL_S: Final = 0.02
HOW: Final = """\
Four users talk, turn after turn, over HTTP: each says a new fact and something more, and is answered. The
scripted model finds exactly the facts in whatever prompt it is given, without taking any time. Counted, with the o200k
vocabulary, are the prompts that want memories, for each turn whose fact was learnt; the pace is MemoryChat's own, five turns at a
time. mem0 is told the same turns by `AsyncMemory.add`, one after the other for each user and the four at once, on the same model
endpoint and embedder. Drained is what is learnt and indexed in a second when nobody talks: turns of
the past are appended, and it is waited until no job and no change of the index is pending."""


@dataclass(frozen=True, slots=True)
class Turn:
    """What a user says and hears."""

    said: str
    answer: str

    @property
    def messages(self) -> list[dict[str, str]]:
        """As both are given them."""
        return [
            {"role": "user", "content": self.said},
            {"role": "assistant", "content": self.answer},
        ]


@dataclass(slots=True)
class Samples:
    """Of one of both, by round."""

    per_second: list[float] = field(default_factory=list)
    prompt_tokens: list[float] = field(default_factory=list)
    """For each turn."""
    prompts: list[float] = field(default_factory=list)
    learnt: list[float] = field(default_factory=list)
    """Memories for each turn; one was said in each."""


def turns(count: int, *, seed: int) -> list[Turn]:
    """So many turns of one user, with a fact in each."""
    words = ("cedar", "amber", "violet", "copper", "silver", "granite", "willow", "linen")
    chosen, sentences = random.Random(seed), Sentences(seed)  # noqa: S311 - words, not secrets
    return [
        Turn(
            f"I noted that {chosen.choice(words)} {chosen.choice(words)} is number "
            f"{chosen.randrange(10**6)}. {sentences.next(12)}",
            sentences.next(30),
        )
        for _ in range(count)
    ]


def measure(effort: Effort) -> Figure:
    """Tokens and turns a second of both, and their ratios."""
    tokens = BundledTokens(ASSETS / "o200k_base.tiktoken")
    ours, theirs = Samples(), Samples()
    each = effort.of(20, 5)
    with Model() as model:
        model.answer(tokens=20)
        for at in range(effort.of(3, 1)):
            said = [turns(each, seed=10 * at + user) for user in range(USERS)]
            with a_folder() as folder:
                _ours(ours, folder, model, said, tokens)
            with a_folder() as folder:
                asyncio.run(_theirs(theirs, folder, model, said, tokens))
    return _told(ours, theirs)


def _ours(
    samples: Samples,
    folder: Path,
    model: Model,
    said: Sequence[Sequence[Turn]],
    tokens: TokenCounter,
) -> None:
    count = sum(map(len, said))
    with ExitStack() as stack:
        server = stack.enter_context(memorychat(folder, model))
        accounts = [stack.enter_context(Account(server.url)) for _ in said]
        profiles = [account.profile("spoken") for account in accounts]
        model.answer(tokens=20)
        for account, profile, some in zip(accounts, profiles, said, strict=True):
            session = account.session(profile)
            for turn in some:
                account.say(session, turn.said)
            _drained(account, profile)
        learnt = [_learnt(one, profile) for one, profile in zip(accounts, profiles, strict=True)]
        _take_prompts(samples, model, tokens, turns_=count, learnt=sum(learnt))
        started_s = time.perf_counter()
        later = [account.profile("appended") for account in accounts]
        for account, profile, some in zip(accounts, later, said, strict=True):
            messages = [message for turn in some for message in turn.messages]
            account.post(f"/sessions/{account.session(profile)}/messages", {"messages": messages})
        for account, profile in zip(accounts, later, strict=True):
            _drained(account, profile)
        samples.per_second.append(count / (time.perf_counter() - started_s))


def _drained(account: Account, profile: str) -> None:
    path = f"/memory-profiles/{profile}/memories/stats"
    while (stats := account.get(path))["pending_jobs"] or stats["pending_index_changes"]:
        time.sleep(POLL_S)


def _learnt(account: Account, profile: str) -> int:
    return int(account.get(f"/memory-profiles/{profile}/memories/stats")["total"])


async def _theirs(
    samples: Samples,
    folder: Path,
    model: Model,
    said: Sequence[Sequence[Turn]],
    tokens: TokenCounter,
) -> None:
    count = sum(map(len, said))
    model.answer(tokens=20)
    embedder = MiniLmEmbedder(ASSETS / "minilm-l6")
    try:
        async with open_mem0(folder, embedder, model_url=model.url) as memory:

            async def tell(user: str, some: Sequence[Turn]) -> int:
                added = [await memory.add(turn.messages, user_id=user) for turn in some]
                return sum(len(one["results"]) for one in added)

            started_s = time.perf_counter()
            learnt = await asyncio.gather(
                *(tell(f"user-{number}", some) for number, some in enumerate(said))
            )
            samples.per_second.append(count / (time.perf_counter() - started_s))
    finally:
        await embedder.close()
    _take_prompts(samples, model, tokens, turns_=count, learnt=sum(learnt))


def _take_prompts(
    samples: Samples, model: Model, tokens: TokenCounter, *, turns_: int, learnt: int
) -> None:
    prompts: Sequence[Sequence[dict[str, Any]]] = model.asked()["json_prompts"]
    sent = sum(tokens.count(str(one["content"])) for prompt in prompts for one in prompt)
    samples.prompt_tokens.append(sent / turns_)
    samples.prompts.append(len(prompts) / turns_)
    samples.learnt.append(learnt / turns_)


def _told(ours: Samples, theirs: Samples) -> Figure:
    figure = Figure(name="learning", title="Learning", how=HOW)
    for whose, samples in (("MemoryChat", ours), ("mem0's add", theirs)):
        figure.add(f"{whose}: tokens of prompts for a turn", "", spread(samples.prompt_tokens))
        figure.add(f"{whose}: prompts for a turn", "", spread(samples.prompts))
        figure.add(f"{whose}: memories learnt of a turn", "", spread(samples.learnt))
        figure.add(f"{whose}: turns drained", "a second", spread(samples.per_second))
    share = spread(_ratios(ours.prompt_tokens, theirs.prompt_tokens))
    figure.add("tokens of prompts, of mem0's", "×", share)
    figure.add("turns drained, of mem0's", "×", spread(_ratios(ours.per_second, theirs.per_second)))
    figure.want_at_most("tokens for a learnt turn, of mem0's ≤ 1/3", share.median, OF_MEM0, "×")
    figure.pictures[""] = _picture(ours, theirs)
    return figure


def _ratios(above: Sequence[float], below: Sequence[float]) -> list[float]:
    return [one / other for one, other in zip(above, below, strict=True)]


def _picture(ours: Samples, theirs: Samples) -> str:
    spreads = [spread(one.prompt_tokens) for one in (ours, theirs)]
    axes = Axes(
        title="Tokens of prompts for a learnt turn",
        x_label="who learns",
        y_label="tokens",
        x_range=(0, 1),
        y_range=(0, 2_000 * (max(one.high for one in spreads) // 2_000 + 1)),
    )
    values = [(one.median, one.low, one.high) for one in spreads]
    return bars(axes, ["MemoryChat", "mem0's add"], {"tokens": values})


if __name__ == "__main__":
    run_alone(measure)
