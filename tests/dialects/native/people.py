"""One sample of every answer about people, and the operation that gives it."""

from datetime import UTC, datetime
from typing import Any

from heliograph.model import session as s
from heliograph.model.audit import AuditEntry, AuditPage
from heliograph.model.person import Person, PersonState, Role

NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
PERSON = Person(
    account_id=1,
    id=7,
    email="ada@shop.example",
    name="Ada",
    role=Role.DEVELOPER,
    state=PersonState.ACTIVE,
    created_at=NOW,
    signed_in_at=NOW,
)
SESSION = s.Session(
    account_id=1,
    id=12,
    person_id=7,
    whole=True,
    created_at=NOW,
    seen_at=NOW,
    ends_at=NOW.replace(day=11),
    address="192.0.2.1",
    agent="Mozilla/5.0",
)
TOKEN = "t" * 43
SIGNED_IN = s.SignedIn(
    person=PERSON, session=SESSION, account_name="Shop", token=TOKEN, csrf="c" * 64
)
_ENTRY = AuditEntry(
    account_id=1,
    id=7 << 50,
    at=NOW,
    operation="changeSender",
    target="snd_1",
    for_account_id=2,
    person_id=7,
    actor="ada@shop.example",
    address="192.0.2.1",
    changes={"name": ["A", "B"]},
)
_GIVEN: tuple[tuple[Any, str], ...] = (
    (SIGNED_IN, "signIn"),
    (s.SignedOut(), "signOut"),
    (s.LinkShown(purpose="invitation", email="ada@shop.example", expires_at=NOW), "lookAtLink"),
    (s.People(items=(PERSON,), more=True), "listPeople"),
    (PERSON, "findPerson"),
    (s.Invited(person=PERSON, link="https://sms.example/#x", expires_at=NOW), "invitePerson"),
    (s.Sessions(items=(SESSION,), current=12), "listSessions"),
    (s.SecondFactorBegun(secret="JBSWY3DP", uri="otpauth://totp/x"), "beginSecondFactor"),
    (AuditPage(items=(_ENTRY,), more=True), "listAudit"),
)
ANSWERS: dict[type[Any], Any] = {type(each): each for each, _ in _GIVEN}
FORMS: dict[type[Any], str] = {type(each): form for each, form in _GIVEN}
