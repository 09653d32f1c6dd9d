"""What MemoryChat adds to the time to the first word: `python -m bench.first_token`.

The same client asks a scripted model endpoint directly, and through MemoryChat, in turns. Client, endpoint and
server are separate processes on loopback. Through MemoryChat a turn is authenticated, stored, given its
memories out of many, put into a prompt, and relayed; the directly asked endpoint gets the bare message.
What was said before is learnt first, since learning would take its share of the processor.
"""

import argparse
import asyncio
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import aiohttp
import httpx
from tqdm import tqdm

from bench.client import Account
from bench.server import ServerProcess, line_from

ROUNDS: Final = 200
BATCH: Final = 500
VOCABULARY: Final = [f"{a}{b}{c}" for a in "bdgklmnprst" for b in "aeiou" for c in "lmnrst"]


def main() -> None:
    """Prints both distributions, and what lies between them."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--memories", type=int, default=2_000, help="turns that are remembered")
    parser.add_argument("--concurrent", type=int, default=1, help="conversations at a time")
    arguments = parser.parse_args()
    upstream = subprocess.Popen(
        [sys.executable, "-m", "tests.support.upstream", "--port", "0"], stdout=subprocess.PIPE
    )
    try:
        endpoint = line_from(upstream).split()[-1]
        _teach_extraction(endpoint)
        with tempfile.TemporaryDirectory() as folder, _server(Path(folder), endpoint) as server:
            direct, through = asyncio.run(
                _measure(
                    endpoint,
                    server.url,
                    memories=arguments.memories,
                    concurrent=arguments.concurrent,
                )
            )
    finally:
        upstream.terminate()
        upstream.communicate()
    _print(direct, through)


def _teach_extraction(endpoint: str) -> None:
    """The scripted model finds nothing worth remembering, whenever it is asked for JSON."""
    reply = {"when": "json_object", "text": '{"memory": []}', "keep": True}
    httpx.post(endpoint.removesuffix("/v1") + "/_script", json={"replies": [reply]})


def _server(folder: Path, endpoint: str) -> ServerProcess:
    return ServerProcess(
        folder,
        {
            "OPENAI_BASE_URL": endpoint,
            "OPENAI_MODEL": "scripted",
            "MEMORYCHAT_RATE_LIMITS__ENABLED": "false",
        },
    )


async def _measure(
    endpoint: str, url: str, *, memories: int, concurrent: int
) -> tuple[list[float], list[float]]:
    with Account(url) as account:
        profile = account.profile("bench")
        _fill(account, profile, memories=memories)
        sessions = [account.session(profile) for _ in range(ROUNDS)]
        headers = {"Authorization": account.authorization}
    direct: list[float] = []
    through: list[float] = []
    gate = asyncio.Semaphore(concurrent)
    async with aiohttp.ClientSession() as http:

        async def turn(session: str) -> None:
            text = _sentence(8)
            body = {"model": "m", "stream": True, "messages": [{"role": "user", "content": text}]}
            async with gate:
                direct.append(await _first_ms(http, f"{endpoint}/chat/completions", body, {}))
                path = f"{url}/api/v1/chat/{session}/stream"
                through.append(await _first_ms(http, path, {"message": text}, headers))

        await asyncio.gather(*(turn(session) for session in sessions))
    return direct, through


def _fill(account: Account, profile: str, *, memories: int) -> None:
    with tqdm(total=memories, desc="Remembering", unit=" turns") as bar:
        session = account.session(profile)
        for start in range(0, memories, BATCH):
            said = [
                {"role": "user", "content": _sentence(15)}
                for _ in range(min(BATCH, memories - start))
            ]
            account.post(f"/sessions/{session}/messages", {"messages": said})
        stats = f"/memory-profiles/{profile}/memories/stats"
        while (waiting := account.get(stats))["pending_jobs"] or waiting["pending_index_changes"]:
            bar.update(memories - waiting["pending_index_changes"] - bar.n)
            time.sleep(0.2)
        bar.update(memories - bar.n)


async def _first_ms(
    http: aiohttp.ClientSession, url: str, body: object, headers: dict[str, str]
) -> float:
    """Milliseconds until the first piece of text; the rest is read as well."""
    started_s = time.perf_counter()
    first_s = None
    async with http.post(url, json=body, headers=headers) as response:
        async for line in response.content:
            if first_s is None and line.startswith(b"data:") and b'"delta"' in line:
                first_s = time.perf_counter()
    if first_s is None:
        raise RuntimeError("the stream ended without a word")
    return 1_000 * (first_s - started_s)


def _sentence(words: int) -> str:
    return " ".join(random.choices(VOCABULARY, k=words))  # noqa: S311 - words, not secrets


def _print(direct: Sequence[float], through: Sequence[float]) -> None:
    lines = [
        f"{name:10} p50 {_quantile(ms, 50):6.1f}  p95 {_quantile(ms, 95):6.1f}  "
        f"p99 {_quantile(ms, 99):6.1f} ms"
        for name, ms in (("direct", direct), ("through", through))
    ]
    added = statistics.median(through) - statistics.median(direct)
    sys.stdout.write("\n".join([*lines, f"added      p50 {added:6.1f} ms"]) + "\n")


def _quantile(values: Sequence[float], percent: int) -> float:
    return statistics.quantiles(values, n=100)[percent - 1]


if __name__ == "__main__":
    main()
