"""From a draft to a message that may be accepted, or the reason why not.

The checks run in one order, each a few lines with one reason to say no: sender, campaign, recipient,
text, length, times, route, price. Opt-out, money and idempotency need the database and are checked in
the accepting transaction. Pure but for the directory in memory.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import msgspec

from heliograph.flow.callback import callback_of
from heliograph.flow.compose import compose
from heliograph.flow.directory import Directory
from heliograph.flow.links import Minter
from heliograph.flow.route import Router
from heliograph.flow.zone import placed
from heliograph.model.command import Principal
from heliograph.model.ids import IdMaker
from heliograph.model.message import SMS, Draft, Encoding, Extra, Message
from heliograph.model.number import InvalidNumber, InvalidSender, classify_sender, parse_msisdn
from heliograph.model.refusal import Refusal, Refused
from heliograph.text import (
    Choice,
    TextError,
    UdhError,
    choose,
    choose_binary,
    decode_gsm7,
    decode_ucs2,
    parse_udh,
)
from heliograph.text import Encoding as TextEncoding

_USER_DATA_BITS = 140 * 8
_ONE_PART = "A message with a header of its own has at most 140 octets, header included."
LONGEST_SCHEDULE = timedelta(days=366)
LONGEST_VALIDITY_SECONDS = 7 * 86_400
_FORCED = {
    Encoding.AUTO: None,
    Encoding.GSM7: TextEncoding.GSM7,
    Encoding.GSM7_NATIONAL: None,
    Encoding.UCS2: TextEncoding.UCS2,
    Encoding.BINARY: TextEncoding.BINARY,
}
_PART_OCTETS = 140
_LONGEST_WHOLE = 4_000
_OCTETS = {
    Encoding.AUTO: TextEncoding.BINARY,
    Encoding.BINARY: TextEncoding.BINARY,
    Encoding.GSM7: TextEncoding.GSM7,
    Encoding.GSM7_NATIONAL: TextEncoding.GSM7_NATIONAL,
    Encoding.UCS2: TextEncoding.UCS2,
}
_STORED = {
    TextEncoding.GSM7: Encoding.GSM7,
    TextEncoding.GSM7_NATIONAL: Encoding.GSM7_NATIONAL,
    TextEncoding.UCS2: Encoding.UCS2,
    TextEncoding.BINARY: Encoding.BINARY,
}


class Checks:
    """Turns drafts into messages."""

    def __init__(
        self,
        directory: Directory,
        router: Router,
        ids: IdMaker,
        now: Callable[[], datetime],
        minter: Minter | None = None,
    ) -> None:
        self._directory = directory
        self._router = router
        self._ids = ids
        self._now = now
        self._minter = minter

    def composed(self, account_id: int, draft: Draft) -> Draft | Refused:
        """The draft with its whole text."""
        return compose(self._directory, account_id, draft, self._minter)

    def check(
        self, principal: Principal, draft: Draft, submission_id: int | None, dialect: str
    ) -> Message | Refused:
        """The message as it would be stored, or the first reason why not."""
        now = self._now()
        account = principal.account
        composed = self.composed(account.id, draft)
        if isinstance(composed, Refused):
            return composed
        draft = composed
        sender = self.sender(principal, draft)
        if isinstance(sender, Refused):
            return sender
        refused = self._campaign(principal, draft) or _words(draft)
        if refused is not None:
            return refused
        recipient = parse_msisdn(draft.recipient, default_region=account.default_region)
        if isinstance(recipient, InvalidNumber):
            return Refused(
                refusal=Refusal.INVALID_RECIPIENT, field="recipient", detail=recipient.sentence
            )
        choice = encode(draft)
        if isinstance(choice, Refused):
            return choice
        if choice.parts > account.max_parts:
            return Refused(
                refusal=Refusal.TEXT_TOO_LONG,
                field="text",
                detail=f"The text needs {choice.parts} parts; {account.max_parts} are allowed.",
            )
        draft = placed(principal, draft)
        if draft.send_at is not None and draft.send_at <= now:
            draft = msgspec.structs.replace(draft, send_at=None)
        valid_until = _times(draft, now, account.default_validity_seconds)
        if isinstance(valid_until, Refused):
            return valid_until
        message = self._message(
            principal,
            draft,
            submission_id=submission_id,
            dialect=dialect,
            sender=sender,
            recipient=recipient,
            choice=choice,
            valid_until=valid_until,
        )
        return self._reachable(principal, message, now)

    def _campaign(self, principal: Principal, draft: Draft) -> Refused | None:
        if not draft.needs_campaign:
            return None
        if draft.campaign and self._directory.campaign_approved(
            principal.account.id, draft.campaign
        ):
            return None
        return Refused(refusal=Refusal.CAMPAIGN_NOT_APPROVED, field="campaign")

    def sender(self, principal: Principal, draft: Draft) -> str | Refused:
        """The sender in the form in which opt-outs, routes and registrations know it."""
        account = principal.account
        service = self._directory.service_of(principal.credential)
        named = draft.sender or (service.sender if service is not None else None)
        sender = named or self._directory.only_sender(account.id)
        if not sender:
            if draft.may_lack_sender:
                return ""
            return Refused(refusal=Refusal.MISSING_FIELD, field="sender")
        if self._directory.sender_known(account.id, sender):
            return sender
        found = classify_sender(sender)
        if isinstance(found, InvalidSender):
            return Refused(refusal=Refusal.INVALID_SENDER, field="sender", detail=found.sentence)
        if (
            account.any_sender
            or self._directory.sender_known(account.id, found.text)
            or self._directory.may_write_from(account.id, found.text)
        ):
            return found.text
        return Refused(refusal=Refusal.SENDER_NOT_APPROVED, field="sender")

    def _message(
        self,
        principal: Principal,
        draft: Draft,
        *,
        submission_id: int | None,
        dialect: str,
        sender: str,
        recipient: str,
        choice: Choice,
        valid_until: datetime,
    ) -> Message:
        network = self._directory.network(recipient)
        return Message(
            account_id=principal.account.id,
            id=self._ids.next(),
            submission_id=submission_id,
            dialect=dialect,
            sender=sender,
            recipient=recipient,
            text=_replaced(draft.text, choice) if draft.body is None else readable(draft),
            body=draft.body,
            udh=draft.udh,
            encoding=_STORED[choice.encoding],
            parts=choice.parts,
            traffic_class=draft.traffic_class,
            priority=draft.priority,
            flash=draft.flash,
            test=principal.test or draft.test,
            country=network.country if network else None,
            mcc=network.mcc if network else None,
            mnc=network.mnc if network else None,
            reference=draft.reference,
            callback=callback_of(principal.credential, draft),
            send_at=draft.send_at,
            valid_until=valid_until,
            extra=_extra(draft),
            short_links=draft.short_links,
        )

    def _reachable(
        self, principal: Principal, message: Message, now: datetime
    ) -> Message | Refused:
        account = principal.account
        if not account.any_sender and not self._sender_in_country(message):
            return Refused(
                refusal=Refusal.SENDER_NOT_APPROVED,
                field="sender",
                detail=f"The sender is not approved for {message.country}.",
            )
        if not self._router.offers(message, now):
            no = Refusal.NO_ROUTE if message.channel == SMS else Refusal.NO_CHANNEL
            return Refused(refusal=no, field="recipient")
        if message.test:
            return message
        price = self._directory.price(account, message.recipient, message.mcc, message.mnc)
        if price is None:
            return Refused(refusal=Refusal.NO_PRICE, field="recipient")
        return msgspec.structs.replace(message, price_micros=price * message.parts)

    def _sender_in_country(self, message: Message) -> bool:
        return not self._directory.sender_known(
            message.account_id, message.sender
        ) or self._directory.sender_approved(message.account_id, message.sender, message.country)


def _extra(draft: Draft) -> Extra | None:
    """Handsets may opt out of a campaign, so its code stays with the message (promise P9)."""
    if not draft.campaign:
        return draft.extra
    return msgspec.structs.replace(draft.extra or Extra(), campaign=draft.campaign)


def _words(draft: Draft) -> Refused | None:
    """The caller's own words are kept as they are, if the store can keep them."""
    for field, word in (("reference", draft.reference), ("callback", draft.callback)):
        if word is not None and (len(word) > 1000 or not _keepable(word)):
            return Refused(
                refusal=Refusal.INVALID_FIELD,
                field=field,
                detail="At most 1,000 characters, none of them NUL or half of a surrogate pair.",
            )
    return None


def _keepable(word: str) -> bool:
    if "\x00" in word:
        return False
    return word.isascii() or not any("\ud800" <= character <= "\udfff" for character in word)


def encode(draft: Draft) -> Choice | Refused:
    """How the draft goes on the air."""
    if draft.body is not None:
        return _encode_octets(draft)
    if draft.extra is not None and draft.extra.channel != SMS:
        return _encode_whole(draft, draft.extra)
    if not draft.text:
        return Refused(refusal=Refusal.EMPTY_TEXT, field="text")
    if "\x00" in draft.text:
        return Refused(
            refusal=Refusal.UNENCODABLE_TEXT, field="text", detail="The text has a NUL character."
        )
    try:
        choice = choose(
            draft.text,
            allow_national=draft.encoding is Encoding.GSM7_NATIONAL,
            smart=draft.smart,
            force=_FORCED[draft.encoding],
        )
    except TextError as fault:
        return Refused(refusal=Refusal.UNENCODABLE_TEXT, field="text", detail=str(fault))
    return (_header(draft.udh, choice) or choice) if draft.udh else choice


def _encode_whole(draft: Draft, extra: Extra) -> Choice | Refused:
    """Calls and media messages go as one, however long; they are nothing without words or media."""
    if not draft.text and not extra.media_url:
        return Refused(refusal=Refusal.EMPTY_TEXT, field="text")
    if not _keepable(draft.text):
        return Refused(refusal=Refusal.UNENCODABLE_TEXT, field="text")
    units = len(draft.text)
    if units > _LONGEST_WHOLE:
        return Refused(
            refusal=Refusal.TEXT_TOO_LONG,
            field="text",
            detail=f"At most {_LONGEST_WHOLE} characters.",
        )
    return Choice(
        encoding=TextEncoding.UCS2,
        parts=1,
        units=units,
        unit_limit=_LONGEST_WHOLE,
        chars_left=_LONGEST_WHOLE - units,
    )


def _header(udh: bytes, choice: Choice) -> Refused | None:
    """A text with a header of the caller's own is one part: whoever cuts it writes the headers."""
    fault = _unreadable(udh)
    if fault is not None:
        return fault
    if choice.encoding is TextEncoding.GSM7_NATIONAL:
        return Refused(
            refusal=Refusal.INVALID_FIELD,
            field="udh",
            detail="National tables need a header of their own.",
        )
    bits = 7 if choice.encoding is TextEncoding.GSM7 else 16
    if len(udh) * 8 + choice.units * bits <= _USER_DATA_BITS:
        return None
    return Refused(refusal=Refusal.TEXT_TOO_LONG, field="text", detail=_ONE_PART)


def _unreadable(udh: bytes) -> Refused | None:
    try:
        parse_udh(udh)
    except UdhError as fault:
        return Refused(refusal=Refusal.INVALID_FIELD, field="udh", detail=str(fault))
    return None


def _encode_octets(draft: Draft) -> Choice | Refused:
    """A body that the caller has encoded, perhaps one part of several with a header of its own."""
    body = draft.body or b""
    if not body and not draft.udh:
        return Refused(refusal=Refusal.EMPTY_TEXT, field="body")
    try:
        if draft.udh:
            parse_udh(draft.udh)
    except UdhError as fault:
        return Refused(refusal=Refusal.INVALID_FIELD, field="udh", detail=str(fault))
    if not draft.udh and draft.encoding in (Encoding.AUTO, Encoding.BINARY):
        return choose_binary(body)
    septets = draft.encoding in (Encoding.GSM7, Encoding.GSM7_NATIONAL)
    room = _PART_OCTETS - len(draft.udh)
    limit = room * 8 // 7 if septets else room
    if len(body) > limit:
        return Refused(
            refusal=Refusal.TEXT_TOO_LONG,
            field="body",
            detail=f"One part with this header holds at most {limit} octets of body.",
        )
    return Choice(
        encoding=_OCTETS[draft.encoding],
        parts=1,
        units=len(body),
        unit_limit=limit,
        chars_left=limit - len(body),
    )


def readable(draft: Draft) -> str:
    """What people see of an encoded body; binary ones show nothing."""
    body = draft.body or b""
    if draft.encoding in (Encoding.GSM7, Encoding.GSM7_NATIONAL):
        return decode_gsm7(body)
    if draft.encoding is Encoding.UCS2:
        return decode_ucs2(body, tolerant=True).replace("\x00", "")
    return ""


def _replaced(text: str, choice: Choice) -> str:
    for replacement in choice.replaced:
        text = text.replace(replacement.original, replacement.replacement)
    return text


def _times(draft: Draft, now: datetime, default_seconds: int) -> datetime | Refused:
    """When the message's validity ends; it begins when the message is to be sent."""
    if draft.send_at is None and draft.valid_until is None and draft.validity_seconds is None:
        return now + timedelta(seconds=default_seconds)
    start = draft.send_at or now
    if start - now > LONGEST_SCHEDULE:
        return Refused(
            refusal=Refusal.INVALID_FIELD,
            field="send_at",
            detail="Messages can be scheduled for a year ahead at most.",
        )
    if draft.valid_until is not None:
        return min(draft.valid_until, start + timedelta(seconds=LONGEST_VALIDITY_SECONDS))
    seconds = draft.validity_seconds
    if seconds is not None and not 0 < seconds <= LONGEST_VALIDITY_SECONDS:
        return Refused(
            refusal=Refusal.INVALID_FIELD,
            field="validity_seconds",
            detail=f"Validity is between 1 and {LONGEST_VALIDITY_SECONDS} seconds.",
        )
    return start + timedelta(seconds=seconds or default_seconds)
