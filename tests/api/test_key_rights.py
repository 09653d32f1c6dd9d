"""What each operation needs of an API key is declared, documented, and asked for."""

from collections.abc import Mapping, Sequence

import pytest

from app.models.api_key import Scope
from app.services.rights import LOGIN, UNBOUND
from tests.api.test_isolation import OF_CHATS, absent, all_of, everything
from tests.support.documented import Document
from tests.support.keys import EVERY_SCOPE, Keyring, all_but
from tests.support.operations import BODIES, Operation, operations
from tests.support.person import Person
from tests.support.problem import problem_of
from tests.support.server import Server

NEEDS: Mapping[tuple[str, ...], str] = {
    ("chat",): """
        list_memory_profiles read_memory_profile create_session list_sessions read_session
        update_session delete_session list_messages append_messages delete_messages delete_message
        read_session_summary send_message stream_message regenerate_answer read_run follow_run
        cancel_run follow_events preview_prompt list_models read_model create_chat_completion
        create_embeddings create_response read_response cancel_response delete_response
        list_input_items create_conversation read_conversation update_conversation
        delete_conversation create_conversation_items list_conversation_items
        read_conversation_item delete_conversation_item
        answer_ui_chat resume_ui_chat stop_ui_chat create_message count_message_tokens
        run_ag_ui_agent""",
    ("memories:read",): """
        list_memories search_memories read_memory_stats read_memory read_memory_history
        read_memory_job find_memories retrieve_memories""",
    ("memories:read", UNBOUND): "list_memories_of_user",
    ("memories:write",): """
        create_memory update_memory delete_memory delete_all_memories move_memories approve_memory
        reject_memory store_memory store_memory_by_older_name""",
    ("documents",): """
        upload_document list_documents read_document list_chunks download_document
        delete_document""",
    ("admin",): """
        update_memory_profile delete_memory_profile export_memory_profile
        import_into_memory_profile read_import""",
    ("admin", UNBOUND): """
        create_memory_profile set_default_memory_profile copy_memory_profile merge_memory_profiles
        read_account read_usage update_account read_forgetting export_account import_into_account
        ensure_memory_user""",
    (LOGIN,): """
        log_out read_current_user delete_account list_api_keys create_api_key delete_api_key
        erase_memory_user""",
}
"""A new operation is written down here, so that what it needs is decided."""


@pytest.fixture(scope="module")
def document(server: Server) -> Document:
    with server.client() as client:
        return Document(client.get("/openapi.json").json())


def declared(document: Document) -> Mapping[str, Sequence[str]]:
    """What each operation needs of a key, as the document says it for both ways to show one."""
    found = {}
    for _, _, operation in document.operations():
        if "security" in operation:
            schemes = {name: s for one in operation["security"] for name, s in one.items()}
            assert schemes.keys() == {"HTTPBearer", "ApiKey"}
            assert schemes["HTTPBearer"] == schemes["ApiKey"]
            found[operation["operationId"]] = schemes["ApiKey"]
    return found


def test_each_operation_says_what_a_key_needs_for_it(document: Document) -> None:
    expected = {name: list(needed) for needed, names in NEEDS.items() for name in names.split()}

    assert declared(document) == expected
    for _, _, operation in document.operations():
        if "security" not in operation:
            continue
        told = operation["description"].rpartition("\n\n")[2]
        needed = expected[operation["operationId"]]
        assert told.startswith("Needs a login")
        assert all(f"`{one}`" in told for one in needed if one in set(Scope)), told
        assert ("no API key" in told) is (LOGIN in needed)
        assert ("not bound" in told) is (UNBOUND in needed)
        assert "403" in operation["responses"]


def status_of(person: Person, operation: Operation, ids: Mapping[str, str]) -> int:
    """Of the answer, of which no more is read: some never end."""
    request = person.http.build_request(
        operation.method, operation.path.format(**ids), json=BODIES.get(operation.name)
    )
    answer = person.http.send(request, stream=True)
    answer.close()
    return answer.status_code


def test_a_key_that_lacks_the_scope_is_refused_and_changes_nothing(
    keys: Keyring, document: Document, ada: Person
) -> None:
    ids = everything(ada)
    lacking = {scope: keys.new(ada, *all_but([scope])) for scope in EVERY_SCOPE}
    bound = keys.new(ada, memory_profile_id=ids["profile_id"])
    before = all_of(ada, ids)

    for operation in operations(document):
        if not operation.needs_credential:
            continue
        for need in declared(document)[operation.name]:
            program = bound if need in {UNBOUND, LOGIN} else lacking[need]
            answer = operation.request(program.http, ids)
            slug = {UNBOUND: "key-bound", LOGIN: "login-required"}.get(need, "missing-scope")
            problem_of(answer, 403, slug)
            assert answer.headers["www-authenticate"].startswith(
                'Bearer error="insufficient_scope"'
            )
            if need in EVERY_SCOPE:
                assert f'scope="{need}"' in answer.headers["www-authenticate"]

    assert all_of(ada, ids) == before


def test_a_key_that_has_the_scope_alone_is_let_in(
    keys: Keyring, document: Document, ada: Person
) -> None:
    ids = everything(ada)
    having = {scope: keys.new(ada, scope) for scope in EVERY_SCOPE}

    tried = 0
    for operation in operations(document):
        needed = declared(document).get(operation.name, [LOGIN])
        if LOGIN in needed:
            continue
        status = status_of(having[needed[0]], operation, absent(ids))
        assert status not in {401, 403}, operation
        if operation.name not in OF_CHATS:
            assert status == 404 if operation.has_id else status < 500, operation
        tried += 1
    assert tried > 50


def test_what_is_refused_to_a_key_is_not_told_apart_from_what_is_absent(
    keys: Keyring, ada: Person
) -> None:
    program = keys.new(ada, "documents")
    session = ada.session()

    there = program.http.get(f"/api/v1/sessions/{session}")
    gone = program.http.get(f"/api/v1/sessions/{session[:-6]}abcdef")

    assert problem_of(there, 403)["detail"] == problem_of(gone, 403)["detail"]
