"""People of other issuers: their first account, whose account it is, and its end."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic, sleep, time
from typing import Any
from uuid import uuid4

import orjson
import pytest

from tests.support.issuer import AUDIENCE, Issuer
from tests.support.newcomer import Newcomer
from tests.support.person import PASSWORD, Person
from tests.support.problem import problem_of
from tests.support.server import Server, database_of
from tests.support.stored_rows import stored_rows

FORGOTTEN_S = 31
"""By then no clock is so far ahead that a token could be from before an erasure."""


@pytest.fixture(scope="module")
def google() -> Iterator[Issuer]:
    """Is trusted with addresses."""
    with Issuer() as issuer:
        yield issuer


@pytest.fixture(scope="module")
def firebase() -> Iterator[Issuer]:
    """Is trusted with addresses, too."""
    with Issuer() as issuer:
        yield issuer


@pytest.fixture(scope="module")
def stranger() -> Iterator[Issuer]:
    """Lets anybody claim any address."""
    with Issuer() as issuer:
        yield issuer


@pytest.fixture(scope="module")
def acme() -> Iterator[Issuer]:
    """Of another tenant, and trusted with addresses by it."""
    with Issuer() as issuer:
        yield issuer


@pytest.fixture(scope="module")
def trusting(
    server: Server,
    google: Issuer,
    firebase: Issuer,
    stranger: Issuer,
    acme: Issuer,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Server]:
    terms = [
        {"issuer": google.url, "audience": AUDIENCE, "trust_email": True},
        {"issuer": firebase.url, "audience": [AUDIENCE, "other"], "trust_email": True},
        {"issuer": stranger.url, "audience": AUDIENCE},
        {"issuer": acme.url, "audience": AUDIENCE, "trust_email": True, "tenant": "acme"},
    ]
    environment = {
        "MEMORYCHAT_RATE_LIMITS__ENABLED": "false",
        "OIDC_ISSUERS": orjson.dumps(terms).decode(),
    }
    with Server(tmp_path_factory.mktemp("issuers"), environment) as running:
        running.answers = server.answers
        yield running


def somebody() -> str:
    return f"subject-{uuid4().hex}"


def an_address() -> str:
    return f"{uuid4().hex}@example.com"


def proved(email: str) -> dict[str, Any]:
    return {"email": email, "email_verified": True}


def comes(trusting: Server, issuer: Issuer, subject: str, **claims: Any) -> Newcomer:
    return Newcomer(trusting, issuer.token(subject, **claims))


def test_the_first_token_makes_an_account_with_a_profile(trusting: Server, google: Issuer) -> None:
    email = an_address()
    ada = comes(trusting, google, somebody(), **proved(email.upper()))
    me = ada.me()
    [profile] = ada.get("/memory-profiles")["data"]
    session = ada.post("/sessions", {})

    assert (me["email"], me["role"], me["plan"]) == (email, "user", "free")
    assert profile["is_default"]
    assert session["memory_profile_id"] == profile["id"]


def test_further_tokens_are_of_the_same_account(trusting: Server, google: Issuer) -> None:
    subject = somebody()

    ids = {comes(trusting, google, subject, jti=str(n)).me()["id"] for n in range(3)}

    assert len(ids) == 1


def test_tokens_that_come_at_once_make_one_account(trusting: Server, google: Issuer) -> None:
    subject, email = somebody(), an_address()
    token = google.token(subject, **proved(email))

    def come(_: int) -> str:
        newcomer = Newcomer(trusting, token)
        return str(newcomer.me()["id"])

    with ThreadPoolExecutor(12) as threads:
        ids = set(threads.map(come, range(48)))

    assert len(ids) == 1


def test_people_of_two_issuers_with_one_name_are_two(
    trusting: Server, google: Issuer, firebase: Issuer
) -> None:
    subject = somebody()

    one, other = (comes(trusting, issuer, subject).me() for issuer in (google, firebase))

    assert one["id"] != other["id"]
    assert one["email"].endswith("@no-address.invalid")


def test_a_proved_address_links_what_is_proved(
    trusting: Server, google: Issuer, firebase: Issuer
) -> None:
    email = an_address()

    ids = {
        comes(trusting, issuer, somebody(), **proved(written)).me()["id"]
        for issuer, written in ((google, email), (firebase, email.upper()))
    }

    assert len(ids) == 1


def test_an_address_with_another_letter_links_nothing(
    trusting: Server, google: Issuer, firebase: Issuer
) -> None:
    email = f"kim{an_address()}"

    ids = {
        comes(trusting, issuer, somebody(), **proved(written)).me()["id"]
        for issuer, written in (
            (google, email),
            (firebase, email.replace("k", "\N{KELVIN SIGN}", 1)),
            (firebase, f"\N{NO-BREAK SPACE}{email}"),
        )
    }

    assert len(ids) == 3


def test_an_address_that_was_only_claimed_links_nothing(
    trusting: Server, google: Issuer, stranger: Issuer
) -> None:
    email = an_address()
    first = comes(trusting, stranger, "attacker" + somebody(), **proved(email)).me()

    owner = comes(trusting, google, somebody(), **proved(email)).me()
    late = comes(trusting, stranger, somebody(), **proved(email)).me()
    unproved = comes(trusting, google, somebody(), email=email, email_verified=False).me()

    assert len({first["id"], owner["id"], late["id"], unproved["id"]}) == 4
    assert first["email"] == email
    assert owner["email"].endswith("@no-address.invalid"), "an address is of one account"


def test_nobody_gets_into_an_account_by_claiming_its_address(
    trusting: Server, google: Issuer, stranger: Issuer
) -> None:
    email = an_address()
    owner = comes(trusting, google, somebody(), **proved(email)).me()
    assert owner["email"] == email

    for issuer, claims in (
        (stranger, proved(email)),
        (google, {"email": email}),
        (google, {"email": email, "email_verified": False}),
        (google, {"email": email, "user_metadata": proved(email)}),
    ):
        assert comes(trusting, issuer, somebody(), **claims).me()["id"] != owner["id"]


def test_who_signs_up_with_a_victims_address_gets_none_of_the_victims_account(
    trusting: Server, google: Issuer
) -> None:
    with Person(trusting, "mallory") as mallory:
        victim = comes(trusting, google, somebody(), **proved(mallory.email))
        assert victim.me()["id"] != mallory.credentials["user"]["id"]
        victim.post("/sessions", {"title": "Mine"})

        assert mallory.get("/sessions")["data"] == []
        mallory.post("/auth/login", {"email": mallory.email, "password": PASSWORD})


def test_nobody_signs_up_over_an_account_of_an_issuer(trusting: Server, google: Issuer) -> None:
    email = an_address()
    ada = comes(trusting, google, somebody(), **proved(email))
    ada.me()
    taken = ada.ask("POST", "/auth/signup", json={"email": email, "password": PASSWORD})
    no_password = [
        ada.ask("POST", "/auth/login", json={"email": email, "password": guess})
        for guess in ("!", PASSWORD)
    ]

    problem_of(taken, 409, "email-taken")
    for answer in no_password:
        problem_of(answer, 401, "unauthenticated")


def test_another_tenants_people_are_others_whatever_is_proved(
    trusting: Server, google: Issuer, acme: Issuer
) -> None:
    email = an_address()

    ours = comes(trusting, google, somebody(), **proved(email)).me()
    theirs = comes(trusting, acme, somebody(), **proved(email)).me()
    again = comes(trusting, acme, somebody(), **proved(email)).me()

    assert ours["id"] != theirs["id"] == again["id"]
    assert ours["email"] == theirs["email"] == email, "each tenant has its own"


def test_another_tenants_people_reach_nothing(
    trusting: Server, google: Issuer, acme: Issuer
) -> None:
    email = an_address()
    ours = comes(trusting, google, somebody(), **proved(email))
    session = ours.post("/sessions", {})["id"]
    [profile] = ours.get("/memory-profiles")["data"]
    theirs = comes(trusting, acme, somebody(), **proved(email))
    for path in (f"/sessions/{session}", f"/memory-profiles/{profile['id']}"):
        problem_of(theirs.ask("GET", path), 404)
    assert theirs.get("/sessions")["data"] == []
    theirs.erase()
    ours = comes(trusting, google, somebody(), **proved(email))
    assert ours.get(f"/sessions/{session}")["id"] == session


def test_what_does_not_hold_is_refused_by_the_server(trusting: Server, google: Issuer) -> None:
    for token in (
        google.token(somebody(), aud="another"),
        google.token(somebody(), exp=int(time()) - 60),
        google.token(somebody(), iss="https://issuer.example"),
        google.token(somebody())[:-4] + "AAAA",
    ):
        nobody = Newcomer(trusting, token)
        problem_of(nobody.ask("GET", "/me"), 401, "unauthenticated")


def test_new_keys_hold_within_seconds(trusting: Server, firebase: Issuer) -> None:
    subject = somebody()
    assert comes(trusting, firebase, subject).status == 200
    old = firebase.token(subject)
    firebase.rotate("RS256")
    deadline_s = monotonic() + 15

    while comes(trusting, firebase, subject).status != 200:
        assert monotonic() < deadline_s
        sleep(0.2)

    assert Newcomer(trusting, old).status == 401


def test_logging_out_ends_the_session_here(trusting: Server, google: Issuer) -> None:
    subject = somebody()
    phone = comes(trusting, google, subject, sid="one")
    desk = comes(trusting, google, subject, sid="two")
    renewed = comes(trusting, google, subject, sid="one", jti="renewed")
    assert (phone.status, desk.status) == (200, 200)

    assert phone.ask("POST", "/auth/logout").status_code == 204

    assert (phone.status, renewed.status, desk.status) == (401, 401, 200)


def test_no_sign_in_from_before_an_erasure_brings_anybody_back(
    trusting: Server, google: Issuer
) -> None:
    subject = somebody()
    email = an_address()
    now = int(time())
    ada = comes(trusting, google, subject, **proved(email))
    first = ada.me()["id"]
    receipt = ada.erase()

    assert receipt["deleted"]["identities"] == 1
    assert receipt["account_elsewhere"] == "kept"
    assert ada.status == 401
    assert comes(trusting, google, subject, iat=now - 9).status == 401
    assert comes(trusting, google, subject, auth_time=now - 9).status == 401
    assert comes(trusting, google, subject).status == 401, "its clock may be ahead"
    assert comes(trusting, google, somebody(), **proved(email)).status == 200, "somebody else may"

    erased_long_ago(trusting)
    assert comes(trusting, google, subject, auth_time=now - 9_000).status == 401
    anew = comes(trusting, google, subject)
    assert anew.me()["id"] != first
    assert comes(trusting, google, subject, iat=now - 9_000).status == 401, (
        "the old ones never hold"
    )


def erased_long_ago(trusting: Server) -> None:
    """What was erased was so for longer than clocks differ."""
    at = datetime.now(UTC).replace(tzinfo=None) - timedelta(seconds=FORGOTTEN_S)
    with database_of(trusting.folder) as database:
        database.execute(f"UPDATE departed_identities SET departed_at = '{at}'")  # noqa: S608 - a time
        database.commit()


def test_of_who_is_gone_there_is_no_name(trusting: Server, google: Issuer) -> None:
    subject, email = somebody(), an_address()
    ada = comes(trusting, google, subject, **proved(email))
    ada.erase()
    stored = stored_rows(trusting)

    assert subject not in stored
    assert email not in stored


def test_an_issuer_that_never_answered_is_asked_to_come_back(tmp_path: Path) -> None:
    with Issuer() as issuer:
        terms = [{"issuer": issuer.url, "audience": AUDIENCE}]
        issuer.fault = "error"
        environment = {"OIDC_ISSUERS": orjson.dumps(terms).decode()}
        with Server(tmp_path, environment) as server, Person(server) as ada:
            refused = Newcomer(server, issuer.token()).ask("GET", "/me")
            ready = ada.http.get("/ready")

            problem_of(refused, 503, "identity-unavailable")
            assert int(refused.headers["retry-after"]) >= 1
            assert (ready.status_code, ready.json()["status"]) == (200, "degraded")
            assert ready.json()["checks"]["identity"] == "identity-unavailable"
            assert ada.get("/me"), "our own tokens need nobody"
            issuer.fault = ""
            deadline_s = monotonic() + 15
            while ada.http.get("/ready").json()["status"] != "ready":
                assert monotonic() < deadline_s
                sleep(0.2)
            assert Newcomer(server, issuer.token()).status == 200
