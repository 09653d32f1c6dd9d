"""The doctor looks into an installation that is encrypted, once it has the key."""

from collections.abc import Mapping

from pydantic import SecretStr

from app.cli_doctor import findings_of
from app.core.config import Settings
from app.core.encryption import EncryptionSettings
from app.models.finding import Verdict
from tests.support.at_rest import a_key
from tests.support.server import Server


def found(server: Server, *, key: str | None, master: str | None = None) -> dict[str, str]:
    settings = Settings(
        _env_file=None,
        data_dir=server.data_dir,
        database_key=SecretStr(key) if key else None,
        encryption=EncryptionSettings(master_key=SecretStr(master) if master else None),
    )
    return {
        one.check: f"{one.detail} {one.remedy}"
        for one in findings_of(settings)
        if one.verdict is Verdict.TROUBLE or one.check in {"at rest", "integrity"}
    }


def test_with_the_key_it_sees_that_all_is_well(server: Server, keys: Mapping[str, str]) -> None:
    key, master = keys["MEMORYCHAT_DATABASE_KEY"], keys["MEMORYCHAT_ENCRYPTION__MASTER_KEY"]

    told = found(server, key=key, master=master)

    assert told["at rest"].startswith("words under keys of their owners, the database file under")
    assert told["integrity"].startswith("SQLite finds no damage")
    assert told.keys() - {"telemetry"} == {"at rest", "integrity"}


def test_without_it_says_that_one_may_be_missing(server: Server) -> None:
    for key in (None, a_key()):
        assert "set MEMORYCHAT_DATABASE_KEY" in found(server, key=key)["database"]
