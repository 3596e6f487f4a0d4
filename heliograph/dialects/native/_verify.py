"""One-time passwords: readers of the operations on them, and what becomes of the answers."""

from __future__ import annotations

import re
from typing import Final

import msgspec

from heliograph.dialects.native import _wire_verify as bodies
from heliograph.dialects.native import wire
from heliograph.dialects.native._asked import (
    Asked,
    account_of,
    idempotency_key,
    path_plain,
    path_sealed,
    plain_id,
    sealed,
)
from heliograph.dialects.native._ids import plain, read_plain, sealed_text
from heliograph.dialects.native._messages import fingerprint_of
from heliograph.dialects.native.codes import Unreadable, field_error
from heliograph.model import ids
from heliograph.model.command import Command
from heliograph.model.refusal import Refusal, Refused
from heliograph.model.verify import (
    CancelVerification,
    CheckCode,
    CodeChecked,
    CodeIssued,
    FindProfile,
    FindVerification,
    Guard,
    GuardArea,
    GuardMode,
    GuardReport,
    IssueCode,
    Limits,
    ListGuard,
    ListProfiles,
    ReleaseGuard,
    RemoveProfile,
    ResendCode,
    SaveProfile,
    VerificationFound,
    VerifyProfile,
    VerifyStatus,
)

_PREFIX: Final = "vpf"
_AREA: Final = re.compile(r"[1-9][0-9]{0,14}|[A-Z]{2}", re.ASCII)
_SHARE_DECIMALS: Final = 4
_WORDS: Final[dict[VerifyStatus, bodies.StandingWord]] = {
    VerifyStatus.PENDING: "pending",
    VerifyStatus.APPROVED: "approved",
    VerifyStatus.CANCELED: "canceled",
    VerifyStatus.EXPIRED: "expired",
    VerifyStatus.MAX_ATTEMPTS: "max_attempts",
}


def issue(asked: Asked) -> Command:
    """POST /v1/verify."""
    body: bodies.VerifyBody = asked.body
    key = idempotency_key(asked.request)
    profile = body.profile
    number = None if profile is None else read_plain(_PREFIX, profile)
    return IssueCode(
        recipient=body.to,
        sender=body.sender,
        profile=profile if number is None else str(number),
        locale=body.locale,
        text=body.text,
        code=body.code,
        length=body.length,
        alphabet=body.alphabet,
        ttl_seconds=body.ttl_seconds,
        max_attempts=body.max_attempts,
        channel=body.channel,
        limit_key=body.limit_key,
        reference=body.reference,
        callback=body.callback_url,
        idempotency_key=key,
        fingerprint=b"" if key is None else fingerprint_of(asked.request.path, asked.request.body),
    )


def check(asked: Asked) -> Command:
    """POST /v1/verify/check."""
    body: bodies.CheckBody = asked.body
    if (body.id is None) == (body.to is None):
        raise field_error("/id", "Give `id` or `to`.", Refusal.MISSING_FIELD)
    return CheckCode(code=body.code, verification=sealed(body.id, "ver", "/id"), recipient=body.to)


def find(asked: Asked) -> Command:
    """GET /v1/verify/{id}."""
    return FindVerification(verification=path_sealed(asked, "ver"))


def resend(asked: Asked) -> Command:
    """POST /v1/verify/{id}/resend."""
    return ResendCode(verification=path_sealed(asked, "ver"), code=asked.body.code)


def cancel(asked: Asked) -> Command:
    """POST /v1/verify/{id}/cancel."""
    return CancelVerification(verification=path_sealed(asked, "ver"))


def guard(asked: Asked) -> Command:
    """GET /v1/verify/guard."""
    del asked
    return ListGuard()


def release(asked: Asked) -> Command:
    """DELETE /v1/verify/guard/{area}."""
    area = asked.path["area"]
    if not _AREA.fullmatch(area):
        raise Unreadable(Refused(refusal=Refusal.NOT_FOUND))
    return ReleaseGuard(area=area)


def list_profiles(asked: Asked) -> Command:
    """GET /v1/verify/profiles."""
    query: wire.ThingsQuery = asked.query
    after = plain_id(query.after, _PREFIX, "after") or 0
    return ListProfiles(after=after, limit=query.limit, for_account=account_of(asked))


def find_profile(asked: Asked) -> Command:
    """GET /v1/verify/profiles/{id}."""
    return FindProfile(id=path_plain(asked, _PREFIX), for_account=account_of(asked))


def remove_profile(asked: Asked) -> Command:
    """DELETE /v1/verify/profiles/{id}."""
    return RemoveProfile(id=path_plain(asked, _PREFIX), for_account=account_of(asked))


def make_profile(asked: Asked) -> Command:
    """POST /v1/verify/profiles."""
    return SaveProfile(profile=_profile(asked.body, 0), for_account=account_of(asked))


def change_profile(asked: Asked) -> Command:
    """PUT /v1/verify/profiles/{id}."""
    number = path_plain(asked, _PREFIX)
    return SaveProfile(profile=_profile(asked.body, number), for_account=account_of(asked))


def _profile(body: bodies.ProfileBody, number: int) -> VerifyProfile:
    fields = msgspec.structs.asdict(body)
    watched = msgspec.structs.asdict(body.guard)
    fields["limits"] = Limits(**msgspec.structs.asdict(body.limits))
    fields["guard"] = Guard(**watched | {"mode": GuardMode(body.guard.mode)})
    return VerifyProfile(account_id=0, id=number, **fields)


# -- what is shown ------------------------------------------------------------------------------


def issued_view(answer: CodeIssued, key: bytes) -> bodies.IssuedView:
    """A code is on its way."""
    return bodies.IssuedView(
        id=sealed_text("ver", answer.verification_id, key),
        message=sealed_text("msg", answer.message_id, key),
        to=answer.recipient,
        status="pending",
        expires_at=answer.expires_at,
        resend_after=answer.resend_after,
        resends_left=answer.resends_left,
        attempts_left=answer.attempts_left,
    )


def checked_view(answer: CodeChecked) -> bodies.CheckedView:
    """Whether it was the code."""
    return bodies.CheckedView(
        valid=answer.valid, status=_WORDS[answer.status], attempts_left=answer.attempts_left
    )


def verification_view(answer: VerificationFound, key: bytes) -> bodies.VerificationView:
    """A verification."""
    found = answer.verification
    return bodies.VerificationView(
        id=sealed_text("ver", found.id, key),
        message=sealed_text("msg", found.message_id, key),
        to=found.recipient,
        sender=found.sender,
        channel=found.channel,
        country=found.country,
        status=_WORDS[answer.status],
        attempts=found.attempts,
        attempts_left=max(0, found.max_attempts - found.attempts),
        sends=found.sends,
        resends_left=max(0, found.most_sends - found.sends),
        reference=found.reference,
        created_at=ids.made_at(found.id),
        sent_at=found.sent_at,
        expires_at=found.expires_at,
        closed_at=found.closed_at,
    )


def profile_view(profile: VerifyProfile) -> bodies.ProfileView:
    """A profile."""
    fields = msgspec.structs.asdict(profile)
    del fields["account_id"]
    fields["id"] = plain(_PREFIX, profile.id)
    fields["limits"] = bodies.LimitsBody(**msgspec.structs.asdict(profile.limits))
    watched = msgspec.structs.asdict(profile.guard)
    fields["guard"] = bodies.GuardBody(**watched | {"mode": profile.guard.mode.value})
    return bodies.ProfileView(**fields)


def guard_view(answer: GuardReport) -> bodies.GuardView:
    """What the guard knows."""
    return bodies.GuardView(items=[_area_view(each) for each in answer.items])


def _area_view(area: GuardArea) -> bodies.GuardAreaView:
    share = round(area.verified / area.issued, _SHARE_DECIMALS) if area.issued else None
    return bodies.GuardAreaView(
        area=area.area,
        asked=area.asked,
        issued=area.issued,
        verified=area.verified,
        share=share,
        mode=area.mode.value,
        why=area.why,
        tripped_at=area.tripped_at,
        until=area.until,
        trips=area.trips,
    )
