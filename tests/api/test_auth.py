from datetime import timedelta
from uuid import uuid4

import pytest

from app.models.clock import utc_now
from tests.support.person import PASSWORD, Person
from tests.support.problem import problem_of
from tests.support.server import Server, database_of


def refresh(server: Server, token: str) -> dict[str, str]:
    with server.client() as client:
        answer = client.post("/api/v1/auth/refresh", json={"refresh_token": token})
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def refused(server: Server, token: str) -> str:
    """The slug under which a refresh token is refused."""
    with server.client() as client:
        answer = client.post("/api/v1/auth/refresh", json={"refresh_token": token})
    return str(problem_of(answer, 401)["error"]["code"])


def holds(server: Server, access_token: str) -> bool:
    with server.client(access_token) as client:
        answer = client.get("/api/v1/auth/me")
    if answer.status_code == 200:
        return True
    problem_of(answer, 401, "unauthenticated")
    assert answer.headers["www-authenticate"] == "Bearer"
    return False


def rotated_long_ago(server: Server) -> None:
    """Every refresh token that was used up was so for longer than the grace lasts."""
    earlier = (utc_now() - timedelta(seconds=11)).isoformat(" ").removesuffix("+00:00")
    with database_of(server.folder) as database:
        database.execute(
            f"UPDATE refresh_tokens SET rotated_at = '{earlier}' WHERE rotated_at IS NOT NULL"  # noqa: S608 - ours
        )
        database.commit()


def test_signing_up_signs_in_with_a_first_profile(server: Server) -> None:
    with server.client() as client:
        answer = client.post(
            "/api/v1/auth/signup",
            json={"email": "Grace@Example.com", "password": PASSWORD, "display_name": " Grace "},
        )
    assert answer.status_code == 201
    body = answer.json()
    assert body.keys() == {"user", "access_token", "refresh_token", "token_type", "expires_in"}
    assert (body["token_type"], body["expires_in"]) == ("bearer", 900)
    assert body["user"]["email"] == "grace@example.com"
    assert body["user"]["display_name"] == "Grace"
    assert (body["user"]["role"], body["user"]["plan"]) == ("user", "free")
    with server.client(body["access_token"]) as client:
        [profile] = client.get("/api/v1/memory-profiles").json()["data"]
    assert profile["is_default"]


def test_an_address_has_one_account_whatever_its_case(ada: Person) -> None:
    again = ada.http.post(
        "/api/v1/auth/signup", json={"email": ada.email.upper(), "password": PASSWORD}
    )

    problem_of(again, 409, "email-taken")
    assert again.headers["x-should-retry"] == "false"


def test_signing_in_takes_the_address_in_any_case(ada: Person) -> None:
    body = ada.post("/auth/login", {"email": ada.email.upper(), "password": PASSWORD})

    assert body["user"]["id"] == ada.credentials["user"]["id"]


def test_an_account_from_when_all_letters_were_made_small_is_still_its_own(
    server: Server,
) -> None:
    written = f"JÜRGEN.{uuid4().hex}@example.com"
    person = {"email": written.lower(), "password": PASSWORD}
    with server.client() as client:
        theirs = client.post("/api/v1/auth/signup", json=person).json()["user"]["id"]
        for email in (written, written.lower()):
            answer = client.post("/api/v1/auth/login", json={**person, "email": email})
            assert answer.json()["user"]["id"] == theirs
        again = client.post("/api/v1/auth/signup", json={**person, "email": written})
    problem_of(again, 409, "email-taken")


def test_whoever_writes_an_address_with_another_letter_keeps_nobody_out(server: Server) -> None:
    email = f"sam.{uuid4().hex}@example.com"
    other = email.replace("s", "\N{LATIN SMALL LETTER LONG S}", 1)
    with server.client() as client:
        for password, address in (("of the other one", other), (PASSWORD, email)):
            person = {"email": address, "password": password}
            user = client.post("/api/v1/auth/signup", json=person).json()["user"]
            assert user["email"] == address
            again = client.post("/api/v1/auth/login", json=person).json()["user"]
            assert again["id"] == user["id"]


@pytest.mark.parametrize("email", ["nobody@example.com", None])
def test_a_wrong_password_and_an_unknown_address_look_the_same(
    ada: Person, email: str | None
) -> None:
    answer = ada.http.post(
        "/api/v1/auth/login", json={"email": email or ada.email, "password": "wrong"}
    )

    problem = problem_of(answer, 401, "unauthenticated")
    assert problem["detail"] == "The e-mail address or the password is wrong."


def test_passwords_may_be_long_and_may_hold_anything_printable(server: Server) -> None:
    password = "pä🔑 " * 200
    email = "long@example.com"
    with server.client() as client:
        client.post("/api/v1/auth/signup", json={"email": email, "password": password})
        good = client.post("/api/v1/auth/login", json={"email": email, "password": password})
        cut = client.post("/api/v1/auth/login", json={"email": email, "password": password[:-1]})

    assert (good.status_code, cut.status_code) == (200, 401)


def test_a_refresh_gives_new_tokens_of_the_same_login(server: Server, ada: Person) -> None:
    fresh = refresh(server, ada.credentials["refresh_token"])

    assert fresh["refresh_token"] != ada.credentials["refresh_token"]
    assert holds(server, fresh["access_token"])
    assert holds(server, ada.credentials["access_token"])


def test_a_client_that_lost_the_answer_may_refresh_again_at_once(
    server: Server, ada: Person
) -> None:
    first = refresh(server, ada.credentials["refresh_token"])
    second = refresh(server, ada.credentials["refresh_token"])

    assert refresh(server, first["refresh_token"])
    assert refresh(server, second["refresh_token"])


def test_a_refresh_token_used_twice_ends_its_login_for_good(server: Server, ada: Person) -> None:
    fresh = refresh(server, ada.credentials["refresh_token"])
    other = ada.post("/auth/login", {"email": ada.email, "password": PASSWORD})
    rotated_long_ago(server)

    assert refused(server, ada.credentials["refresh_token"]) == "token-reused"

    assert refused(server, fresh["refresh_token"]) == "unauthenticated"
    assert refused(server, ada.credentials["refresh_token"]) == "unauthenticated"
    assert not holds(server, fresh["access_token"])
    assert holds(server, other["access_token"]), "another login goes on"


def test_logging_out_ends_both_tokens_of_this_login(server: Server, ada: Person) -> None:
    other = ada.post("/auth/login", {"email": ada.email, "password": PASSWORD})

    assert ada.http.post("/api/v1/auth/logout").status_code == 204

    assert not holds(server, ada.credentials["access_token"])
    assert refused(server, ada.credentials["refresh_token"]) == "unauthenticated"
    assert holds(server, other["access_token"])


def test_nobody_is_let_in_by_a_word_that_was_never_a_token(server: Server) -> None:
    assert refused(server, "zebra") == "unauthenticated"


def test_an_account_can_be_renamed_and_unnamed(ada: Person) -> None:
    assert ada.patch("/me", {"display_name": "Ada L."})["display_name"] == "Ada L."
    assert ada.get("/auth/me") == ada.get("/me")
    assert ada.patch("/me", {"display_name": None})["display_name"] is None


def test_deleting_the_account_erases_it_and_says_what_is_gone(server: Server, ada: Person) -> None:
    profile = ada.default_profile()
    session = ada.session(profile)
    ada.say(session, "My sister Anna lives in Bergen.")
    ada.settle(profile)

    receipt = ada.delete("/me")

    assert receipt["deleted"]["users"] == 1
    assert receipt["deleted"]["chat_messages"] == 2
    assert receipt["deleted"]["memories"] >= 1
    assert not holds(server, ada.credentials["access_token"])
    assert refused(server, ada.credentials["refresh_token"]) == "unauthenticated"
    login = ada.http.post("/api/v1/auth/login", json={"email": ada.email, "password": PASSWORD})
    problem_of(login, 401)
    problem_of(ada.http.delete("/api/v1/me"), 401)


def test_an_address_is_free_again_once_its_account_is_gone(server: Server, ada: Person) -> None:
    ada.delete("/me")

    answer = ada.http.post(
        "/api/v1/auth/signup", json={"email": ada.email, "password": "another password"}
    )

    assert answer.status_code == 201
    with server.client(answer.json()["access_token"]) as client:
        assert client.get("/api/v1/sessions").json()["data"] == []
