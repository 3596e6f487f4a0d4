"""Messages are found by whatever they are, in bounded steps however many there are, and only one's own."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec
import pytest

from heliograph.flow.lookup import Lookup
from heliograph.flow.search import Search, Within
from heliograph.model.account import Account
from heliograph.model.command import ExportMessages, ListMessages, Messages
from heliograph.model.ids import id_at
from heliograph.model.message import Extra
from heliograph.model.status import Status
from heliograph.store.search import _SQL, MOST_LOOKED_AT, Sought
from tests.flow.conftest import RECIPIENT, Parts, draft

_NEWEST = (1 << 63) - 1
_MANY = 2 * MOST_LOOKED_AT + 500


async def _fill(parts: Parts, account: Account, count: int) -> list[int]:
    """That many messages of an hour ago, written as they are; the ids of the oldest and the newest."""
    first = id_at(parts.clock() - timedelta(hours=1))
    await parts.rows(
        "insert into message (account_id, id, price_micros, valid_until, updated_at, status, charge,"
        " encoding, parts, traffic_class, priority, flash, test, dialect, sender, recipient, text)"
        " select $1::bigint, $2::bigint + n, 0, now(), now(), 7, 1, 1, 1, 2, 0, false, false, 'native',"
        " case when n = 0 then 'Needle' else 'Hay' end, '8801712345678', 'x'"
        " from generate_series(0, $3::integer - 1) n",
        account.id,
        first,
        count,
    )
    return [first, first + count - 1]


def _ids(page: Messages) -> list[int]:
    return [record.message.id for record in page.items]


async def test_messages_are_found_by_whatever_they_are(parts: Parts) -> None:
    first = (await parts.accepted(text="Your Parcel is here")).message_id
    second = (await parts.accepted(recipient="4915112345678", text="100% off_")).message_id
    secret = (await parts.accepted(text="parcel code 4711", extra=Extra(secret=True))).message_id
    octets = (await parts.accepted(text="parcel", body=b"parcel")).message_id
    await parts.rows(
        "update message set carrier_id = 7, dialect = 'smpp', status = $2 where id = $1",
        second,
        int(Status.SENT),
    )
    lookup, principal = Lookup(parts.database, parts.clock), parts.principal()
    questions: list[tuple[dict[str, Any], list[int]]] = [
        ({"statuses": (Status.SENT, Status.FAILED)}, [second]),
        ({"statuses": (Status.SENT, Status.QUEUED)}, [octets, secret, second, first]),
        ({"carrier": 7}, [second]),
        ({"dialect": "smpp"}, [second]),
        ({"country": "BD"}, [octets, secret, first]),
        ({"text": "PARCEL"}, [first]),  # neither a secret nor octets are found by their text
        ({"text": "0% OFF_"}, [second]),
        ({"text": "%"}, [second]),
        ({"text": "4711"}, []),
        ({"recipient": RECIPIENT, "text": "parcel", "country": "BD"}, [first]),
        ({"recipient": RECIPIENT, "dialect": "smpp"}, []),
    ]
    for words, expected in questions:
        page = await lookup.list_messages(principal, ListMessages(**words))
        assert (_ids(page), page.more) == (expected, False), words


async def test_a_submission_is_searched_in_its_own_time_and_a_message_is_its_own(
    parts: Parts,
) -> None:
    answer = await parts.send(draft(), draft())
    single = (await parts.accepted()).message_id
    lookup, principal = Lookup(parts.database, parts.clock), parts.principal()
    for submission, count in ((answer.submission_id, 2), (single, 1), (single + 1, 0)):
        asked = ListMessages(submission=parts.sealed(submission))
        assert len((await lookup.list_messages(principal, asked)).items) == count


@pytest.mark.parametrize("recipient", [None, RECIPIENT], ids=["all", "to a number"])
async def test_a_search_that_finds_little_stops_says_where_and_goes_on(
    parts: Parts, recipient: str | None
) -> None:
    needle, newest = await _fill(parts, parts.account, _MANY)
    search = Search(parts.database, steps=1)
    within = Within(
        parts.account.id, Sought(sender="Needle", recipient=recipient), before=_NEWEST, since=0
    )
    stops = []
    for _ in range(2):
        page = await search.page(within, 50)
        assert (page.items, page.more) == ((), True)
        stops.append(page.stopped_at)
        within = within._replace(before=page.stopped_at or 0)
    assert stops == [newest - MOST_LOOKED_AT + 1, newest - 2 * MOST_LOOKED_AT + 1]
    page = await search.page(within, 50)
    assert (_ids(page), page.more, page.stopped_at) == ([needle], False, None)


async def test_a_page_ends_in_time_however_many_steps_it_may_make(parts: Parts) -> None:
    _, newest = await _fill(parts, parts.account, _MANY)
    within = Within(parts.account.id, Sought(sender="Needle"), before=_NEWEST, since=0)
    hurried = await Search(parts.database, patience_seconds=-1).page(within, 50)
    assert hurried.stopped_at == newest - MOST_LOOKED_AT + 1
    whole = await Search(parts.database, patience_seconds=60).page(within, 50)
    assert (len(whole.items), whole.more) == (1, False)


async def test_a_step_reads_no_more_rows_than_it_may(parts: Parts) -> None:
    """What the server says that it did; a plan that sorted or hashed them all would show here."""
    await _fill(parts, parts.account, _MANY)
    await parts.rows("analyze message")
    for name in ("search_messages", "search_messages_to"):
        async with parts.database.transaction() as link:
            await link.execute(_SQL["read_in_order"])
            await link.execute(f"prepare {name} as {_SQL[name]}")
            recipient = "null" if name == "search_messages" else f"'{RECIPIENT}'"
            words = (
                f"{parts.account.id}, {_NEWEST}, 0, {recipient}, 'Needle'" + ", null" * 7 + ", 51"
            )
            (row,) = await link.fetch(f"explain (analyze, format json) execute {name} ({words})")
            await link.execute(f"deallocate {name}")
        nodes = [msgspec.json.decode(row[0])[0]["Plan"]]
        for node in nodes:
            nodes += node.get("Plans", [])
        read = sum(n["Actual Rows"] for n in nodes if "Relation Name" in n)
        assert read == MOST_LOOKED_AT, name


async def test_an_export_has_every_message_once_and_no_one_elses(parts: Parts) -> None:
    thief = await parts.add_account("thief")
    _, newest = await _fill(parts, parts.account, _MANY)
    theirs = (await parts.accepted(account=thief)).message_id
    lookup = Lookup(parts.database, parts.clock)
    exported = await lookup.export_messages(
        parts.principal(), ExportMessages(search=ListMessages(sender="Hay"))
    )
    seen, longest = [], 0
    async for page in exported.pages:
        seen += [record.message.id for record in page]
        longest = max(longest, len(page))
    assert seen == list(range(newest, newest - _MANY + 1, -1))
    assert longest <= 1000  # this is all that is held
    everything = ExportMessages(search=ListMessages())
    other = await lookup.export_messages(parts.principal(thief), everything)
    assert [r.message.id async for page in other.pages for r in page] == [theirs]
