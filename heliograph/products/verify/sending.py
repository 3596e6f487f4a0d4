"""From a request for a code to what is stored of it: text, code and message, before any transaction."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

import msgspec

from heliograph.flow.checks import Checks
from heliograph.flow.request import Request, own_key
from heliograph.flow.verify_rules import code_faults, text_faults
from heliograph.model.account import TrafficClass
from heliograph.model.command import Principal
from heliograph.model.message import SMS, Draft, Extra, Message
from heliograph.model.refusal import Refusal, Refused
from heliograph.model.verify import IssueCode, Verification, VerifyProfile
from heliograph.products.verify.guard import not_allowed
from heliograph.products.verify.secrets import hash_code, key_word, make_code
from heliograph.products.verify.texts import filled, text_for
from heliograph.store.verify_counts import CountKey

_OWN_CODE: Final = re.compile(r"[A-Za-z0-9-]{4,32}", re.ASCII)
_SHORTEST_VALIDITY_SECONDS: Final = 60
_LONGEST_KEY: Final = 200
_LONGEST_LOCALE: Final = 35


@dataclass(slots=True)
class Sending:
    """One code on its way into a commit."""

    principal: Principal
    profile: VerifyProfile
    message: Message
    verification: Verification
    again: bool = False
    """Another message of a verification that there is."""
    key: str | None = None
    fingerprint: bytes = b""
    counted: list[CountKey] = field(default_factory=list)
    request: Request | None = None
    refused: Refused | None = None
    repeated: Verification | None = None
    """The idempotency key was known: this is what it was used for."""

    def ask(self) -> Request:
        """The message as acceptance takes it."""
        self.request = Request(
            self.principal,
            [self.message],
            layout=[0],
            answer_id=self.message.id,
            key=own_key(self.principal, self.key),
            fingerprint=self.fingerprint,
        )
        return self.request


class Preparing:
    """Makes codes. Asks nobody but what is in memory."""

    def __init__(self, checks: Checks) -> None:
        self._checks = checks

    def first(
        self, principal: Principal, kept: VerifyProfile, command: IssueCode, now: datetime
    ) -> Sending | Refused:
        """A new verification with its message, by a profile as it is kept."""
        profile = _chosen(kept, command)
        if isinstance(profile, Refused):
            return profile
        refused = next(_faults(command), None)
        if refused is not None:
            return refused
        text = command.text or text_for(command.locale, profile.texts)
        made = self._message(
            principal,
            recipient=command.recipient,
            sender=command.sender or profile.sender,
            text=text,
            mark=command.code or "0" * profile.length,
            ttl_seconds=profile.ttl_seconds,
            channel=command.channel,
            locale=command.locale,
            reference=command.reference,
            callback=command.callback,
        )
        if isinstance(made, Refused):
            return made
        refused = not_allowed(made.country, profile.allowed_countries)
        if refused is not None:
            return refused
        key, number = principal.key, made.id
        code = command.code or make_code(key, number, profile.length, profile.alphabet)
        return Sending(
            principal=principal,
            profile=profile,
            message=_with_code(made, text, code, profile.ttl_seconds),
            verification=_verification(key, command, profile, made, text=text, code=code, now=now),
            key=command.idempotency_key,
            fingerprint=command.fingerprint,
        )

    def next(
        self,
        principal: Principal,
        profile: VerifyProfile,
        verification: Verification,
        code: str | None,
        now: datetime,
    ) -> Sending | Refused:
        """Another message with the code of a verification."""
        if code is not None and not _OWN_CODE.fullmatch(code):
            return _NO_CODE
        if code is None:
            if not verification.alphabet:
                detail = "The code was your own: give it again."
                return Refused(refusal=Refusal.MISSING_FIELD, field="code", detail=detail)
            code = make_code(
                principal.key, verification.id, verification.length, verification.alphabet
            )
        left = max(1, int((verification.expires_at - now).total_seconds()))
        made = self._message(
            principal,
            recipient=f"+{verification.recipient}",
            sender=verification.sender,
            text=verification.text,
            mark=code,
            ttl_seconds=left,
            channel=verification.channel,
            locale=verification.locale,
            reference=verification.reference,
            callback=None,
        )
        if isinstance(made, Refused):
            return made
        refused = not_allowed(made.country, profile.allowed_countries)
        if refused is not None:
            return refused
        return Sending(
            principal=principal,
            profile=profile,
            message=_with_code(made, verification.text, code, left),
            verification=msgspec.structs.replace(
                verification,
                message_id=made.id,
                sends=verification.sends + 1,
                sent_at=now,
                code_hash=hash_code(principal.key, verification.id, code),
            ),
            again=True,
        )

    def _message(
        self,
        principal: Principal,
        *,
        recipient: str,
        sender: str | None,
        text: str,
        mark: str,
        ttl_seconds: int,
        channel: str,
        locale: str,
        reference: str | None,
        callback: str | None,
    ) -> Message | Refused:
        """The message, with something as long as the code in its place: codes are plain letters and
        digits, so neither parts nor price depend on which."""
        whole = filled(text, mark, ttl_seconds)
        if isinstance(whole, Refused):
            return whole
        spoken = (locale or None) if channel != SMS else None
        draft = Draft(
            recipient=recipient,
            sender=sender,
            text=whole,
            traffic_class=TrafficClass.OTP,
            validity_seconds=max(ttl_seconds, _SHORTEST_VALIDITY_SECONDS),
            reference=reference,
            callback=callback,
            extra=Extra(channel=channel, language=spoken, secret=True),
        )
        return self._checks.check(principal, draft, None, principal.credential.dialect)


_NO_CODE: Final = Refused(
    refusal=Refusal.INVALID_FIELD,
    field="code",
    detail="A code of your own has 4 to 32 letters, digits or dashes.",
)


def _chosen(kept: VerifyProfile, command: IssueCode) -> VerifyProfile | Refused:
    """The profile with what the request says otherwise."""
    chosen = {
        name: value
        for name in ("length", "alphabet", "ttl_seconds", "max_attempts")
        if (value := getattr(command, name)) is not None
    }
    if not chosen:
        return kept
    profile = msgspec.structs.replace(kept, **chosen)
    return next(code_faults(profile), None) or profile


def _faults(command: IssueCode) -> Iterator[Refused]:
    if command.code is not None and not _OWN_CODE.fullmatch(command.code):
        yield _NO_CODE
    if command.text is not None:
        yield from text_faults(command.text)
    if command.limit_key is not None and not 1 <= len(command.limit_key) <= _LONGEST_KEY:
        detail = f"A key has 1 to {_LONGEST_KEY} characters."
        yield Refused(refusal=Refusal.INVALID_FIELD, field="limit_key", detail=detail)
    if len(command.locale) > _LONGEST_LOCALE or not command.locale.isascii():
        detail = "A locale is a language tag such as en or pt-BR."
        yield Refused(refusal=Refusal.INVALID_FIELD, field="locale", detail=detail)


def _with_code(message: Message, text: str, code: str, ttl_seconds: int) -> Message:
    whole = filled(text, code, ttl_seconds)
    if isinstance(whole, Refused):  # it was filled a moment ago
        raise TypeError("a text that could be filled cannot be")
    return msgspec.structs.replace(message, text=whole)


def _verification(
    key: bytes,
    command: IssueCode,
    profile: VerifyProfile,
    message: Message,
    *,
    text: str,
    code: str,
    now: datetime,
) -> Verification:
    return Verification(
        account_id=message.account_id,
        id=message.id,
        message_id=message.id,
        profile_id=profile.id,
        recipient=message.recipient,
        sender=message.sender,
        channel=message.channel,
        country=message.country,
        prefix="" if message.test else message.recipient[: profile.guard.prefix_digits],
        code_hash=hash_code(key, message.id, code),
        length=len(code),
        alphabet="" if command.code is not None else profile.alphabet,
        text=text,
        locale=command.locale,
        limit_key="" if command.limit_key is None else key_word(key, command.limit_key),
        reference=message.reference,
        expires_at=now + timedelta(seconds=profile.ttl_seconds),
        sent_at=now,
        most_sends=1 + profile.resend_limit,
        resend_seconds=profile.resend_seconds,
        max_attempts=profile.max_attempts,
    )
