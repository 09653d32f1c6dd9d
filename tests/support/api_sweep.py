"""Everything that the API tells a user, in one text."""

from collections.abc import Iterable

from tests.support.person import Person


def everything(ada: Person, *, words: Iterable[str] = ()) -> str:
    """All of a user's sessions, messages, memories, and what the server tells of itself.

    Args:
        ada: who asks.
        words: searched for in sessions and memories, for what is found.
    """
    answers = [ada.http.get(path).text for path in ("/metrics", "/ready", "/api/v1/auth/me")]
    profiles = ada.get("/memory-profiles", limit=100)
    answers.append(str(profiles))
    for profile in profiles["data"]:
        path = f"/memory-profiles/{profile['id']}/memories"
        memories = ada.get(path, limit=100)
        answers += [str(memories), str(ada.get(f"{path}/stats"))]
        answers += [str(ada.get(f"/memories/{one['id']}/history")) for one in memories["data"]]
        for word in words:
            found = ada.post(f"{path}/search", {"query": f"What of {word}?", "limit": 20})
            answers.append(str(found["data"]))
    sessions = ada.get("/sessions", limit=100)
    answers.append(str(sessions))
    for word in words:
        answers.append(str(ada.get("/sessions", q=word)["data"]))
    for session in sessions["data"]:
        answers.append(str(ada.get(f"/sessions/{session['id']}")))
        answers.append(str(ada.messages(session["id"])))
    return "\n".join(answers)
