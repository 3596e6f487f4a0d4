"""A broadcast that names its sender: an unknown one is made, and used as soon as it may be."""

from __future__ import annotations

from typing import Any

import msgspec

from heliograph.flow.configure import Configuring, Tools, configure
from heliograph.flow.soundness import Known
from heliograph.model.account import Scope, Sender, SenderState
from heliograph.model.campaign import BroadcastKind, BroadcastRecipient, BroadcastStarted
from heliograph.model.command import Answer, Command, List, Principal, Save, Things
from heliograph.model.keeping import Keeping, StartNamed
from heliograph.model.refusal import Refusal, Refused
from heliograph.products.combined import Combined
from heliograph.products.partial import PartialKeeping
from tests.flow.conftest import SENDER, SERVER_KEY
from tests.products.campaigns.conftest import House, house, parts, plan

__all__ = ["house", "parts"]


class _Door:
    """A door over everything that is asked for here."""

    def __init__(self, house: House, *scopes: Scope) -> None:
        self.house = house
        caller = house.parts.principal()
        credential = msgspec.structs.replace(caller.credential, scopes=scopes)
        self.principal = msgspec.structs.replace(caller, credential=credential)
        self.tools = Tools(
            database=house.parts.database,
            vault=house.parts.vault,
            server_key=SERVER_KEY,
            make_id=house.parts.ids.next,
            now=house.clock,
            known=Known(
                check_url=lambda url: None,
                dialects=frozenset({"native"}),
                carrier_kinds=frozenset({"simulated"}),
            ),
        )
        self._keeping = PartialKeeping(house.parts.database, self.perform, lambda: "")
        self._combined = Combined(self.perform)

    async def perform(self, principal: Principal, command: Command) -> Answer | Refused:
        if isinstance(command, Configuring):
            answer = await configure(self.tools, principal, command)
            await self.house.parts.reload()
            return answer
        if isinstance(command, Keeping):
            performers = self._keeping.performers | self._combined.performers
            return await performers[type(command)](principal, command)
        return await self.house.broadcasting.performers[type(command)](principal, command)

    async def start(self, sender: str) -> Any:
        one = BroadcastRecipient(msisdn="8801712345678")
        whole = plan(kind=BroadcastKind.SINGLE, recipients=(one,), sender=sender)
        return await self.perform(self.principal, StartNamed(plan=whole))

    async def senders(self) -> dict[str, SenderState]:
        found = await self.perform(self.principal, List(kind=Sender))
        assert isinstance(found, Things)
        return {each.name: each.state for each in found.items if isinstance(each, Sender)}


async def test_an_unknown_sender_is_made_and_waits_for_approval(house: House):
    door = _Door(house, Scope.SEND, Scope.MANAGE)
    assert isinstance(await door.start(SENDER), BroadcastStarted)
    for detail in ("The sender was made just now and waits for approval.", None):
        refused = await door.start("NewName")
        assert (refused.refusal, refused.detail) == (Refusal.SENDER_NOT_APPROVED, detail)
    assert await door.senders() == {SENDER: SenderState.APPROVED, "NewName": SenderState.PENDING}
    (row,) = await house.parts.rows("select id from sender where name = 'NewName'")
    approved = Sender(
        account_id=house.account_id, id=row["id"], name="NewName", state=SenderState.APPROVED
    )
    await house.parts.update(approved)
    assert isinstance(await door.start("NewName"), BroadcastStarted)


async def test_who_may_use_any_sender_gets_it_on_the_list_and_the_message_out(house: House):
    account = msgspec.structs.replace(house.parts.account, any_sender=True)
    house.parts.account = await house.parts.update(account)
    door = _Door(house, Scope.SEND, Scope.MANAGE)
    for _ in range(2):
        assert isinstance(await door.start("Anybody"), BroadcastStarted)
    assert set(await door.senders()) == {SENDER, "Anybody"}


async def test_a_key_that_may_not_keep_senders_makes_none(house: House):
    door = _Door(house, Scope.SEND, Scope.READ)
    refused = await door.start("NewName")
    assert (refused.refusal, refused.detail) == (Refusal.SENDER_NOT_APPROVED, None)
    saved = await door.perform(
        door.principal, Save(thing=Sender(account_id=0, id=0, name="NewName"))
    )
    assert isinstance(saved, Refused)
    assert set(await door.senders()) == {SENDER}
