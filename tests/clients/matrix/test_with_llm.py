"""Simon Willison's `llm`, by its command line. It has no bodies and no storage to choose, and always tries again."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.clients.matrix.driven import Shown, User
from tests.clients.matrix.manual import lines_for
from tests.clients.matrix.scenarios import (  # noqa: F401 - the same for every client
    test_a_failure_after_the_first_word_is_no_whole_answer,
    test_a_failure_before_the_first_word_is_said_to_its_user,
    test_a_plan_that_is_used_up_is_said_to_its_user,
    test_a_profile_and_a_mode_are_chosen_by_header_and_model,
    test_a_tool_is_called_and_the_answer_knows_what_it_said,
    test_an_answer_is_heard_as_it_is_written,
    test_in_a_session_an_answer_that_was_lost_is_kept_once_by_its_key,
    test_in_a_session_what_failed_and_is_tried_again_is_one_message,
    test_what_a_client_does_wrong_is_said_to_its_user,
    test_what_a_client_tries_again_by_itself_is_kept_once,
    test_what_is_said_is_answered_and_remembered,
    test_what_is_tried_again_because_the_answer_was_lost_is_kept_once,
)
from tests.support.openai_client import collected
from tests.support.server import ROOT

CLIENT = ("llm", "clients")
SHOWN = Shown(
    raises=dict.fromkeys((None, 400, 401, 404, 429, 502, 503), "exit 1"),
    verbs=("stream",),
    has_status=False,
)


def test_the_lines_of_the_instructions_work_in_a_shell(ada: User, tmp_path: Path) -> None:
    if shutil.which("curl") is None:
        pytest.skip("NOT TESTED with curl: install the package curl")
    ada.person.profile("work")
    models = tmp_path / "extra-openai-models.yaml"
    models.write_text(ada.filled(lines_for("extra-openai-models.yaml")))
    path = f"{ROOT / '.venv-clients/bin'}:{os.environ['PATH']}"

    done = subprocess.run(  # noqa: S602 - lines of ours, out of instructions.txt
        ada.filled(lines_for("shell")),
        shell=True,
        env={"PATH": path, "HOME": str(tmp_path), "LLM_USER_PATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )

    said, completion = done.stdout.split("\n", 1)
    assert json.loads(completion)["choices"][0]["message"]["content"] == said
    assert [one["content"] for one in collected(ada.person)] == ["Hello."]
