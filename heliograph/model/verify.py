"""One-time passwords: what a customer keeps (profiles), what is asked for and told, and the guard's view.

A code goes to a recipient and is typed back by whoever holds the handset. It is a secret from the
moment it is made: no noun here holds one but the commands that bring it in.
"""

from __future__ import annotations

from datetime import datetime
from enum import IntEnum, StrEnum
from typing import Final

import msgspec

DIGITS: Final = "0123456789"
SHORTEST_CODE: Final = 4
LONGEST_CODE: Final = 12
LONGEST_TTL_SECONDS: Final = 86_400
MOST_ATTEMPTS: Final = 20


class GuardMode(StrEnum):
    """What the guard does when it sees what looks like pumping."""

    OFF = "off"
    MONITOR = "monitor"
    """Notes it, in the log and among the areas; refuses nobody."""
    FILTER = "filter"
    """Refuses the numbers of the prefix (or of the country, where that is too fast) for a while."""
    BLOCK = "block"
    """Refuses the whole country until somebody releases it."""


class Guard(msgspec.Struct, frozen=True, kw_only=True):
    """When numbers that begin alike, or those of a country, look like pumped traffic."""

    mode: GuardMode = GuardMode.MONITOR
    prefix_digits: int = 7
    """How many leading digits of an MSISDN make an area."""
    share_percent: int = 20
    """Of the last `last` codes of a prefix so many must have been typed back; 0 looks at no share."""
    last: int = 50
    minimum: int = 20
    """Codes in the prefix before its share is judged."""
    grace_seconds: int = 120
    """What people need to type a code: younger ones are not judged, unless they are approved."""
    prefix_per_hour: int = 0
    """Codes to one prefix within an hour; 0 learns what is usual from the codes that were typed back."""
    country_per_hour: int = 0
    floor_per_hour: int = 60
    """What is never too many where the limit is learnt; ten times as much for a country."""
    cooldown_seconds: int = 3_600
    """How long FILTER refuses; twice as long at each following time, at most a day."""


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """How many codes may be sent, in sliding windows; 0 sets no limit."""

    number_per_hour: int = 5
    key_per_hour: int = 20
    """Per caller-given key: an end user's address or device, say."""
    prefix_per_minute: int = 0
    account_per_minute: int = 0


class VerifyProfile(msgspec.Struct, frozen=True, kw_only=True):
    """How an account's codes look, live and are guarded. The one named `default` serves who names none."""

    account_id: int
    id: int
    name: str
    sender: str | None = None
    length: int = 6
    alphabet: str = DIGITS
    """The characters that codes are made of, all different."""
    ttl_seconds: int = 600
    max_attempts: int = 5
    resend_seconds: int = 30
    """Between two messages of one verification."""
    resend_limit: int = 3
    texts: dict[str, str] = {}
    """BCP 47 language tag, or empty for every other → text with `{{code}}` in it; the house has its own."""
    limits: Limits = Limits()
    guard: Guard = Guard()
    allowed_countries: tuple[str, ...] = ()
    """ISO 3166-1 alpha-2; empty allows all. Holds in every mode of the guard."""


class VerifyStatus(IntEnum):
    """Where a verification stands; numbers are stored. The last two follow from time and tries."""

    PENDING = 1
    APPROVED = 2
    CANCELED = 3
    EXPIRED = 4
    MAX_ATTEMPTS = 5

    @property
    def word(self) -> str:
        """The lower-case word used in APIs."""
        return self.name.lower()


class Verification(msgspec.Struct, frozen=True, kw_only=True):
    """One code on its way round: kept without the code itself."""

    account_id: int
    id: int
    """That of its first message."""
    message_id: int
    """The last message that was sent for it."""
    profile_id: int
    """0 where the house's own defaults served."""
    recipient: str
    sender: str
    channel: str
    country: str | None
    prefix: str
    """The guard's area; empty for test traffic, which nobody judges."""
    code_hash: bytes
    """Keyed by the account, salted by the id."""
    length: int
    alphabet: str
    """What the code is made again from, for another message; empty where it was the caller's own."""
    text: str
    """With the place of the code, without the code."""
    locale: str = ""
    limit_key: str = ""
    """Keyed hash of the caller's."""
    reference: str | None = None
    expires_at: datetime
    sent_at: datetime
    sends: int = 1
    most_sends: int
    resend_seconds: int
    attempts: int = 0
    max_attempts: int
    status: VerifyStatus = VerifyStatus.PENDING
    closed_at: datetime | None = None

    def standing(self, now: datetime) -> VerifyStatus:
        """Where it stands at that time."""
        if self.status is not VerifyStatus.PENDING:
            return self.status
        if self.attempts >= self.max_attempts:
            return VerifyStatus.MAX_ATTEMPTS
        return VerifyStatus.EXPIRED if self.expires_at <= now else VerifyStatus.PENDING


# -- commands -----------------------------------------------------------------------------------


class IssueCode(msgspec.Struct, frozen=True, kw_only=True):
    """Send a code. What is None is the profile's."""

    recipient: str
    sender: str | None = None
    profile: str | None = None
    """Number or name of a profile."""
    locale: str = ""
    text: str | None = None
    """With `{{code}}` or `{{verification_code}}` in it."""
    code: str | None = None
    """The caller's own."""
    length: int | None = None
    alphabet: str | None = None
    ttl_seconds: int | None = None
    max_attempts: int | None = None
    channel: str = "sms"
    limit_key: str | None = None
    """Whoever asks for the code, as the caller knows them: an address, a device."""
    reference: str | None = None
    callback: str | None = None
    """URL for the message's reports, in the form of the door it came by."""
    idempotency_key: str | None = None
    fingerprint: bytes = b""


class CheckCode(msgspec.Struct, frozen=True, kw_only=True):
    """Is this the code? Of a verification (sealed), or the last one of a recipient."""

    code: str
    verification: int | None = None
    recipient: str | None = None


class ResendCode(msgspec.Struct, frozen=True, kw_only=True):
    """Send the code of a verification (sealed) once more. The caller's own has to be given again."""

    verification: int
    code: str | None = None


class CancelVerification(msgspec.Struct, frozen=True, kw_only=True):
    """The code shall not work any more."""

    verification: int
    """Sealed."""


class FindVerification(msgspec.Struct, frozen=True, kw_only=True):
    """Where a verification stands."""

    verification: int
    """Sealed."""


class ListGuard(msgspec.Struct, frozen=True, kw_only=True):
    """What the guard knows of prefixes and countries."""


class SaveProfile(msgspec.Struct, frozen=True, kw_only=True):
    """Make a profile (its id is 0) or change one. Names are unique within the account."""

    profile: VerifyProfile
    for_account: int | None = None
    """The operator may act for another account."""


class ListProfiles(msgspec.Struct, frozen=True, kw_only=True):
    """The account's profiles, oldest first. `after` is the last id of the page before."""

    after: int = 0
    limit: int = 100
    for_account: int | None = None


class FindProfile(msgspec.Struct, frozen=True, kw_only=True):
    """One profile by its id."""

    id: int
    for_account: int | None = None


class RemoveProfile(msgspec.Struct, frozen=True, kw_only=True):
    """Take a profile away; verifications that were issued by it stay as they are."""

    id: int
    for_account: int | None = None


class ReleaseGuard(msgspec.Struct, frozen=True, kw_only=True):
    """Let an area be written to again, and judge it by what follows."""

    area: str
    """Leading digits, or a country of ISO 3166-1 alpha-2."""


# -- answers ------------------------------------------------------------------------------------


class CodeIssued(msgspec.Struct, frozen=True, kw_only=True):
    """The code is on its way; told after the commit (promise P1)."""

    verification_id: int
    message_id: int
    recipient: str
    expires_at: datetime
    resend_after: datetime | None
    """None where it cannot be sent again."""
    resends_left: int
    attempts_left: int
    repeated: bool = False
    """The idempotency key was known: nothing more was sent."""


class CodeChecked(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a try. What was never there is told like what has expired."""

    valid: bool
    status: VerifyStatus
    attempts_left: int = 0


class VerificationFound(msgspec.Struct, frozen=True, kw_only=True):
    """Answer to `FindVerification` and `CancelVerification`."""

    verification: Verification
    status: VerifyStatus


class GuardArea(msgspec.Struct, frozen=True, kw_only=True):
    """One prefix or country: its last day, and what the guard did to it."""

    area: str
    asked: int = 0
    issued: int = 0
    verified: int = 0
    mode: GuardMode = GuardMode.OFF
    """What the guard does now; OFF lets everything pass."""
    why: str | None = None
    """Why it did so last."""
    tripped_at: datetime | None = None
    until: datetime | None = None
    """None with a mode that is not OFF: until it is released."""
    trips: int = 0


class GuardReport(msgspec.Struct, frozen=True, kw_only=True):
    """Answer to `ListGuard`: those that something was done to first, then by codes issued."""

    items: tuple[GuardArea, ...]


class Profiles(msgspec.Struct, frozen=True, kw_only=True):
    """Answer to `ListProfiles`."""

    items: tuple[VerifyProfile, ...]
    more: bool


Profiling = SaveProfile | ListProfiles | FindProfile | RemoveProfile
"""The commands about profiles."""
Verifying = (
    IssueCode
    | CheckCode
    | ResendCode
    | CancelVerification
    | FindVerification
    | ListGuard
    | ReleaseGuard
    | Profiling
)
"""The commands of this module."""
Verified = CodeIssued | CodeChecked | VerificationFound | GuardReport | VerifyProfile | Profiles
"""Their answers."""
