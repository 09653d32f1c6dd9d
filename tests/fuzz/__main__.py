"""`python -m tests.fuzz`: a server of its own, and requests to every operation of its document."""

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from bench.server import ROOT, ServerProcess
from tests.fuzz import ADDRESS
from tests.support.server import DEFAULTS

LEFT_OUT: Final = {
    "follow_events": "a feed has no end to wait for; tests/api/test_feed.py follows it",
}
REFUSES: Final = {
    "answer_ui_chat": "messages are read by hand, as other services read them: OpenAPI tells little",
    "create_chat_completion": "the same",
    "create_response": "the same",
    "create_message": "the same",
    "count_message_tokens": "the same",
    "create_embeddings": "no text is empty, nor is any token unknown",
    "run_ag_ui_agent": "messages are read by hand",
    "create_conversation": "no Idempotency-Key is taken; metadata names profiles and modes that there are",
    "update_conversation": "metadata names modes that there are",
    "create_conversation_items": "no Idempotency-Key is taken",
    "create_api_key": "the end of a key lies in the future",
    "copy_memory_profile": "one of two fields is given",
    "store_memory": "the same",
    "store_memory_by_older_name": "the same",
    "update_account": "a time zone is one of the IANA's",
    "update_memory": "what ends has begun before",
    "create_memory": "the same",
    "import_into_account": "a file is of a known format, and whole",
    "import_into_memory_profile": "the same",
    "upload_document": "a file is of a known format, and whole",
}
"""Operations that refuse what their schemas allow, for a reason that no schema can say."""
REFUSAL: Final = ("2xx", "3xx", "400", "401", "403", "404", "409", "413", "422", "429", "503")
ENVIRONMENT: Final = {**DEFAULTS, "MEMORYCHAT_RATE_LIMITS__ENABLED": "false"}
DEADLINE_S: Final = 3600


def fuzz(
    url: str, folder: Path, *, examples: int, seed: int, phases: str, more: Sequence[str] = ()
) -> subprocess.CompletedProcess[str]:
    """What schemathesis says of a server: all checks, for every operation that it tells of.

    Args:
        url: of the server.
        folder: for what it writes.
        examples: per operation and phase, at most.
        seed: of what is made up.
        phases: of examples, coverage and fuzzing; no operation links to another.
        more: options of its command line.
    """
    configured = folder / "schemathesis.toml"
    configured.write_text(configuration())
    command = [
        str(Path(sys.executable).with_name("schemathesis")),
        *(
            "--config-file",
            str(configured),
            "run",
            f"{url}/openapi.json?version=3.2",
            "--checks",
            "all",
            "--phases",
            phases,
        ),
        *("--max-examples", str(examples), "--seed", str(seed)),
        *("--request-timeout", "20", "--continue-on-failure", "--no-color", "--warnings", "off"),
        *("--url", url),
        *(f"--exclude-operation-id={name}" for name in LEFT_OUT),
        *more,
    ]
    environment = {
        **os.environ,
        ADDRESS: url,
        "SCHEMATHESIS_HOOKS": "tests.fuzz.hooks",
        "PYTHONPATH": str(ROOT),
    }
    return subprocess.run(  # noqa: S603 - a development dependency
        command,
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,
        env=environment,
        timeout=DEADLINE_S,
    )


def configuration() -> str:
    """What is expected of operations that refuse more than their schemas say."""
    return "".join(
        f"[[operations]]\ninclude-operation-id = {name!r}\n"
        f"checks.positive_data_acceptance.expected-statuses = {list(REFUSAL)}\n"
        for name in REFUSES
    )


def main() -> int:
    """The exit status: 0 when nothing was found."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--examples", type=int, default=50)
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument("--phases", default="examples,coverage,fuzzing")
    arguments.add_argument("more", nargs="*", help="options of schemathesis, after --")
    asked = arguments.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with ServerProcess(folder, ENVIRONMENT) as server:
            done = fuzz(
                server.url,
                folder,
                examples=asked.examples,
                seed=asked.seed,
                phases=asked.phases,
                more=asked.more,
            )
    sys.stdout.write(done.stdout + done.stderr)
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
