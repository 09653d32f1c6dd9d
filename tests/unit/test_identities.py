"""Who is let in after an account is gone, by an issuer's token."""

from collections.abc import AsyncIterator, Iterator
from datetime import timedelta

import pytest

from app.adapters.oidc import IssuerTerms, OidcIssuers
from app.core.errors import Unauthenticated
from app.models.clock import utc_now
from app.services.elsewhere import Elsewhere
from app.services.identities import Identities
from tests.support.house import House
from tests.support.issuer import AUDIENCE, Issuer

HOUR = timedelta(hours=1)


class Forgetful:
    """A service that erases what it is told to, once it is well again."""

    def __init__(self) -> None:
        self.is_well = False
        self.erased: list[str] = []

    def erases(self, issuer: str) -> bool:
        return True

    async def erase(self, subject: str) -> None:
        if not self.is_well:
            raise Unauthenticated
        self.erased.append(subject)


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    with Issuer() as running:
        yield running


@pytest.fixture
async def identities(house: House, issuer: Issuer) -> AsyncIterator[Identities]:
    terms = IssuerTerms(issuer=issuer.url, audiences=(AUDIENCE,), tenant="default")
    identity = OidcIssuers([terms], clock=utc_now)
    yield Identities(house.database, identity=identity, clock=utc_now)
    await identity.close()


async def is_let_in(identities: Identities, token: str) -> bool:
    try:
        await identities.caller(token)
    except Unauthenticated:
        return False
    return True


async def test_nobody_comes_back_while_the_account_is_half_erased(
    house: House, identities: Identities, issuer: Issuer
) -> None:
    service = Forgetful()
    clock = [utc_now() - HOUR]
    elsewhere = Elsewhere(house.database, service=service, clock=lambda: clock[0])  # type: ignore[arg-type]
    ada = await identities.caller(issuer.token())
    departed = await house.database.write(
        lambda tx: (elsewhere.depart(tx, ada, at=clock[0]), tx.users.delete(ada.user_id))[0],
        by=ada,
    )
    assert await elsewhere.settle(departed) == "pending"
    assert not await is_let_in(identities, issuer.token()), "however new the sign-in"

    service.is_well = True
    assert await elsewhere.work_off() == 0

    assert service.erased == ["ada"]
    anew = await identities.caller(issuer.token())
    assert anew.user_id != ada.user_id


async def test_a_sign_in_between_both_erasures_holds_no_more(
    house: House, identities: Identities, issuer: Issuer
) -> None:
    service = Forgetful()
    clock = [utc_now() - HOUR]
    elsewhere = Elsewhere(house.database, service=service, clock=lambda: clock[0])  # type: ignore[arg-type]
    ada = await identities.caller(issuer.token())
    await house.database.write(
        lambda tx: (elsewhere.depart(tx, ada, at=clock[0]), tx.users.delete(ada.user_id))[0],
        by=ada,
    )
    between = issuer.token(iat=int((utc_now() - HOUR / 2).timestamp()))
    clock[0] = utc_now() - HOUR / 4

    service.is_well = True
    await elsewhere.work_off()

    assert not await is_let_in(identities, between)
