"""What a broadcast's plan must be like, and what it points to, as all that is at this moment.

A broadcast that is accepted keeps what is found here: text, words, links and senders. It must never
point to anything that is not the account's.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, NamedTuple, Protocol

import msgspec

from heliograph.flow.checks import LONGEST_SCHEDULE, LONGEST_VALIDITY_SECONDS, Checks
from heliograph.flow.directory import Directory
from heliograph.flow.fields import storable
from heliograph.model.account import Sender, Template
from heliograph.model.campaign import (
    BroadcastKind,
    BroadcastPlan,
    BroadcastRecipient,
    Campaign,
    LinkList,
    SenderList,
    Spinner,
    Trigger,
)
from heliograph.model.command import Principal
from heliograph.model.lists import FIELDS, LONGEST, Snapshot
from heliograph.model.message import Draft
from heliograph.model.number import InvalidNumber, parse_msisdn
from heliograph.model.refusal import Refusal, Refused
from heliograph.model.secret import Vault
from heliograph.model.verify import LONGEST_CODE, SHORTEST_CODE
from heliograph.products.campaigns.tokens import (
    Compiled,
    Kind,
    Recipe,
    SenderChoice,
    compile_text,
)
from heliograph.store import broadcasts, kept
from heliograph.store.database import Link

__all__ = ["MOST_RECIPIENTS", "Resolved", "Resolver", "Sending", "estimate_hash"]

MOST_RECIPIENTS: Final = 10_000
"""That a plan names itself; for more there are lists."""
_MOST_LISTS: Final = 100
_LONGEST_TEXT: Final = 4_000
_LONGEST_NAME: Final = 200
_LONGEST_WORD: Final = 1_000
_LONGEST_DELAY_MINUTES: Final = 366 * 24 * 60
_FARTHEST_OFFSET_MINUTES: Final = 14 * 60
_PERCENT: Final = 100


class Sending(Protocol):
    """What plans and further segments say of senders."""

    @property
    def sender(self) -> str | None:
        """By name."""

    @property
    def sender_ids(self) -> tuple[int, ...]:
        """Of several, one at random."""

    @property
    def sender_list_id(self) -> int | None:
        """The same, of a list."""


class Resolved(NamedTuple):
    """A plan with what it points to."""

    plan: BroadcastPlan
    """With the text of its template, and a name."""
    compiled: Compiled
    recipe: Recipe
    campaign_id: int


@dataclass(frozen=True, kw_only=True)
class Resolver:
    """Finds what plans point to."""

    directory: Directory
    checks: Checks
    vault: Vault
    now: Callable[[], datetime]
    link_base: Callable[[], str]
    """What stands before a short link's code; empty where nobody could follow one."""
    issues_codes: bool = False
    """Whether somebody issues verification codes."""

    async def resolve(
        self, link: Link, principal: Principal, plan: BroadcastPlan
    ) -> Resolved | Refused:
        """The plan as it can be carried out, or the first reason why not."""
        refused = plan_fault(plan, self.now())
        if refused is not None:
            return refused
        account_id = principal.account.id
        text = await self.text(link, account_id, plan.text, plan.template_id)
        if isinstance(text, Refused):
            return text
        compiled = await self.compiled(link, principal, text)
        if isinstance(compiled, Refused):
            return compiled
        recipe = await self.recipe(link, principal, plan, compiled)
        if isinstance(recipe, Refused):
            return recipe
        campaign_id = await self._campaign(link, account_id, plan)
        if isinstance(campaign_id, Refused):
            return campaign_id
        if plan.trigger_id is not None:
            trigger = await kept.find(link, self.vault, Trigger, account_id, plan.trigger_id)
            if trigger is None or not trigger.enabled:
                return _missing("trigger_id", "trigger")
        name = plan.name or f"Broadcast {self.now():%Y-%m-%d %H:%M}"
        region = principal.account.default_region
        whole = msgspec.structs.replace(
            plan,
            name=name,
            text=text,
            recipients=tuple(_canonical(each, region) for each in plan.recipients),
        )
        return Resolved(whole, compiled, recipe, campaign_id)

    async def text(
        self, link: Link, account_id: int, text: str, template_id: int | None
    ) -> str | Refused:
        """The text, or that of the template."""
        if template_id is not None:
            template = await kept.find(link, self.vault, Template, account_id, template_id)
            if template is None or not template.enabled:
                return Refused(refusal=Refusal.UNKNOWN_TEMPLATE, field="template_id")
            text = template.text
        if not text.strip():
            return Refused(refusal=Refusal.EMPTY_TEXT, field="text")
        if len(text) > _LONGEST_TEXT or not storable(text):
            return _no("text", f"A text has 1 to {_LONGEST_TEXT} characters, none of them NUL.")
        return text

    async def compiled(self, link: Link, principal: Principal, text: str) -> Compiled | Refused:
        """The text with its tokens, all of which stand for something."""
        compiled = compile_text(text)
        if isinstance(compiled, Refused):
            return compiled
        if compiled.has(Kind.CODE) and not self.issues_codes:
            detail = "Verification codes are not issued here: {{verification_code}} cannot be used."
            return Refused(refusal=Refusal.NOT_ENABLED, field="text", detail=detail)
        if compiled.has_links and not self.link_base():
            detail = "The operator has not set link_base_url: short links would lead nowhere."
            return Refused(refusal=Refusal.NOT_ENABLED, field="text", detail=detail)
        for number in sorted(compiled.needs.links):
            if not self._has_link(principal.account.id, number):
                detail = f"There is no smart link {number}, or it is not enabled."
                return Refused(refusal=Refusal.UNKNOWN_LINK, field="text", detail=detail)
        return compiled

    async def recipe(
        self,
        link: Link,
        principal: Principal,
        wanted: Sending,
        compiled: Compiled,
    ) -> Recipe | Refused:
        """What stands for the tokens, and who the messages are from."""
        account_id = principal.account.id
        senders = await self._senders(link, principal, wanted)
        if isinstance(senders, Refused):
            return senders
        spinners: dict[int, tuple[str, ...]] = {}
        for number in sorted(compiled.needs.spinners):
            spinner = await kept.find(link, self.vault, Spinner, account_id, number)
            if spinner is None or not spinner.enabled or not spinner.words:
                return _missing("text", f"spinner {number}")
            spinners[number] = spinner.words
        link_lists: dict[int, tuple[int, ...]] = {}
        for number in sorted(compiled.needs.link_lists):
            found = await kept.find(link, self.vault, LinkList, account_id, number)
            usable = () if found is None or not found.enabled else found.link_ids
            usable = tuple(each for each in usable if self._has_link(account_id, each))
            if not usable and found is not None and found.enabled and found.link_ids:
                gone = ", ".join(map(str, found.link_ids))
                detail = f"None of the links of list {number} is there and enabled: {gone}."
                return Refused(refusal=Refusal.UNKNOWN_LINK, field="text", detail=detail)
            if not usable:
                return _missing("text", f"link list {number} with a link in it")
            link_lists[number] = usable
        return Recipe(senders=senders, spinners=spinners, link_lists=link_lists)

    def _has_link(self, account_id: int, number: int) -> bool:
        found = self.directory.link(account_id, number)
        return found is not None and found.enabled

    async def _senders(
        self, link: Link, principal: Principal, wanted: Sending
    ) -> tuple[SenderChoice, ...] | Refused:
        account_id = principal.account.id
        ids, strict = wanted.sender_ids, True
        if wanted.sender_list_id is not None:
            listed = await kept.find(
                link, self.vault, SenderList, account_id, wanted.sender_list_id
            )
            if listed is None or not listed.enabled:
                return _missing("sender_list_id", "sender list")
            ids, strict = listed.sender_ids, False
        if not ids:
            if wanted.sender_list_id is not None:
                return _missing("sender_list_id", "sender list with a sender in it")
            name = self.checks.sender(principal, Draft(recipient="", sender=wanted.sender))
            return name if isinstance(name, Refused) else (self._choice(principal, name),)
        names: list[str] = []
        for number in dict.fromkeys(ids):
            sender = await kept.find(link, self.vault, Sender, account_id, number)
            if sender is not None and (
                sender.usable or (sender.enabled and principal.account.any_sender)
            ):
                names.append(sender.name)
            elif strict:
                return _no_sender(sender, number)
        if not names:
            numbers = ", ".join(map(str, ids))
            detail = f"None of the list's senders is there and approved: {numbers}."
            no = Refusal.SENDER_NOT_APPROVED
            return Refused(refusal=no, field="sender_list_id", detail=detail)
        return tuple(self._choice(principal, name) for name in dict.fromkeys(names))

    def _choice(self, principal: Principal, name: str) -> SenderChoice:
        if principal.account.any_sender:
            return SenderChoice(name)
        return SenderChoice(name, self.directory.sender_countries(principal.account.id, name))

    async def _campaign(self, link: Link, account_id: int, plan: BroadcastPlan) -> int | Refused:
        if plan.campaign_id is None:
            return await broadcasts.default_campaign(link, account_id)
        found = await kept.find(link, self.vault, Campaign, account_id, plan.campaign_id)
        if found is None or not found.enabled:
            return _missing("campaign_id", "campaign")
        return found.id


def plan_fault(plan: BroadcastPlan, now: datetime) -> Refused | None:
    """What is wrong with a plan by itself."""
    return (
        _audience_fault(plan)
        or _times_fault(plan, now)
        or _smart_fault(plan)
        or _words_fault(plan)
        or _recipients_fault(plan.recipients)
    )


def _audience_fault(plan: BroadcastPlan) -> Refused | None:
    if plan.kind is BroadcastKind.SINGLE:
        if not plan.recipients:
            return Refused(refusal=Refusal.MISSING_FIELD, field="recipients")
        if len(plan.recipients) > MOST_RECIPIENTS:
            return Refused(refusal=Refusal.TOO_MANY_RECIPIENTS, field="recipients")
        if plan.list_ids:
            return _no("list_ids", "A single broadcast names its recipients itself.")
        return None
    if plan.recipients:
        return _no("recipients", "Only a single broadcast names its recipients itself.")
    if not plan.list_ids:
        return Refused(refusal=Refusal.MISSING_FIELD, field="list_ids")
    if len(plan.list_ids) > _MOST_LISTS or len(plan.suppression_ids) > _MOST_LISTS:
        return _no("list_ids", f"At most {_MOST_LISTS} lists.")
    return None


def _times_fault(plan: BroadcastPlan, now: datetime) -> Refused | None:
    if plan.send_at is not None:
        if plan.send_at.tzinfo is None:
            return _no("send_at", "A time has its offset from UTC, such as Z.")
        if plan.send_at - now > LONGEST_SCHEDULE:
            return _no("send_at", "A broadcast can be scheduled for a year ahead at most.")
    length = plan.code_length
    if length is not None and not SHORTEST_CODE <= length <= LONGEST_CODE:
        return _no("code_length", f"A code has {SHORTEST_CODE} to {LONGEST_CODE} digits.")
    if not 0 <= plan.delay_minutes <= _LONGEST_DELAY_MINUTES:
        return _no("delay_minutes", "The delay is between nothing and a year.")
    if abs(plan.utc_offset_minutes) > _FARTHEST_OFFSET_MINUTES:
        return _no("utc_offset_minutes", "No place is farther than 14 hours from UTC.")
    seconds = plan.validity_seconds
    if seconds is not None and not 0 < seconds <= LONGEST_VALIDITY_SECONDS:
        return _no(
            "validity_seconds", f"Validity is between 1 and {LONGEST_VALIDITY_SECONDS} seconds."
        )
    return None


def _smart_fault(plan: BroadcastPlan) -> Refused | None:
    if plan.kind is not BroadcastKind.SMART:
        if plan.first_segment_size is not None or plan.ctr_threshold is not None:
            return _no("first_segment_size", "Only a smart broadcast has segments.")
        return None
    if plan.first_segment_size is None:
        return Refused(refusal=Refusal.MISSING_FIELD, field="first_segment_size")
    if plan.first_segment_size < 1:
        return _no("first_segment_size", "A segment has at least one recipient.")
    if plan.ctr_threshold is not None and not 0 <= plan.ctr_threshold <= _PERCENT:
        return _no("ctr_threshold", "A share of clicks is between 0 and 100 percent.")
    if not 1 <= plan.ctr_wait_minutes <= _LONGEST_DELAY_MINUTES:
        return _no("ctr_wait_minutes", "It is between a minute and a year.")
    return None


def _words_fault(plan: BroadcastPlan) -> Refused | None:
    if len(plan.name) > _LONGEST_NAME or not storable(plan.name):
        return _no("name", f"A name has at most {_LONGEST_NAME} characters, none of them NUL.")
    for field, word in (("reference", plan.reference), ("callback", plan.callback)):
        if word is not None and (len(word) > _LONGEST_WORD or not storable(word)):
            return _no(field, f"At most {_LONGEST_WORD:,} characters, none of them NUL.")
    if plan.text and plan.template_id is not None:
        return _no("template_id", "A text or a template, not both.")
    return None


def _recipients_fault(recipients: Iterable[BroadcastRecipient]) -> Refused | None:
    for each in recipients:
        if len(each.msisdn) > _LONGEST_WORD or not storable(each.msisdn):
            return Refused(refusal=Refusal.INVALID_RECIPIENT, field="recipients")
        for name, value in each.fields.items():
            if name not in FIELDS:
                return _no("recipients", f"Fields are some of: {', '.join(FIELDS)}.")
            if len(value) > LONGEST[name] or not storable(value):
                return _no("recipients", f"{name} has at most {LONGEST[name]} characters.")
    return None


def _canonical(recipient: BroadcastRecipient, region: str | None) -> BroadcastRecipient:
    """With its digits, where it is a number; the others are refused one by one later."""
    found = parse_msisdn(recipient.msisdn, default_region=region)
    if isinstance(found, InvalidNumber):
        return recipient
    return msgspec.structs.replace(recipient, msisdn=found)


def due_at(plan: BroadcastPlan, now: datetime) -> datetime | None:
    """When the first segment goes; None while it waits for its trigger."""
    if plan.trigger_id is not None:
        return None
    begin = plan.send_at if plan.send_at is not None and plan.send_at > now else now
    return begin + timedelta(minutes=plan.delay_minutes)


def estimate_hash(resolved: Resolved, snapshots: Iterable[Snapshot]) -> str:
    """128 hexadecimal digits that are others when the plan, its text or its lists are."""
    plan = msgspec.structs.replace(resolved.plan, name="", estimate_hash=None)
    octets = msgspec.json.encode([plan, resolved.recipe, resolved.campaign_id, tuple(snapshots)])
    return hashlib.sha512(octets).hexdigest()


def _no_sender(sender: Sender | None, number: int) -> Refused:
    if sender is None:
        return _missing("sender_ids", f"sender {number}")
    detail = f"The sender {number} is not approved, or not enabled."
    return Refused(refusal=Refusal.SENDER_NOT_APPROVED, field="sender_ids", detail=detail)


def _missing(field: str, what: str) -> Refused:
    return Refused(refusal=Refusal.NOT_FOUND, field=field, detail=f"There is no such {what}.")


def _no(field: str, sentence: str) -> Refused:
    return Refused(refusal=Refusal.INVALID_FIELD, field=field, detail=sentence)
