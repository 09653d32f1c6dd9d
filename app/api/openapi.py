from collections.abc import Iterable, Sequence
from typing import Any, Final, Literal

import orjson
from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from starlette.responses import Response

from app.api.errors import COMPATIBLE_PATHS
from app.api.examples import show_examples
from app.api.openapi_tags import TAGS
from app.api.problems import MessageFailure, Problem, problems
from app.api.streams import in_version_3_2, stream_schemas
from app.schemas.fields import without_null
from app.services.rights import LOGIN, UNBOUND

DESCRIPTION = """\
A chat backend that remembers people, and forgets on request.

Each session has a **privacy mode**. `normal` reads and learns memories and keeps the conversation;
`pause_memories` reads, and learns nothing; `incognito` reads nothing, learns nothing and keeps
nothing: its words are in this server's memory for a limited time only. In every mode the provider
of the configured model sees the prompt.

Call with a login's access token, which may do everything, or with an **API key** (`mc_…`), which may do
what its scopes say: each operation names the one that it needs. A key may be bound to one memory
profile, and to a privacy mode that no turn with it is looser than.

A **WebSocket** at `/api/v1/ws` carries several streams at once. It takes the credential as `Authorization`, as
`Sec-WebSocket-Protocol: bearer, <token>`, or in a first message `{"type": "authenticate", "token": …}`; never in
its address. Clients send messages of the schema `SocketRequest`; the server sends those of `SocketAnswer`, and the
events of `RunStreamEvent` and `FeedEvent` with their number as `id`, the `run_id`, and the `request_id` of what
they come of. It closes with 4401 (no credential that holds, or its login has ended), 4403 (not permitted), 4408
(no credential in time), 1003 (a binary frame), 1009 (a frame over the limit), 1011 (pings were not answered, or an
unexpected error), 1012 (the server restarts: follow again) or 1013 (try again later).

In this document, `x-event-schema` beside the schema of a `text/event-stream` is what the data of each event is;
`/openapi.json?version=3.2` says so with `itemSchema`.

Another application calls the memory service (`/v1/memories`, `/memory/store`, `/memory/retrieve`) for its own
users with a **service token** of its tenant: it needs `memories:read` to read and `memories:write` for all else.
Nothing besides takes one.

Models reach the memories by the Model Context Protocol at `/mcp`, and those of one profile at
`/mcp/profiles/{name}`. It describes itself, so its operations are not listed here.
"""


def install_openapi(app: FastAPI) -> None:
    """`/openapi.json` tells errors and streams as they are sent, by 3.1 or, on request, by 3.2."""

    def document() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _document(app)
        return app.openapi_schema

    app.openapi = document  # type: ignore[method-assign]

    async def read_openapi(version: Literal["3.1", "3.2"] = "3.1") -> Response:
        """The document of the API."""
        told = document()
        return Response(
            orjson.dumps(in_version_3_2(told) if version == "3.2" else told),
            media_type="application/json",
        )

    app.add_api_route("/openapi.json", read_openapi, include_in_schema=False)


def _document(app: FastAPI) -> dict[str, Any]:
    schema = get_openapi(
        title=app.title,
        version=app.version,
        description=DESCRIPTION,
        routes=app.routes,
        servers=[{"url": "/", "description": "This server."}],
        tags=[{"name": name, "description": told} for name, told in TAGS.items()],
    )
    schema["security"] = []
    schemas = schema["components"]["schemas"]
    _tell_further(schemas)
    for item in schema["paths"].values():
        for operation in item.values():
            _tell_rights(operation)
            _tell_headers(operation)
            show_examples(operation)
            for parameter in operation.get("parameters", ()):
                without_null(parameter["schema"])
    _tell_no_null_defaults(schemas.values())
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    for path in filter(lambda path: path.startswith(COMPATIBLE_PATHS), schema["paths"]):
        for operation in schema["paths"][path].values():
            operation["responses"].pop("422", None)
    return schema


def _tell_further(schemas: dict[str, Any]) -> None:
    """What no operation names as its model: events of streams, and failures."""
    for name, told in stream_schemas().items():
        schemas.setdefault(name, told)
    for failure in (Problem, MessageFailure):
        described = failure.model_json_schema(ref_template="#/components/schemas/{model}")
        schemas.update(described.pop("$defs"))
        schemas[failure.__name__] = described


def _tell_no_null_defaults(schemas: Iterable[dict[str, Any]]) -> None:
    """Fields may be left out; types that are made of the schemas would ask for those with a default."""
    for schema in schemas:
        for field in schema.get("properties", {}).values():
            if field.get("default", ...) is None:
                del field["default"]


def _tell_rights(operation: dict[str, Any]) -> None:
    """What an API key needs for the operation stands in its description, and that it may lack it."""
    if "security" not in operation:
        return
    [needed, *_] = [scopes for scheme in operation["security"] for scopes in scheme.values()]
    told = f"{operation['description']}\n\n{_sentence(needed)}"
    operation["description"] = told
    operation["responses"].setdefault("403", problems(403)[403])


def _tell_headers(operation: dict[str, Any]) -> None:
    """What an operation answers to headers that it takes stands with its successes."""
    taken = {
        one["name"].lower() for one in operation.get("parameters", ()) if one["in"] == "header"
    }
    told = {name: _header(text) for asked, (name, text) in _TOLD.items() if asked in taken}
    for status, response in operation["responses"].items():
        if told and status.startswith("2"):
            response["headers"] = {**response.get("headers", {}), **told}


def _header(text: str) -> dict[str, Any]:
    return {"description": text, "schema": {"type": "string"}}


_TOLD: Final = {
    "idempotency-key": (
        "Idempotent-Replayed",
        "`true` when the same request was carried out before.",
    ),
    "if-none-match": ("ETag", "The version."),
    "prefer": ("Preference-Applied", "`wait=N`, when that was preferred."),
}


def _sentence(needed: Sequence[str]) -> str:
    if LOGIN in needed:
        return "Needs a login: no API key will do."
    scopes = ", ".join(f"`{one}`" for one in needed if one != UNBOUND)
    bound = ", and is not bound to a profile" if UNBOUND in needed else ""
    return f"Needs a login, or an API key that has the scope {scopes}{bound}."
