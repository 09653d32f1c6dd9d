from collections.abc import Mapping
from typing import Any

import orjson
import pytest
from openapi_schema_validator import OAS31Validator
from openapi_spec_validator import OpenAPIV31SpecValidator, OpenAPIV32SpecValidator

from app.api.errors import COMPATIBLE_PATHS
from app.api.examples import REQUESTS
from tests.support.documented import Document
from tests.support.person import Person
from tests.support.server import Server
from tests.support.socket import Socket

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
create_message count_message_tokens run_ag_ui_agent
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
    assert "'itemSchema':" not in str(openapi), "a keyword of 3.2"


def test_operations_have_the_names_that_generated_clients_know(openapi: Any) -> None:
    ids = [operation["operationId"] for _, _, operation in Document(openapi).operations()]

    assert len(ids) == len(set(ids))
    assert set(OPERATIONS.split()) <= set(ids), "a name was taken away"
    assert set(ids) <= set(OPERATIONS.split()), "a new name: write it down above"


def test_every_failure_is_a_problem_or_what_its_protocol_has_instead(openapi: Any) -> None:
    for method, path, operation in Document(openapi).operations():
        failures = {s: r for s, r in operation["responses"].items() if s[0] in "45"}
        assert {"413", "500"} <= failures.keys(), f"{method} {path}"
        for status, response in failures.items():
            if (path, status) == ("/ready", "503"):
                continue
            media_type, name = "application/problem+json", "Problem"
            if path.startswith("/v1/messages"):
                media_type, name = "application/json", "MessageFailure"
            content = response["content"]
            assert content.keys() == {media_type}, f"{method} {path} {status}"
            assert content[media_type]["schema"] == {"$ref": f"#/components/schemas/{name}"}


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
    return "$ref" in schema if media_type == "application/json" else schema["type"] == "string"


def test_the_document_is_valid_openapi_3_2_on_request_and_says_what_streams_are_of(
    server: Server,
) -> None:
    with server.client() as client:
        newer = client.get("/openapi.json", params={"version": "3.2"}).json()
        assert client.get("/openapi.json", params={"version": "4"}).status_code == 422
    assert newer["openapi"] == "3.2.0"
    assert not [error.message for error in OpenAPIV32SpecValidator(newer).iter_errors()]
    streams = [
        _json_of(content["text/event-stream"]["itemSchema"]["properties"]["data"])
        for _, _, operation in Document(newer).operations()
        for response in operation["responses"].values()
        if "itemSchema" in (content := response.get("content", {})).get("text/event-stream", {})
    ]
    assert len(streams) >= 6
    assert all(one["$ref"].rpartition("/")[2] in newer["components"]["schemas"] for one in streams)


def test_examples_are_good_requests(openapi: Any) -> None:
    shown = {}
    for _, _, operation in Document(openapi).operations():
        for content in operation.get("requestBody", {}).get("content", {}).values():
            if "example" in content:
                shown[operation["operationId"]] = content["example"]
                whole = {**content["schema"], "components": openapi["components"]}
                assert not list(OAS31Validator(whole).iter_errors(content["example"]))
    assert shown == REQUESTS


def test_every_tag_is_described(openapi: Any) -> None:
    described = {one["name"] for one in openapi["tags"]}
    used = {tag for _, _, op in Document(openapi).operations() for tag in op["tags"]}
    assert used == described


def test_events_are_as_their_schemas_say(openapi: Any, ada: Person) -> None:
    session = ada.session()
    with ada.stream(session, "My sister Anna lives in Bergen.") as events:
        told = list(events)
    ada.settle(ada.default_profile())
    with ada.stream(session, "Where does my sister live?") as events:
        told += list(events)
    assert "memory.used" in {one["type"] for one in told}
    _hold(openapi, "RunStreamEvent", told)

    body = {"model": "memorychat", "stream": True, "stream_options": {"include_usage": True}}
    talk = {"messages": [{"role": "user", "content": "Where does my sister live?"}]}
    lines = _lines(ada, "/v1/chat/completions", {**body, **talk})
    _hold(openapi, "ChatCompletionChunk", lines)
    part = {"role": "user", "parts": [{"type": "text", "text": "Where does my sister live?"}]}
    _hold(openapi, "UIMessagePart", _lines(ada, "/api/chat", {"messages": [part]}))

    asked = {"model": "memorychat", "stream": True, "input": "Where does my sister live?"}
    _hold(openapi, "ResponseStreamEvent", _data(ada, "/v1/responses", asked))
    message = {"model": "memorychat", "stream": True, "max_tokens": 100}
    _hold(openapi, "MessageStreamEvent", _data(ada, "/v1/messages", {**message, **talk}))
    run = {"threadId": "1", "runId": "1", "state": {}, "tools": [], "context": []}
    question = {"id": "1", "role": "user", "content": "Where does my sister live?"}
    agent = {**run, "messages": [question], "forwardedProps": {}}
    _hold(openapi, "AgentStreamEvent", _data(ada, "/ag-ui", agent))

    with Socket.of(ada) as socket:
        socket.say("events.subscribe")
        control = [socket.hear()]
        ada.post(f"/memory-profiles/{ada.default_profile()}/memories", {"content": "I like figs."})
        news = [socket.hear()]
        socket.say("ping", request_id="1")
        control.append(socket.until(lambda one: one["type"] == "pong"))
        socket.say("run.follow", run_id=session)
        control.append(socket.until(lambda one: one["type"] == "error"))
    _hold(openapi, "FeedEvent", news)
    _hold(openapi, "SocketAnswer", control)


def _json_of(data: Mapping[str, Any]) -> Any:
    """The schema of an event, besides the mark at the end of some streams."""
    return data.get("anyOf", [data])[-1]["contentSchema"]


def _lines(person: Person, path: str, body: Mapping[str, Any]) -> list[Any]:
    """The data of each event, but the mark at the end."""
    *data, mark = _told(person, path, body)
    assert mark == "[DONE]"
    return [orjson.loads(one) for one in data]


def _data(person: Person, path: str, body: Mapping[str, Any]) -> list[Any]:
    """The data of each event."""
    told = _told(person, path, body)
    assert len(told) > 3
    return [orjson.loads(one) for one in told]


def _told(person: Person, path: str, body: Mapping[str, Any]) -> list[str]:
    text = person.http.post(path, json=body).text
    return [line.removeprefix("data: ") for line in text.splitlines() if line[:6] == "data: "]


def _hold(openapi: Any, name: str, told: list[Any]) -> None:
    schema = {"$ref": f"#/components/schemas/{name}", "components": openapi["components"]}
    assert told
    for one in told:
        wrong = [error.message for error in OAS31Validator(schema).iter_errors(one)]
        assert not wrong, (one, wrong)
