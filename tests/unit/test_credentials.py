"""Which words open an account: those are blanked. What only mentions one is left to the extractors."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.credentials import (
    SECRET,
    asks_for_secret,
    holds_credential,
    secrets_in,
    without_secrets,
)
from tests.unit.secret_sentences import (
    ASKING,
    FIXED,
    MENTIONED,
    MIXED,
    NOT_ASKING,
    TOLD,
    TOLD_IF_MIXED,
    WORD,
)

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


@pytest.mark.parametrize(
    ("sentence", "secret"),
    [
        *((one.format(MIXED), MIXED) for one in (*TOLD, *TOLD_IF_MIXED)),
        *((one.format(WORD), WORD) for one in TOLD),
        *FIXED.items(),
    ],
)
def test_however_it_is_told_it_is_blanked(sentence: str, secret: str) -> None:
    assert secret not in without_secrets(sentence)
    assert secret not in without_secrets(f"I like tea.\n{sentence}\nI live in Bergen.")
    assert holds_credential(sentence)
    assert any(one in secret.lower() or secret.lower() in one for one in secrets_in(sentence))


@pytest.mark.parametrize("text", MENTIONED)
def test_to_speak_of_one_is_not_to_tell_it(text: str) -> None:
    assert without_secrets(text) == text
    assert secrets_in(text) == frozenset()


@pytest.mark.parametrize("text", ASKING)
def test_it_is_asked_for(text: str) -> None:
    assert asks_for_secret(text)
    assert asks_for_secret(f"Good morning. {text}")


@pytest.mark.parametrize("text", [*NOT_ASKING, *ORDINARY])
def test_it_is_not_asked_for(text: str) -> None:
    assert not asks_for_secret(text)


def test_what_is_known_is_blanked_where_it_stands_by_itself() -> None:
    known = secrets_in("My password is Sesame.")

    assert without_secrets("SESAME opens it", known=known) == f"{SECRET} opens it"
    assert without_secrets("Sesames are seeds", known=known) == "Sesames are seeds"


PIECES = st.sampled_from(
    [
        *SECRETS,
        *ORDINARY,
        *TOLD,
        *TOLD_IF_MIXED,
        *MENTIONED,
        MIXED,
        SECRET,
        " is ",
        ":",
        "pin ",
        "password",
        "seed phrase: ",
        "\n",
    ]
)


@given(st.one_of(st.text(), st.lists(PIECES, max_size=6).map("".join)))
def test_doing_it_twice_changes_nothing_more(text: str) -> None:
    blanked = without_secrets(text)

    assert without_secrets(blanked) == blanked


@pytest.mark.parametrize(
    "piece",
    [
        *(
            "password is ",
            "password: ",
            "pin ",
            "seed phrase ",
            "-----BEGIN PRIVATE KEY-----",
            "aA1",
        ),
        *(
            "my password for ",
            "log in with ",
            "user ",
            "wifi: a ",
            "a@b.c:",
            "p a ",
            "пароль ",
            "密码",
        ),
        *("kata sandi saya ", "changed my password to ", "X is my ", "use x as ", "x unlocks my "),
        *(
            "http://a:",
            "?key=",
            "pin one ",
            "Aa1!",
            "é",
            "e\u0301",
            "р\u0430s",
            "\u200b",
            "password\n",
        ),
        *("what is your password ", "enter ", SECRET, f"password {SECRET} ", "combination of "),
    ],
)
def test_a_message_that_is_made_to_be_slow_is_not(piece: str) -> None:
    text = piece * (32_000 // len(piece))

    assert without_secrets(without_secrets(text)) == without_secrets(text)
    assert len(secrets_in(text)) < len(text)
    assert asks_for_secret(text) in (True, False)
