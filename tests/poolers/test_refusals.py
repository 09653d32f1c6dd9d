"""A pooler that is not set up as it has to be is told of in one sentence at start."""

from pathlib import Path

import psycopg
import pytest

from tests.support.command import command
from tests.support.database import PASSWORD, postgres_at_head
from tests.support.pgbouncer import MISSING, before, is_installed
from tests.support.postgres import Postgres
from tests.support.server import Server


@pytest.fixture(autouse=True)
def there_is_one() -> None:
    """Skips where there is no PgBouncer."""
    if not is_installed():
        pytest.skip(MISSING)


@pytest.mark.parametrize(
    ("settings", "address", "sentence"),
    [
        ({"pool_mode": "statement"}, "", "set PgBouncer's pool_mode to transaction or session"),
        ({}, "?options=-c%20search_path%3Dpublic", 'leave "options" out of the address'),
        ({}, "wrong password", "refuses the user or its password"),
        ({}, "wrong database", "there is no database of that name"),
    ],
)
def test_what_is_wrong_with_it_is_said_at_start(
    postgres: Postgres, tmp_path: Path, settings: dict[str, str], address: str, sentence: str
) -> None:
    with before(postgres, "transaction", **settings) as pooler:
        url = pooler.url(postgres_at_head(postgres))
        match address:
            case "wrong password":
                url = url.replace(PASSWORD, "hidden7731")
            case "wrong database":
                url = pooler.url("nowhere")
            case _:
                url += address

        said = refusal(tmp_path, url)

    assert sentence in said
    assert "hidden7731" not in said


def test_a_pooler_that_is_full_says_so(postgres: Postgres, tmp_path: Path) -> None:
    with (
        before(postgres, "transaction", max_client_conn="1") as pooler,
        psycopg.connect(pooler.url(postgres_at_head(postgres))),
    ):
        assert "takes no further connection" in refusal(
            tmp_path, pooler.url(postgres_at_head(postgres))
        )


def refusal(folder: Path, url: str) -> str:
    """The sentence that a start ends with."""
    done = command(Server(folder), "migrate", DATABASE_URL=url)
    assert done.returncode == 1
    [said] = done.stderr.splitlines()
    return said
