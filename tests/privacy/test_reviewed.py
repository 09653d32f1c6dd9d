"""What was said where memories are reviewed is not recalled unreviewed, whatever comes after."""

from typing import Any

import pytest

from tests.support.person import Person
from tests.support.running_upstream import RunningUpstream
from tests.support.upstream import Reply

SECRET = "Zyrafa7731"
QUESTION = "What is my boat called?"
LEARNING = "json_object"
LEARNS_NOTHING = Reply(when=LEARNING, keep=True, text='{"memory": []}')
REPEATS = Reply(text=f"As you told me, your boat is called {SECRET}.", keep=True)


@pytest.fixture
def talkative(ada: Person, upstream: RunningUpstream) -> Person:
    """Somebody whose model repeats what it was shown."""
    upstream.script(LEARNS_NOTHING, REPEATS)
    return ada


def reviewed(person: Person) -> tuple[str, str]:
    """A profile whose memories are reviewed, and a session there in which something was said."""
    profile = person.post("/memory-profiles", {"name": "careful", "learning": "ask"})["id"]
    session = person.session(profile)
    person.say(session, f"My boat is called {SECRET}.")
    return profile, session


def found(person: Person, profile: str) -> list[Any]:
    person.settle(profile)
    path = f"/memory-profiles/{profile}/memories/search"
    return list(person.post(path, {"query": QUESTION, "limit": 50})["data"])


@pytest.mark.parametrize("verb", ["chat", "regenerate"])
@pytest.mark.parametrize("loosened", ["patch", "merge"])
def test_an_answer_in_its_sight_is_not_found(talkative: Person, verb: str, loosened: str) -> None:
    profile, session = reviewed(talkative)
    if loosened == "patch":
        talkative.patch(f"/memory-profiles/{profile}", {"learning": "auto"})
    else:
        home = talkative.default_profile()
        talkative.post(f"/memory-profiles/{home}/merge", {"from_profile_id": profile})
        profile = home

    if verb == "chat":
        talkative.say(session, QUESTION)
    else:
        talkative.post(f"/chat/{session}/regenerate", {})

    assert SECRET not in str(found(talkative, profile))


def test_it_is_no_context_of_what_is_learnt_unreviewed(
    talkative: Person, upstream: RunningUpstream
) -> None:
    profile, session = reviewed(talkative)
    talkative.settle(profile)
    talkative.patch(f"/memory-profiles/{profile}", {"learning": "auto"})
    upstream.script(LEARNS_NOTHING, Reply(text="Fine.", keep=True))

    talkative.say(session, "It is a fine day for figs, which I like.")
    talkative.settle(profile)

    extractions = [str(one.body) for one in upstream.requests if LEARNING in str(one.body)]
    assert "figs" in str(extractions)
    assert SECRET not in str(extractions)


def test_what_is_rejected_is_not_told_by_its_message_either(
    talkative: Person, upstream: RunningUpstream
) -> None:
    profile = talkative.default_profile()
    found_it = f'{{"memory": [{{"text": "User\'s boat is called {SECRET}.", "sources": [1]}}]}}'
    learns = Reply(when=LEARNING, keep=True, text=found_it)
    upstream.script(learns, Reply(text="Nice.", keep=True))
    talkative.say(talkative.session(), f"My boat is called {SECRET}.")
    talkative.settle(profile)
    [memory] = talkative.memories(profile)
    assert SECRET in str(found(talkative, profile))

    talkative.post(f"/memories/{memory['id']}/reject")
    assert SECRET not in str(found(talkative, profile))

    talkative.post(f"/memories/{memory['id']}/approve")
    kinds = {one["kind"] for one in found(talkative, profile) if SECRET in one["content"]}
    assert kinds == {"fact", "episode"}
