"""The console in a real browser, on the whole product with its demo.

Collected only by `make console-test`, which names the browser's program in `HELIOGRAPH_CONSOLE`.
Playwright's own browsers are not downloaded. `HELIOGRAPH_SHOTS` names a folder for pictures of every page.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TYPE_CHECKING

import pytest

from tests.acceptance.served import Client, Receiver, Served

if TYPE_CHECKING:
    from playwright.async_api import Browser, BrowserContext, Page, StorageState

BROWSER = os.environ.get("HELIOGRAPH_CONSOLE", "")
collect_ignore_glob = [] if BROWSER else ["test_*.py"]
_ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
_PATIENCE_MS = 15_000

Open = Callable[..., Awaitable["Page"]]


@pytest.fixture(scope="session")
async def served(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Served]:
    house = Served(tmp_path_factory.mktemp("console") / "data")
    await house.start()
    try:
        yield house
    finally:
        await house.terminate()


@pytest.fixture
async def api(served: Served) -> AsyncIterator[Client]:
    client = Client(served)
    try:
        yield client
    finally:
        await client.close()


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    hook = Receiver()
    await hook.start()
    try:
        yield hook
    finally:
        await hook.stop()


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    from playwright.async_api import async_playwright

    async with async_playwright() as playwright:
        program = await playwright.chromium.launch(executable_path=BROWSER, args=list(_ARGUMENTS))
        yield program
        await program.close()


async def sign_in(page: Page, served: Served) -> None:
    """By the form, as the demo's owner; ends at the overview."""
    who = served.known["console"]
    await page.goto(f"{served.url}/console/")
    await page.get_by_label("E-mail").fill(who["email"])
    await page.get_by_label("Password").fill(who["password"])
    await page.get_by_role("button", name="Sign in", exact=True).click()
    await page.get_by_role("heading", name="Overview", level=1).wait_for()


@pytest.fixture(scope="session")
async def known_browser(browser: Browser, served: Served) -> StorageState:
    """The cookies of a browser in which the demo's owner is signed in."""
    context = await browser.new_context()
    await sign_in(await context.new_page(), served)
    state = await context.storage_state()
    await context.close()
    return state


@pytest.fixture
async def opened(
    browser: Browser, served: Served, known_browser: StorageState
) -> AsyncIterator[Open]:
    """Opens a page of somebody who is signed in; fails the test for what the browser complains of."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    async def open_page(path: str = "/", *, theme: str = "light", width: int = 1280) -> Page:
        context = await browser.new_context(
            viewport={"width": width, "height": 844 if width < 600 else 800},
            color_scheme="dark" if theme == "dark" else "light",
            locale="en-GB",
            timezone_id="Asia/Dhaka",
            storage_state=known_browser,
        )
        context.set_default_timeout(_PATIENCE_MS)
        contexts.append(context)
        page = await context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on(
            "console", lambda said: complaints.append(said.text) if said.type == "error" else None
        )
        await page.goto(f"{served.url}/console{path}")
        await page.get_by_role("heading", level=1).wait_for()
        return page

    yield open_page
    for context in contexts:
        await context.close()
    assert complaints == []
