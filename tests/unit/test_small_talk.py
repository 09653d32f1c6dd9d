import pytest

from app.services.small_talk import is_small_talk


@pytest.mark.parametrize(
    "text",
    [
        "Good morning!",
        "thanks",
        "Thank you so much!",
        "ok",
        "Hi there",
        "You're welcome 😊",
        "That’s great, thanks!",
        "Guten Morgen",
        "Vielen Dank!",
        "¡Buenos días!",
        "merci",
        "👍",
        "...",
        "",
    ],
)
def test_courtesies_are_small_talk(text: str) -> None:
    assert is_small_talk(text)


@pytest.mark.parametrize(
    "text",
    [
        "What is my name?",
        "Where do I live?",
        "thanks, and where was that restaurant?",
        "I moved to Munich",
        "Who am I?",
        "good good good good good good good good good",
        "你好吗",
        "What did I say this morning about tea?",
    ],
)
def test_what_may_be_about_something_is_not(text: str) -> None:
    assert not is_small_talk(text)
