from collections.abc import Mapping
from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from app.api.errors import COMPATIBLE_PATHS
from tests.support.documented import Document
from tests.support.server import Server

OPERATIONS = """
answer_ui_chat append_messages approve_memory create_api_key delete_api_key list_api_keys cancel_run copy_memory_profile create_memory
create_chat_completion create_memory_profile create_session delete_account delete_all_memories delete_memory
delete_document delete_memory_profile delete_message delete_messages delete_session export_account
export_memory_profile download_document follow_events follow_run import_into_account import_into_memory_profile
list_chunks list_documents list_memories list_memory_profiles list_messages list_models list_sessions log_in log_out merge_memory_profiles move_memories preview_prompt
read_account read_current_user read_document read_forgetting read_health read_home read_import read_memory read_memory_history
read_memory_job read_memory_profile read_memory_stats read_metrics read_model read_readiness read_run
read_session read_session_summary read_usage refresh_tokens regenerate_answer reject_memory resume_ui_chat search_memories
send_message set_default_memory_profile sign_up stop_ui_chat stream_message update_account update_memory
update_memory_profile update_session upload_document
ensure_memory_user erase_memory_user find_memories list_memories_of_user retrieve_memories store_memory
store_memory_by_older_name
cancel_response create_conversation create_conversation_items create_embeddings create_response delete_conversation
delete_conversation_item delete_response list_conversation_items list_input_items read_conversation
read_conversation_item read_response update_conversation
"""


@pytest.fixture(scope="session")
def openapi(server: Server) -> Any:
    with server.client() as client:
        return client.get("/openapi.json").json()


def test_the_document_is_valid_openapi_3_1(openapi: Any) -> None:
    assert openapi["openapi"].startswith("3.1.")
    assert not [error.message for error in OpenAPIV31SpecValidator(openapi).iter_errors()]
    assert "itemSchema" not in str(openapi), "a keyword of 3.2"


def test_operations_have_the_names_that_generated_clients_know(openapi: Any) -> None:
    ids = [operation["operationId"] for _, _, operation in Document(openapi).operations()]

    assert len(ids) == len(set(ids))
    assert set(OPERATIONS.split()) <= set(ids), "a name was taken away"
    assert set(ids) <= set(OPERATIONS.split()), "a new name: write it down above"


def test_every_failure_is_a_problem(openapi: Any) -> None:
    for method, path, operation in Document(openapi).operations():
        failures = {s: r for s, r in operation["responses"].items() if s[0] in "45"}
        assert {"413", "500"} <= failures.keys(), f"{method} {path}"
        for status, response in failures.items():
            if (path, status) == ("/ready", "503"):
                continue
            content = response["content"]
            assert content.keys() == {"application/problem+json"}, f"{method} {path} {status}"
            assert content["application/problem+json"]["schema"] == {
                "$ref": "#/components/schemas/Problem"
            }


def test_operations_say_which_failures_their_input_can_have(openapi: Any) -> None:
    for method, path, operation in Document(openapi).operations():
        statuses = operation["responses"].keys()
        if "security" in operation:
            assert {"401", "429"} <= statuses, f"{method} {path}"
        of_input = {"400"} if path.startswith(COMPATIBLE_PATHS) else {"400", "422"}
        assert ("422" in statuses) <= ("422" in of_input), f"{method} {path}"
        if "{" in path:
            assert {"404"} | of_input <= statuses, f"{method} {path}"
        if "requestBody" in operation:
            assert {"413"} | of_input <= statuses, f"{method} {path}"


def test_all_but_signing_in_and_the_system_needs_a_credential(openapi: Any) -> None:
    free = {p for _, p, operation in Document(openapi).operations() if "security" not in operation}

    auth = {f"/api/v1/auth/{verb}" for verb in ("signup", "login", "refresh")}
    assert free == auth | {"/", "/health", "/ready", "/metrics"}


def test_successes_have_named_bodies(openapi: Any) -> None:
    for method, path, operation in Document(openapi).operations():
        for success in (r for s, r in operation["responses"].items() if s[0] == "2"):
            for media_type, content in success.get("content", {}).items():
                assert _is_named(media_type, content["schema"]), f"{method} {path}"


def test_schema_names_can_be_names_of_classes(openapi: Any) -> None:
    assert all(name.isalnum() for name in openapi["components"]["schemas"])


def test_quotes_is_a_choice_only_where_it_does_something(openapi: Any) -> None:
    chosen = {
        operation["operationId"]
        for _, _, operation in Document(openapi).operations()
        if any(one["name"] == "quotes" for one in operation.get("parameters", ()))
    }

    assert chosen == {
        "delete_all_memories",
        "delete_document",
        "delete_memory",
        "delete_message",
        "delete_messages",
        "delete_session",
    }


def _is_named(media_type: str, schema: Mapping[str, Any]) -> bool:
    return "$ref" in schema if media_type == "application/json" else schema == {"type": "string"}
