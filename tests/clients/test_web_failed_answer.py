"""What the page offers when the model gave no answer."""

from collections.abc import Iterator

import pytest

from tests.clients.visitor import Visitor
from tests.support.running_upstream import RunningUpstream
from tests.support.server import Server
from tests.support.upstream import Reply

playwright = pytest.importorskip(
    "playwright.async_api",
    reason="THE WEB CLIENT IS NOT TESTED: install the package playwright",
)
pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.fixture(scope="module")
def model() -> Iterator[RunningUpstream]:
    with RunningUpstream() as upstream:
        yield upstream


@pytest.fixture(scope="module")
def server_url(tmp_path_factory: pytest.TempPathFactory, model: RunningUpstream) -> Iterator[str]:
    environment = {
        "OPENAI_API_KEY": "key",
        "OPENAI_BASE_URL": model.url,
        "OPENAI_MODEL": "scripted",
        "MEMORYCHAT_MODEL_CALL__ATTEMPTS": "1",
        "MEMORYCHAT_LEARNING__IDLE_S": "600",
    }
    with Server(tmp_path_factory.mktemp("failing"), environment) as running:
        yield running.url


async def say_in_vain(visitor: Visitor, model: RunningUpstream, words: str) -> None:
    model.script(Reply(status=500))
    await visitor.field.fill(words)
    await visitor.field.press("Enter")
    await visitor.page.get_by_role("button", name="Try again").wait_for()


async def test_a_message_without_an_answer_is_answered_after_a_reload(
    visitor: Visitor, model: RunningUpstream
) -> None:
    await visitor.sign_up()
    await say_in_vain(visitor, model, "Is anybody there?")
    await visitor.page.reload()
    await visitor.page.get_by_text("No answer came").wait_for()

    await visitor.page.get_by_role("button", name="Try again").click()

    answer = visitor.page.get_by_role("article", name="Answer")
    await answer.get_by_role("button", name="Copy the answer").wait_for()
    await playwright.expect(answer).to_contain_text("Is anybody there?")
    await playwright.expect(visitor.page.get_by_role("article", name="You")).to_have_count(1)


async def test_a_failed_answer_is_not_tried_again_once_more_was_said(
    visitor: Visitor, model: RunningUpstream
) -> None:
    await visitor.sign_up()
    await say_in_vain(visitor, model, "Is anybody there?")

    await visitor.field.fill("Never mind.")
    await visitor.field.press("Enter")

    await visitor.page.get_by_role("button", name="Copy the answer").wait_for()
    await playwright.expect(visitor.page.get_by_role("button", name="Try again")).to_have_count(0)
