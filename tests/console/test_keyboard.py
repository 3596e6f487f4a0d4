"""Two errands without a mouse: every step is Tab, Enter, arrows and letters."""

from __future__ import annotations

import re

from playwright.async_api import Locator, Page, expect

from tests.acceptance.served import Client
from tests.console.conftest import Open

FAR = 80
_PATIENCE_MS = 20_000
"""For what the server is asked meanwhile, on a busy machine."""


async def _tab_to(page: Page, wanted: Locator) -> None:
    """By Tab alone; whatever is in the way is on the way. What is switched off has no place in it."""
    await expect(wanted).to_be_enabled(timeout=_PATIENCE_MS)
    for _ in range(FAR):
        await page.keyboard.press("Tab")
        if await wanted.evaluate("each => each === document.activeElement"):
            return
    raise AssertionError(f"not reached by {FAR} tabs: {wanted}")


async def _write(page: Page, wanted: Locator, text: str) -> None:
    await _tab_to(page, wanted)
    await page.keyboard.type(text)


async def _press(page: Page, name: str) -> None:
    await _tab_to(page, page.get_by_role("button", name=name, exact=True))
    await page.keyboard.press("Enter")


async def _choose(page: Page, name: str, option: str) -> None:
    await _tab_to(page, page.get_by_role("combobox", name=name))
    await page.keyboard.press("ArrowDown")
    wanted = page.get_by_role("option", name=re.compile(option))
    await wanted.wait_for()
    for _ in range(FAR):
        if await wanted.get_attribute("data-combobox-selected"):
            break
        await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")


async def test_a_message_is_sent_by_the_keyboard(opened: Open) -> None:
    page = await opened("/send")
    await page.keyboard.press("Tab")
    await expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    await page.keyboard.press("Enter")
    await _write(page, page.get_by_label("Recipients"), "+8801711000221")
    await _write(page, page.get_by_role("textbox", name="Text"), "No mouse was here")
    await _press(page, "Send")
    await expect(page.get_by_text("delivered", exact=True)).to_be_visible()


async def test_a_campaign_is_sent_by_the_keyboard(opened: Open, api: Client) -> None:
    body = {"name": "Keys", "numbers": ["8801711000222"]}
    assert (await api.native("POST", "/v1/lists", body)).status < 300
    page = await opened("/campaigns/new")
    await _write(page, page.get_by_label("Name"), "By keys")
    await _choose(page, "Lists of recipients", "Keys")
    await page.keyboard.press("Escape")
    await _press(page, "Further")
    await _choose(page, "Sender", "Heliograph")
    await _write(page, page.get_by_role("textbox", name="Text"), "No mouse was here")
    for _ in range(3):
        await _press(page, "Further")
    await _press(page, "Send now")
    await expect(page.get_by_text("1 of 1 have ended")).to_be_visible()
