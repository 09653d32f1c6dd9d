"""An export under way does not go out with what its owner deletes meanwhile."""

import asyncio
import threading
from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryFile
from typing import BinaryIO

import pytest
from starlette.types import Message

from app.api.file_answer import FileAnswer
from app.core.privacy import PrivacyMode
from app.core.transfer_errors import ExportRecalled
from app.models.clock import utc_now
from app.models.ids import UserId, new_id
from app.models.portable import Portable, PortableHeader
from app.services.exporting import Export, Exporting
from app.services.transfers import Transfers
from tests.support.house import House, a_house

TOLD = "My sister is called Anna."
SIZE_BYTES = 2_000_000


class SlowExporter:
    """Writes a file of some size, and waits before it ends."""

    media_type = "text/plain"

    def __init__(self) -> None:
        self.begun = threading.Event()
        self.may_end = threading.Event()
        self.files: list[BinaryIO] = []

    def write(self, header: PortableHeader, records: Iterable[Portable], file: BinaryIO) -> None:
        self.files.append(file)
        file.write(b"x" * SIZE_BYTES)
        self.begun.set()
        assert self.may_end.wait(5)


@pytest.fixture
def exporter() -> SlowExporter:
    return SlowExporter()


def exporting(house: House, exporter: SlowExporter) -> Exporting:
    return Exporting(
        house.database,
        exporter=exporter,
        scratch=TemporaryFile,
        transfers=Transfers(at_once=2),
        departures=house.departures,
        clock=utc_now,
    )


async def sent(export: Export, *, after_first_piece: asyncio.Event, go_on: asyncio.Event) -> int:
    """How many bytes reach a client, which says so of the first piece and waits before the rest."""
    pieces: list[bytes] = []

    async def send(message: Message) -> None:
        pieces.append(message.get("body", b""))
        if len(pieces) == 2:  # the head is the first
            after_first_piece.set()
            await go_on.wait()

    async def never() -> Message:
        return await asyncio.get_running_loop().create_future()  # type: ignore[no-any-return]

    await FileAnswer(export)({"type": "http"}, never, send)
    return sum(map(len, pieces))


@pytest.mark.parametrize("deletes", [True, False])
async def test_a_file_that_is_being_written_is_not_handed_out(
    tmp_path: Path, exporter: SlowExporter, *, deletes: bool
) -> None:
    async with a_house(tmp_path) as house:
        session = await house.session()
        await house.say(session, TOLD)
        writing = asyncio.create_task(exporting(house, exporter).account(house.ada))
        await asyncio.to_thread(exporter.begun.wait, 5)

        if deletes:
            receipt = await house.mem0.forgetting.session(house.ada, session)
            assert receipt.deleted["exports"] == 1
        exporter.may_end.set()

        if deletes:
            with pytest.raises(ExportRecalled):
                await writing
        else:
            (await writing).file.close()
        assert exporter.files[0].closed


@pytest.mark.parametrize("deletes", [True, False])
async def test_a_file_that_is_being_sent_breaks_off(
    tmp_path: Path, exporter: SlowExporter, *, deletes: bool
) -> None:
    exporter.may_end.set()
    async with a_house(tmp_path) as house:
        session = await house.session()
        await house.say(session, TOLD)
        export = await exporting(house, exporter).account(house.ada)
        first, go_on = asyncio.Event(), asyncio.Event()
        sending = asyncio.create_task(sent(export, after_first_piece=first, go_on=go_on))
        await first.wait()

        if deletes:
            await house.mem0.forgetting.session(house.ada, session)
        go_on.set()

        assert (await sending < SIZE_BYTES) is deletes
        assert export.file.closed


async def test_what_was_said_in_incognito_calls_no_file_back(
    tmp_path: Path, exporter: SlowExporter
) -> None:
    exporter.may_end.set()
    async with a_house(tmp_path) as house:
        session = await house.session(PrivacyMode.INCOGNITO)
        await house.say(session, TOLD)
        secret = (await house.messages(session))[0]
        export = await exporting(house, exporter).account(house.ada)

        await house.mem0.forgetting.message(house.ada, session, secret.id)

        assert not export.departure.is_recalled
        export.file.close()


async def test_the_file_of_somebody_else_goes_on(tmp_path: Path) -> None:
    async with a_house(tmp_path) as house:
        hers = house.departures.begin(house.ada.user_id)
        his = house.departures.begin(UserId(new_id()))

        assert house.departures.recall(house.ada.user_id) == 1

        assert (hers.is_recalled, his.is_recalled) == (True, False)
        assert house.departures.recall(house.ada.user_id) == 0
