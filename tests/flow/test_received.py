from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec
import pytest

from heliograph.flow.lookup import Lookup
from heliograph.flow.received import LONGEST_BODY, Keeping
from heliograph.model.command import (
    Accepted,
    FindMessage,
    MessageTrace,
    Principal,
    SendBulk,
    SendMessages,
)
from heliograph.model.mask import MASK
from heliograph.model.message import Extra
from heliograph.model.received import Received
from heliograph.model.refusal import Refusal, Refused
from heliograph.store import partitions
from tests.flow.conftest import RECIPIENT, START, Parts, draft

SECRET = "hg_live_swordfish0123456789"
BODY = f'{{"to": "+{RECIPIENT}", "text": "Hello", "note": "{SECRET}"}}'.encode()


def asking(parts: Parts, body: bytes = BODY, **words: Any) -> Principal:
    """A caller with a request."""
    given = {
        "method": "POST",
        "path": "/v1/messages",
        "query": f"a=1&token={SECRET}",
        "headers": {"content-type": "application/json", "authorization": f"Bearer {SECRET}"},
        "octets": len(body),
        "address": "192.0.2.7",
        "id": parts.ids.next(),
    }
    received = Received(body=body, secret=SECRET, **given | words)
    return msgspec.structs.replace(parts.principal(), received=received)


async def send(parts: Parts, principal: Principal, **words: Any) -> int:
    wanted = SendMessages(drafts=(draft(**words),), submission=False)
    answer = await parts.accept.send(principal, wanted, "native")
    assert isinstance(answer, Accepted), answer
    return answer.submission_id


async def trace(parts: Parts, number: int) -> MessageTrace:
    looked = Lookup(parts.database, parts.clock)
    found = await looked.message(parts.principal(), FindMessage(message=parts.sealed(number)))
    assert isinstance(found, MessageTrace), found
    return found


async def test_a_request_is_kept_with_its_message_and_without_its_secret(parts: Parts) -> None:
    principal = asking(parts)
    kept_ = (await trace(parts, await send(parts, principal))).received
    assert kept_ is not None
    assert principal.received is not None
    assert (kept_.method, kept_.path, kept_.query) == ("POST", "/v1/messages", f"a=1&token={MASK}")
    assert kept_.body == BODY.decode().replace(SECRET, MASK)
    assert (kept_.whole, kept_.cut, kept_.hexadecimal) == (True, False, False)
    assert (kept_.request_id, kept_.at) == (principal.received.id, START)
    assert (kept_.octets, kept_.entries, kept_.credential_id) == (len(BODY), 1, 1)
    assert (kept_.media_type, kept_.agent, kept_.address) == ("application/json", None, "192.0.2.7")


async def test_a_request_with_many_messages_is_kept_once_and_found_from_each(parts: Parts) -> None:
    wanted = SendMessages(drafts=(draft(), draft(text=""), draft(text="Again")))
    answer = await parts.accept.send(asking(parts), wanted, "native")
    assert isinstance(answer, Accepted)
    ids = [each.message_id for each in answer.items if not isinstance(each, Refused)]
    found = [(await trace(parts, number)).received for number in ids]
    assert len(found) == 2
    assert found[0] == found[1] is not None
    assert found[0].entries == 3
    assert await parts.value("select count(*) from received_request") == 1


@pytest.mark.parametrize(("keeping", "secret"), [(Keeping(texts=False), False), (Keeping(), True)])
async def test_of_what_is_not_to_be_kept_there_is_the_head_alone(
    parts: Parts, keeping: Keeping, secret: bool
) -> None:
    parts.accept._keeping = keeping
    principal = asking(parts, path="/smsAPI&to=880&text=123456")
    extra = Extra(secret=True) if secret else None
    kept_ = (await trace(parts, await send(parts, principal, extra=extra))).received
    assert kept_ is not None
    assert (kept_.path, kept_.query, kept_.body, kept_.whole) == ("/smsAPI", None, None, False)
    assert kept_.octets == len(BODY)


async def test_nothing_is_kept_where_requests_are_not(parts: Parts) -> None:
    parts.accept._keeping = Keeping(requests=False)
    assert (await trace(parts, await send(parts, asking(parts)))).received is None


async def test_of_a_stream_the_head_is_kept_and_its_messages_are_counted(parts: Parts) -> None:
    drafts = iter([draft(text=f"Number {number}") for number in range(600)] + [draft(text="")])
    answer = await parts.upload.send(asking(parts), SendBulk(drafts=drafts), "native")
    assert not isinstance(answer, Refused)
    last = await parts.value("select max(id) from message")
    kept_ = (await trace(parts, last)).received
    assert kept_ is not None
    assert (kept_.id, kept_.whole, kept_.body, kept_.entries) == (
        answer.submission_id,
        False,
        None,
        601,
    )
    assert await parts.value("select count(*) from received_request") == 1


async def test_a_refused_request_leaves_nothing(parts: Parts) -> None:
    await parts.opt_out(RECIPIENT)
    wanted = SendMessages(drafts=(draft(),), submission=False)
    answer = await parts.accept.send(asking(parts), wanted, "native")
    assert isinstance(answer, Refused)
    assert answer.refusal is Refusal.OPTED_OUT
    assert await parts.value("select count(*) from received_request") == 0


@pytest.mark.parametrize("before", range(LONGEST_BODY - len(SECRET) - 2, LONGEST_BODY + 1, 5))
async def test_a_long_body_is_cut_and_never_within_a_secret(parts: Parts, before: int) -> None:
    body = b"x" * before + SECRET.encode() + b"y" * 9000
    for octets in (body, b"\xff" + body):
        kept_ = (await trace(parts, await send(parts, asking(parts, octets)))).received
        assert kept_ is not None
        assert kept_.cut
        assert kept_.body is not None
        shown = kept_.body
        if kept_.hexadecimal:
            shown = "".join(bytes.fromhex(each).decode("latin-1") for each in shown.split(MASK))
        assert not any(SECRET[:length] in shown for length in (4, 8, len(SECRET)))
        assert len(shown.encode()) <= LONGEST_BODY
        assert before - 600 < len(shown)


async def test_octets_that_no_database_keeps_are_written_down_all_the_same(parts: Parts) -> None:
    for body, shown, hexadecimal in (
        (b"a\x00b", "610062", True),
        (b"\xfe\xff\x09", "feff09", True),
        ("বাংলা\r\n".encode(), "বাংলা\r\n", False),
        (b"", None, False),
    ):
        words = {"query": "\x00\xe0\xa6\xac=%zz", "headers": {"user-agent": "\xff\x01"}}
        kept_ = (await trace(parts, await send(parts, asking(parts, body, **words)))).received
        assert kept_ is not None
        assert (kept_.body, kept_.hexadecimal) == (shown, hexadecimal)
        assert kept_.query == "\N{REPLACEMENT CHARACTER}ব=%zz"


async def test_another_account_finds_neither_message_nor_request(parts: Parts) -> None:
    number = await send(parts, asking(parts))
    other = await parts.add_account("other")
    looked = Lookup(parts.database, parts.clock)
    for sealed in (parts.sealed(number), parts.sealed(number, other)):
        asked = FindMessage(message=sealed)
        assert isinstance(await looked.message(parts.principal(other), asked), Refused)


async def test_requests_go_with_their_partition_and_not_before(parts: Parts) -> None:
    await send(parts, asking(parts))
    for days, left in ((0, 1), (30, 0)):
        async with parts.database.transaction() as link:
            await partitions.drop_partitions(link, START + timedelta(days=days))
        assert await parts.value("select count(*) from received_request") == left
