"""What asks to forget something, by its words."""

import pytest

from app.core.forget_requests import requests_to_forget


@pytest.mark.parametrize(
    ("text", "stated"),
    [
        ("Please forget that my hobby is falconry.", ["my hobby is falconry"]),
        ("Hi! Could you please forget my locker code?", ["my locker code"]),
        ("I like tea, and forget that I like pizza, please.", ["I like pizza"]),
        ("Don\u2019t remember that I live in Oslo", ["I live in Oslo"]),
        ("Forget I'm a nurse. Delete that we met.", ["I'm a nurse", "we met"]),
        ("You can forget everything I said about falconry", ["I said about falconry"]),
        ("Forget that I live in Oslo and remember that I ski.", ["I live in Oslo"]),
    ],
)
def test_a_request_to_forget_says_what(text: str, stated: list[str]) -> None:
    assert list(requests_to_forget(text)) == stated


@pytest.mark.parametrize(
    "text",
    [
        "My hobby is falconry.",
        "I often forget my keys.",
        "Don't forget that my hobby is falconry.",
        "Never forget that I love you.",
        "Forget it.",
        "Delete the second paragraph.",
        "How do I forget my ex?",
        "Did you forget that my hobby is falconry?",
    ],
)
def test_nothing_else_is_one(text: str) -> None:
    assert requests_to_forget(text) == ()
