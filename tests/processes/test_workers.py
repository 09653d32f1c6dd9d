"""`python main.py worker`: who learns, who is refused, and who is told that nobody learns."""

import time
from pathlib import Path

import httpx
import orjson
import pytest

from bench.server import inherited
from tests.support.command import command
from tests.support.company import COMMON, LEASE_S, Company, Worker
from tests.support.forked import main_py
from tests.support.person import Person, eventually
from tests.support.running_upstream import RunningUpstream
from tests.support.upstream import Reply

SEEN_WITHIN_S = 10
"""That a worker is at a job which it will not end: the other one waits as long for its lease."""
FOUND = '{"memory": [{"id": "0", "text": "Ada keeps bees", "attributed_to": "user"}]}'


def test_a_worker_does_the_job_of_one_that_was_killed(
    upstream: RunningUpstream, own_company: Company
) -> None:
    patient = {"MEMORYCHAT_MODEL_CALL__FIRST_TOKEN_TIMEOUT_S": "60"}
    lease = "MEMORYCHAT_LEARNING__LEASE_S"
    first = own_company.worker("one", {**patient, lease: str(SEEN_WITHIN_S)})
    second = own_company.worker("two", {**patient, lease: "60"})
    with (
        own_company.server("server", {"MEMORYCHAT_BACKGROUND": "false"}) as server,
        Person(server) as ada,
    ):
        upstream.script(
            Reply(text="I see."),
            Reply(when="keeps bees", silent=True),
            Reply(text=FOUND, keep=True),
        )
        ada.say(ada.session(), "Ada keeps bees.")  # all of it, before anybody takes up the job
        with first:
            eventually(lambda: len(upstream.requests), lambda asked: asked == 2)
            first.kill()
        with second:
            ada.settle(ada.default_profile())
            asked = len(upstream.requests)

        [job] = own_company.site.postgres.execute(
            "SELECT state, attempts FROM memory_jobs", database=own_company.site.name
        )
    assert job == ("done", 2)
    assert asked == 3


def test_that_nobody_works_in_the_background_is_told(own_company: Company) -> None:
    environment = {"MEMORYCHAT_BACKGROUND": "false"}
    with own_company.server("server", environment) as server, Person(server) as ada:
        ada.say(ada.session(), "I keep bees.")
        told = ada.http.get("/metrics").text
        doctor = command(server, "doctor", "--json", **own_company.environment, **environment)
    findings = orjson.loads(doctor.stdout)["findings"]
    [waiting] = [one for one in findings if one["check"] == "waiting"]

    assert "memorychat_jobs_waiting 1.0" in told
    assert 'memorychat_processes_alive{role="worker"} 0.0' in told
    assert 'memorychat_processes_alive{role="server"} 1.0' in told
    assert waiting["verdict"] == "trouble"
    assert "no living process works in the background" in waiting["detail"]
    assert "main.py worker" in waiting["remedy"]


def test_nobody_learns_while_no_process_does_background_work(own_company: Company) -> None:
    environment = {"MEMORYCHAT_BACKGROUND": "false"}
    with own_company.server("server", environment) as server, Person(server) as ada:
        ada.say(ada.session(), "I keep bees.")
        profile = ada.default_profile()
        before = ada.get(f"/memory-profiles/{profile}/memories/stats")

    assert before["pending_jobs"] == 1


def refusal(environment: dict[str, str], folder: Path, *arguments: str) -> str:
    """What a command says that does not start."""
    ended = main_py(
        *arguments,
        environment={**inherited(), "MEMORYCHAT_DATA_DIR": str(folder / "data"), **environment},
        folder=folder,
    )
    assert ended.returncode == 1, ended.stderr
    return ended.stderr


def test_a_second_process_without_redis_is_refused(own_company: Company, tmp_path: Path) -> None:
    alone = {name: value for name, value in own_company.environment.items() if name != "REDIS_URL"}
    with own_company.server("with"):
        said = refusal(alone, tmp_path, "serve", "--port", "0")

    assert "set REDIS_URL for all of them" in said
    assert "Traceback" not in said


def test_one_process_on_postgres_needs_no_redis_and_starts_again_after_it_was_killed(
    own_company: Company,
) -> None:
    del own_company.environment["REDIS_URL"]
    server = own_company.server("alone").start()
    server.kill()
    began_s = time.monotonic()
    with server:
        assert httpx.get(f"{server.url}/ready").json()["checks"]["peers"] == "ok"
    assert time.monotonic() - began_s > LEASE_S / 2


@pytest.mark.parametrize(
    ("environment", "arguments", "sentence"),
    [
        ({}, ["serve", "--workers", "2"], "set DATABASE_URL to a Postgres"),
        ({"DATABASE_URL": "postgresql://u@h/d"}, ["serve", "--workers", "2"], "set REDIS_URL"),
        ({}, ["worker"], "a worker needs DATABASE_URL"),
        ({"REDIS_URL": "redis://127.0.0.1:1/0"}, ["serve"], "unset REDIS_URL"),
        ({"MEMORYCHAT_BACKGROUND": "false"}, ["serve"], "nobody else can learn"),
        (
            {**COMMON, "DATABASE_URL": "postgresql://u@h/d", "REDIS_URL": "x", "PORT": "0"},
            ["serve", "--workers", "2"],
            "set PORT to the first",
        ),
    ],
)
def test_what_several_processes_lack_is_said_at_start(
    environment: dict[str, str], arguments: list[str], sentence: str, tmp_path: Path
) -> None:
    said = refusal(environment, tmp_path, *arguments)

    assert sentence in said
    assert "Traceback" not in said


def worker_says(worker: Worker) -> str:
    return worker.log.read_text()


def test_a_worker_that_is_told_to_stop_gives_its_place_up(own_company: Company) -> None:
    worker = own_company.worker("one")
    with own_company.server("server"), worker:
        worker.stop()
        rows = own_company.site.postgres.execute(
            "SELECT role FROM processes", database=own_company.site.name
        )

    assert rows == [("server",)]
    assert "Traceback" not in worker_says(worker)
