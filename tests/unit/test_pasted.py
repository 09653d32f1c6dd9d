import pytest

from app.adapters.pasted import CUT, own_words

ARTICLE = "The harbour of Bergen is old. Ships have called there for a thousand years. " * 40


@pytest.mark.parametrize(
    "text",
    [
        "I live in Bergen.",
        "I moved here in May.\n\nMy sister came along, and we share a flat.",
        "I was born in Oslo. " + "Then I moved on, and my brother came with me. " * 60,
        "Subject: matter of taste, I like figs.",
    ],
)
def test_what_somebody_tells_of_themselves_stays_as_it_is(text: str) -> None:
    assert own_words(text) == text.strip()


@pytest.mark.parametrize(
    "pasted",
    [
        "```\nI live in Rome.\n```",
        "```python\nname = 'I live in Rome.'",
        "> I live in Rome.\n> Yours, Carl",
        "From: Carl\nSubject: hello\n\nI live in Rome.\nYours, Carl",
        "---------- Forwarded message ---------\nI live in Rome.",
        ARTICLE + "\nHe wrote that Rome is older.\n" + ARTICLE,
        "\n".join(["Rome, 12 May", *["item, price, 12"] * 30]),
    ],
    ids=["fence", "open fence", "quote", "mail", "forwarded", "article", "table"],
)
def test_what_somebody_pastes_is_cut_out_and_their_remarks_stay(pasted: str) -> None:
    words = own_words(f"What do you make of this? I like figs.\n{pasted}")

    assert "Rome" not in words
    assert words.startswith("What do you make of this? I like figs.")
    assert CUT in words
