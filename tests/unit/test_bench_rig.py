import json
import math
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Self

import pytest

from bench.rig.machine import Conditions, watched
from bench.rig.processes import Model, Relay, Talkers, direct
from bench.rig.report import Effort, Figure, carry_out, write_page
from bench.rig.spread import quantile, spread
from bench.rig.upstream import Script

TOKENS = 30


class Refusing(HTTPServer):
    """Answers whatever it is asked with 503, from a thread of its own."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Refusal)

    def __enter__(self) -> Self:
        Thread(target=self.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self.server_close()


class _Refusal(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(503)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def model() -> Iterator[Model]:
    with Model() as running:
        yield running


@pytest.fixture(scope="module")
def talkers() -> Iterator[Talkers]:
    with Talkers() as running:
        yield running


def test_a_spread_is_told_with_its_ends() -> None:
    assert str(spread([3.0, 1.0, 2.0])) == "2.00 (1.00–3.00)"
    assert str(spread([1234.5])) == "1,234"
    assert math.isnan(quantile([], 50))


def test_talkers_count_every_token_and_know_how_old_it_is(model: Model, talkers: Talkers) -> None:
    model.answer(tokens=TOKENS)

    with Relay(model) as relay:
        for listener in (model, relay):
            seen = talkers.carry_out(direct(listener, streams=3, times=2))

            assert sum(seen["tokens"].values()) == 3 * 2 * TOKENS
            assert seen["lengths"] == {str(TOKENS): 6}
            assert len(seen["delay_ms"]) == 6 * TOKENS / 10
            assert len(seen["first_ms"]) == len(seen["whole_ms"]) == 6
            assert all(0 <= delay_ms < 30_000 for delay_ms in seen["delay_ms"])


def test_what_is_refused_is_told_and_not_counted(talkers: Talkers) -> None:
    with Model() as gone:
        plan = direct(gone, streams=1, times=2)
    with Refusing() as server:
        seen = talkers.carry_out(replace(plan, port=server.server_port))

    assert seen["refused"] == {"503": 2}
    assert not seen["tokens"]
    assert not seen["whole_ms"]


def test_a_window_counts_what_falls_into_it(model: Model, talkers: Talkers) -> None:
    model.answer(tokens=10_000, per_second=100)

    seen = talkers.carry_out(direct(model, streams=2, warm_s=0.2, window_s=0.5))

    assert 0 < sum(seen["tokens"].values()) <= 2 * 55
    assert not seen["whole_ms"]


def test_the_scripted_model_learns_what_is_new_with_its_source() -> None:
    script = Script()
    prompt = (
        "## Existing Memories\nI noted that red fox is number 1\n## New Messages\n"
        '[{"number": 4, "content": "I noted that red fox is number 2. And so on."}, '
        '{"number": 6, "content": "I noted that red fox is number 3."}]'
    )

    answer = json.loads(script.extraction([{"role": "user", "content": prompt}]))

    found = [(item["text"], item["sources"]) for item in answer["memory"]]
    assert found == [
        ("I noted that red fox is number 2", [4]),
        ("I noted that red fox is number 3", [6]),
    ]


def test_the_page_tells_what_was_missed_and_what_was_noisy(tmp_path: Path) -> None:
    def measure(effort: Effort) -> Figure:
        assert effort.of(5, 1) == 1
        figure = Figure(name="first_token", title="A title", how="So.", pictures={"": "<svg/>"})
        figure.add("a row", "ms", spread([5.0, 7.0]))
        figure.want_at_most("at most 4 ms", 6.0, 4.0, "ms")
        figure.want_at_least("at least 4 ms", 6.0, 4.0, "ms")
        return figure

    carry_out(measure, Effort(quick=True), tmp_path)
    kept = json.loads((tmp_path / "first_token.json").read_text())
    kept["noises"] = ["others took 90% of the machine"]
    (tmp_path / "first_token.json").write_text(json.dumps(kept))
    write_page(tmp_path, ["first_token", "never_measured"])

    page = (tmp_path / "README.md").read_text("utf-8")
    assert "| first_token | at most 4 ms | 6.00 ms, noisy | **missed** |" in page
    assert "| first_token | at least 4 ms | 6.00 ms, noisy | met |" in page
    assert "| a row | 6.00 (5.00–7.00) | ms |" in page
    assert "(first_token.svg)" in page
    assert "others took 90% of the machine" in page
    assert "smoke run" in page
    assert "never_measured" not in page


def test_noise_is_noticed() -> None:
    with watched() as seen:
        pass

    assert seen.loop_before_ms > 0
    loud = Conditions(load_before=3.0, others_share=0.5, loop_before_ms=10.0, loop_after_ms=20.0)
    assert len(loud.noises) == 3
    assert not Conditions(loop_before_ms=10.0, loop_after_ms=10.5).noises
