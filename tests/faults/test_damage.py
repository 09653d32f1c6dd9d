"""Files that come back damaged."""

import shutil

import pytest

from tests.support.person import Person
from tests.support.server import Server


def test_a_damaged_index_says_what_to_do_and_is_built_anew(own_server: Server) -> None:
    own_server.start()
    with Person(own_server) as ada:
        family = ada.default_profile()
        ada.say(ada.session(family), "My sister Anna lives in Bergen.")
        ada.settle(family)
        own_server.stop()
        index = own_server.data_dir / "index"
        [config] = index.rglob("edge_config.json")
        config.write_bytes(b"\0" * 100)

        with pytest.raises(
            RuntimeError, match=r"Delete the folder .*: the next start builds it"
        ) as no:
            own_server.start()
        assert "Bergen" not in str(no.value)
        shutil.rmtree(config.parent)
        own_server.start()
        ada.http.base_url = own_server.url
        ada.settle(family)

        answer = ada.say(ada.session(family), "Where does my sister live?")

    assert "Bergen" in answer["content"]
