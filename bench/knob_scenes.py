"""Small situations, written by hand, that show what a knob of recall is good for, and what it costs.

In each, one memory is wanted and others match as well, or better: in every group some share more words
with the question than the one that is wanted. In `changed` and `context` that is the newer, in `vital`
the more important, and in `lasting` the older: what fading and recency must not bury.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from app.models.memory import MemoryKind

_FACT, _LIKE = MemoryKind.FACT, MemoryKind.PREFERENCE
_EVENT, _NOW = MemoryKind.EVENT, MemoryKind.CONTEXT


@dataclass(frozen=True, slots=True)
class Kept:
    """A memory, as it would have been learnt."""

    content: str
    kind: MemoryKind
    importance: float
    days_ago: float


@dataclass(frozen=True, slots=True)
class Scene:
    """A question, the memory that it wants, and those that it must not be given before."""

    group: str
    question: str
    wanted: Kept
    others: Sequence[Kept]


def _scene(group: str, question: str, wanted: Kept, *others: Kept) -> Scene:
    return Scene(group, question, wanted, others)


SCENES: Final = (
    _scene(
        "changed",
        "Which car do I drive?",
        Kept("User drives an electric Renault Zoe car.", _FACT, 0.6, 20),
        Kept("User drives an old diesel Volvo car.", _FACT, 0.6, 700),
    ),
    _scene(
        "changed",
        "What is my sister's job?",
        Kept("User's sister Mia has a job at a bakery.", _FACT, 0.7, 60),
        Kept("User's sister Mia has a job at a bank.", _FACT, 0.7, 900),
    ),
    _scene(
        "changed",
        "How many people are on my team at work?",
        Kept("There are nine people on user's team at work.", _FACT, 0.6, 30),
        Kept("There are four people on user's team at work.", _FACT, 0.6, 500),
    ),
    _scene(
        "changed",
        "What is my favourite coffee?",
        Kept("User's favourite coffee is a flat white with oat milk.", _LIKE, 0.5, 15),
        Kept("User's favourite coffee is a double espresso.", _LIKE, 0.5, 650),
    ),
    _scene(
        "changed",
        "Which gym do I go to?",
        Kept("User goes to the gym Blocbuster.", _FACT, 0.5, 10),
        Kept("User goes to the gym McFit.", _FACT, 0.5, 400),
    ),
    _scene(
        "changed",
        "What phone do I have?",
        Kept("User bought a Fairphone.", _FACT, 0.5, 45),
        Kept("User has an iPhone 8 as a phone.", _FACT, 0.5, 1_200),
    ),
    _scene(
        "changed",
        "Which language am I learning?",
        Kept("User takes Japanese lessons.", _FACT, 0.6, 40),
        Kept("User is learning the Spanish language.", _FACT, 0.6, 800),
    ),
    _scene(
        "changed",
        "Who is my doctor?",
        Kept("Dr Okafor is user's new physician.", _FACT, 0.7, 25),
        Kept("User's doctor is Dr Lindgren.", _FACT, 0.7, 1_000),
    ),
    _scene(
        "context",
        "How am I feeling this week?",
        Kept("User is feeling rested this week.", _NOW, 0.4, 2),
        Kept("User is feeling ill with the flu this week.", _NOW, 0.4, 120),
    ),
    _scene(
        "context",
        "What am I working on at the moment?",
        Kept("User is working on the budget report at the moment.", _NOW, 0.4, 3),
        Kept("User is working on the website relaunch at the moment.", _NOW, 0.4, 200),
    ),
    _scene(
        "context",
        "What am I stressed about?",
        Kept("User is stressed about the driving test.", _NOW, 0.5, 4),
        Kept("User is stressed about the bachelor exams.", _NOW, 0.5, 300),
    ),
    _scene(
        "context",
        "Which book am I reading?",
        Kept("User is reading the book Middlemarch.", _NOW, 0.3, 5),
        Kept("User is reading the book Dune.", _NOW, 0.3, 180),
    ),
    _scene(
        "context",
        "Is anyone visiting me?",
        Kept("User's cousin Ole is visiting until Sunday.", _NOW, 0.4, 1),
        Kept("User's parents are visiting for a week.", _NOW, 0.4, 90),
    ),
    _scene(
        "context",
        "What is broken in my flat?",
        Kept("User's dishwasher leaks.", _NOW, 0.4, 6),
        Kept("The heating in user's flat is broken.", _NOW, 0.4, 250),
    ),
    _scene(
        "context",
        "Am I on a diet?",
        Kept("User fasts until the blood test.", _NOW, 0.5, 3),
        Kept("User is on a low-carb diet.", _NOW, 0.5, 365),
    ),
    _scene(
        "context",
        "Where am I travelling?",
        Kept("User sits on the night train to Vienna.", _NOW, 0.4, 1),
        Kept("User is travelling through Portugal.", _NOW, 0.4, 150),
    ),
    _scene(
        "vital",
        "What should I bring to eat for the picnic?",
        Kept("User gets a life-threatening reaction when eating peanuts.", _FACT, 0.95, 300),
        Kept("User ate sandwiches at the picnic.", _EVENT, 0.3, 290),
        Kept("User likes picnic blankets.", _LIKE, 0.3, 200),
        Kept("User brought lemonade to the picnic.", _EVENT, 0.3, 100),
    ),
    _scene(
        "vital",
        "Can you recommend a painkiller for my headache?",
        Kept("User must not take ibuprofen because of kidney disease.", _FACT, 0.95, 500),
        Kept("User had a headache after the concert.", _EVENT, 0.3, 30),
        Kept("User had a headache on Monday.", _EVENT, 0.3, 10),
        Kept("User recommends aspirin to colleagues.", _FACT, 0.3, 60),
    ),
    _scene(
        "vital",
        "Plan a swimming trip with my son.",
        Kept("User's son Noah cannot swim and has epilepsy.", _FACT, 0.95, 400),
        Kept("User went on a swimming trip with colleagues.", _EVENT, 0.3, 50),
        Kept("User planned a trip to the lake.", _EVENT, 0.3, 45),
        Kept("User's son bought swimming goggles.", _EVENT, 0.2, 20),
    ),
    _scene(
        "vital",
        "What flowers should I get for my mother?",
        Kept("User's mother died in March.", _EVENT, 0.95, 150),
        Kept("User's mother got flowers from the neighbour.", _EVENT, 0.2, 700),
        Kept("User bought flowers at the market.", _EVENT, 0.2, 40),
        Kept("User likes yellow flowers.", _LIKE, 0.3, 90),
    ),
    _scene(
        "vital",
        "Suggest a wine for my dinner with Paul.",
        Kept("Paul is a recovering alcoholic; user keeps no alcohol around Paul.", _FACT, 0.9, 350),
        Kept("User drank wine at dinner in Rome.", _EVENT, 0.3, 60),
        Kept("User had dinner with Paul on Friday.", _EVENT, 0.3, 15),
        Kept("User likes red wine.", _LIKE, 0.4, 200),
    ),
    _scene(
        "vital",
        "Can I take the dog to the vet on Thursday?",
        Kept("User has a heart operation on Thursday.", _EVENT, 0.95, 4),
        Kept("User took the dog to the vet in spring.", _EVENT, 0.3, 200),
        Kept("User's dog likes the vet.", _FACT, 0.2, 190),
        Kept("User walks the dog on Thursday evenings.", _FACT, 0.3, 80),
    ),
    _scene(
        "vital",
        "Which film should we watch with Grandma?",
        Kept("User's grandma is blind.", _FACT, 0.9, 600),
        Kept("User watched a film with friends.", _EVENT, 0.2, 30),
        Kept("User and Grandma watched the news.", _EVENT, 0.2, 25),
        Kept("User likes silent films.", _LIKE, 0.3, 70),
    ),
    _scene(
        "vital",
        "Order a cake for the office party.",
        Kept("User's boss has coeliac disease and cannot eat wheat.", _FACT, 0.9, 250),
        Kept("The office party had a cake last year.", _EVENT, 0.3, 360),
        Kept("User ordered pens for the office.", _EVENT, 0.2, 30),
        Kept("User enjoyed the office party.", _EVENT, 0.3, 355),
    ),
    _scene(
        "lasting",
        "When was my daughter born?",
        Kept("User's daughter Lea was born on 3 May 2019.", _EVENT, 0.8, 2_000),
        Kept("User's daughter started at a new school.", _EVENT, 0.5, 20),
    ),
    _scene(
        "lasting",
        "Where did I grow up?",
        Kept("User grew up in Tampere.", _FACT, 0.7, 1_500),
        Kept("User grows tomatoes on the balcony.", _FACT, 0.3, 10),
    ),
    _scene(
        "lasting",
        "What is my blood type?",
        Kept("User's blood type is 0 negative.", _FACT, 0.9, 1_100),
        Kept("User gave a blood sample at the clinic.", _EVENT, 0.3, 8),
    ),
    _scene(
        "lasting",
        "What did I study at university?",
        Kept("User studied geology.", _FACT, 0.7, 1_300),
        Kept("User visited the university's open day.", _EVENT, 0.3, 12),
    ),
    _scene(
        "lasting",
        "Where did I get married?",
        Kept("User married in a small chapel in Skagen.", _EVENT, 0.8, 1_800),
        Kept("User was invited to get to a wedding in Bonn.", _EVENT, 0.4, 5),
    ),
    _scene(
        "lasting",
        "What am I afraid of?",
        Kept("User is afraid of heights.", _FACT, 0.6, 900),
        Kept("User was afraid to be late for the bus.", _EVENT, 0.2, 3),
    ),
    _scene(
        "lasting",
        "Which vegetable do I hate?",
        Kept("User cannot stand beetroot.", _LIKE, 0.5, 1_000),
        Kept("User bought vegetable broth.", _EVENT, 0.2, 6),
    ),
    _scene(
        "lasting",
        "Who taught me to play the piano?",
        Kept("User learnt the piano from Aunt Greta.", _FACT, 0.5, 1_600),
        Kept("User wants to play the piano more often.", _LIKE, 0.4, 14),
    ),
)

UNRELATED: Final = (
    "How do I sort a list in Python?",
    "What is the capital of Mongolia?",
    "Write a haiku about rain.",
    "Cook me something for tonight.",
    "Translate 'good evening' into Danish.",
    "Help me plan next weekend.",
)
"""Messages that match nothing much, to see what the layers add to them."""
