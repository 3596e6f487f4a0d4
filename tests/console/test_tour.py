"""What a newcomer does in the first hour, in a real browser: each test is one errand to its end."""

from __future__ import annotations

import re
from typing import Any

import aiohttp
from playwright.async_api import Browser, expect

from tests.acceptance.served import Client, Receiver, Served, eventually
from tests.console.conftest import Open, sign_in

NUMBER = "8809610000001"
SECONDS = 15
LONG = "Come by any day between nine and five, and bring the letter that we sent."


async def handset(api: Client, msisdn: str, text: str) -> str:
    """The text on the handset that has this in it, once it is there."""

    async def look() -> str | None:
        seen = (await api.native("GET", f"/v1/simulator/handsets/{msisdn}")).json["messages"]
        return next((each["text"] for each in seen if text in each["text"]), None)

    found: str = await eventually(look, f"{text!r} on {msisdn}", within_seconds=SECONDS)
    return found


async def test_wrong_password_is_told_and_the_right_one_opens_the_overview(
    browser: Browser, served: Served
) -> None:
    context = await browser.new_context()
    page = await context.new_page()
    await page.goto(f"{served.url}/console/messages")
    await page.get_by_label("E-mail").fill("nobody@shop.example")
    await page.get_by_label("Password").fill("not the password")
    await page.get_by_role("button", name="Sign in", exact=True).click()
    await expect(page.get_by_role("alert")).to_be_visible()
    await sign_in(page, served)
    cookies = await context.cookies()
    assert [(each["httpOnly"], each["sameSite"]) for each in cookies] == [(True, "Strict")]
    await page.get_by_role("button", name="You").click()
    await page.get_by_role("menuitem", name="Sign out").click()
    await expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    await context.close()


async def test_message_is_sent_delivered_answered_and_becomes_a_conversation(
    opened: Open, api: Client
) -> None:
    to = "8801711000201"
    page = await opened("/send")
    await page.get_by_label("Recipients").fill(f"+{to}")
    await page.get_by_label("Text", exact=False).first.fill(f"Your parcel is “here”. {LONG}")
    await expect(page.get_by_text("2 unusual character(s)")).to_be_visible()
    await page.get_by_role("button", name=re.compile("^Replace 2 of them")).click()
    await page.get_by_role("button", name="Send", exact=True).click()
    await expect(page.get_by_text("Just sent")).to_be_visible()
    await expect(page.get_by_text("delivered", exact=True)).to_be_visible()
    assert await handset(api, to, "parcel") == f'Your parcel is "here". {LONG}'

    await page.get_by_role("link", name=f"{to}").click()
    await expect(page.get_by_text("everything", exact=True)).to_be_visible()  # the route
    await expect(page.get_by_text(re.compile("stat:DELIVRD"))).to_be_visible()

    phone = await opened("/phone")
    await phone.get_by_label("Number of the handset").fill(to)
    shown = phone.get_by_role("log").get_by_text(re.compile('parcel is "here"'))
    await expect(shown).to_be_visible()
    await phone.get_by_label("Message from the handset").fill("Thank you")
    await phone.get_by_role("button", name="Send from the handset").click()

    inbox = await opened("/inbox")
    await inbox.get_by_role("button", name=re.compile(f"{to}")).click()
    await expect(inbox.get_by_role("log").get_by_text("Thank you")).to_be_visible()
    await inbox.get_by_label("Reply").fill("You are welcome")
    await inbox.get_by_role("button", name="Reply").click()
    assert await handset(api, to, "welcome") == "You are welcome"


async def test_credential_that_was_made_here_sends_by_http(opened: Open, served: Served) -> None:
    page = await opened("/credentials")
    await page.get_by_role("button", name="New credential").click()
    await page.get_by_label("What it is for").fill("the tour")
    await page.get_by_role("button", name="Make it").click()
    secret = await page.get_by_test_id("secret").inner_text()
    snippet = await page.get_by_role("region", name="curl").inner_text()
    assert served.url in snippet
    assert secret.strip() in snippet
    body = {"from": "Heliograph", "to": "+8801711000202", "text": "By the new key"}
    headers = {"Authorization": f"Bearer {secret.strip()}"}
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{served.url}/v1/messages", json=body, headers=headers) as reply,
    ):
        assert reply.status == 201


async def test_webhook_is_made_called_and_called_again(
    opened: Open, api: Client, receiver: Receiver
) -> None:
    page = await opened("/webhooks")
    await page.get_by_role("button", name="New endpoint").first.click()
    await page.get_by_label("URL").fill(receiver.url)
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_text("Keep this secret now")).to_be_visible()
    await api.native(
        "POST", "/v1/messages", {"from": "Heliograph", "to": "+8801711000203", "text": "Told"}
    )

    async def told_of_delivery() -> bool:
        return any(each.body["type"] == "message.delivered" for each in receiver.told)

    assert await eventually(told_of_delivery, "the webhook is told", within_seconds=SECONDS)
    await page.get_by_role("link", name=receiver.url).click()
    await page.get_by_role("button", name="Replay").first.click()
    await expect(page.get_by_text(re.compile("told again"))).to_be_visible()

    async def told_twice() -> bool:
        names = [each.webhook_id for each in receiver.told]
        return len(names) > len(set(names))

    assert await eventually(told_twice, "the webhook is told again", within_seconds=SECONDS)


async def test_number_is_bought_and_approved(opened: Open) -> None:
    page = await opened("/senders")
    await page.get_by_role("tab", name="Get a number").click()
    await page.get_by_label("Contains").fill("4909021")
    row = page.get_by_role("row", name=re.compile("8801844909021"))
    await row.get_by_role("button", name="Buy").click()
    await page.get_by_role("dialog").get_by_role("button", name="Buy", exact=True).click()
    await expect(page.get_by_text("Bought. It waits for approval.")).to_be_visible()
    operator = await opened("/approvals")
    waiting = operator.get_by_role("row", name=re.compile("8801844909021"))
    await waiting.get_by_role("button", name="Approve").click()
    await expect(waiting).to_have_count(0)
    await page.get_by_role("tab", name="Numbers").click()
    await expect(page.get_by_text("8801844909021")).to_be_visible()


async def test_list_is_imported_and_its_campaign_runs_and_its_link_is_followed(
    opened: Open, api: Client, served: Served
) -> None:
    links = await opened("/links")
    await links.get_by_role("button", name="New link").first.click()
    await links.get_by_label("Name").fill("tour")
    await links.get_by_label("Leads to").fill(f"{served.url}/healthz")
    await links.get_by_role("button", name="Save").click()
    await expect(links.get_by_role("link", name="tour")).to_be_visible()

    page = await opened("/lists")
    people = b"number,first name\n8801711000301,Ada\n8801711000302,Bob\n12,Nobody\n"
    chosen: Any = {"name": "tour.csv", "mimeType": "text/csv", "buffer": people}
    await page.locator("input[type=file]").set_input_files(chosen)
    await expect(page.get_by_role("cell", name="Ada")).to_be_visible()
    await page.get_by_role("button", name="Import", exact=True).click()
    await expect(page.get_by_text("2 taken, 0 twice, 1 refused.")).to_be_visible()
    await expect(page.get_by_text("Line 4: too short")).to_be_visible()

    wizard = await opened("/campaigns/new")
    await wizard.get_by_label("Name").fill("Tour")
    await wizard.get_by_role("combobox", name="Lists of recipients").click()
    await wizard.get_by_role("option", name=re.compile("tour")).click()
    await wizard.keyboard.press("Escape")
    await wizard.get_by_role("button", name="Further").click()
    await wizard.get_by_role("combobox", name="Sender").click()
    await wizard.get_by_role("option", name="Heliograph").click()
    await wizard.get_by_role("textbox", name="Text").fill("Hi {{first_nam}}, look: ")
    await expect(wizard.get_by_text("There is no such token")).to_be_visible()
    await wizard.get_by_role("textbox", name="Text").fill("Hi {{first_name}}, look: ")
    await wizard.get_by_role("button", name="Link", exact=True).click()
    await wizard.get_by_role("menuitem", name="tour").click()
    handset_shown = wizard.get_by_role("group", name="What the handset shows")
    await expect(handset_shown.get_by_text(re.compile("Hi Ada, look: http"))).to_be_visible()
    await wizard.reload()  # the draft survives
    await wizard.get_by_role("button", name="Further").click()
    await expect(wizard.get_by_role("row", name=re.compile("healthz"))).to_be_visible()
    await wizard.get_by_role("button", name="Further").click()
    await wizard.get_by_role("button", name="Further").click()
    await expect(wizard.get_by_text("What the price is made of")).to_be_visible()
    await wizard.get_by_role("button", name="Send now").click()
    await expect(wizard.get_by_text("2 of 2 have ended")).to_be_visible()

    text = await handset(api, "8801711000301", "Hi Ada")
    short = re.search(r"https?://\S+", text)
    assert short is not None
    visitor = await wizard.context.new_page()
    arrived = await visitor.goto(short[0])
    assert arrived is not None
    assert arrived.url.startswith(f"{served.url}/healthz")
    await visitor.close()
    await links.bring_to_front()  # a page that nobody sees does not ask again
    await links.get_by_role("link", name="tour").click()
    await expect(links.get_by_text("Clicks by day")).to_be_visible()
    unfollowed = links.get_by_text("Nobody has followed it yet")
    await expect(unfollowed).to_have_count(0, timeout=20_000)


async def test_invited_viewer_chooses_a_password_and_sees_only_what_the_role_allows(
    opened: Open, browser: Browser
) -> None:
    page = await opened("/people")
    await page.get_by_role("button", name="Invite somebody").click()
    await page.get_by_label("E-mail").fill("ada@shop.example")
    await page.get_by_role("textbox", name="Name").fill("Ada")
    await page.get_by_role("button", name="Make the link").click()
    link = await page.get_by_text(re.compile("/console/join#")).inner_text()
    context = await browser.new_context()
    guest = await context.new_page()
    await guest.goto(link)
    await guest.get_by_label("Password").fill("a sentence that is long")
    await guest.get_by_role("button", name="Go on").click()
    await expect(guest.get_by_role("heading", name="Overview", level=1)).to_be_visible()
    menu = guest.get_by_role("navigation", name="Main")
    await expect(menu.get_by_role("link", name="Messages")).to_be_visible()
    for hidden in ("Send", "Credentials", "Accounts", "People"):
        await expect(menu.get_by_role("link", name=hidden, exact=True)).to_have_count(0)
    await context.close()


async def test_bengali_is_spoken_and_remembered(opened: Open) -> None:
    page = await opened("/messages")
    await page.get_by_role("button", name="Language").click()
    await page.get_by_role("menuitem", name="বাংলা").click()
    await expect(page.get_by_role("heading", name="বার্তা", level=1)).to_be_visible()
    await page.reload()
    await expect(page.get_by_role("heading", name="বার্তা", level=1)).to_be_visible()
    assert await page.locator("html").get_attribute("lang") == "bn"
