"""Signing up, in and out through a project of Supabase: a scripted one, and where it is, npm's lite."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter
from uuid import uuid4

import pytest

from app.adapters.supabase_auth import SupabaseAuth
from app.core.errors import (
    AppError,
    EmailTaken,
    InvalidInput,
    TooManyRequests,
    Unauthenticated,
)
from app.core.identity_errors import EmailUnconfirmed, IdentityUnavailable
from tests.support.gotrue import ANON_KEY, SERVICE_KEY, GoTrue
from tests.support.issuer import Fault
from tests.support.lite import Lite, why_no_lite

PASSWORD = "correct horse battery staple"


@pytest.fixture
def gotrue() -> Iterator[GoTrue]:
    with GoTrue() as running:
        yield running


@pytest.fixture
def scripted(gotrue: GoTrue) -> SupabaseAuth:
    return SupabaseAuth(gotrue.project, key=ANON_KEY, service_key=SERVICE_KEY, total_s=2)


@pytest.fixture(scope="module")
def lite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lite]:
    if reason := why_no_lite():
        pytest.skip(f"@supabase/lite is not asked: {reason}")
    with Lite(tmp_path_factory.mktemp("lite")) as running:
        yield running


@pytest.fixture(params=["scripted", "lite"])
def service(request: pytest.FixtureRequest) -> SupabaseAuth:
    if request.param == "scripted":
        scripted: SupabaseAuth = request.getfixturevalue("scripted")
        return scripted
    running: Lite = request.getfixturevalue("lite")
    return SupabaseAuth(running.url, key=running.key, service_key=running.service_key)


def somebody() -> str:
    return f"{uuid4().hex}@example.com"


async def test_who_signs_up_can_sign_in(service: SupabaseAuth) -> None:
    email = somebody()

    signed_up = await service.sign_up(email, PASSWORD)
    signed_in = await service.log_in(email, PASSWORD)

    assert signed_up.access_token.count(".") == signed_in.access_token.count(".") == 2
    assert signed_in.expires_in_s == 3_600
    assert signed_up.refresh_token != signed_in.refresh_token


async def test_an_address_has_one_account(service: SupabaseAuth) -> None:
    email = somebody()
    await service.sign_up(email, PASSWORD)

    with pytest.raises(EmailTaken):
        await service.sign_up(email, PASSWORD)


async def test_a_wrong_password_and_an_unknown_address_look_the_same(
    service: SupabaseAuth,
) -> None:
    email = somebody()
    await service.sign_up(email, PASSWORD)

    with pytest.raises(Unauthenticated) as wrong:
        await service.log_in(email, "wrong" + PASSWORD)
    with pytest.raises(Unauthenticated) as unknown:
        await service.log_in(somebody(), PASSWORD)

    assert str(wrong.value) == str(unknown.value)


async def test_a_refresh_token_gives_new_tokens(service: SupabaseAuth) -> None:
    grant = await service.sign_up(somebody(), PASSWORD)

    fresh = await service.refresh(grant.refresh_token)

    assert fresh.refresh_token != grant.refresh_token


async def test_what_is_no_refresh_token_gives_none(service: SupabaseAuth) -> None:
    with pytest.raises(Unauthenticated):
        await service.refresh(str(uuid4()))


async def test_after_a_logout_nothing_is_refreshed(service: SupabaseAuth) -> None:
    email = somebody()
    grant, other = await service.sign_up(email, PASSWORD), await service.log_in(email, PASSWORD)

    await service.log_out(grant.access_token)
    await service.log_out(grant.access_token)

    with pytest.raises(Unauthenticated):
        await service.refresh(grant.refresh_token)
    assert await service.refresh(other.refresh_token), "another login goes on"


async def test_nobodys_key_is_replaced_by_a_users_token(
    gotrue: GoTrue, scripted: SupabaseAuth
) -> None:
    emails = [somebody() for _ in range(8)]
    await asyncio.gather(*(scripted.sign_up(email, PASSWORD) for email in emails))
    gotrue.bearers.clear()

    await scripted.erase(gotrue.accounts[emails[0]].user_id)

    assert gotrue.bearers == [f"Bearer {SERVICE_KEY}"]


async def test_an_erased_account_is_gone_and_can_be_erased_again(
    gotrue: GoTrue, scripted: SupabaseAuth
) -> None:
    email = somebody()
    await scripted.sign_up(email, PASSWORD)
    user_id = gotrue.accounts[email].user_id

    await scripted.erase(user_id)
    await scripted.erase(user_id)
    await scripted.erase("nobody's")

    with pytest.raises(Unauthenticated):
        await scripted.log_in(email, PASSWORD)


async def test_without_the_services_key_nothing_is_erased(gotrue: GoTrue) -> None:
    service = SupabaseAuth(gotrue.project, key=ANON_KEY, service_key=None)

    assert not service.erases(gotrue.url)
    with pytest.raises(IdentityUnavailable):
        await service.erase(str(uuid4()))


async def test_an_address_that_has_to_be_confirmed_signs_nobody_in(
    gotrue: GoTrue, scripted: SupabaseAuth
) -> None:
    gotrue.confirms = True
    email = somebody()

    for _ in range(2):
        with pytest.raises(EmailUnconfirmed):
            await scripted.sign_up(email, PASSWORD)
    with pytest.raises(EmailUnconfirmed):
        await scripted.log_in(email, PASSWORD)
    gotrue.accounts[email].confirmed = True
    assert await scripted.log_in(email, PASSWORD)


async def test_a_weak_password_is_said_to_be(scripted: SupabaseAuth) -> None:
    with pytest.raises(InvalidInput, match="too easy to guess"):
        await scripted.sign_up(somebody(), "short")


REFUSALS = [
    (429, {"code": "over_request_rate_limit"}, TooManyRequests),
    (429, {"error_code": "over_email_send_rate_limit"}, TooManyRequests),
    (429, {}, TooManyRequests),
    (400, {"error": "invalid_grant", "error_description": "Invalid login"}, Unauthenticated),
    (422, {"code": 422, "msg": "Something else"}, Unauthenticated),
    (403, {"code": "user_banned"}, Unauthenticated),
    (401, {"message": "Invalid API key"}, IdentityUnavailable),
    (404, {"message": "no such project"}, IdentityUnavailable),
    (500, {"code": "unexpected_failure"}, IdentityUnavailable),
    (503, {}, IdentityUnavailable),
    (200, {"access_token": 7}, IdentityUnavailable),
    (302, {}, IdentityUnavailable),
]


@pytest.mark.parametrize(("status", "body", "error"), REFUSALS)
async def test_a_refusal_is_told_without_its_words(
    gotrue: GoTrue,
    scripted: SupabaseAuth,
    status: int,
    body: dict[str, object],
    error: type[AppError],
) -> None:
    gotrue.refusing = (status, {"msg": "zebra", "message": "zebra", **body})

    with pytest.raises(error) as told:
        await scripted.log_in(somebody(), PASSWORD)

    assert "zebra" not in f"{told.value} {told.value.detail}"
    if told.value.status in {429, 503}:
        assert int(told.value.headers()["Retry-After"]) >= 1


@pytest.mark.parametrize("fault", ["error", "garbage", "silent"])
async def test_a_service_that_is_down_is_not_waited_for(
    gotrue: GoTrue, scripted: SupabaseAuth, fault: Fault
) -> None:
    started_s = perf_counter()
    with gotrue.failing(fault), pytest.raises(IdentityUnavailable):
        await scripted.log_in(somebody(), PASSWORD)
    assert perf_counter() - started_s < 4

    assert await scripted.sign_up(somebody(), PASSWORD), "it is back"


async def test_nobody_listens(tmp_path: Path) -> None:
    service = SupabaseAuth("http://127.0.0.1:1", key=ANON_KEY, service_key=None)

    with pytest.raises(IdentityUnavailable):
        await service.log_in(somebody(), PASSWORD)
