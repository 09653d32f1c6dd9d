from collections.abc import Iterator

import pytest

from tests.contract.conftest import ann, ben, database  # noqa: F401 - the same, through a pooler
from tests.support.database import postgres_at_head
from tests.support.pgbouncer import MISSING, PgBouncer, PooledSite, PoolMode, before, is_installed
from tests.support.postgres import Postgres


@pytest.fixture(scope="session", params=["session", "transaction"])
def mode(request: pytest.FixtureRequest) -> PoolMode:
    """When a pooler hands a connection to somebody else: each in turn."""
    if not is_installed():
        pytest.skip(MISSING)
    found: PoolMode = request.param
    return found


@pytest.fixture(scope="session")
def pooler(mode: PoolMode, postgres: Postgres) -> Iterator[PgBouncer]:
    """A pooler before the Postgres of all tests."""
    with before(postgres, mode) as running:
        yield running


@pytest.fixture
def postgres_site(postgres: Postgres, pooler: PgBouncer) -> Iterator[PooledSite]:
    """A database at head, reached through the pooler."""
    with postgres.a_database(template=postgres_at_head(postgres)) as name:
        yield PooledSite(postgres, name, pooler)


@pytest.fixture
def site(postgres_site: PooledSite) -> PooledSite:
    """There is no other engine here."""
    return postgres_site


@pytest.fixture
def vectors_site(postgres_site: PooledSite) -> PooledSite:
    """The same for an index."""
    return postgres_site
