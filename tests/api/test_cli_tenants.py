"""`main.py tenants`."""

from pathlib import Path

import jwt

from tests.support.command import command
from tests.support.newcomer import Newcomer
from tests.support.server import Server
from tests.support.stored_rows import stored_rows


def told(server: Server, *arguments: str, status: int = 0) -> str:
    done = command(server, "tenants", *arguments)
    assert done.returncode == status, done.stderr
    return (done.stderr if status else done.stdout).strip()


def test_tenants_are_made_listed_and_given_tokens(tmp_path: Path) -> None:
    server = Server(tmp_path)

    assert told(server, "add", "acme").startswith("acme: made.")
    assert "There is a tenant acme." in told(server, "add", "acme", status=1)
    assert told(server, "list").splitlines() == ["default: 0 users", "acme: 0 users"]

    token, key = told(server, "token", "acme", "--days", "1"), told(server, "key", "acme")
    told(server, "renew", "acme")

    assert jwt.decode(token, key, ["HS256"])["customer_id"] == "acme"
    assert told(server, "key", "acme") != key
    assert "no tenant initech" in told(server, "token", "initech", status=1)
    stored = stored_rows(server)
    assert token not in stored
    assert key not in stored
    with server:
        assert Newcomer(server, token).status == 401, "a service's token is no user's"
