"""People, sessions and the audit log as replies show them; what a person may comes from the table of
operations, so this is never imported by that."""

from __future__ import annotations

from heliograph.dialects.native._duties import operations_for
from heliograph.dialects.native._ids import plain, sealed_text
from heliograph.dialects.native._views_people import (
    AuditView,
    PersonView,
    SessionsView,
    SessionView,
    SignedInView,
)
from heliograph.model import session as commands
from heliograph.model.audit import AuditEntry
from heliograph.model.person import Person


def person_view(person: Person) -> PersonView:
    """A person."""
    return PersonView(
        id=plain("per", person.id),
        account=plain("acct", person.account_id),
        email=person.email,
        name=person.name,
        role=person.role.value,
        operator=person.operator,
        state=person.state.value,
        second_factor=person.second_factor,
        created_at=person.created_at,
        signed_in_at=person.signed_in_at,
    )


def signed_in_view(answer: commands.SignedIn) -> SignedInView:
    """Who is signed in, or that a code is wanted first."""
    if not answer.session.whole:
        return SignedInView(state="second_factor", expires_at=answer.session.ends_at)
    return SignedInView(
        state="signed_in",
        csrf_token=answer.csrf,
        person=person_view(answer.person),
        account_name=answer.account_name,
        expires_at=answer.session.ends_at,
        may=tuple(operations_for(answer.person)),
        recovery_codes=answer.recovery_codes,
    )


def sessions_view(answer: commands.Sessions) -> SessionsView:
    """One's own sessions."""
    return SessionsView(
        items=[
            SessionView(
                id=plain("ses", each.id),
                current=each.id == answer.current,
                created_at=each.created_at,
                seen_at=each.seen_at,
                expires_at=each.ends_at,
                address=each.address,
                agent=each.agent,
            )
            for each in answer.items
        ]
    )


def audit_view(entry: AuditEntry, key: bytes) -> AuditView:
    """A line of the log."""
    person, credential, elsewhere = entry.person_id, entry.credential_id, entry.for_account_id
    return AuditView(
        id=sealed_text("aud", entry.id, key),
        at=entry.at,
        operation=entry.operation,
        target=entry.target,
        account="" if elsewhere is None else plain("acct", elsewhere),
        person=None if person is None else plain("per", person),
        actor=entry.actor,
        credential=None if credential is None else plain("cred", credential),
        address=entry.address,
        outcome=entry.outcome,
        changes=entry.changes,
    )
