"""What a handset's STOP, START or HELP does: the opt-out, and the one answer that it gets.

All of it happens in the transaction that keeps the message: a process that is killed has done either
everything or nothing, and the carrier brings the message again (promises P1, P3, P9). The answer is a
message like any other, priced and routed; it leaves by the number that the handset wrote to. Where it
cannot (no money, no route), the opt-out holds all the same and the reason stays with the message. It
must never answer a machine: not a sender that is no handset, not a number of ours, not the same handset
for ever.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final, NamedTuple

import msgspec
import structlog

from heliograph.flow.checks import Checks
from heliograph.flow.directory import Directory, Receiver
from heliograph.flow.request import Request
from heliograph.model.account import (
    Account,
    AccountState,
    Credential,
    OptOut,
    OptOutScope,
    Scope,
)
from heliograph.model.command import Principal
from heliograph.model.ids import id_at
from heliograph.model.message import Draft, Extra, Inbound
from heliograph.model.number import country_of, is_msisdn
from heliograph.model.refusal import Refusal, Refused
from heliograph.model.replies import (
    HELP,
    START,
    STOP,
    TEXTS,
    Asked,
    classify,
    filled,
    spoken_in,
)
from heliograph.store import conversations, opt_outs, receipts
from heliograph.store.database import Link

MOST_ANSWERS: Final = 6
"""To one handset within `PERIOD`; a machine at the other end is not talked to for ever."""
PERIOD: Final = timedelta(hours=1)
SOURCE: Final = "handset"
_DIALECT: Final = "native"

_log = structlog.get_logger()


class Wanted(NamedTuple):
    """What a handset asks for, and whom."""

    asked: Asked
    receiver: Receiver
    campaign: str
    """The code of the one campaign that is meant; empty where none was named."""


class Answers:
    """Heeds the words. Keeps no state between transactions."""

    def __init__(
        self, *, directory: Directory, checks: Checks, now: Callable[[], datetime]
    ) -> None:
        self._directory = directory
        self._checks = checks
        self._now = now

    async def wanted(self, link: Link, handset: str, number: str, text: str) -> Wanted | None:
        """None for an ordinary message. A bare word is for who wrote from the number last, where it
        is shared; otherwise, and where nobody did, for its owner."""
        asked = classify(text)
        if asked is None or self._directory.owner(number) is None:
            return None
        if asked.kind != STOP and self._directory.keyword(number, text) is not None:
            return None  # a keyword of somebody's, who answers himself
        if not asked.rest:
            return Wanted(asked, await self._writer(link, handset, number), "")
        keyword = self._directory.keyword_named(number, asked.rest)
        if keyword is not None:
            return Wanted(asked, keyword, "")
        writer = await self._writer(link, handset, number)
        campaign = self._directory.campaign_named(writer.account_id, asked.rest)
        return None if campaign is None else Wanted(asked, writer, campaign)

    async def _writer(self, link: Link, handset: str, number: str) -> Receiver:
        candidates = self._directory.sharing(number)
        if len(candidates) == 1:
            return candidates[0]
        accounts = [each.account_id for each in candidates]
        last = await conversations.last_writer(link, accounts, handset, number)
        return next((each for each in candidates if each.account_id == last), candidates[0])

    async def heed(
        self, link: Link, wanted: Wanted, inbound: Inbound, given: Counter[str], *, late: bool
    ) -> tuple[Inbound, Request | None]:
        """Do what is asked; returns the message as it shall be kept, and the answer to be stored.

        `given` counts the answers of this transaction by handset; `late` answers nothing, because
        the handset has long forgotten that it asked.
        """
        account = self._directory.account(wanted.receiver.account_id)
        if not is_msisdn(inbound.sender):  # nobody can be written to there
            return msgspec.structs.replace(inbound, kind=wanted.asked.kind), None
        if not await self._change(link, account, wanted, inbound):
            if wanted.asked.kind == STOP:  # once more: it holds already
                return msgspec.structs.replace(inbound, kind=STOP), None
            return inbound, None
        inbound = msgspec.structs.replace(inbound, kind=wanted.asked.kind)
        if late or self._directory.owner(inbound.sender) is not None:  # one of our own numbers
            return inbound, None
        answer = await self._answer(link, account, wanted, inbound, given)
        if isinstance(answer, Refused):
            return refused(inbound, answer), None
        if answer is not None:
            given[inbound.sender] += 1
            inbound = msgspec.structs.replace(inbound, reply_id=answer.answer_id)
        return inbound, answer

    # -- the opt-out ------------------------------------------------------------------------------

    async def _change(self, link: Link, account: Account, wanted: Wanted, inbound: Inbound) -> bool:
        """Whether anything is different now, so that it is worth an answer."""
        match wanted.asked.kind:
            case kind if kind == HELP:
                return True
            case kind if kind == START:
                senders = self._senders(account.id, wanted.receiver, inbound.recipient)
                lifted = await opt_outs.lift_opt_outs(link, account.id, inbound.sender, senders)
                return lifted > 0
        blocks = await self._blocks(link, account, wanted, inbound)
        return await opt_outs.insert_opt_outs(link, blocks) > 0

    async def _blocks(
        self, link: Link, account: Account, wanted: Wanted, inbound: Inbound
    ) -> list[OptOut]:
        handset, number = inbound.sender, inbound.recipient

        def block(account_id: int, sender: str, campaign: str = "") -> OptOut:
            return OptOut(
                account_id=account_id,
                msisdn=handset,
                sender=sender,
                campaign=campaign,
                source=SOURCE,
                created_at=inbound.received_at,
            )

        if wanted.asked.everything:
            others = [r.account_id for r in self._directory.sharing(number)]
            return [block(account.id, "")] + [
                block(other, number) for other in others if other != account.id
            ]
        campaign = wanted.campaign
        if not campaign and account.opt_out_scope is OptOutScope.CAMPAIGN:
            campaign = await conversations.last_campaign(link, account.id, handset, number)
        if campaign:
            return [block(account.id, "", campaign)]
        if account.opt_out_scope is OptOutScope.ACCOUNT:
            return [block(account.id, "")]
        return [
            block(account.id, sender)
            for sender in self._senders(account.id, wanted.receiver, number)
        ]

    def _senders(self, account_id: int, receiver: Receiver, number: str) -> list[str]:
        """By what names the handset hears from whoever has the number: it, and its service's sender."""
        service = self._directory.service(account_id, receiver.service_id)
        named = service.sender if service is not None else None
        return [number] if not named or named == number else [number, named]

    # -- the answer -------------------------------------------------------------------------------

    async def _answer(
        self, link: Link, account: Account, wanted: Wanted, inbound: Inbound, given: Counter[str]
    ) -> Request | Refused | None:
        asked, receiver = wanted.asked, wanted.receiver
        language = asked.language or spoken_in(country_of(inbound.sender))
        own = self._directory.reply(account.id, asked.kind, receiver.service_id, language)
        if own is not None and not own.enabled:
            return None
        if account.state is not AccountState.ACTIVE:
            return Refused(refusal=Refusal.ACCOUNT_SUSPENDED)
        since = id_at(self._now() - PERIOD)
        before = await receipts.count_replies(link, account.id, inbound.sender, since)
        if before + given[inbound.sender] >= MOST_ANSWERS:
            return Refused(refusal=Refusal.RATE_LIMITED)
        senders = self._senders(account.id, receiver, inbound.recipient)
        text = own.text if own is not None and own.text else TEXTS[language][asked.kind]
        draft = Draft(
            recipient=inbound.sender,
            sender=inbound.recipient,
            text=filled(text, senders[-1]),
            extra=Extra(answers=asked.kind),
        )
        principal = self._principal(account, receiver)
        message = self._checks.check(principal, draft, None, _DIALECT)
        if isinstance(message, Refused):
            return message
        return Request(principal, [message], layout=[0], answer_id=message.id)

    def _principal(self, account: Account, receiver: Receiver) -> Principal:
        """The account itself, working for the service whose number it is."""
        credential = Credential(
            account_id=account.id,
            id=0,
            dialect=_DIALECT,
            name="",
            secret_hash=b"",
            hint="",
            scopes=(Scope.SEND,),
            service_id=receiver.service_id,
            created_at=self._now(),
        )
        return Principal(
            account=account, credential=credential, key=self._directory.key(account.id)
        )


def refused(inbound: Inbound, verdict: Refused) -> Inbound:
    """The message without an answer, and why."""
    _log.warning(
        "no answer to a handset",
        account=inbound.account_id,
        kind=inbound.kind,
        why=verdict.refusal.code,
    )
    return msgspec.structs.replace(inbound, reply_id=None, reply_refused=verdict.refusal.code)
