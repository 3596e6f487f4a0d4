"""What a role may not do is there to be seen, with the reason, and cannot be done."""

from __future__ import annotations

from playwright.async_api import Browser, expect

from tests.acceptance.served import Client
from tests.console.people import invited


async def test_a_viewer_sees_buttons_that_say_why_they_do_nothing(
    browser: Browser, api: Client
) -> None:
    page = await invited(browser, api, "looker@shop.example", "viewer")
    told = await page.request.get(f"{api.served.url}/v1/session")
    may = set((await told.json())["may"])
    assert not {"createTemplate", "sendMessage"} & may
    await page.get_by_role("link", name="Templates").click()
    button = page.get_by_role("button", name="New template").first
    await expect(button).to_have_attribute("aria-disabled", "true")
    await button.hover()
    await expect(page.get_by_role("tooltip")).to_contain_text("Your role, viewer, does not allow")
    await button.press("Enter")
    await expect(page.get_by_role("dialog")).to_have_count(0)
    await expect(page.get_by_role("link", name="Send", exact=True)).to_have_count(0)
    await page.context.close()


async def test_whoever_may_has_the_button(browser: Browser, api: Client) -> None:
    page = await invited(browser, api, "writer@shop.example", "marketer")
    await page.get_by_role("link", name="Templates").click()
    await page.get_by_role("button", name="New template").first.click()
    await expect(page.get_by_role("dialog")).to_be_visible()
    await page.context.close()
