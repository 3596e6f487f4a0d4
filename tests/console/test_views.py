"""Every page, in both themes and at two widths: no complaint, nothing in anybody's way (axe), a picture."""

from __future__ import annotations

import base64
import os
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Literal

import pytest
from playwright.async_api import Browser, Page

from tests.acceptance.served import ROOT, Client, Receiver, Served, eventually
from tests.console.conftest import Open
from tests.console.stage import HANDSET, NUMBER, happen

PAGES = {
    "/": "Overview", "/send": "Send", "/messages": "Messages", "/inbox": "Inbox", "/phone": "Simulator",
    "/keywords": "Keywords and replies",
    "/campaigns": "Campaigns", "/campaigns/new": "New campaign", "/lists": "Lists",
    "/templates": "Templates", "/links": "Links", "/opt-outs": "Opt-outs",
    "/senders": "Senders and numbers", "/verify": "Verify", "/credentials": "Credentials",
    "/webhooks": "Webhooks", "/explorer": "API explorer",
    "/requests": "Refused requests", "/ledger": "Ledger", "/accounts": "Accounts", "/approvals": "Approvals",
    "/rates": "Rates", "/carriers": "Carriers", "/routes": "Routes", "/people": "People",
    "/audit": "Audit log", "/settings": "Settings",
}  # fmt: skip
AXE = ROOT / "console" / "node_modules" / "axe-core" / "axe.min.js"
SHOTS = os.environ.get("HELIOGRAPH_SHOTS", "")
_RULES = "{runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa']}"
_WIDE, _NARROW = 1280, 390
_UNUSUAL = "“Dhaka – Sylhet”: your bus leaves at 9:30 from stand 4… Please be there at a quarter past nine."


@pytest.mark.parametrize("width", [_NARROW, _WIDE])
@pytest.mark.parametrize("theme", ["dark", "light"])
async def test_every_page_is_whole_and_open_to_everybody(
    opened: Open, api: Client, lived_in: dict[str, str], theme: str, width: int
) -> None:
    page = await opened("/", theme=theme, width=width)
    await _something_happens(page, api)
    faults: list[str] = []
    pages = PAGES | lived_in | await _one_message(api)
    for path, title in (*pages.items(), ("/", "Overview")):  # last again: a minute is counted then
        await page.evaluate("path => history.pushState(null, '', '/console' + path)", path)
        await _settled(page, title)
        if path == "/send":
            await page.get_by_label("Recipients").fill("+8801712345678")
            await page.get_by_role("textbox", name="Text").fill(_UNUSUAL)
            await page.get_by_text(re.compile("unusual character")).wait_for()
        faults += [f"{path} {each}" for each in (*await _axe(page), *await _sideways(page))]
        if SHOTS:
            await _picture(page, path, theme, width)
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize("width", [_WIDE, _NARROW])
@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_the_door_is_open_to_everybody(
    browser: Browser, served: Served, theme: Literal["light", "dark"], width: int
) -> None:
    size = {"width": width, "height": 800 if width == _WIDE else 844}
    page = await browser.new_page(viewport=size, color_scheme=theme)  # type: ignore[arg-type]
    await page.goto(f"{served.url}/console/")
    await _settled(page, "Sign in")
    faults = [*await _axe(page), *await _sideways(page)]
    if SHOTS:
        await _picture(page, "/sign-in", theme, width)
    await page.context.close()
    assert faults == []


@pytest.mark.parametrize("width", [_WIDE, _NARROW])
async def test_longer_words_of_another_language_fit(
    opened: Open, lived_in: dict[str, str], width: int
) -> None:
    page = await opened("/", width=width)
    await page.evaluate("() => localStorage.setItem('heliograph.language', 'bn')")
    await page.reload()
    faults: list[str] = []
    report = next(path for path in lived_in if path.startswith("/campaigns/"))
    for path in ("/", "/send", "/messages", "/campaigns/new", report, "/phone", "/settings"):
        await page.evaluate("path => history.pushState(null, '', '/console' + path)", path)
        await page.wait_for_function("() => document.documentElement.lang === 'bn'")
        await _settled(page)
        faults += [f"{path} {each}" for each in (*await _axe(page), *await _sideways(page))]
        if SHOTS:
            await _picture(page, path, "bengali", width)
    assert not faults, "\n".join(faults)


@pytest.fixture(scope="session")
async def lived_in(served: Served) -> AsyncIterator[dict[str, str]]:
    """Pages about one thing each, on a server where something has happened: path → title."""
    hook, api = Receiver(), Client(served)
    await hook.start()
    try:
        report = await happen(api, hook.url)
        number = f"{HANDSET}-{NUMBER}"
        found = {f"/phone/{HANDSET}": "Simulator", f"/inbox/{number}": "Inbox"}
        found[f"/campaigns/{report}"] = "Winter timetable"
        for kind in ("lists", "links"):
            thing = (await api.native("GET", f"/v1/{kind}?limit=1")).json["items"][0]
            found[f"/{kind}/{thing['id']}"] = thing["name"]
        endpoint = (await api.native("GET", "/v1/endpoints")).json["items"][0]
        found[f"/webhooks/{endpoint['id']}"] = "Deliveries"
        yield found
    finally:
        await api.close()
        await hook.stop()


async def _something_happens(page: Page, api: Client) -> None:
    for ending in range(5):  # the simulated network gives each another fate
        body = {"from": "Heliograph", "to": f"+880171000000{ending}", "text": "Your code is 4711"}
        await api.native("POST", "/v1/messages", body)
    await page.get_by_text("delivered", exact=True).first.wait_for()

    async def one_is_undelivered() -> bool:
        found = await api.native("GET", "/v1/messages?status=undelivered&limit=1")
        return bool(found.json["items"])

    assert await eventually(one_is_undelivered, "a message is undelivered", within_seconds=15)


async def _one_message(api: Client) -> dict[str, str]:
    found = await api.native("GET", "/v1/messages?status=undelivered&limit=1")
    return {f"/messages/{found.json['items'][0]['id']}": "Message"}


async def _settled(page: Page, title: str | None = None) -> None:
    """The page is there and waits for nothing; the event stream never lets the network rest."""
    await page.get_by_role("heading", level=1, name=title, exact=title is not None).wait_for()
    await page.wait_for_function("() => !document.querySelector('.mantine-Loader-root, .waiting')")
    await page.evaluate("() => new Promise(then => requestAnimationFrame(() => setTimeout(then)))")


async def _axe(page: Page) -> list[str]:
    if not await page.evaluate("() => 'axe' in window"):
        await page.evaluate(
            AXE.read_text("utf-8")
        )  # by the debugger: the page's policy holds no more
    return await page.evaluate(
        f"async () => (await axe.run(document, {_RULES})).violations.flatMap("
        "each => each.nodes.map(node => `${each.id}: ${node.target} ${node.failureSummary}`))"
    )


async def _sideways(page: Page) -> list[str]:
    wider = await page.evaluate("() => document.documentElement.scrollWidth - innerWidth")
    return [f"{wider} pixels wider than the screen"] if wider > 0 else []


async def _picture(page: Page, path: str, theme: str, width: int) -> None:
    session = await page.context.new_cdp_session(page)
    shot = await session.send("Page.captureScreenshot", {"format": "webp", "quality": 80})
    place, _, thing = path.strip("/").partition("/")
    name = "-".join(
        filter(None, (place or "overview", thing and ("new" if thing == "new" else "one")))
    )
    size = "wide" if width == _WIDE else "narrow"
    _keep(f"{name}-{theme}-{size}.webp", base64.b64decode(shot["data"]))


def _keep(name: str, picture: bytes) -> None:
    folder = Path(SHOTS)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(picture)
