"""What the page says about forgetting, and what it forgets."""

import re

import pytest

from tests.clients.visitor import Visitor

playwright = pytest.importorskip(
    "playwright.async_api",
    reason="THE WEB CLIENT IS NOT TESTED: install the package playwright",
)
pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_deleting_a_chat_says_that_what_was_known_from_it_alone_goes_too(
    visitor: Visitor,
) -> None:
    await visitor.sign_up()
    await visitor.say("Good morning.")

    dialog = await visitor.more("Delete chat")

    await playwright.expect(dialog).to_contain_text("memories known from this chat alone")


async def test_ending_the_incognito_part_of_a_kept_chat_leaves_what_was_kept(
    visitor: Visitor,
) -> None:
    await visitor.sign_up()
    await visitor.say("Good morning.")
    await visitor.change_mode("Incognito")
    await visitor.say("This is a secret.")
    note = visitor.page.get_by_label("Incognito: what is kept")
    await playwright.expect(note).to_contain_text("The messages above are kept.")

    await note.get_by_role("button", name="End incognito and forget it").click()

    said = visitor.page.get_by_role("article", name="You")
    await playwright.expect(visitor.page.get_by_text("Incognito has ended")).to_be_visible()
    await visitor.page.get_by_role("button", name="Privacy mode: Normal").wait_for()
    await playwright.expect(said).to_have_text(re.compile("Good morning."))
    await playwright.expect(visitor.chats).to_have_count(1)


async def test_a_kept_chat_in_incognito_is_deleted_only_after_a_confirmation(
    visitor: Visitor,
) -> None:
    await visitor.sign_up()
    await visitor.say("Good morning.")
    await visitor.change_mode("Incognito")

    dialog = await visitor.more("Delete chat")

    await dialog.get_by_role("button", name="Cancel").click()
    await playwright.expect(visitor.chats).to_have_count(1)


async def test_a_single_message_is_deleted_with_a_receipt(visitor: Visitor) -> None:
    await visitor.sign_up()
    await visitor.say("Good morning.")
    said = visitor.page.get_by_role("article", name="You")

    await visitor.delete_message("Good morning.")

    receipt = visitor.page.get_by_role("status").filter(has_text="The message is forgotten")
    await playwright.expect(receipt).to_contain_text("1 message")
    await playwright.expect(said).to_have_count(0)
    await visitor.page.get_by_role("heading", name="Untitled chat").wait_for()
    await visitor.page.reload()
    await visitor.page.get_by_role("article", name="Answer").wait_for()
    await playwright.expect(said).to_have_count(0)


async def test_what_was_learnt_from_a_deleted_message_is_shown_as_forgotten(
    visitor: Visitor,
) -> None:
    await visitor.sign_up()
    answer = await visitor.say("My sister is called Anna.")
    await playwright.expect(answer).to_contain_text("Learnt:", timeout=60_000)

    await visitor.delete_message("My sister is called Anna.")

    await playwright.expect(answer).to_contain_text("Forgotten")
