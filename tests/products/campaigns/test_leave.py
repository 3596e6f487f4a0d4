"""A recipient's way out opts him out when he says so, and nobody by looking at it."""

from __future__ import annotations

import msgspec
import pytest

from heliograph.model.account import OptOutScope
from heliograph.model.campaign import BroadcastKind, BroadcastRecipient
from heliograph.products.links.agents import Agent
from heliograph.products.links.redirect import Nowhere, Redirects, Visit
from tests.flow.conftest import LINK_BASE, SENDER
from tests.products.campaigns.conftest import House

WAY_OUT = {
    "kind": BroadcastKind.SINGLE,
    "recipients": (BroadcastRecipient(msisdn="8801712345678"),),
    "text": "Bye: {{unsubscription_link}}",
}


@pytest.mark.parametrize(("scope", "sender"), [("sender", SENDER), ("account", "")])
async def test_the_way_out_is_kept_with_the_message(house: House, scope: str, sender: str):
    account = house.parts.directory.account(house.account_id)
    await house.parts.update(msgspec.structs.replace(account, opt_out_scope=OptOutScope(scope)))
    await house.start(**WAY_OUT)
    await house.pages()
    text = await house.parts.value("select text from message")
    assert text.startswith(f"Bye: {LINK_BASE}u/")
    code = text.rpartition("/")[2]
    leaving = house.broadcasting.leaving
    assert await leaving.known(code)
    assert not await leaving.known("x" * 9)
    assert await house.parts.value("select count(*) from opt_out") == 0
    assert not await leaving.leave("nonsense")
    assert await leaving.leave(code)
    assert await leaving.leave(code)
    rows = await house.parts.rows("select msisdn, sender, source from opt_out")
    assert [tuple(row) for row in rows] == [("8801712345678", sender, "link")]
    await house.parts.reload()
    started = await house.start(**WAY_OUT)
    await house.pages()
    (segment,) = (await house.broadcast(started.broadcast_id)).segments
    assert segment.sums.skipped == {"opted_out": 1}


async def test_a_link_of_the_recipients_own_leads_where_he_said_and_a_way_out_nowhere(house: House):
    fields = {"url": "https://shop.example/zoe?x=1"}
    recipient = BroadcastRecipient(msisdn="8801712345678", fields=fields)
    text = "{{shorten_url}} {{unsubscription_link}}"
    await house.start(**WAY_OUT | {"recipients": (recipient,), "text": text})
    await house.pages()
    own, out = [
        word.rpartition("/")[2]
        for word in (await house.parts.value("select text from message")).split()
    ]
    parts = house.parts
    redirects = Redirects(
        database=parts.database, directory=parts.directory, key=bytes(32), now=parts.clock,
        retention_days=90,
    )  # fmt: skip
    await redirects.start()
    visit = Visit(Agent.IOS, "192.0.2.1", "Mozilla/5.0 (iPhone)")
    assert await redirects.visit(own, visit) == fields["url"]
    assert await redirects.visit(out, visit) is Nowhere.GONE
    await redirects.stop()
    assert await parts.value("select sum(clicks) from click") == 1
    parts.clock.forward(days=91)
    assert not await house.broadcasting.leaving.known(out)
