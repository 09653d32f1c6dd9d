import pytest

from tests.support.person import Person


@pytest.fixture
def library(ada: Person) -> Person:
    for title, said in (
        ("Übung macht Meister", "Die Straße nach Zürich ist 100% gesperrt."),
        ("Travel", "I take the night_train to Göteborg."),
        ("ПРИВЕТ", "Καλημέρα κόσμε"),
        ("Food", "Sushi 寿司 and a 100 % rye bread with C:\\temp"),
    ):
        session = ada.post("/sessions", {"title": title})["id"]
        ada.post(f"/sessions/{session}/messages", {"messages": [{"role": "user", "content": said}]})
    return ada


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("übung", {"Übung macht Meister"}),
        ("ÜBUNG", {"Übung macht Meister"}),
        ("zürich", {"Übung macht Meister"}),
        ("ZÜRICH meister", {"Übung macht Meister"}),
        ("göteborg travel", {"Travel"}),
        ("göteborg zürich", set()),
        ("привет", {"ПРИВЕТ"}),
        ("καλημέρα", {"ПРИВЕТ"}),
        ("寿司", {"Food"}),
        ("100%", {"Übung macht Meister"}),
        ("%", {"Übung macht Meister", "Food"}),
        ("_", {"Travel"}),
        ("night_train", {"Travel"}),
        ("nightXtrain", set()),
        ("\\", {"Food"}),
        ("c:\\temp", {"Food"}),
        ("'; --", set()),
        ('"', set()),
        ("   ", {"Übung macht Meister", "Travel", "ПРИВЕТ", "Food"}),
        ("", {"Übung macht Meister", "Travel", "ПРИВЕТ", "Food"}),
    ],
)
def test_sessions_are_found_by_all_of_their_words(
    library: Person, words: str, found: set[str]
) -> None:
    sessions = library.get("/sessions", q=words)["data"]

    assert {session["title"] for session in sessions} == found


def test_search_pages_and_stays_on_its_profile(library: Person) -> None:
    family = library.profile("family")
    for number in range(5):
        library.post("/sessions", {"title": f"bread {number}", "memory_profile_id": family})

    first = library.get("/sessions", q="bread", memory_profile_id=family, limit=3)
    rest = library.get(
        "/sessions", q="bread", memory_profile_id=family, limit=3, cursor=first["next_cursor"]
    )

    seen = [session["title"] for session in (*first["data"], *rest["data"])]
    assert seen == [f"bread {number}" for number in (4, 3, 2, 1, 0)]
    assert rest["next_cursor"] is None


def test_what_is_said_in_incognito_is_not_searched(ada: Person) -> None:
    session = ada.session(mode="incognito")
    ada.patch(f"/sessions/{session}", {"title": "zebra"})
    ada.say(session, "I like zebras.")

    assert ada.get("/sessions", q="zebra")["data"] == []


def test_nobody_finds_what_others_said(library: Person, bob: Person) -> None:
    assert bob.get("/sessions", q="bread")["data"] == []
