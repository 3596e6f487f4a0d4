"""What replies about people, their sessions and the audit log hold.

No view has a password or the token of a session; what they do show once is a one-time link, the CSRF token,
recovery codes, and what an authenticator app is told.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from msgspec import Meta

from heliograph.dialects.native._wire_people import PersonId, RoleWord
from heliograph.dialects.native._wire_replies import View


class PersonView(View, frozen=True, kw_only=True):
    """Somebody who can sign in."""

    id: PersonId
    account: Annotated[str, Meta(examples=["acct_1"])]
    email: str
    name: str
    role: RoleWord
    operator: bool = False
    state: Annotated[str, Meta(description="invited, active or disabled")]
    second_factor: bool = False
    created_at: datetime
    signed_in_at: datetime | None = None


class SignedInView(View, frozen=True, kw_only=True):
    """Who is signed in. While `state` is `second_factor`, nothing else is told."""

    state: Literal["signed_in", "second_factor"]
    csrf_token: Annotated[
        str, Meta(description="To be sent as `X-CSRF-Token` with whatever is no GET.")
    ] = ""
    person: PersonView | None = None
    account_name: str = ""
    expires_at: datetime | None = None
    may: Annotated[tuple[str, ...], Meta(description="Operations that the role allows.")] = ()
    recovery_codes: Annotated[
        tuple[str, ...],
        Meta(description="Each is good once, for the day when the app is lost."),
    ] = ()


class OneTimeLinkView(View, frozen=True, kw_only=True):
    """What a link is for."""

    purpose: Literal["invitation", "reset", "set_up"]
    email: str = ""
    name: str = ""
    expires_at: datetime | None = None


class InvitedView(View, frozen=True, kw_only=True):
    """A person, and the link that they are to be given. The house sends no mail: hand it over yourself."""

    person: PersonView
    link: Annotated[str, Meta(examples=["https://sms.example.com/console/join#pX3…"])]
    expires_at: datetime


class SessionView(View, frozen=True, kw_only=True):
    """A browser in which one is signed in."""

    id: Annotated[str, Meta(examples=["ses_12"])]
    current: bool = False
    created_at: datetime
    seen_at: datetime
    expires_at: datetime
    address: str
    agent: Annotated[str, Meta(description="What the browser calls itself.")]


class SessionsView(View, frozen=True, kw_only=True):
    """One's own sessions, newest first."""

    items: list[SessionView]


class SecondFactorView(View, frozen=True, kw_only=True):
    """What the authenticator app is told; it counts once a first code was shown."""

    secret: Annotated[str, Meta(description="Base32, for typing it in.")]
    uri: Annotated[str, Meta(description="`otpauth://…`, for a QR code.")]


class AuditView(View, frozen=True, kw_only=True):
    """Who changed what."""

    id: Annotated[str, Meta(examples=["aud_5q0w8zk3n1x4d"])]
    at: datetime
    operation: Annotated[str, Meta(examples=["createCredential"])]
    target: Annotated[str, Meta(description="The id of what was changed.")] = ""
    account: Annotated[str, Meta(description="Of what was changed, where it is another.")] = ""
    person: PersonId | None = None
    actor: Annotated[str, Meta(description="E-mail address, or label and end of the key.")] = ""
    credential: Annotated[str, Meta(examples=["cred_3"])] | None = None
    address: str = ""
    outcome: Annotated[str, Meta(description="`done`, or the code of the problem.")]
    changes: Annotated[
        dict[str, Any], Meta(description="Field: before and after. Secrets are never told.")
    ]
