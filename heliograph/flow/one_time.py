"""One-time links: an invitation, a reset, and the one by which the house gets its first owner.

Whoever has the link chooses a password and is in; nobody else ever learns it. A link is used up by the
transaction that it opens, so that it works once.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

import msgspec
import pycountry

from heliograph.flow.audit import line_of
from heliograph.flow.fields import invalid, name_faults
from heliograph.flow.passwords import password_fault
from heliograph.flow.sessions import Doorkeeping
from heliograph.flow.sign_in import Entry, enter
from heliograph.flow.throttle import network_of
from heliograph.model.account import Account
from heliograph.model.person import Person, PersonState, Role
from heliograph.model.refusal import Refusal, Refused
from heliograph.model.session import Invited, LinkShown, SetUp, SignedIn, UseLink
from heliograph.model.token import hash_link
from heliograph.store import audit, kept, people, sessions
from heliograph.store.database import Link
from heliograph.store.people import OneTimeLink

__all__ = ["first_link", "look_at_link", "make_link", "set_up", "use_link"]

INVITATION: Final = timedelta(days=7)
RESET: Final = timedelta(days=1)
_PLACES: Final = {"invitation": "join", "reset": "reset", "set_up": "set-up"}
_GONE: Final = Refused(
    refusal=Refusal.NOT_FOUND, detail="The link was used, is over, or never was."
)


def _url(keep: Doorkeeping, purpose: str, token: str) -> str:
    """The token is in the fragment, which browsers send to no server and no log."""
    return f"{keep.base()}/console/{_PLACES[purpose]}#{token}"


async def make_link(keep: Doorkeeping, link: Link, person: Person) -> Invited:
    """A link for a person, by what they need; the one before ends."""
    reset = person.state is not PersonState.INVITED or person.signed_in_at is not None
    purpose, life = ("reset", RESET) if reset else ("invitation", INVITATION)
    token, until = keep.new_token(), keep.now() + life
    await people.put_link(link, person, purpose, hash_link(keep.key, token), until)
    return Invited(person=person, link=_url(keep, purpose, token), expires_at=until)


async def look_at_link(keep: Doorkeeping, token: str, address: str) -> LinkShown | Refused:
    """What a link is for."""
    slow = keep.by_address.take(network_of(address))
    if slow is not None:
        return slow
    token_hash = hash_link(keep.key, token)
    async with keep.tools.database.link() as link:
        if await people.has_set_up(link, token_hash):
            return LinkShown(purpose="set_up")
        found = await people.find_link(link, token_hash)
        person = await _whose(keep, link, found)
    if found is None or person is None:
        return _GONE
    return LinkShown(
        purpose=found.purpose, email=person.email, name=person.name, expires_at=found.expires_at
    )


async def _whose(keep: Doorkeeping, link: Link, found: OneTimeLink | None) -> Person | None:
    """Whose a link is that is in time."""
    if found is None or found.expires_at <= keep.now():
        return None
    person = await people.find_person(link, found.account_id, found.person_id)
    return None if person is None or person.state is PersonState.DISABLED else person


async def use_link(keep: Doorkeeping, command: UseLink, address: str) -> Entry:
    """Choose a password. Where a second factor is kept, its code is asked for next."""
    looked = await look_at_link(keep, command.token, address)
    if isinstance(looked, Refused):
        return Entry(looked)
    if looked.purpose == "set_up":
        return Entry(_GONE)
    fault = password_fault("password", command.password, looked.email, looked.name)
    for wrong in name_faults("name", command.name) if command.name is not None else ():
        fault = fault or wrong
    if fault is not None:
        return Entry(fault)
    hashed = await keep.passwords.hash(command.password)
    if isinstance(hashed, Refused):
        return Entry(hashed)
    async with keep.tools.database.transaction() as link:
        person = await _whose(
            keep, link, await people.take_link(link, hash_link(keep.key, command.token))
        )
        if person is None:
            return Entry(_GONE)
        if command.name is not None and command.name != person.name:
            named = msgspec.structs.replace(person, name=command.name)
            person = await people.change_person(link, named)
        await people.set_password(link, person, hashed)
        await sessions.end_sessions(link, person)
        fresh = await people.find_person(link, person.account_id, person.id) or person
        whole = not fresh.second_factor
        answer = await enter(
            keep, link, fresh, "useLink", address=address, agent=command.agent, whole=whole
        )
        if not whole:
            await audit.insert_entry(link, line_of(keep.tools, fresh, "useLink", address))
        return Entry(answer)


# -- the first owner ----------------------------------------------------------------------------


async def first_link(keep: Doorkeeping) -> str | None:
    """A new link to begin with, and the end of the one before; None once the house has an owner."""
    token = keep.new_token()
    async with keep.tools.database.transaction() as link:
        if await people.any_owner_of_house(link):
            await people.drop_set_up(link)
            return None
        await people.put_set_up(link, hash_link(keep.key, token))
    return _url(keep, "set_up", token)


async def set_up(keep: Doorkeeping, command: SetUp, address: str) -> Entry:
    """Make the first owner and, where there is none of its name, the operator's account."""
    slow = keep.by_address.take(network_of(address))
    if slow is not None:
        return Entry(slow)
    token_hash = hash_link(keep.key, command.token)
    async with keep.tools.database.link() as link:
        if not await people.has_set_up(link, token_hash):
            return Entry(_GONE)
    fault = _faults(command)
    if fault is not None:
        return Entry(fault)
    hashed = await keep.passwords.hash(command.password)
    if isinstance(hashed, Refused):
        return Entry(hashed)
    try:
        async with keep.tools.database.transaction() as link:
            if not await people.take_set_up(link, token_hash):
                return Entry(_GONE)
            answer = await _first(keep, link, command, hashed, address)
    except people.EmailTakenError:
        return Entry(Refused(refusal=Refusal.CONFLICT, field="email"))
    await keep.reload()
    account = keep.directory.account(answer.person.account_id)  # it may have been made just now
    return Entry(msgspec.structs.replace(answer, account_name=account.name))


def _faults(command: SetUp) -> Refused | None:
    for name in ("name", "account"):
        for fault in name_faults(name, getattr(command, name)):
            return fault
    if pycountry.currencies.get(alpha_3=command.currency) is None:
        return invalid("currency", "It is a code of ISO 4217, such as EUR.")
    return password_fault("password", command.password, command.email, command.name)


async def _first(
    keep: Doorkeeping, link: Link, command: SetUp, hashed: str, address: str
) -> SignedIn:
    account_id = await people.account_named(link, command.account)
    if account_id is None:
        account = Account(id=0, name=command.account, currency=command.currency)
        account_id = (await kept.insert(link, keep.tools.vault, account)).id
    person = await people.insert_person(
        link,
        account_id=account_id,
        email=command.email,
        name=command.name,
        role=Role.OWNER,
        operator=True,
        password_hash=hashed,
        at=keep.now(),
    )
    return await enter(
        keep, link, person, "setUp", address=address, agent=command.agent, whole=True
    )
