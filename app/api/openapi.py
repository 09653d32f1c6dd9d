from collections.abc import Sequence
from typing import Any, Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from app.api.errors import COMPATIBLE_PATHS
from app.api.problems import Problem, problems
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

Another application calls the memory service (`/v1/memories`, `/memory/store`, `/memory/retrieve`) for its own
users with a **service token** of its tenant: it needs `memories:read` to read and `memories:write` for all else.
Nothing besides takes one.

Models reach the memories by the Model Context Protocol at `/mcp`, and those of one profile at
`/mcp/profiles/{name}`. It describes itself, so its operations are not listed here.
"""


def install_openapi(app: FastAPI) -> None:
    """`/openapi.json` tells errors as they are sent."""

    def document() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _document(app)
        return app.openapi_schema

    app.openapi = document  # type: ignore[method-assign]


def _document(app: FastAPI) -> dict[str, Any]:
    schema = get_openapi(
        title=app.title,
        version=app.version,
        description=DESCRIPTION,
        routes=app.routes,
    )
    schemas = schema["components"]["schemas"]
    problem = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas.update(problem.pop("$defs"))
    schemas["Problem"] = problem
    for item in schema["paths"].values():
        for operation in item.values():
            _tell_rights(operation)
            _tell_headers(operation)
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    for path in filter(lambda path: path.startswith(COMPATIBLE_PATHS), schema["paths"]):
        for operation in schema["paths"][path].values():
            operation["responses"].pop("422", None)
    return schema


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
