"""Messages that clients of chat completions send again in a session, because there was no answer."""

from typing import Any

import pytest

from tests.support.openai_client import user
from tests.support.person import Person
from tests.support.running_upstream import RunningUpstream
from tests.support.upstream import Reply


def asked(zoe: Person, session: str, text: str, **headers: str) -> int:
    """The status of an answer in a session."""
    body: dict[str, Any] = {"model": "memorychat", "messages": [user(text)]}
    headers = {"X-Memory-Session": session, **headers}
    return zoe.http.post("/v1/chat/completions", json=body, headers=headers).status_code


def kept(zoe: Person, session: str) -> list[str]:
    return [one["content"] for one in zoe.messages(session)]


@pytest.mark.parametrize(
    "failing", [Reply(status=500), Reply(text="One two three.", after=2, then="cut")]
)
def test_what_failed_is_answered_when_it_is_sent_again(
    zoe: Person, upstream: RunningUpstream, failing: Reply
) -> None:
    session = zoe.session()
    upstream.script(failing, failing, Reply(text="Good."))

    assert [asked(zoe, session, "I like figs.") for _ in range(3)] == [503, 503, 200]

    assert kept(zoe, session) == ["I like figs.", "Good."]


def test_another_message_is_one_of_its_own(zoe: Person, upstream: RunningUpstream) -> None:
    session = zoe.session()
    upstream.script(Reply(status=500), Reply(text="Good."))

    asked(zoe, session, "I like figs.")
    asked(zoe, session, "I like dates.")

    assert kept(zoe, session) == ["I like figs.", "I like dates.", "Good."]


def test_what_was_answered_may_be_said_again(zoe: Person, upstream: RunningUpstream) -> None:
    session = zoe.session()
    upstream.script(Reply(text="Good.", keep=True))

    asked(zoe, session, "Yes.")
    asked(zoe, session, "Yes.")

    assert kept(zoe, session) == ["Yes.", "Good.", "Yes.", "Good."]


def test_what_is_sent_again_in_a_stricter_mode_is_said_in_that_one(
    zoe: Person, upstream: RunningUpstream
) -> None:
    session = zoe.session()
    upstream.script(Reply(status=500), Reply(text="Nobody keeps this."))

    asked(zoe, session, "I like figs.")
    asked(zoe, session, "I like figs.", **{"X-Memory-Mode": "incognito"})

    assert kept(zoe, session) == ["I like figs."]
