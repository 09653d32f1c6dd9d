from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import jwt
import pytest

from app.models.clock import utc_now
from tests.support.person import Person
from tests.support.problem import problem_of
from tests.support.server import Server

Forge = Callable[[dict[str, Any], str], str]


def signed(claims: dict[str, Any], secret: str, algorithm: str = "HS256") -> str:
    return jwt.encode(claims, secret, algorithm=algorithm)


def without(claim: str) -> Forge:
    return lambda claims, secret: signed({k: v for k, v in claims.items() if k != claim}, secret)


def with_claim(name: str, value: object) -> Forge:
    return lambda claims, secret: signed({**claims, name: value}, secret)


FORGED: dict[str, Forge] = {
    "expired": with_claim("exp", utc_now() - timedelta(seconds=1)),
    "from the future": with_claim("iat", utc_now() + timedelta(hours=1)),
    "of another secret": lambda claims, _: signed(claims, "x" * 64),
    "of another issuer": with_claim("iss", "https://issuer.example"),
    "for another audience": with_claim("aud", "another-service"),
    "of another user": with_claim("sub", str(uuid4())),
    "of another login": with_claim("sid", str(uuid4())),
    "of nobody": with_claim("sub", "zebra"),
    "of a number": with_claim("sub", 7),
    "without a user": without("sub"),
    "without an end": without("exp"),
    "without an audience": without("aud"),
    "without a login": without("sid"),
    "unsigned": lambda claims, _: jwt.encode(claims, "", algorithm="none"),
    "signed by another algorithm": lambda claims, secret: signed(claims, secret, "HS512"),
    "stripped of its signature": lambda claims, secret: (
        signed(claims, secret).rpartition(".")[0] + "."
    ),
    "cut": lambda claims, secret: signed(claims, secret)[:-2],
    "a word": lambda *_: "zebra",
    "three words": lambda *_: "ze.bra.s",
    "very long": lambda *_: "z" * 20_000,
    "a refresh token": lambda *_: "refresh",
}


@pytest.mark.parametrize("name", FORGED)
def test_a_token_that_does_not_hold_is_refused(server: Server, ada: Person, name: str) -> None:
    secret = (server.data_dir / "secret").read_text()
    claims = jwt.decode(
        ada.credentials["access_token"], secret, algorithms=["HS256"], audience="memorychat"
    )
    assert jwt_holds(server, signed(claims, secret)), "the test can sign what holds"

    token = FORGED[name](claims, secret)
    if token == "refresh":
        token = ada.credentials["refresh_token"]

    assert not jwt_holds(server, token)


def jwt_holds(server: Server, token: str) -> bool:
    with server.client(token) as client:
        answer = client.get("/api/v1/sessions")
    if answer.status_code == 200:
        return True
    problem = problem_of(answer, 401, "unauthenticated")
    assert token not in str(problem)
    return False


@pytest.mark.parametrize(
    "header", [None, "", "Bearer", "Basic YTpi", "bearer", b"Bearer \xff\xfe", "zebra"]
)
def test_no_credential_is_refused(server: Server, header: str | bytes | None) -> None:
    with server.client() as client:
        headers = {} if header is None else {b"Authorization": header}
        answer = client.get("/api/v1/sessions", headers=headers)  # type: ignore[arg-type]

    problem_of(answer, 401, "unauthenticated")
    assert answer.headers["www-authenticate"] == "Bearer"


def test_the_scheme_is_known_in_any_case(server: Server, ada: Person) -> None:
    with server.client() as client:
        answer = client.get(
            "/api/v1/me", headers={"Authorization": f"bEARER {ada.credentials['access_token']}"}
        )

    assert answer.status_code == 200
