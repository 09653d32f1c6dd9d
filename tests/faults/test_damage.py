"""Files that come back damaged."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.person import Person
from tests.support.server import Server

pytestmark = pytest.mark.embedded


def _zeroed(path: Path) -> None:
    path.write_bytes(b"\0" * 100)


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


@pytest.mark.parametrize(
    ("name", "damage"),
    [("edge_config.json", _zeroed), ("segment.json", _cut), ("status.dat", _cut)],
)
def test_a_damaged_index_is_built_anew(
    own_server: Server, name: str, damage: Callable[[Path], None]
) -> None:
    own_server.start()
    with Person(own_server) as ada:
        family = ada.default_profile()
        ada.say(ada.session(family), "My sister Anna lives in Bergen.")
        ada.settle(family)
        own_server.stop()
        for path in (own_server.data_dir / "index").rglob(name):
            damage(path)

        own_server.start()
        ada.http.base_url = own_server.url
        ada.settle(family)

        answer = ada.say(ada.session(family), "Where does my sister live?")

    assert "Bergen" in answer["content"]


def test_an_index_folder_that_holds_something_else_is_not_emptied(own_server: Server) -> None:
    own_server.start()
    own_server.stop()
    [current] = (own_server.data_dir / "index").rglob("current")
    letter = current.parent / "letter.txt"
    letter.write_text("Dear Anna")

    with pytest.raises(RuntimeError, match="holds something else"):
        own_server.start()

    assert letter.read_text() == "Dear Anna"
