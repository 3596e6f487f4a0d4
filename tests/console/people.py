"""Somebody who comes by an invitation, in a browser of their own."""

from __future__ import annotations

from playwright.async_api import Browser, Page

from tests.acceptance.served import Client

PASSWORD = "correct horse battery staple"


async def invited(browser: Browser, api: Client, email: str, role: str) -> Page:
    """Their page, signed in; whoever asks closes its context."""
    body = {"email": email, "name": f"The {role}", "role": role}
    made = await api.native("POST", "/v1/people", body)
    assert made.status == 201, made.body
    page = await (await browser.new_context(locale="en-GB")).new_page()
    await page.goto(made.json["link"])
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_role("button", name="Go on").click()
    await page.get_by_role("heading", name="Overview", level=1).wait_for()
    return page
