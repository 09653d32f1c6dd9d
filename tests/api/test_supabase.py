"""A server whose passwords a project of Supabase keeps."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from time import monotonic, sleep
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.support.gotrue import ANON_KEY, SERVICE_KEY, GoTrue
from tests.support.newcomer import Newcomer
from tests.support.person import PASSWORD
from tests.support.problem import problem_of
from tests.support.server import Server
from tests.support.stored_rows import stored_rows


def asks(gotrue: GoTrue) -> Mapping[str, str]:
    return {
        "SUPABASE_URL": gotrue.project,
        "SUPABASE_ANON_KEY": ANON_KEY,
        "SUPABASE_SERVICE_ROLE_KEY": SERVICE_KEY,
        "MEMORYCHAT_RATE_LIMITS__ENABLED": "false",
    }


@pytest.fixture(scope="module")
def running() -> Iterator[GoTrue]:
    with GoTrue() as gotrue:
        yield gotrue


@pytest.fixture(scope="module")
def hosted(
    server: Server, running: GoTrue, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    with Server(tmp_path_factory.mktemp("hosted"), asks(running)) as hosted:
        hosted.answers = server.answers
        yield hosted


@pytest.fixture
def gotrue(running: GoTrue) -> GoTrue:
    """The project, in its right mind."""
    running.confirms, running.refusing, running.fault = False, None, ""
    return running


def an_address() -> str:
    return f"{uuid4().hex}@example.com"


def posted(server: Server, path: str, **body: Any) -> httpx.Response:
    with server.client() as client:
        return client.post(f"/api/v1/auth/{path}", json=body)


def signed_up(server: Server, email: str, **more: Any) -> Mapping[str, Any]:
    answer = posted(server, "signup", email=email, password=PASSWORD, **more)
    assert answer.status_code == 201, answer.text
    body: Mapping[str, Any] = answer.json()
    return body


def test_signing_up_makes_an_account_there_and_here(hosted: Server, gotrue: GoTrue) -> None:
    email = an_address()

    body = signed_up(hosted, email, display_name="Ada")

    assert body.keys() == {"user", "access_token", "refresh_token", "token_type", "expires_in"}
    assert body["expires_in"] == 3_600
    assert (body["user"]["email"], body["user"]["display_name"]) == (email, "Ada")
    ada = Newcomer(hosted, body["access_token"])
    assert ada.get("/auth/me") == body["user"]
    [profile] = ada.get("/memory-profiles")["data"]
    assert profile["is_default"]
    assert gotrue.accounts[email].password == PASSWORD
    assert PASSWORD not in stored_rows(hosted)


def test_signing_in_and_refreshing_are_the_same_account(hosted: Server, gotrue: GoTrue) -> None:
    email = an_address()
    first = signed_up(hosted, email)

    second = posted(hosted, "login", email=email, password=PASSWORD).json()
    third = posted(hosted, "refresh", refresh_token=second["refresh_token"]).json()

    assert first["user"] == second["user"] == third["user"]
    again = posted(hosted, "refresh", refresh_token=second["refresh_token"])
    problem_of(again, 401, "unauthenticated")


def test_an_account_that_was_made_there_is_known_here(hosted: Server, gotrue: GoTrue) -> None:
    email = an_address()
    gotrue.sign_up({"email": email, "password": PASSWORD})

    assert posted(hosted, "login", email=email, password=PASSWORD).json()["user"]["email"] == email


@pytest.mark.usefixtures("gotrue")
def test_refusals_are_as_they_are_without_supabase(hosted: Server) -> None:
    email = an_address()
    signed_up(hosted, email)

    problem_of(posted(hosted, "signup", email=email, password=PASSWORD), 409, "email-taken")
    wrong = posted(hosted, "login", email=email, password="wrong")
    unknown = posted(hosted, "login", email=an_address(), password=PASSWORD)
    problems = [problem_of(one, 401, "unauthenticated") for one in (wrong, unknown)]
    assert len({one["detail"] for one in problems}) == 1
    weak = posted(hosted, "signup", email=an_address(), password="password")
    problem_of(weak, 422, "invalid-input")


def test_an_unconfirmed_address_signs_nobody_in(hosted: Server, gotrue: GoTrue) -> None:
    gotrue.confirms = True
    email = an_address()

    told = posted(hosted, "signup", email=email, password=PASSWORD)

    assert "follow its link" in problem_of(told, 403, "email-unconfirmed")["detail"]
    login = posted(hosted, "login", email=email, password=PASSWORD)
    problem_of(login, 403, "email-unconfirmed")


def test_a_limit_there_is_a_limit_here(hosted: Server, gotrue: GoTrue) -> None:
    gotrue.refusing = (429, {"code": "over_request_rate_limit"})

    told = posted(hosted, "login", email=an_address(), password=PASSWORD)

    problem_of(told, 429, "too-many-requests")
    assert int(told.headers["retry-after"]) >= 1


def test_while_supabase_is_down_who_is_in_stays_in(hosted: Server, gotrue: GoTrue) -> None:
    email = an_address()
    ada = Newcomer(hosted, signed_up(hosted, email)["access_token"])
    gotrue.fault = "error"

    told = posted(hosted, "login", email=email, password=PASSWORD)

    problem_of(told, 503, "identity-unavailable")
    assert int(told.headers["retry-after"]) >= 1
    assert ada.status == 200


@pytest.mark.parametrize("fault", ["", "error"])
def test_logging_out_ends_the_session_there_and_here(
    hosted: Server, gotrue: GoTrue, fault: Any
) -> None:
    email = an_address()
    body = signed_up(hosted, email)
    other = posted(hosted, "login", email=email, password=PASSWORD).json()
    gotrue.fault = fault

    assert Newcomer(hosted, body["access_token"]).ask("POST", "/auth/logout").status_code == 204

    gotrue.fault = ""
    assert Newcomer(hosted, body["access_token"]).status == 401
    refreshed = posted(hosted, "refresh", refresh_token=body["refresh_token"])
    problem_of(refreshed, 401, "unauthenticated")
    assert Newcomer(hosted, other["access_token"]).status == 200, "another login goes on"


def test_erasing_the_account_erases_it_there(hosted: Server, gotrue: GoTrue) -> None:
    email = an_address()
    body = signed_up(hosted, email)
    ada = Newcomer(hosted, body["access_token"])

    receipt = ada.erase()

    assert receipt["account_elsewhere"] == "erased"
    assert email not in gotrue.accounts
    assert ada.status == 401
    login = posted(hosted, "login", email=email, password=PASSWORD)
    problem_of(login, 401, "unauthenticated")
    assert signed_up(hosted, email)["user"]["id"] != body["user"]["id"], "the address is free"


def test_what_says_of_itself_that_it_is_verified_links_nothing(
    hosted: Server, gotrue: GoTrue
) -> None:
    email = an_address()
    first = signed_up(hosted, email)["user"]

    token = gotrue.token(
        str(uuid4()),
        aud="authenticated",
        email=email,
        user_metadata={"email_verified": True, "email": email},
        app_metadata={"email_verified": True},
    )

    assert Newcomer(hosted, token).me()["id"] != first["id"]


@pytest.mark.parametrize("claims", [{"aud": "anon"}, {"iss": "supabase"}, {"sub": None}])
def test_keys_of_the_project_are_nobodys_tokens(
    hosted: Server, gotrue: GoTrue, claims: Mapping[str, Any]
) -> None:
    token = gotrue.token(**{"subject": "ada", "aud": "authenticated", "role": "anon", **claims})

    assert Newcomer(hosted, token).status == 401


def test_an_erasure_that_supabase_cannot_do_is_owed_and_done(tmp_path: Path) -> None:
    email = an_address()
    with GoTrue() as gotrue, Server(tmp_path, asks(gotrue)) as server:
        body = signed_up(server, email)
        ada = Newcomer(server, body["access_token"])
        gotrue.fault = "error"

        receipt = ada.erase()

        assert receipt["account_elsewhere"] == "pending"
        assert receipt["deleted"]["users"] == 1, "here it is done"
        gotrue.fault = ""
        login = posted(server, "login", email=email, password=PASSWORD)
        problem_of(login, 401, "unauthenticated")
        assert email in gotrue.accounts
        server.kill()
        server.start()
        deadline_s = monotonic() + 15
        while email in gotrue.accounts:
            assert monotonic() < deadline_s
            sleep(0.1)
        assert signed_up(server, email)["user"]["id"] != body["user"]["id"]
