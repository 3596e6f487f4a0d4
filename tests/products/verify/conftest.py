"""A furnished house that sends codes: `codes` is one process, `parts` the flow's parts behind it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest_asyncio

from heliograph.flow.advance import Told
from heliograph.model.account import Account
from heliograph.model.command import Done
from heliograph.model.ids import seal
from heliograph.model.refusal import Refused
from heliograph.model.verify import (
    CheckCode,
    CodeChecked,
    CodeIssued,
    Guard,
    GuardArea,
    GuardMode,
    IssueCode,
    Limits,
    ListGuard,
    ReleaseGuard,
    ResendCode,
    SaveProfile,
    VerifyProfile,
)
from heliograph.products.verify import Verify
from tests.flow.conftest import RECIPIENT, Parts, parts

__all__ = ["parts"]


class Codes:
    """One process that sends codes."""

    LIST, RELEASE = ListGuard, ReleaseGuard

    def __init__(self, parts: Parts, told: Callable[[Told], None] | None = None) -> None:
        self.parts = parts
        self.profile_id = 0
        self.verify = Verify(
            parts.database,
            parts.checks,
            parts.accept,
            told or parts.told.append,
            parts.ids.next,
            now=parts.clock,
        )

    async def perform(self, command: Any, account: Account | None = None, **words: Any) -> Any:
        """One command of the account."""
        return await self.verify.perform(self.parts.principal(account, **words), command)

    async def issue(self, recipient: str = RECIPIENT, **words: Any) -> CodeIssued | Refused:
        """Ask for a code."""
        answer = await self.perform(IssueCode(recipient=recipient, **words))
        assert isinstance(answer, CodeIssued | Refused)
        return answer

    async def issued(self, recipient: str = RECIPIENT, **words: Any) -> CodeIssued:
        """A code that was sent."""
        answer = await self.issue(recipient, **words)
        assert isinstance(answer, CodeIssued), answer
        return answer

    def sealed(self, number: int, account: Account | None = None) -> int:
        """An id as customers see it."""
        return self.parts.sealed(number, account)

    async def again(self, issued: CodeIssued, **words: Any) -> CodeIssued | Refused:
        """Ask for the same code once more."""
        answer = await self.perform(
            ResendCode(verification=self.sealed(issued.verification_id), **words)
        )
        assert isinstance(answer, CodeIssued | Refused)
        return answer

    def text(self, message_id: int) -> str:
        """What a message says that was handed on to be sent."""
        return next(c.message.text for c in self.parts.onward.taken if c.message.id == message_id)

    def code(self, issued: CodeIssued) -> str:
        """The code that its handset shows; the text is `code: {{code}}`."""
        return self.text(issued.message_id).rpartition(" ")[2]

    async def check(self, issued: CodeIssued, code: str) -> CodeChecked:
        """Type a code."""
        found = await self.perform(
            CheckCode(verification=self.sealed(issued.verification_id), code=code)
        )
        assert isinstance(found, CodeChecked)
        return found

    async def profile(self, **words: Any) -> VerifyProfile:
        """Make or change the default profile; its text is `code: {{code}}`, without limits and guard."""
        quiet: dict[str, Any] = {
            "texts": {"": "code: {{code}}"},
            "limits": Limits(number_per_hour=0, key_per_hour=0),
            "guard": Guard(mode=GuardMode.OFF),
        }
        named = {"account_id": 0, "id": self.profile_id, "name": "default"}
        answer = await self.perform(SaveProfile(profile=VerifyProfile(**named | quiet | words)))
        assert isinstance(answer, VerifyProfile), answer
        self.profile_id = answer.id
        return answer

    async def areas(self) -> dict[str, GuardArea]:
        """What the guard knows."""
        report = await self.perform(ListGuard())
        return {each.area: each for each in report.items}

    async def release(self, area: str) -> Done | Refused:
        """Let an area be written to again."""
        answer = await self.perform(ReleaseGuard(area=area))
        assert isinstance(answer, Done | Refused)
        return answer


def sealed_for(parts: Parts, account: Account, number: int) -> int:
    """An id as another account would write it."""
    return seal(parts.directory.key(account.id), number)


@pytest_asyncio.fixture(loop_scope="session")
async def codes(parts: Parts) -> AsyncIterator[Codes]:
    """See the module's docstring; the default profile has no limits and no guard."""
    made = Codes(parts)
    await made.verify.start()
    await made.profile()
    yield made
    await made.verify.stop()
