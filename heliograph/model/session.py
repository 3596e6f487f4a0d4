"""Signing in, sessions and the managing of people: the commands, and what they are answered with.

Tokens and passwords are in commands on their way in and in one answer each on their way out; nothing
else ever holds one.
"""

from __future__ import annotations

from datetime import datetime

import msgspec

from heliograph.model.person import Person, PersonState, Role

SESSION = "session"
"""The `dialect` of a claim by a browser's cookie."""


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """One browser in which a person is signed in."""

    account_id: int
    id: int
    person_id: int
    whole: bool
    """False while the second factor is still asked for."""
    created_at: datetime
    seen_at: datetime
    ends_at: datetime
    address: str = ""
    agent: str = ""


# -- by whoever is not signed in yet ------------------------------------------------------------


class SignIn(msgspec.Struct, frozen=True, kw_only=True):
    """With e-mail address and password. `former` is the token of a session that it replaces."""

    email: str
    password: str
    former: str = ""
    agent: str = ""


class GiveSecondFactor(msgspec.Struct, frozen=True, kw_only=True):
    """A one-time password, or one of the codes that were handed out for the day when it is lost."""

    token: str
    """Of the session that waits for it."""
    code: str = ""
    recovery_code: str = ""
    agent: str = ""


class LookAtLink(msgspec.Struct, frozen=True, kw_only=True):
    """What a one-time link is for; it can still be used."""

    token: str


class UseLink(msgspec.Struct, frozen=True, kw_only=True):
    """Choose a password by a one-time link, and be signed in."""

    token: str
    password: str
    name: str | None = None
    agent: str = ""


class SetUp(msgspec.Struct, frozen=True, kw_only=True):
    """Make the first owner of the house by the link that the first start printed, and be signed in."""

    token: str
    email: str
    password: str
    name: str
    account: str
    """Name of the operator's own account, which is made where there is none of this name."""
    currency: str = "EUR"
    agent: str = ""


Entering = SignIn | GiveSecondFactor | LookAtLink | UseLink | SetUp
"""Commands of callers who have nothing but what is in the command."""

# -- by whoever is signed in, about themselves ---------------------------------------------------


class GetMe(msgspec.Struct, frozen=True, kw_only=True):
    """Who is signed in. `token` is that of the session."""

    token: str = ""


class SignOut(msgspec.Struct, frozen=True, kw_only=True):
    """End this session."""


class ListSessions(msgspec.Struct, frozen=True, kw_only=True):
    """One's own sessions, newest first."""


class EndSession(msgspec.Struct, frozen=True, kw_only=True):
    """End one of one's own sessions; None ends all but this one."""

    id: int | None = None


class ChangePassword(msgspec.Struct, frozen=True, kw_only=True):
    """Choose another password; every other session ends."""

    password: str
    new_password: str
    agent: str = ""


class BeginSecondFactor(msgspec.Struct, frozen=True, kw_only=True):
    """Make the secret of a second factor, which counts once a first code was shown."""

    password: str


class ConfirmSecondFactor(msgspec.Struct, frozen=True, kw_only=True):
    """Show the first code; recovery codes are handed out, and every other session ends."""

    code: str
    agent: str = ""


class EndSecondFactor(msgspec.Struct, frozen=True, kw_only=True):
    """Sign in with the password alone from now on."""

    password: str
    agent: str = ""


# -- about others --------------------------------------------------------------------------------


class ListPeople(msgspec.Struct, frozen=True, kw_only=True):
    """The account's people, oldest first."""

    after: int = 0
    limit: int = 100
    for_account: int | None = None


class FindPerson(msgspec.Struct, frozen=True, kw_only=True):
    """One of them."""

    id: int
    for_account: int | None = None


class InvitePerson(msgspec.Struct, frozen=True, kw_only=True):
    """Make a person and a one-time link for them."""

    email: str
    name: str
    role: Role
    operator: bool = False
    for_account: int | None = None


class ChangePerson(msgspec.Struct, frozen=True, kw_only=True):
    """Another name, role or state; what is None stays."""

    id: int
    name: str | None = None
    role: Role | None = None
    state: PersonState | None = None
    """Active or disabled; somebody without a password who is active again is invited."""
    for_account: int | None = None


class ResetPerson(msgspec.Struct, frozen=True, kw_only=True):
    """Make a new one-time link; the password and every session end. Also renews an invitation."""

    id: int
    second_factor: bool = False
    """Take the second factor away as well."""
    for_account: int | None = None


Peopling = (
    GetMe
    | SignOut
    | ListSessions
    | EndSession
    | ChangePassword
    | BeginSecondFactor
    | ConfirmSecondFactor
    | EndSecondFactor
    | ListPeople
    | FindPerson
    | InvitePerson
    | ChangePerson
    | ResetPerson
)

# -- answers -------------------------------------------------------------------------------------


class SignedIn(msgspec.Struct, frozen=True, kw_only=True):
    """Who is signed in, in which session. `token` is for the cookie alone."""

    person: Person
    session: Session
    account_name: str
    token: str
    """Empty where the session stays as it was."""
    csrf: str
    """To be sent back as `X-CSRF-Token`; empty while the second factor is asked for."""
    recovery_codes: tuple[str, ...] = ()


class SignedOut(msgspec.Struct, frozen=True, kw_only=True):
    """The cookie may go."""


class LinkShown(msgspec.Struct, frozen=True, kw_only=True):
    """What a one-time link is for."""

    purpose: str
    """`invitation`, `reset` or `set_up`."""
    email: str = ""
    name: str = ""
    expires_at: datetime | None = None


class People(msgspec.Struct, frozen=True, kw_only=True):
    """A page of people."""

    items: tuple[Person, ...]
    more: bool


class Invited(msgspec.Struct, frozen=True, kw_only=True):
    """A person and, this once, the link to be handed to them."""

    person: Person
    link: str
    expires_at: datetime


class Sessions(msgspec.Struct, frozen=True, kw_only=True):
    """One's own sessions; `current` is the one that asks."""

    items: tuple[Session, ...]
    current: int


class SecondFactorBegun(msgspec.Struct, frozen=True, kw_only=True):
    """What the authenticator app is told."""

    secret: str
    """Base32 (RFC 4648)."""
    uri: str
    """`otpauth://totp/…`, to be drawn as a QR code."""


Peopled = (
    SignedIn | SignedOut | LinkShown | People | Person | Invited | Sessions | SecondFactorBegun
)
