"""A project of Supabase as far as this server asks it: a real HTTP server that speaks as GoTrue does.

What it answers was compared with npm's `@supabase/lite`, which the same tests run against where it is; that
has no admin API, and its tokens name no issuer.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import jwt

from tests.support.issuer import Handler, Issuer

ANON_KEY = "sb_publishable_of_the_tests"
SERVICE_KEY = "sb_secret_of_the_tests"
EXPIRES_S = 3_600

Answer = tuple[int, dict[str, Any] | None]


@dataclass(slots=True)
class Account:
    """Somebody at the project."""

    email: str
    password: str
    confirmed: bool
    user_id: str = field(default_factory=lambda: str(uuid4()))
    sessions: dict[str, str] = field(default_factory=dict)
    """Refresh tokens, with the session that each is of."""


class GoTrue(Issuer):
    """Keeps accounts in memory, signs tokens, and refuses as the real one."""

    def __init__(self, handler: "type[GoTrueHandler] | None" = None) -> None:
        super().__init__(handler=handler or GoTrueHandler)
        self.project = self.url
        self.url = f"{self.project}/auth/v1"
        self.accounts: dict[str, Account] = {}
        self.confirms = False
        """Whether new addresses have to be confirmed."""
        self.refusing: tuple[int, dict[str, Any]] | None = None
        """What every request that is not for keys is answered instead."""
        self.bearers: list[str] = []
        """The Authorization headers that came."""

    def document(self, path: str) -> dict[str, Any] | None:
        if path == "/auth/v1/.well-known/jwks.json":
            return {"keys": [key.public for key in self.keys]}
        return None

    def by_id(self, user_id: str) -> Account | None:
        """The account of an id."""
        return next((one for one in self.accounts.values() if one.user_id == user_id), None)

    def grant(self, account: Account, session: str | None = None) -> dict[str, Any]:
        """What signing in answers."""
        session, refresh_token = session or str(uuid4()), uuid4().hex
        account.sessions[refresh_token] = session
        token = self.token(
            account.user_id,
            aud="authenticated",
            role="authenticated",
            email=account.email,
            session_id=session,
            user_metadata={"email_verified": True},
        )
        return {
            "access_token": token,
            "refresh_token": refresh_token,
            "token_type": "bearer",
            "expires_in": EXPIRES_S,
            "user": self.user(account),
        }

    def user(self, account: Account) -> dict[str, Any]:
        """What it tells of somebody."""
        return {
            "id": account.user_id,
            "aud": "authenticated",
            "email": account.email,
            "app_metadata": {},
            "user_metadata": {},
            "identities": [],
            "created_at": "2026-11-20T09:15:00Z",
        }

    def sign_up(self, body: Mapping[str, Any]) -> Answer:
        if len(body["password"]) < 10:
            return _refusal(422, "weak_password", weak_password={"reasons": ["length"]})
        if body["email"] in self.accounts and not self.confirms:
            return _refusal(422, "user_already_exists")
        account = Account(body["email"], body["password"], confirmed=not self.confirms)
        self.accounts.setdefault(account.email, account)
        return 200, self.user(account) if self.confirms else self.grant(account)

    def log_in(self, body: Mapping[str, Any]) -> Answer:
        account = self.accounts.get(body["email"])
        if account is None or account.password != body["password"]:
            return _refusal(400, "invalid_credentials")
        if not account.confirmed:
            return _refusal(400, "email_not_confirmed")
        return 200, self.grant(account)

    def refresh(self, body: Mapping[str, Any]) -> Answer:
        for account in self.accounts.values():
            session = account.sessions.pop(body["refresh_token"], None)
            if session is not None:
                return 200, self.grant(account, session)
        return _refusal(400, "refresh_token_not_found")

    def log_out(self, token: str) -> Answer:
        claims = jwt.decode(token, options={"verify_signature": False})
        account = self.by_id(claims["sub"])
        if account is None:
            return _refusal(403, "user_not_found")
        kept = {k: s for k, s in account.sessions.items() if s != claims["session_id"]}
        account.sessions = kept
        return 204, None

    def erase(self, user_id: str) -> Answer:
        account = self.by_id(user_id)
        if account is None:
            return _refusal(404, "user_not_found")
        del self.accounts[account.email]
        return 200, {}


def _refusal(status: int, code: str, **more: Any) -> Answer:
    return status, {"code": status, "error_code": code, "msg": "Of no interest.", **more}


class GoTrueHandler(Handler):
    """Finds what was asked for."""

    def do_POST(self) -> None:  # noqa: N802 - the standard library calls it so
        self._asked(self._posted)

    def do_DELETE(self) -> None:  # noqa: N802 - the same
        self._asked(self._deleted)

    def _asked(self, answer: Any) -> None:
        gotrue = self.gotrue
        size = int(self.headers.get("Content-Length") or 0)
        body = json.loads(self.rfile.read(size) or b"{}")
        gotrue.requests.append(self.path)
        gotrue.bearers.append(self.headers.get("Authorization", ""))
        if gotrue.fault:
            getattr(self, gotrue.fault)()
            return
        status, told = gotrue.refusing or answer(body)
        self.reply(status, told)

    def _posted(self, body: Mapping[str, Any]) -> Answer:
        if self.headers.get("apikey") not in {ANON_KEY, SERVICE_KEY}:
            return 401, {"message": "Invalid API key"}
        parts = urlsplit(self.path)
        match parts.path.removeprefix("/auth/v1/"):
            case "signup":
                return self.gotrue.sign_up(body)
            case "token" if parse_qs(parts.query)["grant_type"] == ["password"]:
                return self.gotrue.log_in(body)
            case "token":
                return self.gotrue.refresh(body)
            case "logout":
                return self.gotrue.log_out(self.headers["Authorization"].split()[1])
        return 404, {}

    def _deleted(self, _: Mapping[str, Any]) -> Answer:
        if self.headers.get("apikey") != SERVICE_KEY:
            return _refusal(403, "not_admin")
        return self.gotrue.erase(self.path.rpartition("/")[2])

    @property
    def gotrue(self) -> GoTrue:
        """Whom it answers for."""
        issuer = self.server.issuer
        assert isinstance(issuer, GoTrue)
        return issuer

    def reply(self, status: int, body: dict[str, Any] | None) -> None:
        """An answer in JSON."""
        content = b"" if body is None else json.dumps(body).encode()
        self.send_response(HTTPStatus(status))
        self.send_header("Content-Type", "application/json")
        self.send_header("X-Supabase-Api-Version", "2024-01-01")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)
