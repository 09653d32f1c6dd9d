"""What is said of issuers is right at start, or refused with a sentence."""

import json
from collections.abc import Mapping
from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError

from app.cli_doctor import findings_of
from app.core.addresses import is_as_safe, is_safe_url
from app.core.config import Settings
from app.core.exposure import endpoints
from app.models.finding import Verdict
from tests.support.issuer import Issuer

ISSUER = "https://issuer.example"
PROJECT = "https://abc.supabase.co"
SECRET = "service-role-key-that-nobody-may-see"


def issuers(*given: Mapping[str, object]) -> str:
    return json.dumps(given)


def settings(**given: object) -> Settings:
    return Settings(_env_file=None, **given)  # type: ignore[arg-type]


def refusal(**given: object) -> str:
    with pytest.raises(ValidationError) as refused:
        settings(**given)
    [error] = refused.value.errors()
    assert SECRET not in str(refused.value)
    return str(error["msg"])


def test_without_settings_nobody_is_asked() -> None:
    assert settings().issuers == ()
    assert settings(oidc_issuers="", supabase_url="").supabase is None


def test_issuers_are_read_with_their_terms() -> None:
    google = {"issuer": ISSUER, "audience": "one", "trust_email": True, "tenant": "acme"}
    other = {"issuer": f"{ISSUER}/x", "audience": ["one", "two"], "jwks_url": f"{ISSUER}/keys"}

    [first, second] = settings(oidc_issuers=issuers(google, other)).issuers

    assert (first.audience, first.trust_email, first.tenant) == (("one",), True, "acme")
    assert (second.audience, second.trust_email, second.tenant) == (
        ("one", "two"),
        False,
        "default",
    )


def test_a_project_of_supabase_is_an_issuer() -> None:
    for url in (PROJECT, f"{PROJECT}/", f"{PROJECT}/auth/v1"):
        [issuer] = settings(supabase_url=url).issuers

        assert issuer.issuer == f"{PROJECT}/auth/v1"
        assert issuer.jwks_url == f"{PROJECT}/auth/v1/.well-known/jwks.json"
        assert issuer.audience == ("authenticated",)
        assert not issuer.trust_email


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ("zebra", "is no list in JSON"),
        ('{"issuer": "x"}', "is no list in JSON"),
        ('["zebra"]', "is no list in JSON"),
        (issuers({"issuer": ISSUER}), "issuer 1, audience"),
        (issuers({"issuer": ISSUER, "audience": []}), "issuer 1, audience"),
        (issuers({"issuer": ISSUER, "audience": "a", "zebra": 1}), "issuer 1, zebra"),
        (issuers({"issuer": "http://issuer.example", "audience": "a"}), "https://"),
        (issuers({"issuer": "memorychat", "audience": "a"}), "https://"),
        (issuers({"issuer": "file:///etc/passwd", "audience": "a"}), "https://"),
        (issuers({"issuer": "https://a:b@issuer.example", "audience": "a"}), "https://"),
        (issuers({"issuer": ISSUER, "audience": "a", "jwks_url": "ftp://x.y"}), "jwks_url"),
        (issuers(*2 * [{"issuer": ISSUER, "audience": "a"}]), "twice"),
    ],
)
def test_what_is_wrong_of_issuers_is_said(given: str, sentence: str) -> None:
    assert sentence in refusal(oidc_issuers=given)


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"supabase_anon_key": SecretStr("x")}, "set SUPABASE_URL"),
        ({"supabase_service_role_key": SecretStr(SECRET)}, "set SUPABASE_URL"),
        ({"supabase_jwt_secret": SecretStr(SECRET)}, "set SUPABASE_URL"),
        ({"supabase_url": "http://abc.supabase.co"}, "SUPABASE_URL must be"),
        ({"supabase_url": PROJECT, "supabase_jwt_secret": SecretStr("short")}, "32 bytes"),
        (
            {
                "supabase_url": PROJECT,
                "supabase_anon_key": SecretStr(SECRET),
                "supabase_service_role_key": SecretStr(SECRET),
            },
            "is the key of the service role",
        ),
        (
            {
                "supabase_url": PROJECT,
                "oidc_issuers": issuers({"issuer": f"{PROJECT}/auth/v1", "audience": "a"}),
            },
            "twice",
        ),
    ],
)
def test_what_is_wrong_of_supabase_is_said(given: dict[str, object], sentence: str) -> None:
    assert sentence in refusal(**given)


def test_what_is_asked_is_told_without_keys() -> None:
    told = " ".join(
        one.detail
        for one in endpoints(
            settings(
                supabase_url=PROJECT,
                supabase_anon_key=SecretStr("publishable"),
                supabase_service_role_key=SecretStr(SECRET),
                oidc_issuers=issuers({"issuer": ISSUER, "audience": "a", "tenant": "acme"}),
            )
        )
    )

    assert f"{ISSUER} is asked for its public keys" in told
    assert f"{PROJECT} gets the addresses and passwords" in told
    assert "tenant acme" in told
    assert "nothing leaves" not in told
    assert SECRET not in told


@pytest.mark.parametrize(
    ("url", "safe"),
    [
        (ISSUER, True),
        ("http://127.0.0.1:9999", True),
        ("http://kong:8000", True),
        ("http://10.0.0.7/auth", True),
        ("http://issuer.example", False),
        ("http://8.8.8.8", False),
        ("https://", False),
        ("https://a:b@issuer.example", False),
        ("https://issuer.example:zebra", False),
        ("https://issuer.example?x=1", False),
        ("issuer.example", False),
    ],
)
def test_an_address_is_safe_if_nobody_on_the_way_can_answer(url: str, *, safe: bool) -> None:
    assert is_safe_url(url) is safe


def test_keys_of_an_encrypted_issuer_are_not_fetched_in_clear() -> None:
    assert is_as_safe("https://keys.example", as_url=ISSUER)
    assert is_as_safe("http://kong:8000/keys", as_url="http://kong:8000")
    assert is_as_safe("https://keys.example", as_url="http://kong:8000")
    assert not is_as_safe("http://keys.example", as_url=ISSUER)
    assert not is_as_safe("file:///etc/passwd", as_url="http://kong:8000")


def test_the_doctor_says_whether_issuers_answer(tmp_path: Path) -> None:
    with Issuer() as issuer:
        given = settings(
            data_dir=tmp_path, oidc_issuers=issuers({"issuer": issuer.url, "audience": "a"})
        )
        verdicts = []
        for issuer.fault in ("", "error"):
            [found] = [one for one in findings_of(given) if one.check == "issuers' keys"]
            verdicts.append(found.verdict)

    assert verdicts == [Verdict.OK, Verdict.SKIPPED], "no more than a warning"
