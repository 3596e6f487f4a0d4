"""Messages from handsets: their owner's inbox, or the orphans; durable before they are acknowledged."""

from __future__ import annotations

import asyncio
from secrets import token_hex

import pytest
from msgspec.structs import replace

from heliograph.model.account import Endpoint, Number
from heliograph.model.report import Arrival
from tests.flow.conftest import Parts
from tests.flow.working import killed, working

_OURS = "8809610000001"


def _arrival(parts: Parts, recipient: str, text: str = "Hello") -> Arrival:
    return Arrival(
        carrier_id=parts.carrier.id,
        sender="8801712345678",
        recipient=recipient,
        text=text,
        at=parts.clock(),
    )


async def test_a_message_to_a_number_of_ours_is_its_owners(parts: Parts) -> None:
    await parts.insert(Number(account_id=parts.account.id, id=0, msisdn=_OURS))
    async with working(parts) as works:
        await works.receive.arrivals([_arrival(parts, _OURS)])
    rows = await parts.rows("select account_id, sender, text from inbound")
    assert [tuple(row) for row in rows] == [(parts.account.id, "8801712345678", "Hello")]


async def test_a_message_to_nobody_is_kept(parts: Parts) -> None:
    async with working(parts) as works:
        await works.receive.arrivals([_arrival(parts, "8809999999999")])
    assert await parts.value("select text from orphan_inbound") == "Hello"
    assert await parts.value("select count(*) from inbound") == 0


async def test_killed_before_the_acknowledgement_it_is_there(parts: Parts) -> None:
    await parts.insert(Number(account_id=parts.account.id, id=0, msisdn=_OURS))
    async with killed(parts) as dead:
        await dead.receive.arrivals([_arrival(parts, _OURS)])
    assert await parts.value("select count(*) from inbound") == 1


@pytest.mark.parametrize(
    ("told", "kept"),
    [
        ({"text": "a\x00b\ud800c"}, ("8801712345678", "ab\ufffdc")),
        ({"text": "x" * 100_000}, ("8801712345678", "x" * 40_000)),
        ({"sender": "88\x0017"}, ("8817", "Hello")),
        ({"sender": token_hex(3000)}, (None, "Hello")),
    ],
)
async def test_what_no_database_takes_is_kept_all_the_same(
    parts: Parts, told: dict[str, str], kept: tuple[str | None, str]
) -> None:
    """It would be tried for ever otherwise, and never acknowledged."""
    await parts.insert(Number(account_id=parts.account.id, id=0, msisdn=_OURS))
    arrival = _arrival(parts, _OURS)
    async with working(parts) as works, asyncio.timeout(5):
        await works.receive.arrivals([replace(arrival, **told)])
        await works.receive.arrivals([replace(arrival, recipient="\x00\ud800" + _OURS, **told)])
    rows = await parts.rows("select sender, text from inbound")
    rows += await parts.rows("select sender, text from orphan_inbound")
    assert len(rows) == 2
    for sender, text in rows:
        assert kept in ((sender, text), (None, text))


async def test_its_owners_endpoint_is_told(parts: Parts) -> None:
    await parts.insert(Number(account_id=parts.account.id, id=0, msisdn=_OURS))
    await parts.insert(
        Endpoint(
            account_id=parts.account.id, id=0, url="https://shop.example/", secret="whsec_eA=="
        )
    )
    async with working(parts) as works:
        await works.receive.arrivals([_arrival(parts, _OURS, "first")])
        await works.until(lambda: works.arrived)
        assert [inbound.text for _, inbound in works.arrived] == ["first"]
