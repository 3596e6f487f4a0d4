"""Visitors are sent where the link leads for their kind, and each visit is counted once."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date, timedelta
from typing import Any

import msgspec
import pytest

from heliograph.flow.links import ALPHABET, CODE_LENGTH, make_code
from heliograph.flow.lookup import Lookup
from heliograph.model.command import Done, FindMessage, MessageTrace
from heliograph.model.link import (
    ClickDay,
    GetLinkClicks,
    LinkReport,
    MarkLinkConverted,
    SmartLink,
)
from heliograph.model.refusal import Refusal, Refused
from heliograph.products.links import redirect
from heliograph.products.links.agents import Agent
from heliograph.products.links.guesses import MISSES_AT_ONCE
from heliograph.products.links.redirect import Nowhere, Redirects, Visit
from heliograph.products.links.reports import Reports
from heliograph.store import partitions
from tests.flow.conftest import LINK_BASE, SERVER_KEY, Parts

URL = "https://shop.example/sale?x=1#top"
IPHONE = Visit(Agent.IOS, "192.0.2.1", "Mozilla/5.0 (iPhone)")
PIXEL = Visit(Agent.ANDROID, "192.0.2.2", "Mozilla/5.0 (Android)")
DESKTOP = Visit(Agent.DESKTOP, "192.0.2.3", "Mozilla/5.0 (X11)")
WHATSAPP = Visit(Agent.PREVIEW, "192.0.2.4", "WhatsApp/2")
CRAWLER = Visit(Agent.BOT, "192.0.2.5", "Googlebot")
DAY = date(2026, 5, 1)


class House:
    """A house with one smart link."""

    def __init__(self, parts: Parts, link: SmartLink) -> None:
        self.parts = parts
        self.link = link
        self.redirects = self.process()
        self.reports = Reports(parts.database, parts.directory, parts.clock, retention_days=90)

    def process(self) -> Redirects:
        """Another process's."""
        return Redirects(
            database=self.parts.database,
            directory=self.parts.directory,
            key=SERVER_KEY,
            now=self.parts.clock,
            retention_days=90,
            seconds=lambda: self.parts.clock().timestamp(),
        )

    async def sent(self, minutes: int = 0) -> tuple[int, str]:
        """A message with the link: its id and the code."""
        item = await self.parts.accepted(
            text=f"{{{{link_{self.link.id}}}}}", links={self.link.id: minutes}
        )
        text = (await self.parts.record(item.message_id)).message.text
        return item.message_id, text.removeprefix(LINK_BASE)

    async def change(self, **words: Any) -> None:
        """Change the link."""
        self.link = await self.parts.update(msgspec.structs.replace(self.link, **words))

    async def counted(self) -> None:
        """Until every visit is in the database."""
        await self.redirects.stop()
        await self.redirects.start()

    async def report(self, since: date = DAY, until: date = DAY) -> LinkReport:
        """What the customer is told."""
        answer = await self.reports.perform(
            self.parts.principal(), GetLinkClicks(link=self.link.id, since=since, until=until)
        )
        assert isinstance(answer, LinkReport), answer
        return answer


@asynccontextmanager
async def opened(parts: Parts) -> AsyncIterator[House]:
    """A house that answers visits."""
    link = SmartLink(account_id=parts.account.id, id=0, name="sale", url=URL)
    house = House(parts, await parts.insert(link))
    await house.redirects.start()
    yield house
    await house.redirects.stop()


async def test_each_kind_of_visitor_goes_where_the_link_says(parts: Parts) -> None:
    async with opened(parts) as house:
        _, code = await house.sent()
        for visit in (IPHONE, PIXEL, DESKTOP, WHATSAPP, CRAWLER):
            assert await house.redirects.visit(code, visit) == URL
        await house.change(bot_redirect="https://b", code_parameter="hg")
        assert await house.redirects.visit(code, WHATSAPP) == "https://b"
        assert await house.redirects.visit(code, CRAWLER) == "https://b"
        await house.change(
            ios_url="https://i", android_url="https://a", desktop_url="https://d",
            preview_url="https://p", code_parameter=None,
        )  # fmt: skip
        kinds = (IPHONE, PIXEL, DESKTOP, WHATSAPP, CRAWLER)
        found = [await house.redirects.visit(code, visit) for visit in kinds]
        assert found == ["https://i", "https://a", "https://d", "https://p", "https://b"]
        await house.change(desktop_url=None, code_parameter="hg")
        told = f"https://shop.example/sale?x=1&hg={code}#top"
        assert await house.redirects.visit(code, DESKTOP) == told


async def test_an_expired_link_and_one_that_is_off_or_gone_lead_nowhere(parts: Parts) -> None:
    async with opened(parts) as house:
        _, short = await house.sent(minutes=5)
        _, code = await house.sent()
        assert await house.redirects.visit(short, IPHONE) == URL
        parts.clock.forward(minutes=5)
        assert await house.redirects.visit(short, IPHONE) is Nowhere.GONE
        await house.change(enabled=False)
        assert await house.redirects.visit(code, IPHONE) is Nowhere.GONE
        await house.counted()
        assert (await house.report()).days == (ClickDay(day=DAY, total=1, unique=1),)


async def test_clicks_are_total_and_unique_and_bots_are_neither(parts: Parts) -> None:
    async with opened(parts) as house:
        message_id, code = await house.sent()
        _, other = await house.sent()
        await house.sent()
        for visit in (IPHONE, IPHONE, PIXEL, WHATSAPP, CRAWLER, CRAWLER):
            await house.redirects.visit(code, visit)
        await house.redirects.visit(other, IPHONE)
        await house.counted()
        parts.clock.forward(days=1)
        neighbour = house.process()  # knows nothing of who came before
        await neighbour.start()
        for visit in (IPHONE, DESKTOP):
            await neighbour.visit(code, visit)
        await neighbour.stop()
        report = await house.report(until=DAY + timedelta(days=1))
        assert report.days == (
            ClickDay(day=DAY, total=4, unique=3, bots=3),
            ClickDay(day=DAY + timedelta(days=1), total=2, unique=1),
        )
        assert (report.recipients, report.reached) == (3, 2)
        assert (
            await house.report(since=DAY + timedelta(days=1), until=DAY + timedelta(days=1))
        ).recipients == 0
        trace = await Lookup(parts.database, parts.clock).message(
            parts.principal(), FindMessage(message=parts.sealed(message_id))
        )
        assert isinstance(trace, MessageTrace)
        (clicks,) = trace.links
        assert (clicks.clicks, clicks.visitors, clicks.code) == (5, 3, code)
        assert (clicks.first_at, clicks.last_at) == (
            parts.clock() - timedelta(days=1), parts.clock(),
        )  # fmt: skip


async def test_no_address_and_no_agent_is_kept(parts: Parts) -> None:
    async with opened(parts) as house:
        _, code = await house.sent()
        _, other = await house.sent()
        for each in (code, other):
            await house.redirects.visit(each, IPHONE)
        await house.counted()
        rows = await parts.rows("select * from click")
        assert len({row["visitor"] for row in rows}) == 2  # the same person at two links
        assert "192.0.2" not in str(rows)


async def test_ever_new_visitors_fill_no_table(
    parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(redirect, "TOLD_APART", 5)
    async with opened(parts) as house:
        _, code = await house.sent()
        for number in range(20):
            await house.redirects.visit(code, IPHONE._replace(user_agent=f"Phone {number}"))
        await house.counted()
        assert await parts.value("select count(*) from click") == 6
        assert (await house.report()).days == (ClickDay(day=DAY, total=20, unique=6),)


async def test_guessing_gets_nowhere_and_is_soon_slowed(parts: Parts) -> None:
    async with opened(parts) as house:
        _, code = await house.sent()
        guesser = IPHONE._replace(address="2001:db8::1")
        beside = guesser._replace(address="2001:db8::ffff")
        for _ in range(MISSES_AT_ONCE):
            assert await house.redirects.visit(make_code(), guesser) is Nowhere.UNKNOWN
        assert await house.redirects.visit(make_code(), beside) is Nowhere.WAIT
        assert await house.redirects.visit(code, beside) is Nowhere.WAIT
        assert await house.redirects.visit(code, PIXEL) == URL
        assert await house.redirects.visit(code, guesser) == URL  # it is remembered
        parts.clock.forward(seconds=1)
        assert await house.redirects.visit(make_code(), guesser) is Nowhere.UNKNOWN
        for wrong in ("", code[:-1], code + "1", "0" * CODE_LENGTH, "%00" * 3, "ä" * CODE_LENGTH):
            assert await house.redirects.visit(wrong, DESKTOP) is Nowhere.UNKNOWN
        assert set(code) <= set(ALPHABET)


async def test_a_conversion_is_marked_once_by_code_or_message(parts: Parts) -> None:
    account = await parts.update(msgspec.structs.replace(parts.account, conversion_tracking=True))
    stranger = await parts.add_account("stranger")
    async with opened(parts) as house:
        message_id, code = await house.sent()
        other, _ = await house.sent()
        no = await house.reports.perform(parts.principal(stranger), MarkLinkConverted(code=code))
        assert isinstance(no, Refused)
        assert (no.refusal, no.field) == (Refusal.NOT_FOUND, "code")
        for _ in range(2):
            done = await house.reports.perform(
                parts.principal(account), MarkLinkConverted(code=code)
            )
            assert isinstance(done, Done)
        by_message = MarkLinkConverted(message=parts.sealed(other))
        assert isinstance(await house.reports.perform(parts.principal(), by_message), Done)
        assert (await house.report()).days == (ClickDay(day=DAY, conversions=2),)
        assert {r[0] for r in await parts.rows("select message_id from conversion")} == {
            message_id, other,
        }  # fmt: skip


@pytest.mark.parametrize(
    ("since", "until"), [(DAY, DAY - timedelta(days=1)), (date(2026, 1, 1), date(2027, 1, 2))]
)
async def test_days_that_cannot_be_asked_for_are_refused(
    parts: Parts, since: date, until: date
) -> None:
    async with opened(parts) as house:
        asked = GetLinkClicks(link=house.link.id, since=since, until=until)
        answer = await house.reports.perform(parts.principal(), asked)
        assert isinstance(answer, Refused)
        assert answer.field == "until"
        theirs = await parts.add_account("stranger")
        answer = await house.reports.perform(parts.principal(theirs), asked)
        assert isinstance(answer, Refused)


async def test_what_is_past_its_retention_goes_and_late_clicks_do_no_harm(parts: Parts) -> None:
    async with opened(parts) as house:
        _, code = await house.sent()
        assert await house.redirects.visit(code, IPHONE) == URL
        await house.counted()
        parts.clock.forward(days=89)
        assert await house.reports.retain() == 0
        parts.clock.forward(days=12)
        async with parts.database.transaction() as link:
            before = parts.clock() - timedelta(days=90)
            gone = await partitions.drop_partitions(link, before)
        assert gone
        long = msgspec.structs.replace(
            house.redirects._codes[code].kept, valid_until=parts.clock() + timedelta(days=1)
        )
        house.redirects._codes[code].kept = long  # as when retention was made shorter
        assert await house.redirects.visit(code, IPHONE) == URL
        await house.counted()
        assert (await house.report(since=parts.clock().date(), until=parts.clock().date())).days[
            0
        ].total == 1
        assert await house.reports.retain() == 1
        assert await parts.value("select count(*) from short_link") == 0
