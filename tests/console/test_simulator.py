"""The phone and the network's faults, and messages that only try things out."""

from __future__ import annotations

import re

from playwright.async_api import expect

from tests.acceptance.served import Client
from tests.console.conftest import Open

WAIT_MS = 15_000


async def test_a_slider_holds_from_the_next_message_on_until_it_is_reset(
    opened: Open, api: Client
) -> None:
    page = await opened("/phone")
    await page.get_by_label("Number of the handset").fill("8801711000210")
    newest = page.get_by_role("region", name="Newest messages to it")
    try:
        slider = page.get_by_role("slider", name="Rejected")
        await slider.focus()
        async with page.expect_response(re.compile("/v1/simulator/faults")) as told:
            await page.keyboard.press("End")
        assert (await (await told.value).json())["rejected_share"] == 1
        await page.get_by_role("slider", name="Expired").press("End")  # no room beside it
        await expect(page.get_by_role("slider", name="Expired")).to_have_attribute(
            "aria-valuenow", "0"
        )
        await page.get_by_role("button", name="Send it one").click()
        await expect(newest.get_by_text("rejected", exact=True)).to_be_visible(timeout=WAIT_MS)
        await expect(page.get_by_text("No messages on this handset yet")).to_be_visible()
        async with page.expect_response(re.compile("/v1/simulator/faults")):
            await page.get_by_role("button", name="Reset").click()
        await page.get_by_role("button", name="Send it one").click()
        await expect(newest.get_by_text("delivered", exact=True)).to_be_visible(timeout=WAIT_MS)
        await expect(page.get_by_role("log").get_by_text(re.compile("^Hello at"))).to_be_visible()
    finally:
        await api.native("PUT", "/v1/simulator/faults", {})


async def test_a_message_in_test_mode_costs_nothing_and_is_marked_ever_after(
    opened: Open, api: Client
) -> None:
    await api.call(
        "POST",
        "/v1/lists/import?name=Two+friends&columns=to",
        b"8801711000211\n8801711000212\n",
        {"Authorization": f"Bearer {api.served.api_key}", "Content-Type": "text/csv"},
    )
    page = await opened("/send")
    await page.get_by_role("combobox", name="Add the numbers of a list").click()
    await page.get_by_role("option", name=re.compile("Two friends")).click()
    await expect(page.get_by_label("Recipients")).to_have_value("+8801711000211\n+8801711000212")
    await page.get_by_role("textbox", name="Text").fill("Only to try it")
    await page.get_by_role("switch", name="Test mode").check()
    await expect(page.get_by_text("€0.00")).to_be_visible()
    await page.get_by_role("button", name="Send as a test").click()
    await expect(page.get_by_text("test", exact=True).nth(1)).to_be_visible()
    await page.get_by_role("link", name="8801711000211").click()
    await expect(page.get_by_text("Test: no carrier had it")).to_be_visible()


async def test_the_explorer_asks_as_whoever_is_signed_in(opened: Open) -> None:
    page = await opened("/explorer/createTemplate")
    await page.get_by_label("Body").fill('{"name": "by hand", "text": "Hi {{name}}"}')
    await page.get_by_role("button", name="Ask").click()
    await expect(page.get_by_text("201", exact=True)).to_be_visible()
    operation = page.get_by_role("combobox", name="Operation")
    await operation.click()
    await operation.fill("/v1/templates")
    await page.get_by_role("option", name="GET /v1/templates ·").click()
    await page.get_by_role("button", name="Ask").click()
    await expect(page.get_by_role("region", name="Answer")).to_contain_text("by hand")
