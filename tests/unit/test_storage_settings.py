"""Where originals are kept: what is set, what is refused, and what is loaded for it."""

import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError

from app.core.config import Settings
from app.core.exposure import endpoints
from tests.support.server import ROOT

PROJECT = "https://abc.supabase.co"
KEY = "sb_secret_of_the_tests"
GIVEN = {
    "supabase_url": PROJECT,
    "supabase_service_role_key": SecretStr(KEY),
    "supabase_bucket": "originals",
}


def settings(**given: object) -> Settings:
    return Settings.model_validate(given)


def test_without_a_bucket_originals_are_where_everything_else_is() -> None:
    assert settings().bucket is None
    assert settings(**{**GIVEN, "supabase_bucket": ""}).bucket is None


def test_a_bucket_is_asked_with_the_key_of_the_service() -> None:
    bucket = settings(**{**GIVEN, "supabase_url": f"{PROJECT}/"}).bucket

    assert bucket
    assert (bucket.url, bucket.name, bucket.service_role_key) == (PROJECT, "originals", KEY)


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"supabase_bucket": "originals"}, "set SUPABASE_URL"),
        ({**GIVEN, "supabase_service_role_key": None}, "set SUPABASE_SERVICE_ROLE_KEY"),
        ({**GIVEN, "supabase_bucket": "a/b"}, "no name of a bucket"),
        ({**GIVEN, "supabase_bucket": ".."}, "no name of a bucket"),
    ],
)
def test_what_is_missing_is_said(given: dict[str, object], sentence: str) -> None:
    with pytest.raises(ValidationError) as told:
        settings(**given)

    assert sentence in str(told.value)
    assert KEY not in str(told.value)


def test_a_bucket_is_told_without_its_key() -> None:
    [told] = [one.detail for one in endpoints(settings(**GIVEN)) if one.check == "originals"]

    assert f'the bucket "originals" of {PROJECT} gets the originals of documents, sealed' in told
    assert KEY not in told
    assert not [one for one in endpoints(settings()) if one.check == "originals"]


STARTS = """
import asyncio, sys
from pathlib import Path
from app.core.config import Settings
from app.core.container import build
container = build(Settings(data_dir=Path(sys.argv[1]), _env_file=None))
asyncio.run(container.close())
print(sorted({"storage3", "supabase", "supabase_auth", "yarl"} & sys.modules.keys()))
"""


def test_an_installation_without_a_bucket_loads_nothing_for_it(tmp_path: Path) -> None:
    done = subprocess.run(  # noqa: S603 - the text above
        [sys.executable, "-c", STARTS, str(tmp_path / "data")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout == "[]\n"
