"""Whom tokens of other issuers prove, and whom they do not."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Callable, Iterator
from time import perf_counter, time
from typing import Any

import jwt
import pytest

from app.adapters.issuer_keys import IssuerKeys
from app.adapters.oidc import IssuerTerms, OidcIssuers
from app.core.errors import Unauthenticated
from app.core.identity_errors import IdentityUnavailable
from app.models.clock import utc_now
from tests.support.clock import HandClock
from tests.support.issuer import AUDIENCE, Fault, Issuer, SigningKey

SECRET = "a legacy secret of a project, 32 bytes or more"
PRESENT = "the same instant"


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    with Issuer() as running:
        yield running


@pytest.fixture
async def clock() -> HandClock:
    return HandClock()


@pytest.fixture
async def identity(issuer: Issuer, clock: HandClock) -> AsyncIterator[OidcIssuers]:
    opened = an_identity(issuer, clock)
    yield opened
    await opened.close()


def an_identity(issuer: Issuer, clock: HandClock, **terms: Any) -> OidcIssuers:
    agreed = IssuerTerms(issuer=issuer.url, audiences=(AUDIENCE,), **{"tenant": "default", **terms})
    keys = IssuerKeys(issuer.url, jwks_url=agreed.jwks_url, uptime_s=clock.uptime_s)
    return OidcIssuers([agreed], clock=utc_now, keys={issuer.url: keys})


async def refused(identity: OidcIssuers, token: str) -> bool:
    try:
        await identity.prove(token)
    except Unauthenticated:
        return True
    return False


@pytest.mark.parametrize("algorithm", ["ES256", "RS256", "EdDSA"])
async def test_a_token_proves_its_subject(
    issuer: Issuer, identity: OidcIssuers, algorithm: str
) -> None:
    issuer.rotate(algorithm)

    proof = await identity.prove(issuer.token("ada", email="ada@example.com"))

    assert (proof.issuer, proof.subject, proof.email) == (issuer.url, "ada", "ada@example.com")
    assert not proof.is_email_proved, "nobody said that it was verified"


async def test_keys_are_fetched_once(issuer: Issuer, identity: OidcIssuers) -> None:
    await asyncio.gather(*(identity.prove(issuer.token(f"ada{n}")) for n in range(20)))

    assert issuer.requests == ["/.well-known/openid-configuration", "/keys"]


async def test_keys_are_where_the_operator_says(issuer: Issuer, clock: HandClock) -> None:
    identity = an_identity(issuer, clock, jwks_url=f"{issuer.url}/elsewhere")

    assert await identity.prove(issuer.token())
    assert issuer.requests == ["/elsewhere"]


Forge = Callable[[Issuer], str]


def with_claims(**claims: Any) -> Forge:
    return lambda issuer: issuer.token(**claims)


def with_header(**header: Any) -> Forge:
    return lambda issuer: issuer.keys[0].sign(issuer.claims(), **header)


def public_pem(issuer: Issuer) -> bytes:
    from cryptography.hazmat.primitives.serialization import (  # noqa: PLC0415 - used here only
        Encoding,
        PublicFormat,
    )

    public = issuer.keys[0].private.public_key()
    return bytes(public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))


def part(content: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).rstrip(b"=").decode()


def signed_with_the_public_key(issuer: Issuer) -> str:
    """By hand: no library signs with what is not meant for it."""
    import hashlib  # noqa: PLC0415 - used here only
    import hmac  # noqa: PLC0415 - the same

    header = part({"alg": "HS256", "typ": "JWT", "kid": issuer.keys[0].key_id})
    signing = f"{header}.{part(issuer.claims())}"
    digest = hmac.new(public_pem(issuer), signing.encode(), hashlib.sha256).digest()
    return f"{signing}.{base64.urlsafe_b64encode(digest).rstrip(b'=').decode()}"


def key_in_the_header(issuer: Issuer) -> str:
    own = SigningKey.new()
    return own.sign(issuer.claims(), kid=issuer.keys[0].key_id, jwk=own.public)


def nested(depth: int) -> Forge:
    def forge(_: Issuer) -> str:
        deep = base64.urlsafe_b64encode(b"[" * depth + b"]" * depth).decode().rstrip("=")
        return f"{deep}.{deep}.x"

    return forge


def nested_header(issuer: Issuer) -> str:
    deep = '{"alg": "ES256", "x": ' + "[" * 3_000 + "]" * 3_000 + "}"
    header = base64.urlsafe_b64encode(deep.encode()).decode().rstrip("=")
    return f"{header}.{part(issuer.claims())}.x"


def of_another_key(issuer: Issuer) -> str:
    return SigningKey.new().sign(issuer.claims(), kid=issuer.keys[0].key_id)


A_DAY_S = 86_400

FORGED: dict[str, Forge] = {
    "expired": with_claims(exp=int(time()) - 60),
    "from the future": with_claims(iat=int(time()) + A_DAY_S),
    "not valid yet": with_claims(nbf=int(time()) + A_DAY_S),
    "for another audience": with_claims(aud="another"),
    "for several others": with_claims(aud=["one", "two"]),
    "for part of the audience": with_claims(aud=AUDIENCE[:-1]),
    "of another issuer": with_claims(iss="https://evil.example"),
    "of a longer issuer": lambda issuer: issuer.token(iss=f"{issuer.url}/"),
    "of a list of issuers": lambda issuer: jwt_of(issuer, iss=[issuer.url]),
    "without an end": with_claims(exp=None),
    "without a beginning": with_claims(iat=None),
    "without an audience": with_claims(aud=None),
    "without a subject": with_claims(sub=None),
    "of nobody": with_claims(sub=""),
    "of a number": lambda issuer: jwt_of(issuer, sub=7),
    "of a subject that is too long": with_claims(sub="a" * 256),
    "of a subject with a zero byte": with_claims(sub="ada\x00"),
    "older than a week": with_claims(iat=int(time()) - 8 * 86_400),
    "of the year 10^12": lambda issuer: jwt_of(issuer, auth_time=10**22),
    "of a time that is none": lambda issuer: jwt_of(issuer, auth_time="zebra"),
    "signed by somebody else": of_another_key,
    "signed by a key of its own": key_in_the_header,
    "unsigned": lambda issuer: jwt.encode(issuer.claims(), "", algorithm="none"),
    "stripped": lambda issuer: issuer.token().rpartition(".")[0] + ".",
    "signed with the public key as a secret": signed_with_the_public_key,
    "of a key that is not there": with_header(kid="zebra"),
    "of a key that is a path": with_header(kid="../../etc/passwd"),
    "of a key that is a query": with_header(kid="' OR 1=1 --"),
    "of a key that is an address": with_header(kid="http://127.0.0.1:1/keys"),
    "of critical extensions": with_header(crit=["zebra"], zebra=1),
    "with a number for a key": lambda issuer: (
        f"{part({'alg': 'ES256', 'kid': 7})}.{part(issuer.claims())}.eA"
    ),
    "of lists in lists": nested(1_000),
    "of more lists in lists": nested(4_000),
    "with a header of lists in lists": nested_header,
    "very long": lambda issuer: issuer.token(padding="z" * 20_000),
    "a word": lambda _: "zebra",
    "nothing": lambda _: "",
    "not even text": lambda _: "ä.ö.ü",
}


def jwt_of(issuer: Issuer, **claims: Any) -> str:
    """A token whose claims the library would not write."""
    key = issuer.keys[0]
    header = part({"alg": key.algorithm, "kid": key.key_id})
    signing = f"{header}.{part({**issuer.claims(), **claims})}"
    signature = jwt.get_algorithm_by_name(key.algorithm).sign(signing.encode(), key.private)
    return f"{signing}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"


@pytest.mark.parametrize("name", FORGED)
async def test_a_token_that_does_not_hold_is_refused(
    issuer: Issuer, identity: OidcIssuers, name: str
) -> None:
    assert await identity.prove(jwt_of(issuer)), "the test can sign what holds"

    assert await refused(identity, FORGED[name](issuer))


@pytest.mark.parametrize("name", ["jku", "x5u"])
async def test_no_address_that_a_token_names_is_asked(
    issuer: Issuer, identity: OidcIssuers, name: str
) -> None:
    with Issuer() as trap:
        token = trap.keys[0].sign(issuer.claims(), **{name: f"{trap.url}/keys"})

        assert await refused(identity, token)
        assert trap.requests == []


async def test_a_public_key_is_not_taken_for_another_algorithms(
    issuer: Issuer, identity: OidcIssuers
) -> None:
    rsa = issuer.rotate("RS256")
    token = jwt.encode(issuer.claims(), rsa.private, "PS256", headers={"kid": rsa.key_id})

    assert await refused(identity, token)


@pytest.mark.parametrize("kind", ["oct", "enc"])
async def test_a_listed_key_that_is_no_public_key_for_signing_is_none(
    issuer: Issuer, identity: OidcIssuers, kind: str
) -> None:
    key = issuer.keys[0]
    secret = base64.urlsafe_b64encode(SECRET.encode()).decode().rstrip("=")
    listed = {
        "oct": {"kty": "oct", "k": secret, "kid": key.key_id, "alg": "HS256"},
        "enc": {**key.public, "use": "enc"},
    }
    issuer.published = [listed[kind], "zebra", {"kty": "zebra"}]  # type: ignore[list-item]
    token = {
        "oct": jwt.encode(issuer.claims(), SECRET, "HS256", headers={"kid": key.key_id}),
        "enc": issuer.token(),
    }

    assert await refused(identity, token[kind])


async def test_a_legacy_secret_has_a_branch_of_its_own(issuer: Issuer, clock: HandClock) -> None:
    identity = an_identity(issuer, clock, shared_secret=SECRET)
    shared = jwt.encode(issuer.claims(), SECRET, "HS256")

    assert await identity.prove(shared)
    assert issuer.requests == [], "no key is needed"
    assert await identity.prove(issuer.token()), "the project rotates to keys"
    for forged in (
        jwt.encode(issuer.claims(), SECRET + "x", "HS256"),
        jwt.encode(issuer.claims(), SECRET * 2, "HS512"),
        signed_with_the_public_key(issuer),
    ):
        assert await refused(identity, forged)


async def test_without_the_secret_none_is_taken(issuer: Issuer, identity: OidcIssuers) -> None:
    assert await refused(identity, jwt.encode(issuer.claims(), SECRET, "HS256"))


async def test_new_keys_are_found_and_old_ones_hold_no_more(
    issuer: Issuer, identity: OidcIssuers, clock: HandClock
) -> None:
    old = issuer.token()
    assert await identity.prove(old)
    issuer.rotate()
    clock.advance(seconds=6)

    assert await identity.prove(issuer.token())
    assert await refused(identity, old)


async def test_unknown_keys_make_no_flood_of_questions(
    issuer: Issuer, identity: OidcIssuers, clock: HandClock
) -> None:
    assert await identity.prove(issuer.token())
    asked = len(issuer.requests)
    clock.advance(seconds=6)

    tokens = [issuer.keys[0].sign(issuer.claims(), kid=f"k{n}") for n in range(50)]
    assert all(await asyncio.gather(*(refused(identity, one) for one in tokens)))
    assert all([await refused(identity, one) for one in tokens])

    assert len(issuer.requests) == asked + 2, "its configuration and its keys, once"


FAULTS: list[Fault] = ["error", "garbage", "huge", "endless", "moved", "compressed"]


@pytest.mark.parametrize("fault", FAULTS)
async def test_without_keys_nobody_can_be_told(
    issuer: Issuer, identity: OidcIssuers, clock: HandClock, fault: Fault
) -> None:
    started_s = perf_counter()
    with issuer.failing(fault):
        with pytest.raises(IdentityUnavailable):
            await identity.prove(issuer.token())
        with pytest.raises(IdentityUnavailable):
            await identity.check()
    assert perf_counter() - started_s < 5, "what is too large is not waited for"
    assert "/elsewhere" not in issuer.requests

    clock.advance(seconds=6)
    assert await identity.prove(issuer.token()), "it is back without a restart"
    await identity.check()


@pytest.mark.parametrize("fault", [*FAULTS, "silent"])
async def test_keys_are_kept_while_the_issuer_is_down(
    issuer: Issuer, identity: OidcIssuers, clock: HandClock, fault: Fault
) -> None:
    assert await identity.prove(issuer.token())
    clock.advance(seconds=3_600)

    with issuer.failing(fault):
        started_s = perf_counter()
        assert await identity.prove(issuer.token())
        assert perf_counter() - started_s < 1, "nobody waits whose key is known"


async def test_keys_are_not_kept_for_days(
    issuer: Issuer, identity: OidcIssuers, clock: HandClock
) -> None:
    assert await identity.prove(issuer.token())
    clock.advance(seconds=90_000)

    with issuer.failing("error"), pytest.raises(IdentityUnavailable):
        await identity.prove(issuer.token())


async def test_a_configuration_of_another_issuer_is_none(
    issuer: Issuer, identity: OidcIssuers
) -> None:
    issuer.configured = {"issuer": "https://evil.example"}

    with pytest.raises(IdentityUnavailable):
        await identity.prove(issuer.token())


async def test_a_configuration_names_no_file(issuer: Issuer, identity: OidcIssuers) -> None:
    issuer.configured = {"jwks_uri": "file:///etc/passwd"}

    with pytest.raises(IdentityUnavailable):
        await identity.prove(issuer.token())


async def test_a_key_without_a_name_is_the_only_one(issuer: Issuer, identity: OidcIssuers) -> None:
    key = issuer.keys[0]
    nameless = jwt.encode(issuer.claims(), key.private, key.algorithm)
    assert await identity.prove(nameless)

    issuer.keys = [key, SigningKey.new()]
    fresh = OidcIssuers(
        [IssuerTerms(issuer=issuer.url, audiences=(AUDIENCE,), tenant="default")], clock=utc_now
    )
    assert await refused(fresh, nameless)


@pytest.mark.parametrize(
    ("trusts", "claim", "is_proved"),
    [
        (True, True, True),
        (True, "true", True),
        (True, False, False),
        (True, None, False),
        (True, "yes", False),
        (False, True, False),
    ],
)
async def test_an_address_is_proved_by_an_issuer_that_is_trusted_to(
    issuer: Issuer, clock: HandClock, *, trusts: bool, claim: object, is_proved: bool
) -> None:
    identity = an_identity(issuer, clock, trusts_email=trusts)

    proof = await identity.prove(issuer.token(email="ada@example.com", email_verified=claim))

    assert proof.is_email_proved is is_proved


async def test_what_users_say_of_themselves_proves_nothing(
    issuer: Issuer, clock: HandClock
) -> None:
    identity = an_identity(issuer, clock, trusts_email=True)
    said = {"email_verified": True, "email": "root@example.com"}

    proof = await identity.prove(issuer.token(email="ada@example.com", user_metadata=said))

    assert (proof.email, proof.is_email_proved) == ("ada@example.com", False)


async def test_a_sign_in_is_as_old_as_its_password(issuer: Issuer, identity: OidcIssuers) -> None:
    earlier = int(time()) - 7_200
    later = int(time()) + 7_200

    async def signed_in_s(**claims: Any) -> float:
        return (await identity.prove(issuer.token(**claims))).signed_in_at.timestamp()

    assert await signed_in_s(auth_time=earlier) == earlier
    assert await signed_in_s(amr=[{"method": "password", "timestamp": earlier}]) == earlier
    assert await signed_in_s(amr=["pwd"]) > earlier
    assert await signed_in_s(auth_time=later) <= time(), "never after the token itself"


async def test_all_tokens_of_a_session_are_of_one_login(
    issuer: Issuer, identity: OidcIssuers
) -> None:
    async def login(**claims: Any) -> object:
        return (await identity.prove(issuer.token(**claims))).login_id

    now = int(time())
    assert await login(session_id="s", iat=now - 9) == await login(session_id="s", iat=now)
    assert await login(session_id="s") != await login(session_id="t")
    assert await login(session_id="s") != await login(session_id="s", sub="bob")


async def test_a_token_of_ours_is_none_of_theirs(identity: OidcIssuers) -> None:
    assert not identity.knows(jwt.encode({"iss": "memorychat"}, SECRET))
    assert not identity.knows("zebra")
