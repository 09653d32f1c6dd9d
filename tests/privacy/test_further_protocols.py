"""Words that come through Anthropic's messages and AG-UI are where their mode lets them be."""

from pathlib import Path

from tests.privacy.test_other_protocols import later_prompts
from tests.support.api_sweep import everything
from tests.support.confidant import Confidant
from tests.support.openai_client import collected
from tests.support.server import Server
from tests.support.tongues import AG_UI, ANTHROPIC, Speaker, Ways
from tests.support.traces import held, traces


def test_what_is_not_to_be_kept_is_nowhere(
    talkative: Server, confidant: Confidant, tmp_path: Path
) -> None:
    ada = confidant.ada
    private, kept = ada.session(mode="incognito"), ada.session()
    for tongue in (ANTHROPIC, AG_UI):
        speaker = Speaker(confidant, tongue)
        for how, ways in tongue.privately.items():
            speaker.talk(how, ways)
        in_session = {"X-Memory-Session": private}
        speaker.talk("session", Ways(headers=in_session))
        of_one_turn = {"X-Memory-Session": kept, "X-Memory-Mode": "incognito"}
        speaker.talk("turn", Ways(headers=of_one_turn))
        speaker.blunder("blunder")
    agent = Speaker(confidant, AG_UI)
    agent.talk("thread", Ways(body={"threadId": private}))
    agent.talk("unstored", Ways(body={"threadId": kept, "forwardedProps": {"store": False}}))
    confidant.script()
    for one in (private, kept):
        ada.patch(f"/sessions/{one}", {"privacy_mode": "incognito"})
        ada.patch(f"/sessions/{one}", {"privacy_mode": "normal"})

    assert held(confidant.secret, later_prompts(confidant).encode()) == []
    told = everything(ada, words=["Zyrafa0"]) + str(collected(ada))
    assert held(confidant.secret, told.encode()) == []
    talkative.stop()
    assert traces(confidant.secret, tmp_path) == []


def test_of_what_is_learnt_from_the_questions_are_in_the_database_and_nothing_else_is(
    talkative: Server, confidant: Confidant, tmp_path: Path
) -> None:
    ada = confidant.ada
    for tongue in (ANTHROPIC, AG_UI):
        Speaker(confidant, tongue).talk("open")
    ada.settle(ada.default_profile())
    assert held(confidant.secret, ada.http.get("/metrics").content) == []
    talkative.stop()

    found = traces(confidant.secret, tmp_path)
    kept = set(held(confidant.secret, "\n".join(found).encode()))
    assert [one for one in found if "memorychat.db" not in one] == []
    asked = {word for word in confidant.secret if word.endswith(QUESTIONS)}
    assert kept == asked, "answers, instructions and what came before are their client's"
    assert len(asked) == len(QUESTIONS)


QUESTIONS = tuple(
    f"open{how}{what}"
    for how in ("messagesjson", "messagesstream", "aguistream")
    for what in ("", "refused", "failing", "calling", "left")
)
