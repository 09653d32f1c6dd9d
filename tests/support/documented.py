"""What a server has answered, held against what its OpenAPI document promises."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import httpx
from openapi_schema_validator import OAS31Validator

MAX_BODIES = 5
"""Bodies that are checked per operation and status."""


@dataclass(frozen=True, slots=True)
class Answered:
    """One kind of answer, with some of the bodies that it came with."""

    method: str
    path: str
    status: int
    media_type: str
    body: Any


class Document:
    """An OpenAPI document, asked for what an operation may answer."""

    def __init__(self, openapi: Mapping[str, Any]) -> None:
        self._openapi = openapi
        self._templates = {
            re.compile(re.sub(r"\{[^}]+\}", "[^/]+", path) + "$"): path for path in openapi["paths"]
        }

    def operations(self) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
        """Each method, path and operation."""
        for path, item in self._openapi["paths"].items():
            for method, operation in item.items():
                yield method.upper(), path, operation

    def statuses(self, name: str) -> set[str]:
        """Those that an operation may answer with."""
        [found] = [one for _, _, one in self.operations() if one["operationId"] == name]
        return set(found["responses"])

    def properties(self, schema: Mapping[str, Any]) -> Mapping[str, Any]:
        """The fields of an object's schema, by name."""
        while "$ref" in schema:
            schema = self._openapi["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
        found: Mapping[str, Any] = schema.get("properties", {})
        return found

    def complaint(self, answered: Answered) -> str | None:
        """What the document does not say about an answer, or says wrongly; None when it is right."""
        path = self.template(answered.path)
        operation = self._openapi["paths"].get(path or "", {}).get(answered.method.lower())
        if operation is None:
            return None
        name = f"{answered.method} {path} {answered.status}"
        response = operation["responses"].get(str(answered.status))
        if response is None:
            return f"{name}: not documented"
        content = response.get("content", {})
        if not answered.media_type:
            return f"{name}: should have a body" if content else None
        if answered.media_type not in content:
            return f"{name}: {answered.media_type} is not documented"
        return self._broken_promise(name, content[answered.media_type]["schema"], answered.body)

    def template(self, path: str) -> str | None:
        """The documented path that a request's path is of."""
        found = [template for form, template in self._templates.items() if form.match(path)]
        return min(found, key=lambda template: template.count("{"), default=None)

    def _broken_promise(self, name: str, schema: Mapping[str, Any], body: Any) -> str | None:
        if body is None:
            return None
        whole = {**schema, "components": self._openapi["components"]}
        for error in OAS31Validator(whole).iter_errors(body):
            return f"{name}: {error.json_path}: {error.message[:200]}"
        return None


class Answers:
    """Collects what clients receive."""

    def __init__(self) -> None:
        self._bodies: dict[tuple[str, str, int, str], list[Answered]] = {}

    def record(self, response: httpx.Response) -> None:
        """The answer is remembered; for httpx's `response` hook."""
        media_type = response.headers.get("content-type", "").partition(";")[0]
        is_json = media_type == "application/json" or media_type.endswith("+json")
        if is_json:
            response.read()
        request = response.request
        path = re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "*", request.url.path)
        some = self._bodies.setdefault((request.method, path, response.status_code, media_type), [])
        if len(some) < MAX_BODIES:
            body = response.json() if is_json and response.content else None
            some.append(Answered(request.method, path, response.status_code, media_type, body))

    def __iter__(self) -> Iterator[Answered]:
        """One answer of each kind that was received, at least."""
        return (one for some in self._bodies.values() for one in some)

    def complaints(self, document: Document) -> Sequence[str]:
        """Everything that was answered and is not documented so."""
        found = (document.complaint(one) for some in self._bodies.values() for one in some)
        return sorted({complaint for complaint in found if complaint})
