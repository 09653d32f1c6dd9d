"""What a new user said and was misunderstood in, and more of the same sorts. Said on Monday, 8 May 2023.

As in `rule_changes`: messages of one person are divided by ` / `, `ends: …` is a memory that holds
no longer.
"""

from collections.abc import Sequence
from typing import Final

from tests.unit.rule_sentences import Sentence

HELD_OUT_REPORTED: Final[Sequence[Sentence]] = (
    (
        "My wife's name is Martha and she works at Nokia.",
        ("User's wife is called Martha.",),
    ),
    ("My landlord is called Victor and he lives upstairs.", ("User's landlord is called Victor.",)),
    ("My dad's name is Roberto.", ("User's dad is called Roberto.",)),
    ("My boyfriend is Lena's cousin.", ()),
    ("My therapist is Dr. Okafor.", ("User's therapist is called Dr. Okafor.",)),
    ("I work for St. Jude's school.", ("User works for St. Jude's school.",)),
    ("My daughter goes to St. Patrick's.", ("User's daughter goes to St. Patrick's.",)),
    (
        "I used to drink but I stopped in 2021.",
        ("User used to drink.", "ends: User drinks."),
    ),
    ("Tom and I split up.", ("ends: User has a partner.", "User split up with Tom.")),
    (
        "I'm dating Ravi. / Ravi and I broke up yesterday.",
        (
            "User is together with Ravi.",
            "ends: User has a partner.",
            "User broke up with Ravi on 7 May 2023.",
        ),
    ),
    ("It turns out that I'm not allergic to eggs.", ("ends: User is allergic to eggs.",)),
    ("Turns out I don't have asthma.", ("ends: User has asthma.",)),
    (
        "My cat's name is Milo. / Sorry, I meant my cat's name is Mila, not Milo.",
        ("User's cat is called Mila.",),
    ),
    ("My favourite team is Arsenal. / Wait, no, it's Spurs.", ("User's favourite team is Spurs.",)),
    ("I live in Cork. / No wait, it's Galway.", ("User lives in Galway.",)),
    ("I live in Cork. / No wait, it's Tuesday.", ("User lives in Cork.",)),
    (
        "We're flying to Lisbon in June. / The trip to Lisbon got cancelled.",
        ("User's trip to Lisbon was cancelled.",),
    ),
    (
        "I have a job interview on Friday. / My interview was called off.",
        ("User's interview was cancelled.",),
    ),
    ("The train to Leeds was cancelled.", ()),
    (
        "I have a dog named Bruno. / Bruno passed away last week.",
        (
            "User has a dog called Bruno.",
            "ends: User has a dog called Bruno.",
            "ends: User has a dog.",
            "ends: User's dog is called Bruno.",
            "User's dog Bruno passed away in the week of 1 May 2023.",
        ),
    ),
    ("Elvis died in 1977.", ()),
    ("One of our cats died, so we have two cats now.", ("User has two cats.",)),
    (
        "I no longer work at Intel, I'm at AMD now.",
        ("ends: User works at Intel.", "User works at AMD."),
    ),
    ("I'm at Heathrow now.", ()),
    (
        "My husband's name is not Mark, it's Marc.",
        ("ends: User's husband is called Mark.", "User's husband is called Marc."),
    ),
    ("Check this sentence please: my name is Ida and I lives in Rome", ()),
    ("Please improve: I am a nurse and I live in Oslo.", ()),
    ("Can you shorten this: I live in Bergen and I work as a carpenter.", ()),
    ("Is this correct: I am allergic to peanuts.", ()),
    ("Spell-check: my sister is called Anna.", ()),
    ("I live in Oslo and I works at Shell. Can you fix this sentence?", ()),
    (
        "I want to improve my English, I live in Leeds.",
        ("User lives in Leeds.",),
    ),
    ("Hey! I'm Priya", ("User's name is Priya.",)),
    (
        "I'm Elena, 29, from Sofia.",
        ("User's name is Elena.", "User is 29 years old.", "User comes from Sofia."),
    ),
    (
        "My daughters are Nora and Ella. / Nora is 9 and Ella is 6.",
        (
            "User's daughters are called Nora and Ella.",
            "User's daughter Nora is 9 years old.",
            "User's daughter Ella is 6 years old.",
        ),
    ),
    ("Monday is 3 and Tuesday is 4.", ()),
    ("Please remember that my gym bag is blue.", ("User's gym bag is blue.",)),
    (
        "Don't forget that I take my coffee black.",
        ("User takes their coffee black.",),
    ),
    ("Remember that my password is swordfish.", ()),
    ("Remember to buy milk.", ()),
    ("My band is called Night Owls.", ("User's band is called Night Owls.",)),
    ("I studied chemistry in Leeds.", ("User studied chemistry in Leeds.",)),
    (
        "In September I start a new job at Nokia.",
        ("User starts a new job at Nokia in September 2023.",),
    ),
    ("I lived in Madrid until 2018.", ("User used to live in Madrid until 2018.",)),
    ("I worked at Shell until 2021.", ("User used to work at Shell until 2021.",)),
    ("I was born on July 21st, 1985.", ("User was born on 21 July 1985.",)),
    ("I turned 45 last week.", ("User is 45 years old.", "User turned 45 in the week of 1 May 2023.")),
    (
        "We have a trip to Rome from 2 to 9 June.",
        ("User has a trip to Rome from 2 to 9 June 2023.",),
    ),
    ("I'm on a low-carb diet until July.", ("User is on a low-carb diet.",)),
    ("Please forget that I live in Oslo.", ("ends: User lives in Oslo.",)),
    ("You can forget that I'm allergic to nuts.", ("ends: User is allergic to nuts.",)),
    ("Don't remember that my sister is called Anna.", ("ends: User's sister is called Anna.",)),
    ("I love jazz. / Forget that I love jazz.", ("ends: User loves jazz.",)),
    ("Forget it, I live in Oslo.", ("User lives in Oslo.",)),
    ("I forget that I have a gym membership.", ()),
)
"""Written before the first of these was mended, and never tuned to."""
