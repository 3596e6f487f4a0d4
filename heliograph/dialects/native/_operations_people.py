"""The operations on sessions, people and the audit log. What is `open` is for whoever is not signed in."""

from __future__ import annotations

from typing import Any, Final

from heliograph.dialects.native import _people as people
from heliograph.dialects.native import _views_people as views
from heliograph.dialects.native import _wire_people as bodies
from heliograph.dialects.native import wire
from heliograph.dialects.native._operation import KIBIBYTE, Operation
from heliograph.dialects.native._wire_replies import Page
from heliograph.model.account import Scope

_SMALL: Final = 16 * KIBIBYTE
_SESSION: Final[dict[str, Any]] = {"tag": "Session", "scope": Scope.READ}
_OPEN: Final[dict[str, Any]] = {**_SESSION, "open": True, "body_limit_bytes": _SMALL}
_PEOPLE: Final[dict[str, Any]] = {"tag": "People", "scope": Scope.MANAGE}

_ENTERING: Final = (
    Operation(
        id="signIn",
        method="POST",
        path="/v1/session",
        summary="Sign in with e-mail address and password",
        description="The session is in a cookie that scripts cannot read. Where `state` is "
        "`second_factor`, a code is asked for next.",
        read=people.sign_in,
        body=bodies.SignInBody,
        reply=views.SignedInView,
        **_OPEN,
    ),
    Operation(
        id="giveSecondFactor",
        method="POST",
        path="/v1/session/second-factor",
        summary="Give the second factor, within five minutes of the password",
        read=people.give_second_factor,
        body=bodies.SecondFactorBody,
        reply=views.SignedInView,
        examples={"code": {"code": "123456"}},
        **_OPEN,
    ),
    Operation(
        id="lookAtLink",
        method="POST",
        path="/v1/session/link",
        summary="What a one-time link is for; it stays good",
        read=people.look_at_link,
        body=bodies.LinkTokenBody,
        reply=views.OneTimeLinkView,
        **_OPEN,
    ),
    Operation(
        id="useLink",
        method="POST",
        path="/v1/session/password",
        summary="Choose a password by an invitation or a reset, and be signed in",
        read=people.use_link,
        body=bodies.UseLinkBody,
        reply=views.SignedInView,
        **_OPEN,
    ),
    Operation(
        id="setUp",
        method="POST",
        path="/v1/session/set-up",
        summary="Become the first owner, by the link that the first start printed",
        read=people.set_up,
        body=bodies.SetUpBody,
        reply=views.SignedInView,
        **_OPEN,
    ),
)

_OWN: Final = (
    Operation(
        id="getSession",
        method="GET",
        path="/v1/session",
        summary="Who is signed in, and what they may",
        read=people.get_me,
        reply=views.SignedInView,
        **_SESSION,
    ),
    Operation(
        id="signOut",
        method="DELETE",
        path="/v1/session",
        summary="Sign out",
        read=people.sign_out,
        status=204,
        **_SESSION,
    ),
    Operation(
        id="changePassword",
        method="PUT",
        path="/v1/session/password",
        summary="Choose another password",
        description="Every other session ends, and this one gets another cookie and CSRF token.",
        read=people.change_password,
        body=bodies.ChangePasswordBody,
        reply=views.SignedInView,
        **_SESSION,
    ),
    Operation(
        id="beginSecondFactor",
        method="POST",
        path="/v1/session/second-factor/begin",
        summary="Make the secret for an authenticator app (TOTP, RFC 6238)",
        read=people.begin_second_factor,
        body=bodies.PasswordBody,
        reply=views.SecondFactorView,
        **_SESSION,
    ),
    Operation(
        id="confirmSecondFactor",
        method="POST",
        path="/v1/session/second-factor/confirm",
        summary="Show the first code: from now on one is asked for",
        description="Every other session ends, and this one gets another cookie and CSRF token. "
        "`recovery_codes` are shown this once.",
        read=people.confirm_second_factor,
        body=bodies.ConfirmBody,
        reply=views.SignedInView,
        **_SESSION,
    ),
    Operation(
        id="endSecondFactor",
        method="POST",
        path="/v1/session/second-factor/end",
        summary="Sign in with the password alone again",
        read=people.end_second_factor,
        body=bodies.PasswordBody,
        reply=views.SignedInView,
        **_SESSION,
    ),
    Operation(
        id="listSessions",
        method="GET",
        path="/v1/sessions",
        summary="Where one is signed in",
        read=people.list_sessions,
        reply=views.SessionsView,
        **_SESSION,
    ),
    Operation(
        id="endOtherSessions",
        method="DELETE",
        path="/v1/sessions",
        summary="Sign out everywhere else",
        read=people.end_other_sessions,
        status=204,
        **_SESSION,
    ),
    Operation(
        id="endSession",
        method="DELETE",
        path="/v1/sessions/{id}",
        id_prefix="ses",
        summary="Sign out in one place",
        read=people.end_session,
        status=204,
        **_SESSION,
    ),
)

_OTHERS: Final = (
    Operation(
        id="listPeople",
        method="GET",
        path="/v1/people",
        summary="Who can sign in",
        read=people.list_people,
        query=wire.ThingsQuery,
        reply=Page[views.PersonView],
        **_PEOPLE,
    ),
    Operation(
        id="invitePerson",
        method="POST",
        path="/v1/people",
        summary="Invite somebody; the link is yours to hand over",
        description="The house sends no mail. The link is good once, for seven days.",
        read=people.invite_person,
        query=wire.AccountQuery,
        body=bodies.InviteBody,
        status=201,
        reply=views.InvitedView,
        examples={
            "developer": {"email": "ada@shop.example", "name": "Ada", "role": "developer"},
        },
        **_PEOPLE,
    ),
    Operation(
        id="findPerson",
        method="GET",
        path="/v1/people/{id}",
        id_prefix="per",
        summary="One of them",
        read=people.find_person,
        query=wire.AccountQuery,
        reply=views.PersonView,
        **_PEOPLE,
    ),
    Operation(
        id="changePerson",
        method="PUT",
        path="/v1/people/{id}",
        id_prefix="per",
        summary="Give somebody another role or name, shut them out or let them in again",
        description="With another role or state their sessions end.",
        read=people.change_person,
        query=wire.AccountQuery,
        body=bodies.PersonBody,
        reply=views.PersonView,
        examples={"role": {"role": "viewer"}, "out": {"state": "disabled"}},
        **_PEOPLE,
    ),
    Operation(
        id="resetPerson",
        method="POST",
        path="/v1/people/{id}/reset",
        id_prefix="per",
        summary="Give somebody a new link; their password and sessions end at once",
        description="Renews an invitation, too. The house sends no mail: the link is yours to hand over.",
        read=people.reset_person,
        query=wire.AccountQuery,
        body=bodies.ResetBody,
        body_optional=True,
        reply=views.InvitedView,
        **_PEOPLE,
    ),
    Operation(
        id="listAudit",
        method="GET",
        path="/v1/audit",
        tag="Audit",
        summary="Who changed what, newest first",
        scope=Scope.MANAGE,
        read=people.list_audit,
        query=bodies.AuditQuery,
        reply=Page[views.AuditView],
    ),
)

PEOPLE: Final[tuple[Operation, ...]] = (*_ENTERING, *_OWN, *_OTHERS)
