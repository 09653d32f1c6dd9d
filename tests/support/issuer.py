"""An issuer of tokens: a real HTTP server on loopback with keys that sign, rotate and fail."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from time import time
from types import TracebackType
from typing import Any, Literal, Self
from uuid import uuid4

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

AUDIENCE = "memorychat-tests"
Fault = Literal["", "error", "garbage", "huge", "endless", "silent", "gone", "moved", "compressed"]


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A key with its name, of an algorithm."""

    private: Any
    algorithm: str
    key_id: str = field(default_factory=lambda: uuid4().hex)

    @classmethod
    def new(cls, algorithm: str = "ES256") -> "SigningKey":
        """A key that nobody else has."""
        match algorithm:
            case "ES256":
                return cls(ec.generate_private_key(ec.SECP256R1()), algorithm)
            case "EdDSA":
                return cls(ed25519.Ed25519PrivateKey.generate(), algorithm)
            case _:
                return cls(rsa.generate_private_key(65_537, 2_048), algorithm)

    @property
    def public(self) -> dict[str, Any]:
        """As a set of keys lists it."""
        writers: dict[str, Any] = {
            "ES256": ECAlgorithm,
            "EdDSA": OKPAlgorithm,
            "RS256": RSAAlgorithm,
        }
        jwk = writers[self.algorithm].to_jwk(self.private.public_key(), as_dict=True)
        return {**jwk, "kid": self.key_id, "alg": self.algorithm, "use": "sig"}

    def sign(self, claims: dict[str, Any], **header: Any) -> str:
        """A token with these claims."""
        headers = {"kid": self.key_id, **header}
        return jwt.encode(claims, self.private, algorithm=self.algorithm, headers=headers)


class Issuer:
    """Serves its configuration and keys while its context is entered; `requests` are the paths asked."""

    def __init__(self, *keys: SigningKey, handler: "type[Handler] | None" = None) -> None:
        self.keys = list(keys) or [SigningKey.new()]
        self.published: list[dict[str, Any]] | None = None
        """What is served instead of the public halves of the keys."""
        self.configured: dict[str, Any] = {}
        """What its configuration says otherwise."""
        self.fault: Fault = ""
        self.requests: list[str] = []
        self.ended = threading.Event()
        self._server = _Server(self, handler or Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.01,), daemon=True
        )

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        error: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.ended.set()
        self._server.shutdown()
        self._server.server_close()

    def rotate(self, algorithm: str = "ES256") -> SigningKey:
        """A new key, that signs from now on; the old ones are not listed any more."""
        self.keys = [SigningKey.new(algorithm)]
        return self.keys[0]

    def claims(self, subject: str = "ada", **claims: Any) -> dict[str, Any]:
        """What a token says of somebody; None takes a claim away."""
        now = int(time())
        every = {
            "iss": self.url,
            "aud": AUDIENCE,
            "sub": subject,
            "iat": now,
            "exp": now + 3_600,
            **claims,
        }
        return {name: value for name, value in every.items() if value is not None}

    def token(self, subject: str = "ada", **claims: Any) -> str:
        """A token of somebody, signed by the first key."""
        return self.keys[0].sign(self.claims(subject, **claims))

    @contextmanager
    def failing(self, fault: Fault) -> Iterator[None]:
        """It fails meanwhile."""
        self.fault = fault
        yield
        self.fault = ""

    def document(self, path: str) -> dict[str, Any] | None:
        """What is served at a path."""
        if path == "/.well-known/openid-configuration":
            return {"issuer": self.url, "jwks_uri": f"{self.url}/keys", **self.configured}
        if path in {"/keys", "/elsewhere"}:
            public = [key.public for key in self.keys]
            return {"keys": public if self.published is None else self.published}
        return None


class Handler(BaseHTTPRequestHandler):
    """Answers for an issuer, or fails as it says."""

    protocol_version = "HTTP/1.1"
    server: "_Server"

    def do_GET(self) -> None:
        issuer = self.server.issuer
        issuer.requests.append(self.path)
        if issuer.fault:
            getattr(self, issuer.fault)()
            return
        document = issuer.document(self.path)
        if document is None:
            self.send_error(404)
        else:
            self._send(json.dumps(document).encode())

    def error(self) -> None:
        self.send_error(500)

    def garbage(self) -> None:
        self._send(b"<html>not at all</html>")

    def huge(self) -> None:
        self._flood(length=1_000_000_000)

    def endless(self) -> None:
        self._flood(length=None)

    def silent(self) -> None:
        self.server.issuer.ended.wait(30)
        self.close_connection = True

    def gone(self) -> None:
        self.close_connection = True

    def moved(self) -> None:
        self.send_response(302)
        self.send_header("Location", f"{self.server.issuer.url}/elsewhere")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def compressed(self) -> None:
        self._send(b"\x1f\x8b" + b"0" * 20, ("Content-Encoding", "gzip"))

    def _send(self, body: bytes, *headers: tuple[str, str]) -> None:
        self.send_response(200)
        for name, value in (*headers, ("Content-Length", str(len(body)))):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def _flood(self, *, length: int | None) -> None:
        """More than anybody wants to read, until nobody does."""
        self.close_connection = True
        self.send_response(200)
        if length is not None:
            self.send_header("Content-Length", str(length))
        self.send_header("Connection", "close")
        self.end_headers()
        with suppress(OSError):
            for _ in range(15_000):
                self.wfile.write(b" " * 65_536)

    def log_message(self, *_: object) -> None:
        return


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, issuer: Issuer, handler: type[Handler]) -> None:
        self.issuer = issuer
        super().__init__(("127.0.0.1", 0), handler)
