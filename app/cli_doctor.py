"""`python main.py doctor`: what an installation lets out, what it holds, and whether all is well.

Nothing is mended here. What it can look at while a server has the folder it looks at; the index and
the isolation self-test need the folder for themselves.
"""

import argparse
import asyncio
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from secrets import token_urlsafe
from typing import Final, assert_never

import orjson
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from app.adapters.bundled_tokens import BundledTokens
from app.adapters.data_folder import DataFolder, FolderInUse
from app.adapters.folder_inspection import inspect_folder, secret_in
from app.adapters.minilm import MiniLmEmbedder
from app.adapters.sql.inspection import CHECK as SCHEMA
from app.adapters.sql.inspection import inspect_database
from app.api.app import create_app
from app.api.self_test import try_isolation
from app.core.bounds import RateLimitSettings
from app.core.config import Settings
from app.core.container import ASSETS, Stores, wire
from app.core.database_settings import EmbeddedDatabaseSettings, PostgresSettings
from app.core.document_errors import StorageUnfit
from app.core.errors import AppError, IndexUnavailable, StartRefused, StorageUnavailable
from app.core.exposure import at_rest, database_address, endpoints, secret_strength
from app.core.indexes import look_into_index
from app.core.issuers import issuers_of
from app.core.logging import configure_logging
from app.core.storage import (
    bucket_of,
    database_key,
    limits_of,
    near_storage_of,
    open_database,
)
from app.models.finding import Finding, Verdict, fine, skipped, trouble
from app.ports.storage import Storage
from app.services.diagnosis import REINDEX, compare_index

TALKERS: Final = ("posthog", "sentry_sdk", "mem0", "opentelemetry.exporter", "opentelemetry.sdk")
"""Modules that send something home, or make others do so. None is ever imported."""

_MARKS: Final = {Verdict.OK: "ok", Verdict.TROUBLE: "MEND", Verdict.SKIPPED: "skipped"}


def add_command(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """`doctor` is known."""
    parser = commands.add_parser("doctor", help="say what leaves, what is stored, and what to mend")
    parser.add_argument("--json", action="store_true", help="for machines")


def examine(*, as_json: bool, sentence: Callable[[ErrorDetails], str]) -> int:
    """The exit status: 0 when all is well, 1 when something is to be mended, and told.

    Args:
        as_json: whether to tell it to a machine.
        sentence: what is wrong with a setting, without its value.
    """
    configure_logging("error")
    try:
        settings = Settings()
    except ValidationError as error:
        findings = [
            trouble("settings", sentence(one), remedy="set it as .env.example says")
            for one in error.errors()
        ]
    else:
        findings = list(findings_of(settings))
    (_tell_machines if as_json else _tell_people)(findings)
    return int(any(one.verdict is Verdict.TROUBLE for one in findings))


def findings_of(settings: Settings) -> Iterator[Finding]:
    """Everything that there is to find, in the order of looking."""
    folder = settings.data_dir.resolve()
    yield from endpoints(settings)
    if settings.redis_url is not None:
        yield asyncio.run(_answer_of_redis(settings.redis_url.get_secret_value()))
    if settings.issuers:
        yield asyncio.run(_keys_of_issuers(settings))
    if (bucket := bucket_of(settings)) is not None:
        yield asyncio.run(_fitness_of(bucket))
    yield from database_address(settings)
    yield secret_strength(settings, generated=secret_in(folder))
    yield at_rest(settings)
    is_embedded = isinstance(settings.store, EmbeddedDatabaseSettings)
    if is_embedded and not (folder / "memorychat.db").exists():
        yield trouble(
            "installation",
            f"there is none in {folder}",
            remedy="start the server once, or set MEMORYCHAT_DATA_DIR to where it is",
        )
        return
    if folder.exists():
        yield from inspect_folder(folder, holds_data=is_embedded)
    with ExitStack() as opened:
        try:
            own = DataFolder(folder)
            opened.callback(own.close)
        except FolderInUse:
            yield fine("server", "another MemoryChat process has the folder open")
            own = None
        except StartRefused as error:
            yield trouble("data folder", str(error), remedy="see to its owner and mode")
            own = None
        yield from _inside(settings, folder, own)
    yield _telemetry()


async def _answer_of_redis(url: str) -> Finding:
    """Whether processes can tell each other anything at this moment."""
    from app.adapters.redis_inspection import (  # noqa: PLC0415 - a client that one process saves
        try_redis,
    )

    try:
        await try_redis(url)
    except AppError as error:
        return trouble(
            "redis answers",
            f"no ({error.detail}): processes cannot tell each other what to forget",
            remedy="start it, or set REDIS_URL to where it is, with its password",
        )
    return fine("redis answers", "yes")


async def _keys_of_issuers(settings: Settings) -> Finding:
    """Whether the keys that tokens of other issuers are verified with can be had at this moment."""
    identity = issuers_of(settings)
    try:
        await identity.check()
    except AppError:
        return skipped(
            "issuers' keys",
            "those of at least one cannot be fetched now: see its address, and the network; until they "
            "can, its tokens are answered with 503",
        )
    finally:
        await identity.close()
    return fine("issuers' keys", "all can be fetched")


async def _fitness_of(bucket: Storage) -> Finding:
    """Whether originals can be put into the bucket at this moment."""
    try:
        await bucket.check()
    except StorageUnfit as error:
        return trouble("bucket", error.detail, remedy="see instructions.txt, 14")
    except StorageUnavailable:
        return skipped(
            "bucket",
            "it does not answer now: see its address, and the network; until it does, uploads and "
            "downloads of documents are answered with 503",
        )
    finally:
        await bucket.close()
    return fine("bucket", "private, and can be written")


def _inside(settings: Settings, folder: Path, own: DataFolder | None) -> Iterator[Finding]:
    """What the stores hold; the index and the self-test only where the folder is ours."""
    of_database = list(_of_database(settings, folder, is_served=own is None))
    yield from of_database
    if own is None:
        why = "needs the data folder for itself: stop the server, and ask again"
    elif any(one.check == SCHEMA and one.verdict is Verdict.SKIPPED for one in of_database):
        why = "needs a schema, which is made at the first start"
    elif any(one.verdict is Verdict.TROUBLE for one in of_database if one.check != "dead letters"):
        why = "needs a database that is well"
    else:
        yield from asyncio.run(_with_index(settings, own))
        return
    for check in ("index and database", "forgetting", "isolation"):
        yield skipped(check, why)


def _of_database(settings: Settings, folder: Path, *, is_served: bool) -> Iterator[Finding]:
    match settings.store:
        case EmbeddedDatabaseSettings():
            key = database_key(settings)
            yield from inspect_database(folder / "memorychat.db", is_served=is_served, key=key)
        case PostgresSettings(url=url, bounds=bounds):
            from app.adapters.sql.postgres_inspection import (  # noqa: PLC0415 - as in storage
                inspect_postgres,
            )

            yield from inspect_postgres(
                url.get_secret_value(), limits_of(bounds), background=settings.background
            )
        case never:
            assert_never(never)


async def _with_index(settings: Settings, folder: DataFolder) -> list[Finding]:
    try:
        database = open_database(settings, folder, tidy=False)
    except StartRefused as error:
        return [trouble("encryption", str(error), remedy="see instructions.txt, 12")]
    embedder = MiniLmEmbedder(ASSETS / "minilm-l6")
    try:
        index = look_into_index(settings, folder, embedder)
    except IndexUnavailable as error:
        await embedder.close()
        await database.close()
        return [
            trouble("index and database", f"no index ({error.detail})", remedy=REINDEX),
            skipped("isolation", "needs an index"),
        ]
    stores = Stores(
        folder=folder,
        secret=token_urlsafe(),
        database=database,
        index=index,
        embedder=embedder,
        tokens=BundledTokens(ASSETS / "o200k_base.tiktoken"),
        storage=near_storage_of(settings, folder, database),
    )
    container = wire(_asking_nobody(settings), stores)
    try:
        compared = await compare_index(database, index)
        return [*compared, await try_isolation(container, create_app(container))]
    finally:
        await container.drain()
        await container.close()


def _asking_nobody(settings: Settings) -> Settings:
    """The settings without a model, limits and plans; nor are its originals put into a bucket."""
    return settings.model_copy(
        update={
            "openai_model": None,
            "rate_limits": RateLimitSettings(enabled=False),
            "plans": (),
        }
    )


def _telemetry() -> Finding:
    """Whether anything was imported that sends something home; nearly all of MemoryChat is by now."""
    loaded = sorted(name for name in TALKERS if name in sys.modules)
    if loaded:
        return trouble(
            "telemetry",
            f"{', '.join(loaded)} was imported",
            remedy="report this: it is a defect of MemoryChat; meanwhile set MEM0_TELEMETRY=False",
        )
    return fine(
        "telemetry",
        "ours: there is none; onnxruntime's: switched off before it is loaded; FastAPI's: switched "
        "off; mem0's, PostHog's, Sentry's, OpenTelemetry's: never loaded; none of it can be "
        "switched on by the environment",
    )


def _tell_people(findings: Sequence[Finding]) -> None:
    for one in findings:
        remedy = f" -> {one.remedy}" if one.remedy else ""
        sys.stdout.write(f"{_MARKS[one.verdict]:8}{one.check}: {one.detail}{remedy}\n")
    sys.stdout.write(f"{_verdict(findings)}\n")


def _verdict(findings: Iterable[Finding]) -> str:
    count = sum(one.verdict is Verdict.TROUBLE for one in findings)
    return "All is well." if not count else f"{count} to mend, see MEND above."


def _tell_machines(findings: Sequence[Finding]) -> None:
    well = all(one.verdict is not Verdict.TROUBLE for one in findings)
    report = {"status": "ok" if well else "trouble", "findings": findings}
    sys.stdout.write(orjson.dumps(report, option=orjson.OPT_INDENT_2).decode() + "\n")
