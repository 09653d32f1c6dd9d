"""By which names the server is reached."""

import pytest
from pydantic import ValidationError

from app.core.config import Settings


def settings(**given: str) -> Settings:
    return Settings(_env_file=None, **given)  # type: ignore[arg-type]


def test_without_a_setting_names_of_loopback_are_known_and_no_others() -> None:
    reach = settings().reach

    assert all(
        map(reach.knows, ("localhost", "localhost:8000", "127.0.0.1", "[::1]:8000", "10.0.0.7"))
    )
    assert not any(map(reach.knows, ("chat.example.com", "", "localhost.evil.example", "a:b")))


def test_what_is_set_is_known_in_any_case() -> None:
    reach = settings(public_url="https://Chat.Example.com/x/", mcp_hosts="Lan, ", host="box").reach

    assert all(map(reach.knows, ("chat.example.com:443", "LAN:8000", "box")))
    assert reach.lets_in("https://chat.example.com", host="lan")
    assert not reach.lets_in("http://chat.example.com", host="lan")
    assert reach.public_url == "https://Chat.Example.com/x"


def test_any_name_may_be_let_in() -> None:
    reach = settings(mcp_hosts="*").reach

    assert reach.knows("chat.example.com")
    assert not reach.knows("a b@c")
    assert not reach.lets_in("https://evil.example", host="chat.example.com")


@pytest.mark.parametrize(
    "host",
    [
        '[::ffff:1.2.3.4%25"x]',
        "[fe80::1%25eth0]:8000",
        "[fe80::1%eth0]",
        "[0:0:0:0:0:0:0:1]",
        "x[::1]",
        "[::1]x:80",
        "[10.0.0.7]",
        "10.0.0.7:65536",
        "10.0.0.7:80x",
        'a".localhost',
        "a,b.localhost",
    ],
)
@pytest.mark.parametrize("hosts", ["lan", "*"])
def test_a_host_that_no_browser_would_write_is_not_known(hosts: str, host: str) -> None:
    reach = settings(mcp_hosts=hosts).reach

    assert not reach.knows(host)
    assert not reach.lets_in(f"http://{host}", host="localhost")


@pytest.mark.parametrize(
    "url", ["chat.example.com", "http://chat.example.com", "ftp://lan", "https://a?b"]
)
def test_an_address_that_would_not_do_is_refused(url: str) -> None:
    with pytest.raises(ValidationError, match="MEMORYCHAT_PUBLIC_URL must be a full https"):
        settings(public_url=url)
