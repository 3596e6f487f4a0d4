"""The first start of a house without a demo, in the browser of whoever started it."""

from __future__ import annotations

from pathlib import Path

from playwright.async_api import Browser, expect

from tests.acceptance.plain import LINK, Plain

PASSWORD = "correct horse battery staple"


async def test_the_link_of_the_first_start_makes_the_owner_and_then_leads_nowhere(
    browser: Browser, tmp_path: Path
) -> None:
    house = Plain(tmp_path / "data")
    found = LINK.search(await house.start())
    assert found is not None
    context = await browser.new_context()
    try:
        page = await context.new_page()
        await page.goto(found[0])
        await page.get_by_label("Name of your company").fill("Shop")
        await page.get_by_label("E-mail").fill("me@shop.example")
        await page.get_by_label("Your name").fill("Amina")
        await page.get_by_label("Password").fill("too short")
        await page.get_by_role("button", name="Go on").click()
        await expect(page.get_by_role("heading", name="Set up Heliograph")).to_be_visible()
        await page.get_by_label("Password").fill(PASSWORD)
        await page.get_by_role("button", name="Go on").click()
        await expect(page.get_by_role("heading", name="Overview", level=1)).to_be_visible()
        await expect(
            page.get_by_role("link", name="Accounts")
        ).to_be_visible()  # of the house itself

        stranger = await (await browser.new_context()).new_page()
        await stranger.goto(found[0])
        await expect(stranger.get_by_role("alert")).to_be_visible()
        await stranger.context.close()

        await page.get_by_role("button", name="You").click()
        await page.get_by_role("menuitem", name="Sign out").click()
        await page.get_by_label("E-mail").fill("me@shop.example")
        await page.get_by_label("Password").fill(PASSWORD)
        await page.get_by_role("button", name="Sign in", exact=True).click()
        await expect(page.get_by_role("heading", name="Overview", level=1)).to_be_visible()
    finally:
        await context.close()
        await house.stop()
