"""`python main.py move`: a lived-in embedded installation is moved to a Postgres, and goes on there."""

from pathlib import Path

import pytest

from tests.support.database import PASSWORD as SECRET
from tests.support.database import PostgresSite, prepared
from tests.support.moving import FORGOTTEN, HIDDEN, Life, Moving, all_is_there
from tests.support.person import PASSWORD
from tests.support.postgres import Postgres

pytestmark = pytest.mark.embedded


@pytest.fixture(params=["clear_life", "sealed_life"])
def life(request: pytest.FixtureRequest) -> Life:
    found: Life = request.getfixturevalue(request.param)
    return found


@pytest.fixture
def moving(life: Life, move_site: PostgresSite, tmp_path: Path) -> Moving:
    return Moving(tmp_path, life, move_site)


def test_whoever_lived_there_goes_on_as_before(life: Life, moving: Moving) -> None:
    before = moving.held

    done = moving.move()

    assert done.returncode == 0, done.stderr
    assert moving.held == before
    assert "Everything is there, and was compared." in done.stdout
    assert f"chat_messages {moving.rows_there['chat_messages']:>17} " in done.stdout
    assert moving.site.url not in done.stdout + done.stderr
    with moving.living(), moving.there.client() as visitor:
        all_is_there(life, moving)
        for path, body in (
            ("login", {"email": life.ada.email, "password": PASSWORD}),
            ("refresh", {"refresh_token": life.bob.credentials["refresh_token"]}),
        ):
            assert visitor.post(f"/api/v1/auth/{path}", json=body).status_code == 200
    dumped = moving.site.postgres.dump(moving.site.name)
    assert FORGOTTEN not in dumped
    assert HIDDEN not in dumped
    assert ("Bergen" in dumped) is not bool(life.keys), "sealed words stay sealed"


def test_a_database_that_is_quite_new_gets_its_schema(
    clear_life: Life, postgres: Postgres, tmp_path: Path
) -> None:
    moving = Moving(tmp_path, clear_life, PostgresSite(postgres, prepared(postgres)))

    by_libpq = moving.move(moving.site.url.replace(f":{SECRET}@", "@"), PGPASSWORD=SECRET)

    assert by_libpq.returncode == 0, by_libpq.stderr
    with moving.living():
        all_is_there(clear_life, moving)
    assert "This installation is there already" in moving.refusal()
