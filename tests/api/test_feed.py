from tests.support.person import Person, events_of
from tests.support.server import Server


def test_a_listener_hears_what_happens_to_their_things(ada: Person) -> None:
    profile, session = ada.default_profile(), ada.session()

    with ada.http.stream("GET", "/api/v1/events") as response:
        news = events_of(response)
        ada.say(session, "My sister is called Anna.")
        heard = [next(news) for _ in range(2)]

    assert {one["type"] for one in heard} == {"session.updated", "memory.saved"}
    [saved] = [one for one in heard if one["type"] == "memory.saved"]
    assert saved["memory_id"] in [memory["id"] for memory in ada.memories(profile)]
    assert "Anna" not in str(heard)


def test_nobody_hears_of_somebody_else(server: Server, ada: Person, bob: Person) -> None:
    bobs = bob.session()
    with ada.http.stream("GET", "/api/v1/events") as response:
        news = events_of(response)
        bob.say(bobs, "My sister is called Berta.")
        bob.settle(bob.default_profile())
        own = ada.session()
        ada.patch(f"/sessions/{own}", {"title": "Mine"})
        assert next(news)["session_id"] == own


def test_an_incognito_turn_is_no_news(ada: Person) -> None:
    secret, normal = ada.session(mode="incognito"), ada.session()
    with ada.http.stream("GET", "/api/v1/events") as response:
        news = events_of(response)
        ada.say(secret, "My sister is called Cleo.")
        ada.say(normal, "Good morning.")
        assert next(news)["session_id"] == normal
