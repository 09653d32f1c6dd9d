"""`python main.py move`: a lived-in embedded installation is moved to a Postgres, and goes on there."""

from pathlib import Path
from uuid import UUID, uuid4

import pytest

from tests.support.database import PASSWORD as SECRET
from tests.support.database import PostgresSite, prepared
from tests.support.moving import FORGOTTEN, HIDDEN, Life, Moving, all_is_there
from tests.support.person import PASSWORD, eventually
from tests.support.postgres import Postgres
from tests.support.server import database_of

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


STALE = """
INSERT INTO index_points (user_id, memory_profile_id, id, form, is_past, kind, position, said_at_us,
 speaker, from_user, asks, stems, weights, dense)
VALUES (%s, %s, %s, 'former', false, 'fact', 0, 0, 0, true, false, '{}', '{}', '[1, 2, 3]')
"""


def test_what_is_owed_to_be_forgotten_is_forgotten_there(
    clear_life: Life, move_site: PostgresSite, tmp_path: Path
) -> None:
    """As of an index on a server of its own, and of a bucket, that are the same after the move."""
    moving = Moving(tmp_path, clear_life, move_site)
    point = uuid4()
    with database_of(moving.here.folder) as connection, connection:
        profile = connection.execute(
            "SELECT tenant_id, user_id, id FROM memory_profiles"
        ).fetchone()
        connection.execute(
            "INSERT INTO index_changes (id, tenant_id, user_id, memory_profile_id, point_id, created_at)"
            " VALUES (7731, ?, ?, ?, ?, '2026-01-01 00:00:00')",
            (*profile, point.hex),
        )
        connection.execute(
            "INSERT INTO owed_wipes (id, tenant_id, user_id, store, created_at)"
            " VALUES (7731, ?, ?, 'files', '2026-01-01 00:00:00')",
            profile[:2],
        )

    def there(query: str, *parameters: object) -> list[tuple[object, ...]]:
        return move_site.postgres.execute(query, database=move_site.name, parameters=parameters)

    assert moving.move().returncode == 0

    assert there("SELECT point_id FROM index_changes WHERE id = 7731") == [(point,)]
    assert there("SELECT count(*) > 0 FROM index_changes WHERE id > 7731") == [(True,)]
    assert there("SELECT store FROM owed_wipes WHERE id = 7731") == [("files",)]
    there(STALE, UUID(profile[1]), UUID(profile[2]), point)
    with moving.living():
        stale = "SELECT count(*) FROM index_points WHERE id = %s"
        eventually(lambda: there(stale, point), lambda found: found == [(0,)])
        owed = "SELECT count(*) FROM owed_wipes WHERE id = 7731"
        eventually(lambda: there(owed), lambda found: found == [(0,)])


def test_a_database_that_is_quite_new_gets_its_schema(
    clear_life: Life, postgres: Postgres, tmp_path: Path
) -> None:
    moving = Moving(tmp_path, clear_life, PostgresSite(postgres, prepared(postgres)))

    by_libpq = moving.move(moving.site.url.replace(f":{SECRET}@", "@"), PGPASSWORD=SECRET)

    assert by_libpq.returncode == 0, by_libpq.stderr
    with moving.living():
        all_is_there(clear_life, moving)
    assert "This installation is there already" in moving.refusal()
