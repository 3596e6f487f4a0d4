"""The log of refused requests: bounded whatever comes, fair to what is rare, and only for whom it is."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec
import pytest
import pytest_asyncio

from heliograph.flow.refused import AT_ONCE, OF_A_KIND, OF_AN_ACCOUNT, RETENTION, RING, RefusedLog
from heliograph.model.account import Account, Credential, Scope
from heliograph.model.command import Claim, Principal
from heliograph.model.refusal import Refusal, Refused
from heliograph.model.refused import NOBODY, ListRefusedRequests, RefusedRequest
from heliograph.model.secret import hash_secret
from tests.flow.conftest import SERVER_KEY, START, Parts

WHOLE = RefusedRequest(
    dialect="native", operation="sendMessage", answered="422", code="invalid_field", detail="No."
)


@pytest_asyncio.fixture(loop_scope="session")
async def log(parts: Parts) -> RefusedLog:
    return _log(parts)


def _log(parts: Parts) -> RefusedLog:
    return RefusedLog(
        database=parts.database,
        directory=parts.directory,
        make_id=parts.ids.next,
        now=parts.clock,
    )


def _of(account: Account, **words: Any) -> RefusedRequest:
    return msgspec.structs.replace(WHOLE, account_id=account.id, **words)


async def _shown(log: RefusedLog, principal: Principal, **words: Any) -> tuple[RefusedRequest, ...]:
    answer = await log.performers[ListRefusedRequests](principal, ListRefusedRequests(**words))
    assert not isinstance(answer, Refused), answer
    return answer.items  # type: ignore[union-attr]


async def test_what_was_noted_is_shown_newest_first_after_a_restart(
    parts: Parts, log: RefusedLog
) -> None:
    log.note(_of(parts.account, operation="sendMessage", field="recipient", octets=12))
    log.note(_of(parts.account, dialect="smpp", operation="bind_transmitter", credential_id=9))
    await log.stop()
    other = await parts.neighbour()
    again, first = await _shown(_log(other), parts.principal())
    assert (again.operation, again.credential_id) == ("bind_transmitter", 9)
    assert (first.operation, first.field, first.octets) == ("sendMessage", "recipient", 12)
    questions: list[tuple[dict[str, Any], int]] = [
        ({"dialect": "smpp"}, 1),
        ({"code": "invalid_field"}, 2),
        ({"code": "forbidden"}, 0),
        ({"credential": 9}, 1),
        ({"operation": "sendMessage"}, 1),
        ({"since": parts.clock() + timedelta(seconds=1)}, 0),
        ({"until": parts.clock()}, 0),
        ({"before": parts.sealed(again.id)}, 1),
        ({"limit": 1}, 1),
    ]
    for words, count in questions:
        assert len(await _shown(log, parts.principal(), **words)) == count, words


async def test_a_flood_is_counted_and_does_not_hide_what_is_rare(
    parts: Parts, log: RefusedLog
) -> None:
    for _ in range(10_000):
        log.note(_of(parts.account))
    log.note(_of(parts.account, code="forbidden"))
    await log.sweep()
    found = await _shown(log, parts.principal())
    assert [each.code for each in found].count("forbidden") == 1
    flood = [each for each in found if each.code == "invalid_field"]
    assert len(flood) == OF_A_KIND
    assert sum(1 + each.left_out for each in flood) == 10_000


async def test_many_kinds_and_many_accounts_are_bounded_too(parts: Parts, log: RefusedLog) -> None:
    for number in range(1000):
        log.note(_of(parts.account, operation=f"kind {number}"))
    for number in range(10 * AT_ONCE):
        log.note(msgspec.structs.replace(WHOLE, account_id=1_000_000 + number))
    await log.sweep()
    found = await _shown(log, parts.principal(), limit=1000)
    assert len(found) == OF_AN_ACCOUNT
    assert sum(1 + each.left_out for each in found) == 1000
    assert await parts.value("select count(*) from refused_request") == AT_ONCE


async def test_the_ring_keeps_the_newest_and_forgets_what_is_old(
    parts: Parts, log: RefusedLog
) -> None:
    await parts.rows(
        "insert into refused_request (account_id, id, caller, dialect, operation, target, answered,"
        " code, detail, address, agent, media_type)"
        " select $1::bigint, n, '', 'native', 'x', '', '422', '', '', '', '', ''"
        " from generate_series(1, $2::integer) n",
        parts.account.id,
        RING + 50,
    )
    log._cleared_at = parts.clock()  # not yet time to forget what is old
    log.note(_of(parts.account))
    await log.sweep()
    kept = await parts.rows("select id from refused_request order by id")
    assert len(kept) == RING
    assert kept[0]["id"] == 52
    parts.clock.forward(hours=1)
    await log.sweep()
    assert len(await _shown(log, parts.principal())) == 1
    parts.clock.forward(seconds=RETENTION.total_seconds())
    await log.sweep()
    assert await _shown(log, parts.principal()) == ()


async def test_only_a_right_secret_names_an_account_also_where_it_may_not_be_used(
    parts: Parts, log: RefusedLog
) -> None:
    credential = await parts.insert(
        Credential(
            account_id=parts.account.id,
            id=0,
            dialect="smpp",
            name="shop",
            secret_hash=hash_secret(SERVER_KEY, "smpp", "shop", "right"),
            hint="ight",
            scopes=(Scope.SEND,),
            allowed_networks=("10.0.0.0/8",),
            created_at=START,
        )
    )
    right = Claim(dialect="smpp", name="shop", secret="right")
    refused = parts.directory.authenticate(right, "192.0.2.1")
    assert refused == Refused(refusal=Refusal.ADDRESS_NOT_ALLOWED)
    log.note(WHOLE, right)
    log.note(WHOLE, msgspec.structs.replace(right, secret="wrong"))
    await log.sweep()
    (own,) = await _shown(log, parts.principal())
    assert (own.credential_id, own.caller) == (credential.id, "")
    operator = parts.principal()
    scopes = msgspec.structs.replace(operator.credential, scopes=(Scope.ADMIN,))
    operator = msgspec.structs.replace(operator, credential=scopes)
    (nobodys,) = await _shown(log, operator, for_account=NOBODY)
    assert (nobodys.account_id, nobodys.caller) == (NOBODY, "shop")


async def test_nobody_sees_another_accounts_and_customers_not_those_of_nobody(
    parts: Parts, log: RefusedLog
) -> None:
    thief = await parts.add_account("thief")
    log.note(_of(parts.account))
    log.note(WHOLE)
    await log.sweep()
    assert await _shown(log, parts.principal(thief)) == ()
    for other in (parts.account.id, NOBODY):
        asked = ListRefusedRequests(for_account=other)
        answer = await log.performers[ListRefusedRequests](parts.principal(thief), asked)
        assert answer == Refused(refusal=Refusal.FORBIDDEN)


@pytest.mark.parametrize("text", ["x" * 5000, "a\0b\r\nc", "\ud800"])
async def test_what_callers_wrote_is_cut_and_cleaned(
    parts: Parts, log: RefusedLog, text: str
) -> None:
    log.note(_of(parts.account, agent=text, target=text, detail=text, caller=text))
    await log.sweep()
    (found,) = await _shown(log, parts.principal())
    assert len(found.agent) <= 120
    assert found.agent.isprintable()
