import shutil
from collections.abc import AsyncIterator, Iterator
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
import pytest_asyncio

from tests.clients.visitor import Visitor
from tests.support.person import Person
from tests.support.running_upstream import RunningUpstream
from tests.support.server import Server
from tests.support.settings import asks

if TYPE_CHECKING:
    from playwright.async_api import Browser, ConsoleMessage, Page

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
LONGEST_WAIT_MS = 15_000


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator["Browser"]:
    playwright = pytest.importorskip(
        "playwright.async_api", reason="THE PAGES ARE NOT TESTED: install the package playwright"
    )
    names = ("chromium", "chromium-browser", "chrome")
    path = next(filter(None, map(shutil.which, names)), None)
    if path is None:
        pytest.skip("THE PAGES ARE NOT TESTED: install the package chromium")
    async with playwright.async_playwright() as engines:
        browser = await engines.chromium.launch(executable_path=path, args=list(FLAGS))
        yield browser
        await browser.close()


@pytest_asyncio.fixture(loop_scope="module")
async def page(browser: "Browser", server_url: str) -> AsyncIterator["Page"]:
    """A page that, at the end, met no script error, no policy violation and no other host."""
    context = await browser.new_context()
    page = await context.new_page()
    page.set_default_timeout(LONGEST_WAIT_MS)
    faults: list[str] = []
    hosts: set[str] = set()

    def note(message: "ConsoleMessage") -> None:
        if "Content Security Policy" in message.text:
            faults.append(message.text)

    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", note)
    page.on("request", lambda request: hosts.add(urlsplit(request.url).netloc))
    yield page
    await context.close()
    assert faults == []
    assert hosts == {urlsplit(server_url).netloc}


@pytest_asyncio.fixture(loop_scope="module")
async def visitor(page: "Page", server_url: str) -> Visitor:
    return Visitor(page, server_url)


@pytest.fixture(scope="session")
def upstream() -> Iterator[RunningUpstream]:
    with RunningUpstream() as running:
        yield running


@pytest.fixture(scope="session")
def asking(upstream: RunningUpstream, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that asks the scripted model, for answers only."""
    never = {"MEMORYCHAT_LEARNING__IDLE_S": "3600", "MEMORYCHAT_LEARNING__MAX_WAIT_S": "3600"}
    with Server(tmp_path_factory.mktemp("asking"), {**asks(upstream.url), **never}) as running:
        yield running


@pytest.fixture
def zoe(asking: Server, upstream: RunningUpstream) -> Iterator[Person]:
    upstream.script()
    with Person(asking, "zoe") as person:
        yield person
