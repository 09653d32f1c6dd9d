"""Several real server processes on one Postgres and one Redis."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from tests.support.database import PostgresSite
from tests.support.redis import Redis
from tests.support.running_upstream import RunningUpstream
from tests.support.server import ForkedServer, Server
from tests.support.settings import asks

LEASE_S: Final = 3
COMMON: Final = {
    "MEMORYCHAT_JWT_SECRET": "the same for all processes, and long enough",
    "MEMORYCHAT_RUNS__LEASE_S": str(LEASE_S),
    "MEMORYCHAT_RUNS__DRAIN_S": "2",
    "MEMORYCHAT_RUNS__RECHECK_S": "0.5",
    "MEMORYCHAT_LEARNING__IDLE_S": "3600",  # or learning would take the replies of a model
    "MEMORYCHAT_LEARNING__MAX_WAIT_S": "3600",
    "MEMORYCHAT_DATABASE__CONNECTIONS": "4",
}


class Company:
    """What the processes have in common; any number of them can be started."""

    def __init__(self, folder: Path, site: PostgresSite, redis: Redis) -> None:
        self.folder = folder
        self.site = site
        self.redis = redis
        self.environment: dict[str, str] = {
            **COMMON,
            "DATABASE_URL": site.url,
            "REDIS_URL": redis.url,
        }

    def server(self, name: str, environment: Mapping[str, str] | None = None) -> Server:
        """One more server, not started yet."""
        folder = self.folder / name
        folder.mkdir(exist_ok=True)
        return Server(folder, {**self.environment, **(environment or {})})

    def living(self) -> int:
        """How many processes count as alive."""
        [(count,)] = self.site.postgres.execute(
            "SELECT count(*) FROM processes WHERE alive_until > now()", database=self.site.name
        )
        return int(count)

    def registered(self) -> int:
        """How many processes are known that have not said that they end."""
        [(count,)] = self.site.postgres.execute(
            "SELECT count(*) FROM processes", database=self.site.name
        )
        return int(count)

    def worker(self, name: str, environment: Mapping[str, str] | None = None) -> "Worker":
        """One more worker, not started yet."""
        folder = self.folder / name
        folder.mkdir(exist_ok=True)
        return Worker(folder, {**self.environment, **(environment or {})})


class Worker(ForkedServer):
    """`python main.py worker`."""

    ready = "works in the background"

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        super().__init__(folder, environment)
        self._arguments = ["worker"]


@contextmanager
def a_company(
    folder: Path,
    redis: Redis,
    upstream: RunningUpstream | None = None,
    *,
    template: PostgresSite,
) -> Iterator[Company]:
    """A company over a copy of a database, which asks an upstream if one is given."""
    postgres = template.postgres
    name = postgres.create(template=template.name)
    company = Company(folder, PostgresSite(postgres, name), redis)
    if upstream is not None:
        company.environment |= {
            **asks(upstream.url),
            "MEMORYCHAT_MODEL_CALL__IDLE_TIMEOUT_S": "30",
            "MEMORYCHAT_RATE_LIMITS__ENABLED": "true",
            "MEMORYCHAT_RATE_LIMITS__SIGNUPS": "1000/minute",
        }
    try:
        yield company
    finally:
        postgres.drop(name)
