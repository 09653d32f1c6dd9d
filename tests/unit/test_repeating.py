# ruff: noqa: RUF001 - words of other alphabets look like Latin ones

import pytest

from app.services.lexicon import folded
from app.services.repeating import all_stems, among, beginnings, forms, stands_on, telling


def shared(told: str, answer: str) -> frozenset[str]:
    return among(all_stems(answer), forms(telling(told)))


@pytest.mark.parametrize(
    ("told", "answer"),
    [
        ("User's sister lives in Bergen.", "Your sister? In Bergen, as you said."),
        ("My code is 4471", "It is 4471."),
        ("User is allergic to peanuts", "Mind your peanut allergy."),
        ("Meine Schwester wohnt in Nürnberg.", "In Nurnberg, glaube ich."),
        ("Moja siostra mieszka w Warszawie", "Warszawa jest piękna."),
        ("Моя сестра живёт в Москве.", "Рядом с Москвой."),
        ("我姐姐住在柏林", "她在柏林。"),
        ("妹はベルリンに住んでいます", "ベルリンですよ。"),
        ("여동생은 베를린에 살아요", "베를린이에요."),
        ("User wants to leave work", "So you want to leave work?"),
    ],
)
def test_a_repetition_shares_a_telling_word(told: str, answer: str) -> None:
    assert shared(told, answer)


@pytest.mark.parametrize(
    ("told", "answer"),
    [
        ("User's sister lives in Bergen.", "I do not know where you live, my friend."),
        ("User likes jazz.", "You like many things, and that is great!"),
        ("Ich wohne in Köln.", "Das weiß ich leider nicht, aber ich bin hier."),
        ("J'habite à Lyon.", "Je ne sais pas où tu habites."),
        ("我住在柏林", "我不知道，你可以说吗？"),
        ("妹はベルリンに住んでいます", "それはわからないのです。"),
        ("My code is 4471", "It is 44710."),
        ("User's aunt is a surgeon.", "A doctor is in your family."),
    ],
)
def test_common_words_and_paraphrases_are_no_repetition(told: str, answer: str) -> None:
    assert not shared(told, answer)


def test_a_memory_stands_on_what_says_all_that_is_lost() -> None:
    memory = "User's parrot is called Kiwi."
    first = "My parrot is called Kiwi."

    assert stands_on(memory, gone=[first], left=["Kiwi is a parrot."])
    assert stands_on(memory, gone=["I have a bird."], left=[first])
    assert not stands_on(memory, gone=[first], left=["I fed my parrot today."])
    assert not stands_on(memory, gone=[first], left=["Thanks!"])
    assert not stands_on(memory, gone=["Meiner Schwester geht es gut."], left=["Danke!"])
    assert not stands_on(memory, gone=[first], left=[])


@pytest.mark.parametrize(
    ("told", "answer"),
    [
        ("User's parrot is dying.", "It will die."),
        ("User cries.", "You cry."),
        ("User is afraid of spiders.", "You are scared of them."),
        ("User has three cats.", "There are 3."),
        ("Моя сестра живёт в Москве.", "Рядом с Москвой."),
        ("User's sister lives in Bergen.", "BERGEN"),
    ],
)
def test_every_form_of_a_word_has_its_beginning(told: str, answer: str) -> None:
    stems = telling(told)

    assert any(beginning in folded(answer) for beginning in beginnings(stems))
