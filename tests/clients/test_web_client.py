"""The real pages in a real browser against a real server."""

import re

import pytest

from tests.clients.visitor import Visitor

playwright = pytest.importorskip(
    "playwright.async_api",
    reason="THE WEB CLIENT IS NOT TESTED: install the package playwright",
)
pytestmark = pytest.mark.asyncio(loop_scope="module")

LONGEST_LEARNING_MS = 60_000
LEARNING_ENDED = re.compile("Learnt:|nothing new to learn")
HOSTILE = "<img src=x onerror=alert(1)> [x](javascript:alert(1)) <script>alert(1)</script>"


async def test_what_was_told_in_one_chat_is_cited_in_the_next(visitor: Visitor) -> None:
    await visitor.sign_up()
    told = await visitor.say("My sister is called Anna and she lives in Lisbon.")
    await playwright.expect(told).to_contain_text(LEARNING_ENDED, timeout=LONGEST_LEARNING_MS)

    await visitor.new_chat()
    answer = await visitor.say("What is my sister called?")

    cited = answer.get_by_role("group", name="Memories read for this answer")
    await playwright.expect(cited).to_contain_text("Anna")
    await cited.get_by_role("button", name="Open memory").first.click()
    source = visitor.page.get_by_role("dialog")
    await playwright.expect(source).to_contain_text("Anna")
    await playwright.expect(source).to_contain_text("Match")


async def test_what_is_learnt_is_shown_under_the_answer_and_can_be_forgotten(
    visitor: Visitor,
) -> None:
    await visitor.sign_up()
    answer = await visitor.say("My sister is called Anna.")
    await playwright.expect(answer).to_contain_text("Learnt:", timeout=LONGEST_LEARNING_MS)

    await answer.get_by_role("button", name="Forget").first.click()

    await playwright.expect(answer).to_contain_text("Forgotten")


async def test_what_holds_no_longer_tells_until_when_it_held_and_what_holds_instead(
    visitor: Visitor,
) -> None:
    await visitor.sign_up()
    for said in ("I live in Berlin.", "I moved to Munich."):
        answer = await visitor.say(said)
        await playwright.expect(answer).to_contain_text("Learnt:", timeout=LONGEST_LEARNING_MS)

    await visitor.page.get_by_role("link", name="Memories").click()
    await visitor.page.locator("summary").filter(has_text="no longer true").click()
    await visitor.page.get_by_role("button", name="History: User lives in Berlin.").click()

    history = visitor.page.get_by_role("dialog")
    await playwright.expect(history).to_contain_text("held until")
    instead = history.get_by_role("listitem").last
    await playwright.expect(instead).to_contain_text("Holds instead")
    await playwright.expect(instead).to_contain_text("User lives in Munich.")


async def test_a_paused_chat_reads_memories_and_says_that_it_learns_nothing(
    visitor: Visitor,
) -> None:
    await visitor.sign_up()
    await visitor.remember("User's sister is called Anna.")

    await visitor.new_chat("Memories paused")
    answer = await visitor.say("What is my sister called?")

    await playwright.expect(answer.get_by_role("group")).to_contain_text("Anna")
    await playwright.expect(answer).to_contain_text("Kept · not learnt")


async def test_an_incognito_chat_says_what_is_kept_knows_nothing_and_leaves_nothing(
    visitor: Visitor,
) -> None:
    await visitor.sign_up()
    await visitor.remember("User's sister is called Anna.")

    await visitor.new_chat("Incognito")
    note = visitor.page.get_by_label("Incognito: what is kept")
    await playwright.expect(note).to_contain_text(
        re.compile("nothing that is said in this mode is kept", re.IGNORECASE)
    )
    answer = await visitor.say("What is my sister called?")

    await playwright.expect(answer).to_contain_text("Not kept")
    await playwright.expect(answer).not_to_contain_text("Anna")
    await playwright.expect(answer.get_by_role("group")).to_have_count(0)
    await visitor.page.get_by_role("button", name="End and forget now").click()
    await playwright.expect(visitor.page.get_by_text("The chat is forgotten")).to_be_visible()
    await playwright.expect(visitor.chats).to_have_count(0)


async def test_one_message_can_be_kept_out_of_a_normal_chat(visitor: Visitor) -> None:
    await visitor.sign_up()
    await visitor.say("Good morning.")
    await visitor.page.get_by_role("button", name="Privacy of this message").click()
    await visitor.page.get_by_role("menuitemradio", name="Keep nothing of this message").click()
    await playwright.expect(await visitor.say("This is a secret.")).to_contain_text("Not kept")

    await visitor.page.reload()

    await playwright.expect(visitor.page.get_by_text("Good morning.").first).to_be_visible()
    await playwright.expect(visitor.page.get_by_text("This is a secret.")).to_have_count(0)


async def test_a_deleted_memory_is_gone_with_a_receipt(visitor: Visitor) -> None:
    await visitor.sign_up()
    await visitor.remember("User's cat is called Tom.")

    await visitor.page.get_by_role("button", name="Delete: User's cat is called Tom.").click()
    await visitor.page.get_by_role("button", name="Forget", exact=True).click()

    receipt = visitor.page.get_by_role("status").filter(has_text="Forgotten")
    await playwright.expect(receipt).to_contain_text("1 memory")
    cat = visitor.page.get_by_role("listitem").filter(has_text="Tom")
    await playwright.expect(cat).to_have_count(0)


async def test_a_reload_keeps_the_login_and_a_logout_ends_it(visitor: Visitor) -> None:
    await visitor.sign_up()
    await visitor.page.reload()
    await visitor.field.wait_for()

    await visitor.page.get_by_role("link", name="Account").click()
    await playwright.expect(visitor.page.get_by_text(visitor.email)).to_be_visible()
    await visitor.page.get_by_role("button", name="Log out").click()
    await visitor.page.get_by_text("You have been logged out.").wait_for()
    await visitor.page.reload()

    await playwright.expect(visitor.page.get_by_label("Password")).to_be_visible()


async def test_a_wrong_password_is_told_with_the_id_of_the_request(visitor: Visitor) -> None:
    await visitor.page.goto(visitor.server_url)
    await visitor.page.get_by_role("tab", name="Log in").click()
    await visitor.page.get_by_label("E-mail").fill(visitor.email)
    await visitor.page.get_by_label("Password").fill("not the password")

    await visitor.page.get_by_role("button", name="Log in").click()

    await playwright.expect(visitor.page.get_by_role("alert")).to_contain_text("Request ")


async def test_a_message_is_shown_as_the_text_that_it_is(visitor: Visitor) -> None:
    await visitor.sign_up()

    await visitor.say(HOSTILE)

    said = visitor.page.get_by_role("article", name="You")
    await playwright.expect(said).to_contain_text(HOSTILE)
    assert await visitor.page.locator("article :is(img, script, a)").count() == 0


async def test_an_answers_markup_becomes_elements_and_never_html(visitor: Visitor) -> None:
    await visitor.page.goto(visitor.server_url)

    shown = await visitor.page.evaluate(
        """async (text) => {
          const module = await import(new URL("web/js/markdown.js", document.baseURI).href);
          const box = document.createElement("div");
          module.renderMarkdown(box, text);
          return { text: box.textContent, tags: [...box.querySelectorAll("*")].map((e) => e.localName) };
        }""",
        f"**bold** {HOSTILE}\n\n- one\n  - two\n\n[docs](https://example.org)",
    )

    assert shown["tags"] == ["p", "strong", "ul", "li", "ul", "li", "p", "a"]
    assert "<script>alert(1)</script>" in shown["text"]


async def test_events_are_read_whole_however_the_stream_is_cut(visitor: Visitor) -> None:
    await visitor.page.goto(visitor.server_url)
    stream = (
        ': hello\n\nid: 1\r\nevent: a\r\ndata: {"t":\r\ndata: "ü€😀"}\r\n\r\nid: 2\ndata: {}\n\n'
    )

    events = await visitor.page.evaluate(
        """async (text) => {
          const module = await import(new URL("web/js/sse.js", document.baseURI).href);
          const bytes = new TextEncoder().encode(text);
          const body = new ReadableStream({
            start(out) {
              for (const byte of bytes) out.enqueue(new Uint8Array([byte]));
              out.close();
            },
          });
          const events = [];
          for await (const event of module.eventsOf(body)) events.push(event);
          return events;
        }""",
        stream,
    )

    assert events == [{"id": "1", "data": {"t": "ü€😀"}}, {"id": "2", "data": {}}]
