"""Where every door brings its commands: one table from command to verb. HTTP and SMPP meet here."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from time import monotonic
from typing import Any, Protocol

from heliograph.flow.accept import Accept
from heliograph.flow.cancel import Cancel
from heliograph.flow.configure import Configuring, Tools, configure
from heliograph.flow.converse import converse
from heliograph.flow.directory import Directory
from heliograph.flow.estimate import Estimator
from heliograph.flow.inventory import Inventory
from heliograph.flow.lanes import Bucket
from heliograph.flow.lookup import Lookup
from heliograph.flow.replace import Replace
from heliograph.flow.replay import replay
from heliograph.flow.request import Hear
from heliograph.flow.statistics import mark_converted, route_statistics, usage
from heliograph.flow.upload import Upload
from heliograph.flow.watch import Watch
from heliograph.model.account import OptOut, Scope
from heliograph.model.audit import ListAudit
from heliograph.model.campaign import Campaigning
from heliograph.model.command import (
    Allowance,
    Answer,
    CancelMessage,
    Claim,
    Command,
    Done,
    Estimate,
    ExportMessages,
    FetchInbound,
    Find,
    FindByReference,
    FindMessage,
    FindSubmission,
    Fund,
    GetBalance,
    GetUsage,
    Handset,
    ImportRates,
    List,
    ListDeliveries,
    ListLedger,
    ListMessages,
    ListOrphans,
    ListRates,
    MarkConverted,
    Principal,
    ReadHandset,
    Remove,
    RemoveOptOut,
    ReplaceMessage,
    Replay,
    Rotate,
    Save,
    SendBulk,
    SendFromHandset,
    SendMessages,
    WatchEvents,
)
from heliograph.model.dialogue import (
    ExportOptOuts,
    ImportOptOuts,
    ListConversations,
    MarkConversationRead,
    ReadConversation,
    Talking,
)
from heliograph.model.inventory import (
    BuyOffer,
    ImportOffers,
    ImportRestrictions,
    ListApprovals,
    ListOffers,
    ListRentals,
    ListRestrictions,
    ReleaseRental,
    Stocking,
    WithdrawOffer,
)
from heliograph.model.keeping import Keeping
from heliograph.model.link import GetLinkClicks, Linking, MarkLinkConverted
from heliograph.model.lists import Listing
from heliograph.model.message import Happening
from heliograph.model.overview import Observing
from heliograph.model.refusal import Refusal, Refused
from heliograph.model.refused import ListRefusedRequests
from heliograph.model.session import Entering, Peopling
from heliograph.model.simulation import Simulating
from heliograph.model.statistics import ListRouteStatistics
from heliograph.model.verify import IssueCode, ResendCode, Verifying
from heliograph.store.database import Database

_Elsewhere = (
    Campaigning
    | Keeping
    | Listing
    | Peopling
    | Entering
    | ListAudit
    | ListRefusedRequests
    | Verifying
    | Simulating
    | Observing
)
"""Commands that `Desk.products` carries out."""
_MAY_NOT_SEND = Refused(
    refusal=Refusal.FORBIDDEN, detail=f"This needs a key with the scope {Scope.SEND.value}."
)
_NO_STREAM = Refused(refusal=Refusal.INVALID_FIELD, detail="This is a stream: follow it.")


Performer = Callable[[Principal, Any], Awaitable[Answer | Refused]]
"""Carries out one kind of command."""


class Handsets(Protocol):
    """The simulator's handsets, where a simulated carrier is set up."""

    def screen(self, msisdn: str) -> Handset:
        """What the handset shows."""

    def send(self, msisdn: str, recipient: str, text: str) -> None:
        """Let the handset send a message to one of our numbers."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Desk:
    """Performs commands. Every part is made and run by `wiring`."""

    database: Database
    directory: Directory
    accept: Accept
    upload: Upload
    estimator: Estimator
    lookup: Lookup
    cancel: Cancel
    replace: Replace
    watching: Watch
    tools: Tools
    handsets: Handsets | None
    reload: Callable[[], Awaitable[None]]
    now: Callable[[], datetime]
    products: Mapping[type[Command], Performer] = field(default_factory=dict)
    """Who carries out the commands of products, which the flow does not know."""
    limits: dict[int, Bucket] = field(default_factory=dict)

    def authenticate(self, claim: Claim, peer: str) -> Principal | Refused:
        """Who the caller is."""
        return self.directory.authenticate(claim, peer)

    def allowance(self, principal: Principal) -> Allowance | None:
        """What is left of the account's rate limit; None when it has none."""
        rate = principal.account.submits_per_second
        if not rate:
            return None
        bucket = self._bucket(principal)
        left = max(0, min(bucket.available(monotonic()), rate))
        return Allowance(
            limit=rate, window_seconds=1, remaining=left, reset_seconds=0 if left == rate else 1
        )

    def watch(self, principal: Principal, command: WatchEvents) -> AsyncIterator[Happening]:
        """Follow the account's events."""
        return self.watching.follow(principal, command)

    async def perform(self, principal: Principal, command: Command) -> Answer | Refused:
        """Carry out a command for a caller whose scope has been checked."""
        match command:
            case SendMessages() | SendBulk() | Estimate() | CancelMessage() | ReplaceMessage():
                return await self._send(principal, command)
            case (
                Save()
                | List()
                | Find()
                | Remove()
                | RemoveOptOut()
                | Rotate()
                | ImportRates()
                | ListRates()
                | Fund()
                | ListOffers()
                | ImportOffers()
                | WithdrawOffer()
                | BuyOffer()
                | ReleaseRental()
                | ListRentals()
                | ListRestrictions()
                | ImportRestrictions()
                | ListApprovals()
                | ListConversations()
                | ReadConversation()
                | MarkConversationRead()
                | ImportOptOuts()
                | ExportOptOuts()
                | GetLinkClicks()
                | MarkLinkConverted()
            ):
                return await self._keep(principal, command)
            case WatchEvents():
                return _NO_STREAM
            case ReadHandset() | SendFromHandset():
                return self._handset(command)
            case ListOrphans():
                return await self.lookup.orphans()
            case Replay():
                return await replay(self.database, self.directory, self.now, principal, command)
            case GetUsage() | MarkConverted() | ListRouteStatistics():
                return await self._count(principal, command)
            case _:
                if isinstance(command, _Elsewhere):
                    sends = isinstance(command, IssueCode | ResendCode)
                    if sends and (refused := self._within_limit(principal, 1)):
                        return refused
                    return await self.products[type(command)](principal, command)
                return await self._look(principal, command)

    async def _keep(
        self, principal: Principal, command: Configuring | Stocking | Talking | Linking
    ) -> Answer | Refused:
        if isinstance(command, Linking):
            return await self.products[type(command)](principal, command)
        if isinstance(command, Talking):
            return await converse(self.tools, principal, command)
        answer: Answer | Refused
        if isinstance(command, Stocking):
            answer = await Inventory(self.tools).perform(principal, command)
        else:
            answer = await configure(self.tools, principal, command)
        if self._changes(principal, command):
            await self.reload()
        return answer

    async def _count(
        self, principal: Principal, command: GetUsage | MarkConverted | ListRouteStatistics
    ) -> Answer | Refused:
        match command:
            case GetUsage():
                return await usage(self.database, principal, command)
            case MarkConverted():
                return await mark_converted(self.database, self.now, principal, command)
            case ListRouteStatistics():
                return await route_statistics(self.database, command)

    def _changes(self, principal: Principal, command: Command) -> bool:
        """Whether the directory is another now. Opt-outs are asked of the database, but for the first."""
        if isinstance(command, Save) and isinstance(command.thing, OptOut):
            return not self.directory.has_opt_outs(command.for_account or principal.account.id)
        if isinstance(command, Stocking):
            return isinstance(command, BuyOffer | ReleaseRental)
        return not isinstance(command, List | Find | ListRates | Fund | RemoveOptOut)

    async def _send(
        self,
        principal: Principal,
        command: SendMessages | SendBulk | Estimate | CancelMessage | ReplaceMessage,
    ) -> Answer | Refused:
        dialect = principal.credential.dialect
        if not isinstance(command, Estimate | SendMessages) and not principal.may(Scope.SEND):
            return _MAY_NOT_SEND  # vendors' doors and SMPP know no scopes, their keys have them
        match command:
            case SendMessages():
                refused = self._barred(principal, command)
                return refused or await self.accept.send(principal, command, dialect)
            case SendBulk():
                return await self.upload.send(principal, command, dialect)
            case Estimate():
                return await self.estimator.estimate(principal, command)
            case CancelMessage():
                return await self.cancel.message(principal, command)
            case ReplaceMessage():
                return await self.replace.message(principal, command)

    def soon(self, principal: Principal, command: SendMessages, told: Hear) -> bool:
        """`perform` without anybody who waits; False for a request with a key, which has to be performed.
        `told` hears the answer, None where it could not be carried out."""
        if command.idempotency_key is not None:
            return False
        refused = self._barred(principal, command)
        if refused is not None:
            told(refused)
        else:
            self.accept.soon(principal, command, principal.credential.dialect, told)
        return True

    def _barred(self, principal: Principal, command: SendMessages) -> Refused | None:
        """Why a caller may not send this, or not now."""
        if not principal.may(Scope.SEND):
            return _MAY_NOT_SEND
        return self._within_limit(principal, len(command.drafts))

    async def _look(
        self,
        principal: Principal,
        command: FindMessage
        | FindByReference
        | ListMessages
        | ExportMessages
        | FindSubmission
        | GetBalance
        | ListLedger
        | FetchInbound
        | ListDeliveries,
    ) -> Answer | Refused:
        match command:
            case FindMessage():
                return await self.lookup.message(principal, command)
            case FindByReference():
                return await self.lookup.by_reference(principal, command)
            case ListMessages():
                return await self.lookup.list_messages(principal, command)
            case ExportMessages():
                return await self.lookup.export_messages(principal, command)
            case FindSubmission():
                return await self.lookup.submission(principal, command)
            case GetBalance():
                return await self.lookup.balance(principal)
            case ListLedger():
                return await self.lookup.ledger(principal, command)
            case FetchInbound():
                return await self.lookup.inbound(principal, command)
            case ListDeliveries():
                return await self.lookup.deliveries(principal, command)

    def _handset(self, command: ReadHandset | SendFromHandset) -> Answer | Refused:
        if self.handsets is None:
            return Refused(refusal=Refusal.NOT_FOUND, detail="No simulated carrier is set up here.")
        match command:
            case ReadHandset(msisdn=msisdn):
                return self.handsets.screen(msisdn)
            case SendFromHandset(msisdn=msisdn, recipient=recipient, text=text):
                self.handsets.send(msisdn, recipient, text)
                return Done()

    # -- limits ---------------------------------------------------------------------------------

    def _bucket(self, principal: Principal) -> Bucket:
        account = principal.account
        bucket = self.limits.get(account.id)
        if bucket is None or bucket.per_second != account.submits_per_second:
            bucket = self.limits[account.id] = Bucket(
                account.submits_per_second, monotonic(), burst_seconds=1.0
            )
        return bucket

    def _within_limit(self, principal: Principal, count: int) -> Refused | None:
        """The account's own limit, in messages per second; a request may run into debt once."""
        if not principal.account.submits_per_second:
            return None
        bucket = self._bucket(principal)
        if bucket.available(monotonic()) < 1:
            return Refused(
                refusal=Refusal.RATE_LIMITED,
                retry_after_seconds=max(1, int(bucket.wait(monotonic()))),
            )
        bucket.take(count)
        return None
