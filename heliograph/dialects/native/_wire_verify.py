"""One-time passwords: what is sent to ask for and check them, to keep profiles, and what is shown of it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from heliograph.dialects.native._wire_replies import MessageId, View
from heliograph.dialects.native._wire_things import Country, Name
from heliograph.dialects.native.wire import Body, ChannelWord, Url
from heliograph.model.verify import DIGITS

VerificationId = Annotated[str, Meta(examples=["ver_3v9k2m8q1r7tc"])]
ProfileId = Annotated[str, Meta(examples=["vpf_2"])]
ModeWord = Literal["off", "monitor", "filter", "block"]
StandingWord = Literal["pending", "approved", "canceled", "expired", "max_attempts"]
_Length = Annotated[int, Meta(ge=4, le=12)]
_Alphabet = Annotated[
    str, Meta(min_length=2, max_length=62, description="Letters and digits, all different.")
]
_Ttl = Annotated[int, Meta(ge=30, le=86_400)]
_Tries = Annotated[int, Meta(ge=1, le=20)]
_Text = Annotated[
    str,
    Meta(
        max_length=1_000,
        description="With `{{code}}` in it; `{{minutes}}` is how long it is valid.",
        examples=["Shop: your code is {{code}}"],
    ),
]
_Count = Annotated[int, Meta(ge=0, le=1_000_000_000)]


class VerifyBody(Body, frozen=True, kw_only=True):
    """A code to be sent. What is left out is the profile's."""

    to: Annotated[str, Meta(min_length=1, max_length=64, examples=["+8801712345678"])]
    sender: Annotated[str, Meta(min_length=1, max_length=20)] | None = None
    profile: Annotated[str, Meta(max_length=100, description="Name or id of a profile.")] | None = (
        None
    )
    locale: Annotated[str, Meta(max_length=35, examples=["de-AT"])] = ""
    text: _Text | None = None
    code: (
        Annotated[
            str,
            Meta(max_length=32, description="A code of your own; usually the house makes it."),
        ]
        | None
    ) = None
    length: _Length | None = None
    alphabet: _Alphabet | None = None
    ttl_seconds: _Ttl | None = None
    max_attempts: _Tries | None = None
    channel: ChannelWord = "sms"
    limit_key: (
        Annotated[
            str,
            Meta(
                min_length=1,
                max_length=200,
                description="Whoever asks, as you know them: the address or device of your user.",
                examples=["203.0.113.7"],
            ),
        ]
        | None
    ) = None
    reference: Annotated[str, Meta(max_length=255)] | None = None
    callback_url: Url | None = None


class CheckBody(Body, frozen=True, kw_only=True):
    """What was typed, and for which verification; by `to` the last one of that number is meant."""

    code: Annotated[str, Meta(max_length=64, examples=["482913"])]
    id: Annotated[str, Meta(max_length=40, examples=["ver_3v9k2m8q1r7tc"])] | None = None
    to: Annotated[str, Meta(max_length=64)] | None = None


class ResendBody(Body, frozen=True, kw_only=True):
    """The code again, where it was one of your own."""

    code: Annotated[str, Meta(max_length=32)] | None = None


class LimitsBody(Body, frozen=True, kw_only=True):
    """How many codes, in sliding windows; 0 sets no limit."""

    number_per_hour: _Count = 5
    key_per_hour: Annotated[_Count, Meta(description="Per `limit_key`.")] = 20
    prefix_per_minute: _Count = 0
    account_per_minute: _Count = 0


class GuardBody(Body, frozen=True, kw_only=True):
    """When traffic looks pumped, and what is done then."""

    mode: Annotated[
        ModeWord,
        Meta(
            description="`monitor` notes it, `filter` refuses the prefix for a while, `block` refuses the "
            "whole country until it is released."
        ),
    ] = "monitor"
    prefix_digits: Annotated[int, Meta(ge=1, le=15)] = 7
    share_percent: Annotated[
        int,
        Meta(ge=0, le=100, description="Of a prefix's last codes so many are to be typed back."),
    ] = 20
    last: Annotated[int, Meta(ge=1, le=1_000)] = 50
    minimum: Annotated[int, Meta(ge=1, le=1_000)] = 20
    grace_seconds: Annotated[int, Meta(ge=0, le=86_400)] = 120
    prefix_per_hour: Annotated[
        _Count, Meta(description="0 learns what is usual from codes that were typed back.")
    ] = 0
    country_per_hour: _Count = 0
    floor_per_hour: Annotated[
        int, Meta(ge=1, description="Never too many for a prefix where the limit is learnt.")
    ] = 60
    cooldown_seconds: Annotated[int, Meta(ge=1, le=86_400)] = 3_600


class ProfileBody(Body, frozen=True, kw_only=True):
    """How codes look, live and are guarded. `default` serves whoever names none."""

    name: Name
    sender: Annotated[str, Meta(min_length=1, max_length=20)] | None = None
    length: _Length = 6
    alphabet: _Alphabet = DIGITS
    ttl_seconds: _Ttl = 600
    max_attempts: _Tries = 5
    resend_seconds: Annotated[int, Meta(ge=0, le=86_400)] = 30
    resend_limit: Annotated[int, Meta(ge=0, le=20)] = 3
    texts: Annotated[
        dict[str, _Text],
        Meta(description="By language tag; the empty one serves every other language."),
    ] = {}  # noqa: RUF012 - msgspec copies it
    limits: LimitsBody = LimitsBody()
    guard: GuardBody = GuardBody()
    allowed_countries: Annotated[tuple[Country, ...], Meta(max_length=260)] = ()


class IssuedView(View, frozen=True, kw_only=True):
    """A code is on its way; the verification is stored for good."""

    id: VerificationId
    message: MessageId
    to: str
    status: StandingWord
    expires_at: datetime
    resend_after: datetime | None = None
    resends_left: int
    attempts_left: int


class CheckedView(View, frozen=True, kw_only=True):
    """Whether it was the code. What was never there is told like what has expired."""

    valid: bool
    status: StandingWord
    attempts_left: int


class VerificationView(View, frozen=True, kw_only=True):
    """A verification. Nobody is shown its code."""

    id: VerificationId
    message: MessageId
    to: str
    sender: str
    channel: str
    country: str | None = None
    status: StandingWord
    attempts: int
    attempts_left: int
    sends: int
    resends_left: int
    reference: str | None = None
    created_at: datetime
    sent_at: datetime
    expires_at: datetime
    closed_at: datetime | None = None


class ProfileView(msgspec.Struct, frozen=True, kw_only=True, rename={"sender": "from"}):
    """A profile."""

    id: ProfileId
    name: str
    sender: str | None
    length: int
    alphabet: str
    ttl_seconds: int
    max_attempts: int
    resend_seconds: int
    resend_limit: int
    texts: dict[str, str]
    limits: LimitsBody
    guard: GuardBody
    allowed_countries: tuple[str, ...]


class GuardAreaView(View, frozen=True, kw_only=True):
    """A prefix or a country: its last day, and what the guard does to it."""

    area: Annotated[str, Meta(description="Leading digits, or a country.", examples=["4479121"])]
    asked: Annotated[int, Meta(description="Codes asked for, refused ones too.")]
    issued: int
    verified: int
    share: Annotated[float | None, Meta(description="Verified of the issued.")] = None
    mode: ModeWord
    why: Annotated[str | None, Meta(description="Why the guard acted last.")] = None
    tripped_at: datetime | None = None
    until: Annotated[
        datetime | None, Meta(description="Left out with another mode than off: until released.")
    ] = None
    trips: int


class GuardView(msgspec.Struct, frozen=True, kw_only=True):
    """What the guard does something to comes first."""

    items: list[GuardAreaView]
