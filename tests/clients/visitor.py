from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from uuid import uuid4

if TYPE_CHECKING:
    from playwright.async_api import Locator, Page


@dataclass
class Visitor:
    """Somebody with an account of their own in front of the page."""

    page: "Page"
    server_url: str
    email: str = field(default_factory=lambda: f"{uuid4()}@example.org")
    password: str = "correct horse battery"

    async def sign_up(self) -> None:
        await self.page.goto(self.server_url)
        await self.page.get_by_label("E-mail").fill(self.email)
        await self.page.get_by_label("Password").fill(self.password)
        await self.page.get_by_role("button", name="Create account").click()
        await self.field.wait_for()

    async def new_chat(self, mode: str = "Normal") -> None:
        await self.page.get_by_role("button", name="New chat").click()
        await self.page.get_by_role("radio", name=mode).check()

    async def say(self, words: str) -> "Locator":
        """The answer, once it is complete."""
        earlier = await self.page.get_by_role("article", name="Answer").count()
        await self.field.fill(words)
        await self.field.press("Enter")
        answer = self.page.get_by_role("article", name="Answer").nth(earlier)
        await answer.get_by_role("button", name="Copy the answer").wait_for()
        return answer

    async def remember(self, words: str) -> None:
        """The memory stands in the list after it was added by hand."""
        await self.page.get_by_role("link", name="Memories").click()
        await self.page.get_by_role("button", name="Add memory").click()
        form = self.page.get_by_role("dialog")
        await form.get_by_label("What to remember").fill(words)
        await form.get_by_role("button", name="Add memory").click()
        await self.page.get_by_role("listitem").filter(has_text=words).wait_for()

    @property
    def field(self) -> "Locator":
        return self.page.get_by_label("Message", exact=True)

    @property
    def chats(self) -> "Locator":
        return self.page.get_by_role("navigation", name="Chats").get_by_role("link")

    async def change_mode(self, name: str) -> None:
        """The open chat goes on in another mode."""
        await self.page.get_by_role("button", name="Privacy mode:").click()
        await self.page.get_by_role("menuitemradio", name=name).click()
        await self.page.get_by_role("button", name=f"Privacy mode: {name}").wait_for()

    async def more(self, action: str) -> "Locator":
        """The dialog that an action on the open chat asks with."""
        await self.page.get_by_role("button", name="More", exact=True).click()
        await self.page.get_by_role("menuitem", name=action).click()
        return self.page.get_by_role("dialog")

    async def delete_message(self, words: str) -> None:
        """The receipt of one of the visitor's messages is shown."""
        said = self.page.get_by_role("article", name="You").filter(has_text=words)
        await said.hover()
        await said.get_by_role("button", name="Delete this message").click()
        await self.page.get_by_role("button", name="Delete message", exact=True).click()
        await self.page.get_by_role("status").filter(has_text="The message is forgotten").wait_for()

    async def new_profile(self, name: str) -> None:
        """Another memory profile is in use."""
        await self.page.get_by_role("button", name="Memory profile:").click()
        await self.page.get_by_role("menuitem", name="New profile").click()
        form = self.page.get_by_role("dialog")
        await form.get_by_label("Name").fill(name)
        await form.get_by_role("button", name="Create profile").click()
        await self.page.get_by_role("button", name=f"Memory profile: {name}").wait_for()

    async def log_out(self) -> None:
        await self.page.get_by_role("link", name="Account").click()
        await self.page.get_by_role("button", name="Log out").click()
        await self.page.get_by_text("You have been logged out.").wait_for()

    async def log_in(self) -> None:
        await self.page.goto(self.server_url)
        await self.page.get_by_role("tab", name="Log in").click()
        await self.page.get_by_label("E-mail").fill(self.email)
        await self.page.get_by_label("Password").fill(self.password)
        await self.page.get_by_role("button", name="Log in").click()
        await self.field.wait_for()
