"""What the frame around the pages keeps, and what it lets be seen."""

from uuid import uuid4

import pytest

from tests.clients.visitor import Visitor

playwright = pytest.importorskip(
    "playwright.async_api",
    reason="THE WEB CLIENT IS NOT TESTED: install the package playwright",
)
pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_a_login_opens_on_the_profile_that_this_account_used_last(visitor: Visitor) -> None:
    await visitor.sign_up()
    await visitor.new_profile("Work")
    await playwright.expect(visitor.page.get_by_text("No chats on Work.")).to_be_visible()
    await visitor.log_out()
    other = Visitor(visitor.page, visitor.server_url, email=f"{uuid4()}@example.org")
    await other.sign_up()
    await other.new_profile("Family")
    await other.log_out()

    await visitor.log_in()

    picker = visitor.page.get_by_role("button", name="Memory profile: Work")
    await playwright.expect(picker).to_be_visible()


async def test_a_receipt_covers_neither_the_first_message_nor_the_buttons_of_the_bar(
    visitor: Visitor,
) -> None:
    await visitor.sign_up()
    await visitor.say("Good morning. " * 20)
    await visitor.say("Good evening.")
    await visitor.delete_message("Good evening.")

    receipt = await visitor.page.get_by_role("status").bounding_box()
    message = await visitor.page.get_by_role("article", name="You").first.bounding_box()
    mode = await visitor.page.get_by_role("button", name="Privacy mode:").bounding_box()

    assert receipt is not None
    assert message is not None
    assert mode is not None
    assert receipt["y"] + receipt["height"] <= message["y"]
    assert receipt["x"] + receipt["width"] <= mode["x"]


async def test_on_a_phone_the_open_sidebar_is_not_covered_by_a_receipt(visitor: Visitor) -> None:
    await visitor.page.set_viewport_size({"width": 390, "height": 780})
    await visitor.sign_up()
    await visitor.say("Good morning.")
    await visitor.delete_message("Good morning.")

    await visitor.page.get_by_role("button", name="Open the sidebar").click()

    await playwright.expect(visitor.page.get_by_role("status")).to_have_count(0)


async def test_the_account_leads_to_the_documentation_of_the_api(visitor: Visitor) -> None:
    await visitor.sign_up()
    await visitor.page.get_by_role("link", name="Account").click()

    await visitor.page.get_by_role("link", name="API documentation").click()

    await visitor.page.wait_for_url("**/docs")
