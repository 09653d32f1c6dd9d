"""The documentation page in a real browser against a real server."""

from typing import TYPE_CHECKING

import orjson
import pytest
import pytest_asyncio

if TYPE_CHECKING:
    from playwright.async_api import Locator, Page

from tests.support.person import Person

playwright = pytest.importorskip(
    "playwright.async_api", reason="THE PAGES ARE NOT TESTED: install the package playwright"
)
pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(loop_scope="module")
async def docs(page: "Page", server_url: str) -> "Page":
    await page.goto(f"{server_url}/docs")
    await page.get_by_role("heading", name="MemoryChat API").wait_for()
    return page


async def opened(docs: "Page", operation_id: str) -> "Locator":
    operation = docs.locator(f"#{operation_id}")
    await operation.locator("summary").first.click()
    return operation


async def test_every_operation_of_the_document_is_on_the_page(
    docs: "Page", server_url: str
) -> None:
    response = await docs.request.get(f"{server_url}/openapi.json")
    paths = (await response.json())["paths"]
    wanted = {operation["operationId"] for item in paths.values() for operation in item.values()}

    shown = await docs.locator("details.operation").evaluate_all("all => all.map(one => one.id)")

    assert set(shown) == wanted
    for operation_id in shown:
        await opened(docs, operation_id)
    text = await docs.locator("main").inner_text()
    assert [word for word in ("[object", "undefined", "NaN") if word in text] == []


async def test_an_operation_shows_what_it_takes_and_what_it_answers(docs: "Page") -> None:
    operation = await opened(docs, "send_message")

    for words in ("privacy_mode", "at most 32,000 characters", "incognito", "memories_used", "409"):
        await playwright.expect(operation).to_contain_text(words)


async def test_an_address_names_an_operation(docs: "Page", server_url: str) -> None:
    await docs.goto(f"{server_url}/docs#follow_run")

    await playwright.expect(docs.locator("#follow_run form")).to_be_visible()
    await playwright.expect(docs.locator("#follow_run")).to_be_in_viewport()


async def test_operations_are_found_by_their_words(docs: "Page") -> None:
    await docs.get_by_label("Find an operation").fill("runs cancel")

    links = docs.get_by_role("navigation", name="Operations").get_by_role("link")
    await playwright.expect(links).to_have_text(["postcancel run"])


async def test_an_operation_can_be_tried_with_a_token(docs: "Page", ada: Person) -> None:
    session = ada.session()
    await docs.get_by_label("Access token").fill(ada.credentials["access_token"])
    operation = await opened(docs, "stream_message")
    await operation.get_by_label("session_id (path)").fill(session)
    await operation.get_by_label("Body").fill(orjson.dumps({"message": "It's me."}).decode())

    await operation.get_by_role("button", name="Send").click()

    await playwright.expect(operation).to_contain_text("200 OK")
    await playwright.expect(operation).to_contain_text("run.completed")
    assert ada.messages(session)[0]["content"] == "It's me."


async def test_the_command_to_copy_says_the_same_without_the_token(
    docs: "Page", server_url: str
) -> None:
    await docs.get_by_label("Access token").fill("secret-token")
    operation = await opened(docs, "stream_message")
    await operation.get_by_label("session_id (path)").fill("a b")
    await operation.get_by_label("Body").fill("it's")

    command = await operation.locator("pre").first.inner_text()

    assert command.splitlines() == [
        f"curl -N -X POST '{server_url}/api/v1/chat/a%20b/stream' \\",
        '  -H "Authorization: Bearer $TOKEN" \\',
        "  -H 'Content-Type: application/json' \\",
        r"  -d 'it'\''s'",
    ]


async def test_without_a_token_the_problem_is_shown(docs: "Page") -> None:
    operation = await opened(docs, "list_sessions")

    await operation.get_by_role("button", name="Send").click()

    await playwright.expect(operation).to_contain_text("401")
    await playwright.expect(operation).to_contain_text('"unauthenticated"')


async def test_the_page_fits_a_small_screen(docs: "Page") -> None:
    await docs.set_viewport_size({"width": 360, "height": 700})
    for operation_id in ("stream_message", "create_memory_profile", "list_sessions"):
        await opened(docs, operation_id)

    assert await docs.evaluate("document.documentElement.scrollWidth") == 360
    await playwright.expect(docs.get_by_label("Find an operation")).to_be_hidden()
    await docs.get_by_text("Operations", exact=True).click()
    await playwright.expect(docs.get_by_label("Find an operation")).to_be_visible()
