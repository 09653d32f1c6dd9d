"""What Redis gets to hear and to keep: of incognito nothing, of the rest nothing that stays."""

from pathlib import Path

from tests.processes.test_following import begun, followed
from tests.support.person import Person
from tests.support.redis import Redis, Wire
from tests.support.running_upstream import RunningUpstream
from tests.support.upstream import Reply

KEPT = "canary-kept"
UNKEPT = "canary-unkept"


def a_scenario(upstream: RunningUpstream, ada: Person, away: Person) -> None:
    """Everything that makes processes talk, in both modes, under titles with canaries."""
    for mode, canary in (("normal", KEPT), ("incognito", UNKEPT)):
        answer = f"{canary}-answer one two three"
        upstream.script(Reply(text=answer, delay_s=0.1), Reply(text=f"{canary}-again"))
        session = ada.post("/sessions", {"privacy_mode": mode, "title": f"{canary}-title"})["id"]
        with ada.stream(session, f"{canary}-question") as events:
            run = begun(events)
            if mode == "normal":
                assert answer in str(followed(away, run))
            away.http.get(f"/api/v1/runs/{run}/events")
            away.http.get(f"/api/v1/runs/{run}")
            list(events)
        away.http.get(f"/api/v1/sessions/{session}/messages")
        ada.post(f"/chat/{session}/regenerate")
        away.http.patch(f"/api/v1/sessions/{session}", json={"title": f"{canary}-other"})
        away.http.post(f"/api/v1/runs/{run}/cancel")
        upstream.script(Reply(text=f"{canary}-summary"))
        ada.get(f"/sessions/{session}/summary")
        away.delete(f"/sessions/{session}")
    upstream.script(Reply(text=f"{UNKEPT}-answer"))
    session = ada.session()
    ada.say(session, f"{UNKEPT}-single", privacy_mode="incognito")
    away.patch(f"/sessions/{session}", {"privacy_mode": "incognito"})


def test_redis_hears_no_word_of_incognito_and_keeps_no_word_at_all(
    upstream: RunningUpstream, ada: Person, away: Person, redis: Redis, tmp_path: Path
) -> None:
    wire = Wire(redis, tmp_path / "wire")

    a_scenario(upstream, ada, away)
    said, kept = wire.close(), redis.saved()

    assert f"{KEPT}-answer".encode() in said  # so this would see one of the others
    assert UNKEPT.encode() not in said
    assert KEPT.encode() not in kept
    assert UNKEPT.encode() not in kept
    assert ada.email.encode() not in said + kept
    with redis.client() as client:
        assert all(b":limits" in key for key in client.scan_iter())
