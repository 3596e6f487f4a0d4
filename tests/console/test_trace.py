"""The page of one message: how it came, and what was checked."""

from __future__ import annotations

from playwright.async_api import expect

from tests.acceptance.served import Client
from tests.console.conftest import Open


async def test_a_message_shows_its_request_without_secrets_and_what_was_checked(
    opened: Open, api: Client
) -> None:
    note = f"mine is {api.served.api_key}"
    body = {"from": "Heliograph", "to": "+8801711000310", "text": "Hello", "reference": note}
    made = await api.native("POST", "/v1/messages", body)
    page = await opened(f"/messages/{made.json['id']}", width=390)
    kept = page.get_by_role("region", name="Body")
    await expect(kept).to_contain_text('"reference": "mine is •••"')
    await expect(kept).not_to_contain_text(api.served.api_key)
    await expect(page.get_by_text("POST /v1/messages", exact=True)).to_be_visible()
    await expect(page.get_by_text("Heliograph · approved for this account")).to_be_visible()
    await expect(page.get_by_text("card default, line 880")).to_be_visible()
