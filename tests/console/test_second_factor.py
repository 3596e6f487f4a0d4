"""The second factor, from switching it on to the day when the phone is lost."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from playwright.async_api import Browser, Page, expect
from pyotp import TOTP

from tests.acceptance.served import Client
from tests.console.people import PASSWORD, invited

EMAIL = "careful@shop.example"


async def test_it_is_switched_on_asked_for_and_given_by_app_or_recovery_code(
    browser: Browser, api: Client
) -> None:
    page = await invited(browser, api, EMAIL, "developer")
    await page.get_by_role("button", name="You").click()
    await page.get_by_role("menuitem", name="Settings").click()
    panel = page.locator("form", has=page.get_by_text("makes a stolen password useless"))
    await panel.get_by_label("Present password").fill(PASSWORD)
    await page.get_by_role("button", name="Switch it on").click()
    secret = await page.locator("code").first.inner_text()
    await page.get_by_role("textbox", name="Code").fill("000000")
    await page.get_by_role("button", name="Confirm").click()
    await expect(page.get_by_role("alert").filter(has_text="That did not work")).to_be_visible()
    await page.get_by_role("textbox", name="Code").fill(TOTP(secret).now())
    await page.get_by_role("button", name="Confirm").click()
    await expect(page.get_by_text("Keep these recovery codes")).to_be_visible()
    recovery = (await page.locator("pre").first.inner_text()).split()
    assert len(set(recovery)) == 10

    later = datetime.now(UTC) + timedelta(seconds=30)  # the code of now has been used
    await _back_in(page, TOTP(secret).at(later))
    await _back_in(page, recovery[0])
    await _out(page)
    await _password(page)
    await page.get_by_label("Code from your authenticator").fill(recovery[0])
    await page.get_by_role("button", name="Sign in", exact=True).click()
    await expect(page.get_by_role("alert")).to_be_visible()  # each is good once
    await page.context.close()


async def _back_in(page: Page, code: str) -> None:
    await _out(page)
    await _password(page)
    await page.get_by_label("Code from your authenticator").fill(code)
    await page.get_by_role("button", name="Sign in", exact=True).click()
    await expect(page.get_by_role("button", name="You")).to_be_visible()


async def _out(page: Page) -> None:
    await page.get_by_role("button", name="You").click()
    await page.get_by_role("menuitem", name="Sign out").click()


async def _password(page: Page) -> None:
    await page.get_by_label("E-mail").fill(EMAIL)
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_role("button", name="Sign in", exact=True).click()
