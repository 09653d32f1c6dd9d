"""What is exported and imported into an empty account says the same."""

from datetime import datetime
from typing import Any

from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from tests.support.person import Person
from tests.support.round_trip import essence
from tests.support.server import Server

over_http = settings(
    max_examples=8,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)

A_SECRET = "My password is Sesame77; write to ada@example.com."

words = st.text(
    st.characters(codec="utf-8", exclude_characters="\x00"), min_size=1, max_size=40
).filter(str.strip)
names = st.sampled_from(["Anna", "Karl", "Berta 👵", "Żaneta"])
moments = st.sampled_from(
    ["2019-12-31T23:59:59.999999Z", "2023-05-08T12:00:00+02:00", "0001-01-02T00:00:00Z"]
)
units = st.floats(0, 1).map(lambda one: round(one, 3))
modes = st.sampled_from(["normal", "normal", "pause_memories"])

messages = st.fixed_dictionaries(
    {
        "role": st.sampled_from(["user", "assistant"]),
        "content": words
        | st.just(A_SECRET)
        | names.map(lambda name: f"My sister is called {name.split()[0]}."),
    },
    optional={"name": names, "created_at": moments},
)
memories = st.fixed_dictionaries(
    {
        "content": words,
        "kind": st.sampled_from(["fact", "preference", "event", "context"]),
        "importance": units,
    },
    optional={"valid_from": moments, "valid_until": moments},
)
conversations = st.fixed_dictionaries(
    {
        "mode": modes,
        "later_mode": modes | st.just("incognito"),
        "messages": st.lists(messages, max_size=4),
        "turns": st.lists(st.sampled_from(["Where is Anna?", "I live in Bergen."]), max_size=2),
        "deletes_first": st.booleans(),
    }
)
personas = st.none() | st.fixed_dictionaries(
    {"name": names}, optional={"biography": words, "tone": st.fixed_dictionaries({"warmth": units})}
)
profiles = st.fixed_dictionaries(
    {
        "description": st.none() | words,
        "persona": personas,
        "learning": st.sampled_from(["auto", "auto", "ask", "off"]),
        "redact_pii": st.booleans(),
        "conversations": st.lists(conversations, max_size=2),
        "memories": st.lists(memories, max_size=3),
        "documents": st.lists(names, max_size=2, unique=True),
    }
)
REPEATED_AND_THEN_DELETED: Any = {
    "description": None,
    "persona": None,
    "learning": "auto",
    "redact_pii": False,
    "conversations": [
        {
            "mode": "normal",
            "later_mode": "normal",
            "messages": [
                {"role": "user", "content": A_SECRET},
                {"role": "assistant", "content": A_SECRET},
            ],
            "turns": [],
            "deletes_first": True,
        }
    ],
    "memories": [],
    "documents": [],
}


def begins_before_it_ends(memory: Any) -> bool:
    begins, ends = memory.get("valid_from"), memory.get("valid_until")
    if begins is None or ends is None:
        return True
    return datetime.fromisoformat(begins) < datetime.fromisoformat(ends)


def bring(person: Person, profile: str, titles: list[str]) -> None:
    """A document for each of the titles."""
    for title in titles:
        person.brought(profile, f"# {title}\n\nAnna and {title} live in Bergen.", title=title)


def live(person: Person, profile: str, life: Any) -> None:
    """What is said and written on a profile."""
    bring(person, profile, life["documents"])
    for conversation in life["conversations"]:
        session = person.session(profile, mode=conversation["mode"])
        if conversation["messages"]:
            person.post(f"/sessions/{session}/messages", {"messages": conversation["messages"]})
        for turn in conversation["turns"]:
            person.say(session, turn)
        if conversation["deletes_first"] and (said := person.messages(session)):
            person.delete(f"/sessions/{session}/messages/{said[0]['id']}")
        person.patch(f"/sessions/{session}", {"privacy_mode": conversation["later_mode"]})
        if conversation["later_mode"] == "incognito":
            person.say(session, "My password is Zyrafa.")
    for memory in filter(begins_before_it_ends, life["memories"]):
        made = person.post(f"/memory-profiles/{profile}/memories", memory)
        if memory["importance"] > 0.5:
            person.patch(f"/memories/{made['id']}", {"content": f"Or rather: {memory['content']}"})


def settled(person: Person) -> bytes:
    """An account's file, once all is learnt."""
    for profile in person.get("/memory-profiles")["data"]:
        person.settle(profile["id"])
    return person.exported()


@over_http
@example(lives=[REPEATED_AND_THEN_DELETED], default=False)
@given(lives=st.lists(profiles, min_size=1, max_size=2), default=st.booleans())
def test_an_account_says_the_same_in_an_empty_one(
    server: Server, lives: list[Any], *, default: bool
) -> None:
    with Person(server, "olga") as olga, Person(server, "nora") as nora:
        for number, life in enumerate(lives):
            settings_of = {
                key: life[key] for key in ("description", "persona", "learning", "redact_pii")
            }
            body = {"name": f"Profile {number}", "is_default": default, **settings_of}
            live(olga, olga.post("/memory-profiles", body)["id"], life)
        before = settled(olga)

        done = nora.imported(None, before)

        assert done["status"] == "done"
        after = settled(nora)
        assert essence(after) == essence(before)
        assert b"Zyrafa" not in before + after
        assert nora.planned(None, before)["records"].keys() == done["records"].keys()
        assert {tally["added"] for tally in nora.planned(None, before)["records"].values()} == {0}


@over_http
@given(life=profiles)
def test_a_profile_says_the_same_in_an_empty_one(server: Server, life: Any) -> None:
    with Person(server, "olga") as olga, Person(server, "nora") as nora:
        body = {key: life[key] for key in ("description", "persona", "learning", "redact_pii")}
        original = olga.post("/memory-profiles", {"name": "original", **body})["id"]
        live(olga, original, life)
        olga.settle(original)
        before = olga.exported(original)

        copy = nora.profile("copy")
        assert nora.imported(copy, before)["status"] == "done"

        nora.settle(copy)
        assert essence(nora.exported(copy), keeps_profiles=False) == essence(
            before, keeps_profiles=False
        )
