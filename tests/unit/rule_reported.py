"""What a new user said and was misunderstood in, and more of the same sorts. Said on Monday, 8 May 2023.

As in `rule_changes`: messages of one person are divided by ` / `, `ends: …` is a memory that holds
no longer.
"""

from collections.abc import Sequence
from typing import Final

from tests.unit.rule_sentences import Sentence

REPORTED: Final[Sequence[Sentence]] = (
    ("My mom's name is Helen and she lives in Ohio.", ("User's mom is called Helen.",)),
    ("My wife's name is Olivia and she teaches.", ("User's wife is called Olivia.",)),
    ("My dad's name is Peter and he is retired.", ("User's dad is called Peter.",)),
    (
        "My husband is called Robert and he is 40.",
        ("User's husband is called Robert.", "User's husband Robert is 40 years old."),
    ),
    ("My boss is Karen's brother.", ()),
    ("My wife is Anna Smith's sister.", ()),
    ("My boss is Karen Smith and Tom is my coach.", ("User's boss is called Karen Smith.",)),
    ("My sister Anna's dog barks.", ()),
    ("My dog is called O'Malley.", ("User's dog is called O'Malley.",)),
    (
        "I work as a nurse at St. Mary's hospital in Leeds",
        ("User works as a nurse.", "User works at St. Mary's hospital in Leeds."),
    ),
    ("My boss is Dr. Smith.", ("User's boss is called Dr. Smith.",)),
    (
        "My sister's birthday is in June 1990.",
        ("User's sister's birthday is in June 1990.",),
    ),
    ("I used to smoke but I quit in 2019.", ("User used to smoke.", "ends: User smokes.")),
    ("Emma and I broke up.", ("ends: User has a partner.", "User broke up with Emma.")),
    (
        "My girlfriend is called Emma. / Emma and I broke up.",
        (
            "User's girlfriend is called Emma.",
            "ends: User has a partner.",
            "ends: User's girlfriend is called Emma.",
            "User broke up with their girlfriend Emma.",
        ),
    ),
    (
        "My girlfriend and I broke up.",
        ("ends: User has a partner.", "User broke up with their girlfriend."),
    ),
    ("Tom and I broke up the fight.", ()),
    ("My brother and I split up at the mall.", ()),
    ("Emma and I went to Rome yesterday.", ("User went to Rome on 7 May 2023.",)),
    ("Turns out I'm not allergic to cats.", ("ends: User is allergic to cats.",)),
    (
        "My dog's name is Rex. / Sorry, I meant my dog's name is Max, not Rex.",
        ("User's dog is called Max.",),
    ),
    (
        "Sorry, I meant my dog's name is Max, not Rex.",
        ("User's dog is called Max.", "ends: User's dog is called Rex."),
    ),
    (
        "I have a boat. Sorry, I meant my dog's name is Max, not Rex.",
        ("User has a boat.", "User's dog is called Max.", "ends: User's dog is called Rex."),
    ),
    ("My exam is on Thursday. / No wait, it's Friday.", ("User's exam is on 12 May 2023.",)),
    ("I support Arsenal. / No wait, it's Chelsea.", ("User supports Chelsea.",)),
    ("I live in Oslo. / No wait, it's Friday.", ("User lives in Oslo.",)),
    ("I live in Oslo. / Wait, it's Chelsea?", ("User lives in Oslo.",)),
    (
        "We have a trip to Tokyo in June. / The trip to Tokyo is cancelled.",
        ("User's trip to Tokyo was cancelled.",),
    ),
    (
        "We're flying to Rome in June. / The trip to Tokyo is cancelled.",
        ("User is flying to Rome in June 2023.",),
    ),
    ("The trip to Tokyo is cancelled.", ()),
    (
        "I have a cat called Luna. / Luna died last month.",
        (
            "User has a cat called Luna.",
            "ends: User has a cat.",
            "ends: User has a cat called Luna.",
            "ends: User's cat is called Luna.",
            "User's cat Luna died in April 2023.",
        ),
    ),
    ("Luna died last month.", ()),
    (
        "I have a cat called Luna. / My niece is called Luna. / Luna died last month.",
        ("User has a cat called Luna.", "User's niece is called Luna."),
    ),
    ("My neighbour's cat Luna died last month.", ()),
    ("One of my dogs died, so I have one dog now.", ("User has one dog.",)),
    (
        "I'm not working at Siemens anymore, I'm at Bosch now.",
        ("ends: User works at Siemens.", "User works at Bosch."),
    ),
    (
        "My wife's name is not Anna, it's Hanna.",
        ("ends: User's wife is called Anna.", "User's wife is called Hanna."),
    ),
    (
        "My wife's name is Anna. / My wife's name isn't Anna, it's Hanna."
        " / No, my wife is called Hanna.",
        ("User's wife is called Hanna.",),
    ),
    (
        "My son is not 6, he's 7.",
        ("ends: User's son is 6 years old.", "User's son is 7 years old."),
    ),
    ("Fix this sentence: my name is Bob and I works at Tesla", ()),
    ("Check this: my name is Bob.", ()),
    ("Please proofread: my name is Bob.", ()),
    ("Can you paraphrase this? I live in Oslo.", ()),
    ("Shorten: I live in Oslo and I work at Shell.", ()),
    ("Spell-check my text: I live in Oslo.", ()),
    ("Is this correct: I live in Oslo", ()),
    ("Grammar: I live in Oslo", ()),
    ("My name is Bob and I works at Tesla. Please fix this.", ()),
    ("I have to check my email at 10:30. I live in Oslo.", ("User lives in Oslo.",)),
    ("Check this out: I live in Oslo now!", ("User lives in Oslo.",)),
    ("The tap leaks. I live in Oslo. Can you fix it?", ("User lives in Oslo.",)),
    ("I need to fix my car. I live in Oslo.", ("User lives in Oslo.",)),
    ("Hi! I'm Sam", ("User's name is Sam.",)),
    ("Hi! I'm Sam, nice to meet you \U0001f44b", ("User's name is Sam.",)),
    ("Hi! I'm Sam \U0001f44b", ("User's name is Sam.",)),
    ("I'm Ok from now on.", ()),
    ("I'm Sam from Leeds.", ("User's name is Sam.",)),
    (
        "I'm John, 34, from Chicago",
        ("User's name is John.", "User is 34 years old.", "User comes from Chicago."),
    ),
    (
        "I have two kids, Leo and Maya. / Leo is 7 and Maya is 4",
        (
            "User has two kids called Leo and Maya.",
            "User's child Leo is 7 years old.",
            "User's child Maya is 4 years old.",
        ),
    ),
    ("Leo is 7 and Maya is 4", ()),
    ("Remember that my locker code is 4471", ("User's locker code is 4471.",)),
    ("My locker code is 4471", ()),
    ("Remember that my PIN is 4471", ()),
    ("Do you remember that my locker code is 4471?", ()),
    ("Don't forget that my anniversary is on June 5", ("User's anniversary is on 5 June.",)),
    ("Keep in mind that I have a bad memory.", ("User has a bad memory.",)),
    ("My boat is called Odette", ("User's boat is called Odette.",)),
    ("I studied physics at MIT", ("User studied physics at MIT.",)),
    (
        "Next month I start a new job at Tesla",
        ("User starts a new job at Tesla in June 2023.",),
    ),
    ("I lived in Oslo until 2020", ("User used to live in Oslo until 2020.",)),
    ("I was born on March 3rd, 1990", ("User was born on 3 March 1990.",)),
    (
        "My birthday is March 3rd, 1990",
        ("User was born on 3 March 1990.", "User's birthday is on 3 March."),
    ),
    ("I turned 30 yesterday", ("User is 30 years old.", "User turned 30 on 7 May 2023.")),
    (
        "We have a holiday to Greece from 3 to 17 July",
        ("User has a holiday to Greece from 3 to 17 July 2023.",),
    ),
    ("I'm on a diet until Christmas", ("User is on a diet.",)),
    ("Please forget that I like pizza.", ("ends: User likes pizza.",)),
    ("You can forget that my locker code is 4471.", ("ends: User's locker code is 4471.",)),
    ("Don't remember that I live in Oslo.", ("ends: User lives in Oslo.",)),
    ("Forget my address.", ("ends: User's address is known.",)),
    ("I live in Oslo. Forget that.", ()),
    ("I live in Oslo. No wait, forget that I live in Oslo.", ("ends: User lives in Oslo.",)),
    ("Forget that I no longer live in Oslo.", ()),
    ("I'll never forget that I met the king.", ()),
)
"""Each was found by using the product, or stands beside such a one to keep its mending narrow."""

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
    (
        "I turned 45 last week.",
        ("User is 45 years old.", "User turned 45 in the week of 1 May 2023."),
    ),
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
