"""Readers of the operations on people, their sessions and the audit log."""

from __future__ import annotations

from heliograph.dialects.native import _wire_people as bodies
from heliograph.dialects.native import wire
from heliograph.dialects.native._asked import (
    Asked,
    account_of,
    path_plain,
    plain_id,
    sealed,
    utc,
)
from heliograph.dialects.native._cookies import token_of
from heliograph.model import session as commands
from heliograph.model.audit import ListAudit
from heliograph.model.command import Command
from heliograph.model.person import PersonState, Role


def _agent(asked: Asked) -> str:
    return asked.request.headers.get("user-agent", "")


def sign_in(asked: Asked) -> Command:
    """POST /v1/session."""
    body: bodies.SignInBody = asked.body
    return commands.SignIn(
        email=body.email,
        password=body.password,
        former=token_of(asked.request),
        agent=_agent(asked),
    )


def give_second_factor(asked: Asked) -> Command:
    """POST /v1/session/second-factor."""
    body: bodies.SecondFactorBody = asked.body
    return commands.GiveSecondFactor(
        token=token_of(asked.request),
        code=body.code,
        recovery_code=body.recovery_code,
        agent=_agent(asked),
    )


def look_at_link(asked: Asked) -> Command:
    """POST /v1/session/link."""
    return commands.LookAtLink(token=asked.body.token)


def use_link(asked: Asked) -> Command:
    """POST /v1/session/password."""
    body: bodies.UseLinkBody = asked.body
    return commands.UseLink(
        token=body.token, password=body.password, name=body.name, agent=_agent(asked)
    )


def set_up(asked: Asked) -> Command:
    """POST /v1/session/set-up."""
    body: bodies.SetUpBody = asked.body
    return commands.SetUp(
        token=body.token,
        email=body.email,
        password=body.password,
        name=body.name,
        account=body.account,
        currency=body.currency,
        agent=_agent(asked),
    )


def get_me(asked: Asked) -> Command:
    """GET /v1/session."""
    return commands.GetMe(token=token_of(asked.request))


def sign_out(asked: Asked) -> Command:
    """DELETE /v1/session."""
    del asked
    return commands.SignOut()


def list_sessions(asked: Asked) -> Command:
    """GET /v1/sessions."""
    del asked
    return commands.ListSessions()


def end_session(asked: Asked) -> Command:
    """DELETE /v1/sessions/{id}."""
    return commands.EndSession(id=path_plain(asked, "ses"))


def end_other_sessions(asked: Asked) -> Command:
    """DELETE /v1/sessions."""
    del asked
    return commands.EndSession()


def change_password(asked: Asked) -> Command:
    """PUT /v1/session/password."""
    body: bodies.ChangePasswordBody = asked.body
    return commands.ChangePassword(
        password=body.password, new_password=body.new_password, agent=_agent(asked)
    )


def begin_second_factor(asked: Asked) -> Command:
    """POST /v1/session/second-factor/begin."""
    return commands.BeginSecondFactor(password=asked.body.password)


def confirm_second_factor(asked: Asked) -> Command:
    """POST /v1/session/second-factor/confirm."""
    return commands.ConfirmSecondFactor(code=asked.body.code, agent=_agent(asked))


def end_second_factor(asked: Asked) -> Command:
    """POST /v1/session/second-factor/end."""
    return commands.EndSecondFactor(password=asked.body.password, agent=_agent(asked))


def list_people(asked: Asked) -> Command:
    """GET /v1/people."""
    query: wire.ThingsQuery = asked.query
    return commands.ListPeople(
        after=plain_id(query.after, "per", "after") or 0,
        limit=query.limit,
        for_account=account_of(asked),
    )


def find_person(asked: Asked) -> Command:
    """GET /v1/people/{id}."""
    return commands.FindPerson(id=path_plain(asked, "per"), for_account=account_of(asked))


def invite_person(asked: Asked) -> Command:
    """POST /v1/people."""
    body: bodies.InviteBody = asked.body
    return commands.InvitePerson(
        email=body.email,
        name=body.name,
        role=Role(body.role),
        operator=body.operator,
        for_account=account_of(asked),
    )


def change_person(asked: Asked) -> Command:
    """PUT /v1/people/{id}."""
    body: bodies.PersonBody = asked.body
    return commands.ChangePerson(
        id=path_plain(asked, "per"),
        name=body.name,
        role=None if body.role is None else Role(body.role),
        state=None if body.state is None else PersonState(body.state),
        for_account=account_of(asked),
    )


def reset_person(asked: Asked) -> Command:
    """POST /v1/people/{id}/reset."""
    return commands.ResetPerson(
        id=path_plain(asked, "per"),
        second_factor=asked.body.second_factor,
        for_account=account_of(asked),
    )


def list_audit(asked: Asked) -> Command:
    """GET /v1/audit."""
    query: bodies.AuditQuery = asked.query
    return ListAudit(
        operation=query.operation,
        person_id=plain_id(query.person, "per", "person"),
        target=query.target,
        outcome=query.outcome,
        since=utc(query.since, "since"),
        until=utc(query.until, "until"),
        before=sealed(query.before, "aud", "before"),
        limit=query.limit,
        for_account=account_of(asked),
    )
