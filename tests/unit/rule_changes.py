"""What people say of what changes, and what the rules should make of it. Said on Monday, 8 May 2023.

Messages of one person are divided by ` / `. `ends: …` is a memory that holds no longer; it is worded
as the rules word it, and ends other wordings by its slot. Written before the rules were tried on it:
a sentence stays when the rules fail on it, and counts against them.
"""

from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Final

from tests.unit.rule_sentences import Sentence

CHANGES_BY_SUBJECT: Final[Mapping[str, Sequence[Sentence]]] = {
    "places": (
        ("I moved to Munich.", ("User lives in Munich.",)),
        (
            "I moved to Munich in March.",
            ("User lives in Munich.", "User moved to Munich in March 2023."),
        ),
        ("We relocated to Gothenburg, Sweden.", ("User lives in Gothenburg.",)),
        ("I've just moved from Oslo to Bergen.", ("User lives in Bergen.",)),
        ("I moved to Berlin in 2009.", ("User moved to Berlin in 2009.",)),
        ("I now live in Leeds.", ("User lives in Leeds.",)),
        ("I'm living in Graz now.", ("User lives in Graz.",)),
        ("I don't live in Berlin anymore.", ("ends: User lives in Berlin.",)),
        ("I'm no longer living in Berlin.", ("ends: User lives in Berlin.",)),
        (
            "We moved away from Hamburg.",
            ("ends: User lives in Hamburg.", "User moved away from Hamburg."),
        ),
        (
            "I don't live in Berlin any more, I moved to Potsdam.",
            ("ends: User lives in Berlin.", "User lives in Potsdam."),
        ),
        ("I've lived in Turku since 2019.", ("User lives in Turku.",)),
        ("I might move to Munich.", ()),
        ("I want to leave Berlin one day.", ()),
        ("I left Berlin yesterday and the train was late.", ("User left Berlin on 7 May 2023.",)),
        ("I don't want to live in Berlin.", ()),
        ("Do I still live in Berlin?", ()),
    ),
    "work": (
        ("I work at Equinor now.", ("User works at Equinor.",)),
        ("Now I work at a small startup.", ("User works at a small startup.",)),
        ("I'm working for Siemens.", ("User works for Siemens.",)),
        (
            "I started at a new job at Volvo last week.",
            (
                "User works at Volvo.",
                "User started at a new job at Volvo in the week of 1 May 2023.",
            ),
        ),
        (
            "I started working at IKEA in April.",
            ("User works at IKEA.",),
        ),
        (
            "I quit my job at Siemens.",
            ("ends: User works at Siemens.", "User quit their job at Siemens."),
        ),
        ("I quit my job.", ("ends: User has a job.", "User quit their job.")),
        ("I stopped working at the bakery.", ("ends: User works at the bakery.",)),
        ("I don't work for the city any more.", ("ends: User works at the city.",)),
        ("I'm not a teacher any more.", ("ends: User is a teacher.",)),
        ("I no longer work as a nurse.", ("ends: User is a nurse.",)),
        (
            "I got fired yesterday.",
            ("ends: User has a job.", "User was fired on 7 May 2023."),
        ),
        ("I retired last year.", ("ends: User has a job.", "User retired in 2022.")),
        ("I'm unemployed.", ("User is unemployed.",)),
        ("I'm not unemployed any more.", ("ends: User is unemployed.",)),
        (
            "I'm a data scientist at Spotify.",
            ("User is a data scientist.", "User works at Spotify."),
        ),
        ("I don't work on Fridays.", ()),
        ("I don't work out much.", ()),
    ),
    "school and age": (
        ("I go to Bergen Cathedral School.", ("User goes to Bergen Cathedral School.",)),
        ("I turned 30 yesterday!", ("User is 30 years old.", "User turned 30 on 7 May 2023.")),
        ("I'm 31 now.", ("User is 31 years old.",)),
    ),
    "names": (
        ("My name is Ana. Sorry, it's Anna with two n's.", ("User's name is Ana.",)),
        ("I'm called Kim now.", ("User's name is Kim.",)),
        ("My surname is Berg.", ("User's surname is Berg.",)),
    ),
    "relationship": (
        ("I'm single.", ("User is single.",)),
        ("I'm dating Jonas.", ("User is together with Jonas.",)),
        ("We broke up.", ("ends: User has a partner.", "User broke up.")),
        (
            "I broke up with my boyfriend last week.",
            (
                "ends: User has a partner.",
                "User broke up with their boyfriend in the week of 1 May 2023.",
            ),
        ),
        ("I got engaged to Leah!", ("User is engaged to Leah.",)),
        ("We got divorced in 2022.", ("User is divorced.", "User got divorced in 2022.")),
        ("I'm not married any more.", ("ends: User is married.",)),
        ("I'm not single any more.", ("ends: User is single.",)),
    ),
    "family and others": (
        (
            "My sister Anna lives in Oslo.",
            ("User's sister Anna lives in Oslo.", "User's sister is called Anna."),
        ),
        (
            "My sister Anna moved to Turku.",
            ("User's sister Anna lives in Turku.", "User's sister is called Anna."),
        ),
        ("My brother doesn't live in Rome any more.", ("ends: User's brother lives in Rome.",)),
        ("My wife works at SAS.", ("User's wife works at SAS.",)),
        ("My wife no longer works at SAS.", ("ends: User's wife works at SAS.",)),
        ("My son is 8.", ("User's son is 8 years old.",)),
        ("My boss is called Karen now.", ("User's boss is called Karen.",)),
    ),
    "pets": (
        ("I don't have a cat any more.", ("ends: User has a cat.",)),
        ("I no longer have a dog.", ("ends: User has a dog.",)),
        (
            "Our dog Rex died last year.",
            (
                "ends: User has a dog.",
                "ends: User has a dog called Rex.",
                "ends: User's dog is called Rex.",
                "User's dog Rex died in 2022.",
            ),
        ),
    ),
    "likes and dislikes": (
        ("I don't like hiking any more.", ("User does not like hiking.",)),
        ("I no longer enjoy running.", ("User does not enjoy running.",)),
        ("I used to love jazz.", ("ends: User likes jazz.",)),
        ("I don't play tennis any more.", ("ends: User plays tennis.",)),
        ("My favourite colour is blue now.", ("User's favourite colour is blue.",)),
        ("I like olives now.", ("User likes olives.",)),
    ),
    "diet, allergies, illnesses": (
        ("I went vegan in January.", ("User is vegan.",)),
        ("I'm vegan.", ("User is vegan.",)),
        ("I'm no longer vegan.", ("ends: User is vegan.",)),
        ("I eat meat again.", ("ends: User eats no meat.",)),
        ("I'm not allergic to peanuts any more.", ("ends: User is allergic to peanuts.",)),
        ("I don't have asthma.", ("ends: User has asthma.",)),
        ("I'm not allergic to anything.", ()),
        ("I'm not diabetic.", ("ends: User is diabetic.",)),
    ),
    "possessions": (
        ("My phone is a Pixel 8.", ("User's phone is a Pixel 8.",)),
        ("My new car is a Skoda.", ("User's car is a Skoda.",)),
        ("I sold my car.", ("ends: User has a car.", "User sold their car.")),
    ),
    "dates and plans": (
        ("My birthday is on 3 June. / Actually, it's 4 June.", ("User's birthday is on 4 June.",)),
        (
            "My exam is on Thursday. / Sorry, it's on Friday, not Thursday.",
            ("User's exam is on 12 May 2023.",),
        ),
    ),
    "corrections": (
        ("I live in Oslo. / Actually, it's Bergen, not Oslo.", ("User lives in Bergen.",)),
        ("I live in Oslo. / Sorry, I meant Bergen.", ("User lives in Bergen.",)),
        ("I live in Oslo. No, sorry, Bergen, not Oslo.", ("User lives in Bergen.",)),
        ("My name is Bob. Oops, I meant Rob!", ("User's name is Rob.",)),
        (
            "My sister is called Ana. / Correction: it's Anna, not Ana.",
            ("User's sister is called Anna.",),
        ),
        ("I'm 34 years old. / Sorry, I meant 35.", ("User is 35 years old.",)),
        ("I'm allergic to nuts. / I meant peanuts, not nuts.", ("User is allergic to peanuts.",)),
        ("I'm allergic to cats. / Just kidding!", ()),
        ("I live in Oslo. / No, not really.", ("User lives in Oslo.",)),
        ("I live in Oslo. / It's raining here, not snowing.", ("User lives in Oslo.",)),
        ("I work at Shell. / Actually, it's great there.", ("User works at Shell.",)),
        (
            "I live in Oslo. / I don't live in Oslo any more. / I live in Oslo again.",
            ("User lives in Oslo.", "ends: User lives in Oslo.", "User lives in Oslo."),
        ),
    ),
    "negation that says nothing of now": (
        ("I have never worked at Google.", ()),
        ("I was never married.", ()),
        ("I'm not from here.", ()),
        ("I'm not sure I live in the right city.", ()),
        ("If I didn't live in Oslo I'd be happier.", ()),
        ("She doesn't live in Oslo any more.", ()),
        ("I wish I didn't work at Shell.", ()),
        ("Not that I live in Oslo.", ()),
    ),
}

CHANGES: Final = tuple(chain.from_iterable(CHANGES_BY_SUBJECT.values()))

HELD_OUT_CHANGES: Final[Sequence[Sentence]] = (
    (
        "I moved to Lisbon last month.",
        ("User lives in Lisbon.", "User moved to Lisbon in April 2023."),
    ),
    ("We moved back to Aarhus.", ("User lives in Aarhus.",)),
    ("I no longer live in Prague.", ("ends: User lives in Prague.",)),
    ("I don't live in Cork these days.", ("ends: User lives in Cork.",)),
    (
        "I used to live in Lima, now I live in Quito.",
        ("User used to live in Lima.", "ends: User lives in Lima.", "User lives in Quito."),
    ),
    ("I live in Gdynia now, not Gdańsk.", ("User lives in Gdynia.",)),
    ("I'm working at a hospital now.", ("User works at a hospital.",)),
    ("I don't work at Nokia anymore.", ("ends: User works at Nokia.",)),
    (
        "I left my job at Philips.",
        ("ends: User works at Philips.", "User left their job at Philips."),
    ),
    ("I resigned yesterday.", ("ends: User has a job.", "User resigned on 7 May 2023.")),
    ("I'm no longer a student.", ("ends: User is a student.",)),
    ("I found a job at Maersk.", ("User works at Maersk.", "User found a job at Maersk.")),
    (
        "I was laid off last week.",
        ("ends: User has a job.", "User was laid off in the week of 1 May 2023."),
    ),
    ("I'm a plumber, not an electrician.", ("User is a plumber.",)),
    ("I'm a chef at Noma.", ("User is a chef.", "User works at Noma.")),
    ("I'm no longer engaged.", ("ends: User is engaged.",)),
    ("I'm seeing Clara now.", ("User is together with Clara.",)),
    ("We split up in March.", ("ends: User has a partner.", "User split up in March 2023.")),
    ("I got married to Tomas last summer!", ("User is married to Tomas.",)),
    (
        "My brother Karl moved to Turku.",
        ("User's brother Karl lives in Turku.", "User's brother is called Karl."),
    ),
    ("My mother no longer lives in Paris.", ("ends: User's mother lives in Paris.",)),
    (
        "My daughter Ida is 9.",
        ("User's daughter Ida is 9 years old.", "User's daughter is called Ida."),
    ),
    ("My husband is a carpenter.", ("User's husband is a carpenter.",)),
    (
        "My cat Miso died yesterday.",
        (
            "ends: User has a cat.",
            "ends: User has a cat called Miso.",
            "ends: User's cat is called Miso.",
            "User's cat Miso died on 7 May 2023.",
        ),
    ),
    ("I don't have a car anymore.", ("ends: User has a car.",)),
    ("I don't enjoy swimming any more.", ("User does not enjoy swimming.",)),
    ("I used to like techno.", ("ends: User likes techno.",)),
    (
        "I no longer drink coffee.",
        ("User does not drink coffee.", "ends: User drinks coffee.", "ends: User likes coffee."),
    ),
    ("I became vegetarian last year.", ("User is vegetarian.",)),
    ("I'm not pescatarian any more.", ("ends: User is pescatarian.",)),
    ("I'm no longer lactose intolerant.", ("ends: User is lactose intolerant.",)),
    ("I'm no longer allergic to cats.", ("ends: User is allergic to cats.",)),
    ("My laptop is a ThinkPad.", ("User's laptop is a ThinkPad.",)),
    (
        "I sold my boat last week.",
        ("ends: User has a boat.", "User sold their boat in the week of 1 May 2023."),
    ),
    ("I live in Ghent. / Sorry, I meant Bruges.", ("User lives in Bruges.",)),
    (
        "My favourite band is Muse. / Actually, it's Blur, not Muse.",
        ("User's favourite band is Blur.",),
    ),
    ("My dog is called Rexy. / Oops, that should be Roxy.", ("User's dog is called Roxy.",)),
    ("I have two cats. / Sorry, three, not two.", ("User has three cats.",)),
    ("My son is 6 years old. / Correction, 7, not 6.", ("User's son is 7 years old.",)),
    ("I have a twin brother called Leo. / haha just kidding", ()),
    ("I work at Aldi. / Scratch that.", ()),
    ("I love jazz. / Not really my cup of tea, your list.", ("User loves jazz.",)),
    ("I don't live with my parents.", ()),
    ("I never worked in Berlin.", ()),
    ("I am not going to live in Rome.", ()),
    ("He no longer works at Google.", ()),
    ("I wish I no longer lived here.", ()),
    ("Should I quit my job?", ()),
    ("I'm thinking about quitting my job.", ()),
    ("I won't move to Berlin.", ()),
    ("I'm not ready to move to Munich.", ()),
    ("I told her I don't live in Oslo.", ()),
    ("My boss said I was fired.", ()),
    ("I want to work at Google.", ()),
    ("I applied for a job at Ikea.", ("User applied for a job at Ikea.",)),
)
"""Never tuned to: fix a rule for one of these, and it moves up."""
