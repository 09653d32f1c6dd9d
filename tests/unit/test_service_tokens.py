"""Which tenant's service a token proves, and which tokens prove none."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import jwt
import pytest

from app.core.errors import Unauthenticated
from app.models.actor import SYSTEM
from app.models.clock import utc_now
from app.models.tenant import ServiceCaller, Tenant
from app.services.service_tokens import ServiceTokens
from tests.support.house import House

SECRET = "the secret of an installation, long enough"
HOUR = timedelta(hours=1)


async def a_tenant(house: House, name: str) -> Tenant:
    return await house.database.write(lambda tx: tx.tenants.ensure(name, at=utc_now()), by=SYSTEM)


def service_tokens(house: House, secret: str = SECRET) -> ServiceTokens:
    return ServiceTokens(house.database, secret=secret, clock=utc_now)


async def refused(tokens: ServiceTokens, token: str) -> bool:
    try:
        await tokens.verify(token)
    except Unauthenticated:
        return True
    return False


async def test_a_token_proves_its_tenant_and_its_scopes(house: House) -> None:
    tokens, acme = service_tokens(house), await a_tenant(house, "acme")

    caller = await tokens.verify(tokens.issue(acme, scopes=["b", "a"], lifetime=HOUR))

    assert caller == ServiceCaller(acme.id, "acme", frozenset({"a", "b"}))


async def test_the_tenant_may_sign_itself(house: House) -> None:
    tokens, acme = service_tokens(house), await a_tenant(house, "acme")
    now = utc_now()
    claims = {"customer_id": "acme", "scope": "", "iat": now, "exp": now + HOUR}

    caller = await tokens.verify(jwt.encode(claims, tokens.key(acme), "HS256"))

    assert caller.scopes == frozenset(), "none is no scope, not every one"


async def test_each_tenant_has_a_key_of_its_own(house: House) -> None:
    tokens = service_tokens(house)
    acme, globex = [await a_tenant(house, name) for name in ("acme", "globex")]
    now = utc_now()
    claims = {"customer_id": "globex", "scope": "a", "iat": now, "exp": now + HOUR}

    assert tokens.key(acme) != tokens.key(globex)
    assert await refused(tokens, jwt.encode(claims, tokens.key(acme), "HS256"))


async def test_a_renewed_key_ends_all_tokens_of_the_tenant(house: House) -> None:
    tokens, acme = service_tokens(house), await a_tenant(house, "acme")
    old = tokens.issue(acme, scopes=["a"], lifetime=HOUR)

    renewed = await house.database.write(lambda tx: tx.tenants.renew_key(acme.id), by=SYSTEM)

    assert await refused(tokens, old)
    assert await tokens.verify(tokens.issue(renewed, scopes=["a"], lifetime=HOUR))


Forge = Callable[[dict[str, Any], str], str]


def with_claim(name: str, value: object) -> Forge:
    return lambda claims, key: jwt.encode({**claims, name: value}, key, "HS256")


def without(name: str) -> Forge:
    return lambda claims, key: jwt.encode(
        {k: v for k, v in claims.items() if k != name}, key, "HS256"
    )


FORGED: dict[str, Forge] = {
    "expired": with_claim("exp", utc_now() - timedelta(minutes=5)),
    "for ten years": with_claim("exp", utc_now() + timedelta(days=3_650)),
    "from the future": with_claim("iat", utc_now() + HOUR),
    "of times that are words": with_claim("exp", str(int(utc_now().timestamp()) + 60)),
    "of nobody": with_claim("customer_id", "initech"),
    "of a number": with_claim("customer_id", 7),
    "of a zero byte": with_claim("customer_id", "acme\x00"),
    "of a list of scopes": with_claim("scope", ["a"]),
    "without an end": without("exp"),
    "without a beginning": without("iat"),
    "without a scope": without("scope"),
    "without a tenant": without("customer_id"),
    "of another key": lambda claims, _: jwt.encode(claims, "x" * 64, "HS256"),
    "of another algorithm": lambda claims, key: jwt.encode(claims, key, "HS512"),
    "unsigned": lambda claims, _: jwt.encode(claims, "", "none"),
    "a word": lambda *_: "zebra",
    "very long": lambda claims, key: jwt.encode({**claims, "x": "z" * 20_000}, key, "HS256"),
}


@pytest.mark.parametrize("name", FORGED)
@pytest.mark.filterwarnings("ignore::jwt.warnings.InsecureKeyLengthWarning")
async def test_a_token_that_does_not_hold_is_refused(house: House, name: str) -> None:
    tokens, acme = service_tokens(house), await a_tenant(house, "acme")
    now = utc_now()
    claims = {"customer_id": "acme", "scope": "a", "iat": now, "exp": now + HOUR}
    assert await tokens.verify(jwt.encode(claims, tokens.key(acme), "HS256"))

    assert await refused(tokens, FORGED[name](claims, tokens.key(acme)))


async def test_another_installation_has_other_keys(house: House) -> None:
    acme = await a_tenant(house, "acme")
    foreign = service_tokens(house, "the secret of another installation")

    token = foreign.issue(acme, scopes=["a"], lifetime=HOUR)

    assert await refused(service_tokens(house), token)
