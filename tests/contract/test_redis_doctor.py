"""What the doctor says of Redis: where it is, what goes there, and whether it answers."""

from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path

from pydantic import SecretStr

from app.cli_doctor import findings_of
from app.core.config import Settings
from app.core.exposure import endpoints
from app.models.finding import Finding, Verdict
from tests.support.redis import Redis


def settings(tmp_path: Path, url: str) -> Settings:
    return Settings(
        _env_file=None,
        data_dir=tmp_path / "data",
        database_url=SecretStr("postgresql://u@127.0.0.1:1/none"),
        redis_url=SecretStr(url),
        jwt_secret=SecretStr("the same for all processes, and long enough"),
    )


def of_redis(found: Iterator[Finding]) -> Mapping[str, Finding]:
    """The findings about it, none of which asks the database."""
    return dict(islice(((one.check, one) for one in found if "redis" in one.check), 2))


def test_its_address_is_told_without_the_password(tmp_path: Path) -> None:
    url = "rediss://ann:hush@redis.example:6380/0?password=hush"

    [found] = [one for one in endpoints(settings(tmp_path, url)) if one.check == "redis"]

    assert found.verdict is Verdict.OK
    assert "Redis at rediss://redis.example:6380/0 passes on" in found.detail
    assert "hush" not in found.detail


def test_words_on_a_foreign_network_in_clear_are_to_be_mended(tmp_path: Path) -> None:
    given = settings(tmp_path, "redis://:hush@redis.example/0")

    [found] = [one for one in endpoints(given) if one.check == "redis"]

    assert found.verdict is Verdict.TROUBLE


def test_whether_it_answers_is_tried(tmp_path: Path, redis: Redis) -> None:
    there = of_redis(findings_of(settings(tmp_path, redis.url)))
    redis.stop()
    gone = of_redis(findings_of(settings(tmp_path, redis.url)))
    redis.start()

    assert there["redis answers"].verdict is Verdict.OK
    assert gone["redis answers"].verdict is Verdict.TROUBLE
    assert "set REDIS_URL" in (gone["redis answers"].remedy or "")
