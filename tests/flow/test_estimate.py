"""An estimate says what sending would do, and does nothing."""

from __future__ import annotations

from typing import Any

from heliograph.flow.estimate import Estimator
from heliograph.model.account import Account, Mode
from heliograph.model.command import Estimate, Estimated, Estimates
from heliograph.model.refusal import Refusal
from tests.flow.conftest import PRICE_MICROS, RECIPIENT, Parts, draft


async def _estimates(
    parts: Parts,
    *words: dict[str, Any],
    account: Account | None = None,
    mode: Mode = Mode.LIVE,
) -> Estimates:
    estimator = Estimator(
        database=parts.database,
        directory=parts.directory,
        checks=parts.checks,
        router=parts.router,
        now=parts.clock,
    )
    command = Estimate(drafts=tuple(draft(**each) for each in words))
    return await estimator.estimate(parts.principal(account, mode=mode), command)


async def _one(parts: Parts, account: Account | None = None, **words: Any) -> Estimated:
    (item,) = (await _estimates(parts, words, account=account)).items
    return item


def _why(item: Estimated) -> list[Refusal]:
    return [refused.refusal for refused in item.refused]


async def test_an_estimate_says_what_would_be_sent_where_and_for_how_much(parts: Parts) -> None:
    answer = await _estimates(parts, {"text": "x" * 150 + "ж"}, {"text": "x"})
    first, second = answer.items
    network = parts.directory.network(RECIPIENT)
    assert network is not None
    assert (first.recipient, first.country) == (RECIPIENT, "BD")
    assert (first.mcc, first.mnc) == (network.mcc, network.mnc)
    assert (first.encoding, first.parts, first.chars_left, first.non_gsm) == ("ucs2", 3, 50, "ж")
    assert (second.encoding, second.parts, second.chars_left) == ("gsm7", 1, 159)
    assert first.route is not None
    assert first.route.carrier_id == parts.carrier.id
    assert (answer.currency, answer.price_micros) == ("EUR", 4 * PRICE_MICROS)


async def test_an_estimate_stores_and_holds_nothing(parts: Parts) -> None:
    await _estimates(parts, {}, {})
    for table in ("message", "outbox", "event", "submission"):
        assert await parts.value(f"select count(*) from {table}") == 0  # noqa: S608
    assert (await parts.balance()).held_micros == 0
    assert not parts.onward.taken


async def test_smart_replacements_are_listed(parts: Parts) -> None:
    item = await _one(parts, text="“" + "x" * 80, smart=True)
    assert (item.encoding, item.replaced, item.non_gsm) == ("gsm7", {"“": '"'}, "“")


async def test_every_fault_that_can_be_seen_is_told_with_what_is_known_nevertheless(
    parts: Parts,
) -> None:
    await parts.opt_out(RECIPIENT)
    item = await _one(parts, sender="NotOurs", text="x" * 161)
    assert _why(item) == [Refusal.SENDER_NOT_APPROVED, Refusal.OPTED_OUT]
    assert (item.recipient, item.parts, item.price_micros, item.route) == (RECIPIENT, 2, None, None)


async def test_a_recipient_that_is_none_is_refused_without_a_country(parts: Parts) -> None:
    item = await _one(parts, recipient="12")
    assert _why(item) == [Refusal.INVALID_RECIPIENT]
    assert (item.recipient, item.country, item.encoding) == (None, None, "gsm7")


async def test_a_text_that_cannot_be_sent_has_no_encoding(parts: Parts) -> None:
    for words in ({"text": ""}, {"text": "{{a}}\x00", "variables": {"a": "x"}}):
        item = await _one(parts, **words)
        assert (item.encoding, item.parts) == (None, 0)
        assert len(item.refused) == 1


async def test_variables_are_merged(parts: Parts) -> None:
    item = await _one(parts, text="{{a}}", variables={"a": "ж" * 71})
    assert (item.encoding, item.parts) == ("ucs2", 2)
    missing = await _one(parts, text="{{a}}", variables={})
    assert _why(missing) == [Refusal.INVALID_FIELD]


async def test_an_opt_out_of_the_sender_that_would_be_used_is_seen(parts: Parts) -> None:
    await parts.opt_out(RECIPIENT, "heliograph")
    assert _why(await _one(parts, sender=None)) == [Refusal.OPTED_OUT]
    assert _why(await _one(parts)) == [Refusal.OPTED_OUT]
    other = await parts.add_account("other")
    assert _why(await _one(parts, other)) == []


async def test_money_is_counted_in_order_until_it_ends(parts: Parts) -> None:
    poor = await parts.add_account("poor", 2 * PRICE_MICROS, credit_limit_micros=PRICE_MICROS)
    answer = await _estimates(parts, {}, {"recipient": "12"}, {"text": "x" * 161}, {}, account=poor)
    assert [_why(item) for item in answer.items] == [
        [],
        [Refusal.INVALID_RECIPIENT],
        [],
        [Refusal.INSUFFICIENT_BALANCE],
    ]
    assert answer.price_micros == 3 * PRICE_MICROS


async def test_a_test_estimate_costs_nothing(parts: Parts) -> None:
    poor = await parts.add_account("poor", 0)
    answer = await _estimates(parts, {}, account=poor, mode=Mode.TEST)
    assert (_why(answer.items[0]), answer.price_micros) == ([], 0)
    answer = await _estimates(parts, {"test": True}, account=poor)
    assert (_why(answer.items[0]), answer.price_micros) == ([], 0)


async def test_an_estimate_of_nothing_is_nothing(parts: Parts) -> None:
    assert await _estimates(parts) == Estimates(currency="EUR", items=(), price_micros=0)
