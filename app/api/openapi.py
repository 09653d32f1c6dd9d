from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from app.api.problems import Problem

DESCRIPTION = """\
A chat backend that remembers people, and forgets on request.

Each session has a **privacy mode**. `normal` reads and learns memories and keeps the conversation;
`pause_memories` reads, and learns nothing; `incognito` reads nothing, learns nothing and keeps
nothing: its words are in this server's memory for a limited time only. In every mode the provider
of the configured model sees the prompt.
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
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    return schema
