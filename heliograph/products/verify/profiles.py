"""Keeps profiles of one-time passwords, and finds the one that a code is issued by."""

from __future__ import annotations

from typing import Final

import msgspec

from heliograph.flow.audit import Marks, note_change
from heliograph.flow.verify_rules import profile_faults
from heliograph.model.account import Scope
from heliograph.model.command import Done, Principal
from heliograph.model.refusal import Refusal, Refused
from heliograph.model.verify import (
    FindProfile,
    ListProfiles,
    Profiles,
    RemoveProfile,
    SaveProfile,
    Verification,
    VerifyProfile,
)
from heliograph.model.verify import Profiling as Command
from heliograph.store import verify_profiles
from heliograph.store.database import Database
from heliograph.store.kept import TakenError, UnknownOwnerError, rules

DEFAULT: Final = "default"
_LARGEST_PAGE: Final = 1_000
_NOT_FOUND: Final = Refused(refusal=Refusal.NOT_FOUND)


class Profiling:
    """Performs the commands about profiles."""

    def __init__(self, database: Database, marks: Marks) -> None:
        """`marks` are for the lines in the audit log."""
        self._database = database
        self._marks = marks

    async def perform(
        self, principal: Principal, command: Command
    ) -> VerifyProfile | Profiles | Done | Refused:
        """One command; the scope of the key is looked at here as well as at the door."""
        account_id = command.for_account or principal.account.id
        if account_id != principal.account.id and not principal.may(Scope.ADMIN):
            return Refused(refusal=Refusal.FORBIDDEN)
        match command:
            case SaveProfile():
                return await self._save(
                    principal, msgspec.structs.replace(command.profile, account_id=account_id)
                )
            case ListProfiles():
                limit = max(1, min(command.limit, _LARGEST_PAGE))
                async with self._database.link() as link:
                    found = await verify_profiles.list_profiles(
                        link, account_id, after=command.after, limit=limit + 1
                    )
                return Profiles(items=tuple(found[:limit]), more=len(found) > limit)
            case FindProfile():
                async with self._database.link() as link:
                    one = await verify_profiles.find_profile(link, account_id, command.id)
                return one or _NOT_FOUND
            case RemoveProfile():
                return await self._remove(principal, account_id, command.id)

    async def _remove(self, principal: Principal, account_id: int, id_: int) -> Done | Refused:
        async with self._database.transaction() as link:
            before = await verify_profiles.find_profile(link, account_id, id_)
            if before is None or not await verify_profiles.remove_profile(link, account_id, id_):
                return _NOT_FOUND
            await note_change(self._marks, link, principal, before, None, for_account=account_id)
        return Done()

    async def _save(self, principal: Principal, profile: VerifyProfile) -> VerifyProfile | Refused:
        fault = next(profile_faults(profile), None)
        if fault is not None:
            return fault
        try:
            with rules():
                async with self._database.transaction() as link:
                    account_id, number = profile.account_id, profile.id
                    before = None
                    if number:
                        before = await verify_profiles.find_profile(link, account_id, number)
                    kept = await verify_profiles.save_profile(link, profile)
                    if kept is not None:
                        await note_change(
                            self._marks, link, principal, before, kept, for_account=account_id
                        )
        except TakenError:
            detail = "There is a profile of this name already."
            return Refused(refusal=Refusal.CONFLICT, field="name", detail=detail)
        except UnknownOwnerError:
            detail = "There is no such account."
            return Refused(refusal=Refusal.NOT_FOUND, field="account", detail=detail)
        return kept or _NOT_FOUND

    async def named(self, principal: Principal, name: str | None) -> VerifyProfile | Refused:
        """The profile of that number or name; without one that which is named `default`, or the house's."""
        account_id = principal.account.id
        async with self._database.link() as link:
            found = await verify_profiles.profile_named(link, account_id, name or DEFAULT)
        if found is None and name not in (None, DEFAULT):
            detail = "There is no such profile."
            return Refused(refusal=Refusal.INVALID_FIELD, field="profile", detail=detail)
        return found or VerifyProfile(account_id=account_id, id=0, name=DEFAULT)

    async def default(self, account_id: int) -> VerifyProfile:
        """The profile that serves whoever names none."""
        async with self._database.link() as link:
            found = await verify_profiles.profile_named(link, account_id, DEFAULT)
        return found or VerifyProfile(account_id=account_id, id=0, name=DEFAULT)

    async def of(self, verification: Verification) -> VerifyProfile:
        """The profile as it is now; the house's where it is gone."""
        account_id = verification.account_id
        async with self._database.link() as link:
            found = await verify_profiles.find_profile(link, account_id, verification.profile_id)
        return found or VerifyProfile(account_id=account_id, id=0, name=DEFAULT)
