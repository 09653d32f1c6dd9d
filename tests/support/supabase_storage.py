"""A project of Supabase with its Storage: a real HTTP server that speaks Storage's protocol, over files.

What it answers is what the service's own source says it does (supabase/storage): a refusal is 400, with
its status as text in the body; `remove` tells what was there; `list-v2` is flat and goes on behind the name
of its cursor; row-level security shows the publishable key nothing. Where npm's `@supabase/lite` is, the
same tests run against that, as far as it goes: it has no `list-v2`.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import Any, Final
from urllib.parse import unquote, urlsplit
from uuid import uuid4

from tests.support.gotrue import ANON_KEY, SERVICE_KEY, GoTrue, GoTrueHandler

BUCKET: Final = "originals"
DEFAULT_PAGE: Final = 100
MOST_DELETED: Final = 1_000
_STORAGE: Final = "/storage/v1/"

Said = tuple[int, Any]
"""A status, and a body: JSON, or bytes as they are."""


@dataclass(slots=True)
class Bucket:
    """As its owner has set it up."""

    public: bool = False
    file_size_limit: int | None = None
    allowed_mime_types: Sequence[str] | None = None


@dataclass(slots=True)
class Received:
    """A request, all of it."""

    line: str
    headers: str
    body: bytes = field(repr=False)


class SupabaseProject(GoTrue):
    """Keeps accounts in memory, and files in a folder; says what it received."""

    def __init__(self, folder: Path) -> None:
        super().__init__(handler=ProjectHandler)
        self.folder = folder
        self.buckets: dict[str, Bucket] = {BUCKET: Bucket()}
        self.stored: list[Received] = []
        """What came for Storage, in its order."""
        self.page: int | None = None
        """How many a list holds at most, whatever is asked for."""
        self.denying: Said | None = None
        """What every request for Storage is answered instead."""
        self.mute = False
        """Whether it does what is asked, and hangs up then."""
        self.lock = Lock()

    def settings(self, bucket: str = BUCKET) -> Mapping[str, str]:
        """The environment of a server that keeps its originals here."""
        return {
            "SUPABASE_URL": self.project,
            "SUPABASE_SERVICE_ROLE_KEY": SERVICE_KEY,
            "SUPABASE_BUCKET": bucket,
        }

    def files(self, bucket: str = BUCKET) -> dict[str, Path]:
        """Everything in a bucket, by its name."""
        root = self.folder / bucket
        return {
            file.relative_to(root).as_posix(): file
            for file in sorted(root.rglob("*"))
            if file.is_file()
        }

    @contextmanager
    def denied(self, status: int, **body: Any) -> Iterator[None]:
        """Everything is refused meanwhile."""
        self.denying = (status, body)
        yield
        self.denying = None


def refusal(status: int, code: str, message: str = "Of no interest.") -> Said:
    """As Storage says no: 400 on the wire, unless it is its own fault."""
    return (500 if status == 500 else 400), {
        "statusCode": str(status),
        "error": code,
        "message": message,
    }


class ProjectHandler(GoTrueHandler):
    """Finds what was asked for: of Storage, or of Auth."""

    def do_GET(self) -> None:  # noqa: N802 - the standard library calls it so
        if self.path.startswith(_STORAGE):
            self._store(b"")
        else:
            super().do_GET()

    def do_POST(self) -> None:  # noqa: N802 - the standard library calls it so
        if self.path.startswith(_STORAGE):
            self._store(self._body())
        else:
            super().do_POST()

    def do_DELETE(self) -> None:  # noqa: N802 - the standard library calls it so
        if self.path.startswith(_STORAGE):
            self._store(self._body())
        else:
            super().do_DELETE()

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding") != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        body = bytearray()
        while size := int(self.rfile.readline(), 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return bytes(body)

    def _store(self, body: bytes) -> None:
        project = self.project
        project.stored.append(Received(self.requestline, str(self.headers), body))
        if project.fault:
            getattr(self, project.fault)()
            return
        status, said = project.denying or self._answered(body)
        if project.mute:
            self.gone()
            return
        content = said if isinstance(said, bytes) else json.dumps(said).encode()
        self.send_response(status)
        kind = "application/octet-stream" if isinstance(said, bytes) else "application/json"
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def _answered(self, body: bytes) -> Said:
        if self.headers.get("apikey") not in {ANON_KEY, SERVICE_KEY}:
            return 401, {"message": "Invalid API key"}
        parts = [unquote(part) for part in urlsplit(self.path).path[len(_STORAGE) :].split("/")]
        with self.project.lock:
            match self.command, parts:
                case "GET", ["bucket", name]:
                    return self._bucket(name)
                case "POST", ["object", "list-v2", name]:
                    return self._listed(name, json.loads(body))
                case "DELETE", ["object", name]:
                    return self._removed(name, json.loads(body))
                case "POST", ["object", name, *path]:
                    return self._uploaded(name, "/".join(path), body)
                case "GET", ["object", name, *path]:
                    return self._downloaded(name, "/".join(path))
        return 404, {"statusCode": "404", "error": "Not Found", "message": "Route not found"}

    @property
    def _may(self) -> bool:
        """Whether row-level security lets the caller see anything."""
        return self.headers.get("apikey") == SERVICE_KEY

    def _bucket(self, name: str) -> Said:
        if not self._may or (bucket := self.project.buckets.get(name)) is None:
            return refusal(404, "Bucket not found")
        return 200, {
            "id": name,
            "name": name,
            "owner": "",
            "public": bucket.public,
            "created_at": "2026-11-20T09:15:00.000Z",
            "updated_at": "2026-11-20T09:15:00.000Z",
            "file_size_limit": bucket.file_size_limit,
            "allowed_mime_types": bucket.allowed_mime_types,
            "type": "STANDARD",
        }

    def _uploaded(self, name: str, path: str, body: bytes) -> Said:
        if (bucket := self.project.buckets.get(name)) is None:
            return refusal(404, "Bucket not found")
        if not self._may:
            return refusal(403, "Unauthorized", "new row violates row-level security policy")
        content, kind = part_named(b"file", body, self.headers["Content-Type"])
        if bucket.file_size_limit and len(content) > bucket.file_size_limit:
            return refusal(413, "Payload too large")
        if bucket.allowed_mime_types is not None and kind not in bucket.allowed_mime_types:
            return refusal(415, "invalid_mime_type")
        file = self.project.folder / name / path
        if file.exists() and self.headers.get("x-upsert") != "true":
            return refusal(409, "Duplicate", "The resource already exists")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
        return 200, {"Id": str(uuid4()), "Key": f"{name}/{path}"}

    def _downloaded(self, name: str, path: str) -> Said:
        if name not in self.project.buckets:
            return refusal(404, "Bucket not found")
        file = self.project.folder / name / path
        if not self._may or not file.is_file():
            return refusal(404, "not_found", "Object not found")
        return 200, file.read_bytes()

    def _removed(self, name: str, asked: Mapping[str, Any]) -> Said:
        prefixes = asked["prefixes"]
        if not 0 < len(prefixes) <= MOST_DELETED:
            return refusal(400, "InvalidRequest")
        gone = []
        for path in prefixes if self._may else ():
            file = self.project.folder / name / path
            if file.is_file():
                file.unlink()
                gone.append({"name": path, "bucket_id": name, "id": str(uuid4())})
        return 200, gone

    def _listed(self, name: str, asked: Mapping[str, Any]) -> Said:
        names = [
            path
            for path in (sorted(self.project.files(name)) if self._may else ())
            if path.startswith(asked.get("prefix", "")) and path > asked.get("cursor", "")
        ]
        limit = min(asked.get("limit", DEFAULT_PAGE), self.project.page or MOST_DELETED)
        shown, has_next = names[:limit], len(names) > limit
        at = "2026-11-20T09:15:00.000Z"
        return 200, {
            "hasNext": has_next,
            "folders": [],
            "objects": [
                {
                    "id": str(uuid4()),
                    "name": one,
                    "updated_at": at,
                    "created_at": at,
                    "last_accessed_at": at,
                    "metadata": {"size": (self.project.folder / name / one).stat().st_size},
                }
                for one in shown
            ],
            **({"nextCursor": shown[-1]} if has_next else {}),
        }

    @property
    def project(self) -> SupabaseProject:
        """Whom it answers for."""
        project = self.server.issuer
        assert isinstance(project, SupabaseProject)
        return project


def part_named(name: bytes, body: bytes, content_type: str) -> tuple[bytes, str]:
    """The content of a part of a form, and its media type."""
    found = re.search(r"boundary=\"?([^\";]+)", content_type)
    assert found, content_type
    for part in body.split(b"--" + found[1].encode()):
        head, _, content = part.partition(b"\r\n\r\n")
        if b'name="' + name + b'"' in head:
            kind = re.search(rb"(?i)content-type: *([^\r\n]+)", head)
            return content.removesuffix(b"\r\n"), kind[1].decode() if kind else ""
    raise AssertionError("no such part")
