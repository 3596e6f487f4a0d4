"""What requests about people, their sessions and the audit log hold. Passwords and tokens come in here."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from heliograph.dialects.native import wire
from heliograph.dialects.native.wire import Body, exactly

RoleWord = Literal["owner", "admin", "developer", "marketer", "finance", "viewer"]
Email = Annotated[
    str,
    Meta(
        max_length=254,
        pattern=exactly(r"[!-?A-~]{1,64}@[0-9A-Za-z.-]{1,189}"),
        examples=["ada@shop.example"],
    ),
]
Password = Annotated[str, Meta(min_length=1, max_length=200)]
NewPassword = Annotated[
    str, Meta(min_length=12, max_length=200, description="12 to 200 characters.")
]
PersonName = Annotated[str, Meta(min_length=1, max_length=100, examples=["Ada Lovelace"])]
Token = Annotated[
    str, Meta(min_length=1, max_length=256, description="What stands behind # in the link.")
]
Code = Annotated[str, Meta(max_length=40, examples=["123456"])]
PersonId = Annotated[str, Meta(examples=["per_7"])]


class SignInBody(Body, frozen=True, kw_only=True):
    """Who signs in."""

    email: Annotated[str, Meta(max_length=254, examples=["ada@shop.example"])]
    password: Password


class SecondFactorBody(Body, frozen=True, kw_only=True):
    """A code of the authenticator app, or one of the recovery codes."""

    code: Code = ""
    recovery_code: Code = ""


class LinkTokenBody(Body, frozen=True, kw_only=True):
    """A one-time link."""

    token: Token


class UseLinkBody(Body, frozen=True, kw_only=True):
    """The password that the link is used for."""

    token: Token
    password: NewPassword
    name: PersonName | None = None


class SetUpBody(Body, frozen=True, kw_only=True):
    """The first owner, and the name of the operator's own account."""

    token: Token
    email: Email
    password: NewPassword
    name: PersonName
    account: Annotated[str, Meta(min_length=1, max_length=100, examples=["Our company"])]
    currency: Annotated[str, Meta(pattern=exactly("[A-Z]{3}"))] = "EUR"


class PasswordBody(Body, frozen=True, kw_only=True):
    """The password once more."""

    password: Password


class ChangePasswordBody(PasswordBody, frozen=True, kw_only=True):
    """The password, and the one that comes after it."""

    new_password: NewPassword


class ConfirmBody(Body, frozen=True, kw_only=True):
    """The first code that the authenticator app shows."""

    code: Code


class InviteBody(Body, frozen=True, kw_only=True):
    """Who is invited to be what."""

    email: Email
    name: PersonName
    role: RoleWord
    operator: Annotated[
        bool, Meta(description="Of the operator's own people. Only they can say so.")
    ] = False


class PersonBody(Body, frozen=True, kw_only=True):
    """What changes; what is left out stays."""

    name: PersonName | None = None
    role: RoleWord | None = None
    state: Literal["active", "disabled"] | None = None


class ResetBody(Body, frozen=True, kw_only=True):
    """What is taken away beside the password."""

    second_factor: bool = False


class AuditQuery(wire.PageQuery, frozen=True, kw_only=True):
    """What to search for; conditions add up."""

    operation: Annotated[str, Meta(max_length=64, examples=["createCredential"])] | None = None
    person: PersonId | None = None
    target: Annotated[str, Meta(max_length=64, examples=["cred_3"])] | None = None
    outcome: (
        Annotated[
            str, Meta(max_length=64, description="`done`, or the code of a problem: `forbidden`.")
        ]
        | None
    ) = None
    since: wire.Moment | None = None
    until: wire.Moment | None = None
    account: wire.Who = None
