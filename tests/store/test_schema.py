"""The rules that let the same schema be distributed by account_id (design: tables and growth)."""

from __future__ import annotations

import re

import asyncpg
import pytest

from heliograph.store._sql import nouns, queries

SMALL = {
    "account",
    "carrier",
    "route",
    "rate_card",
    "rate",
    "prefix",
    "key_mark",
    "progress",
    "offer",
    "restriction",
    "route_statistic",
    "carrier_state",
    "schema_version",
    "set_up",
}
"""Operator's tables: the same on every node."""
CARRIER_FIRST = {"receipt_key", "orphan_receipt", "orphan_inbound"}
"""Found by a carrier's id first: the one exception to account_id leading."""
CODE_FIRST = {"short_link"}
"""Found by a visitor, who brings nothing but its code: the other exception."""
PARTITIONED = {
    "submission",
    "message",
    "received_request",
    "part",
    "event",
    "notification_try",
    "ledger_entry",
    "inbound",
    "conversion",
    "click",
    "verification",
    "audit_entry",
}
QUEUES = {
    "outbox",
    "notification",
    "idempotency",
    "verify_count",
    "broadcast_recipient",
    "refused_request",
}
"""Growing with traffic, but emptied as fast as it comes."""


@pytest.fixture
async def link(database_dsn):
    link = await asyncpg.connect(database_dsn)
    yield link
    await link.close()


async def tables(link) -> dict[str, str]:
    rows = await link.fetch(
        "select relname, relkind::text from pg_class c join pg_namespace n on n.oid = relnamespace"
        " where nspname = 'public' and relkind in ('r', 'p') and not relispartition"
    )
    return {row["relname"]: row["relkind"] for row in rows}


async def unique_keys(link) -> list[tuple[str, str, list[str]]]:
    rows = await link.fetch(
        "select t.relname as table, i.relname as index,"
        " array(select pg_get_indexdef(x.indexrelid, k, true)"
        "       from generate_series(1, x.indnkeyatts) k) as columns"
        " from pg_index x join pg_class t on t.oid = x.indrelid join pg_class i on i.oid = x.indexrelid"
        " join pg_namespace n on n.oid = t.relnamespace"
        " where x.indisunique and n.nspname = 'public' and not t.relispartition"
    )
    return [(row["table"], row["index"], list(row["columns"])) for row in rows]


async def test_account_id_leads_every_unique_key_of_a_tenants_table(link):
    # A number and a credential's hash must be unique over all accounts: both tables are small.
    over_all = {"number_msisdn", "credential_hash", "keyword_word", "release_trigger_code"}
    over_all |= {
        "person_email",
        "session_token",
        "one_time_link_token",
    }  # the same holds for people
    for table, index, columns in await unique_keys(link):
        if table not in SMALL | CARRIER_FIRST | CODE_FIRST and index not in over_all:
            assert columns[0] == "account_id", index


async def test_traffic_tables_are_partitioned_by_id(link):
    found = await tables(link)
    assert {name for name, kind in found.items() if kind == "p"} == PARTITIONED


async def test_every_table_is_of_a_known_kind(link):
    tenants = {
        "balance", "credential", "sender", "permit", "number", "endpoint", "opt_out", "service",
        "keyword", "template", "reply", "rental", "link", "click_day",
        "verify_profile", "verify_guard",
        "recipient_list", "list_contents", "list_hold", "recipient", "list_import",
        "list_import_line",
        "person", "session", "one_time_link", "minute_count", "hour_count", "day_spending",
        "campaign", "sender_list", "link_list", "spinner", "release_trigger", "broadcast", "segment",
        "segment_tally",
    }  # fmt: skip
    kinds = SMALL | CARRIER_FIRST | CODE_FIRST | PARTITIONED | QUEUES | tenants
    assert set(await tables(link)) == kinds


async def test_no_foreign_key_leaves_the_account(link):
    rows = await link.fetch(
        "select conrelid::regclass::text as source, confrelid::regclass::text as target"
        " from pg_constraint where contype = 'f'"
    )
    for row in rows:
        assert row["source"] not in PARTITIONED | CARRIER_FIRST | CODE_FIRST | QUEUES
        assert row["target"] in ("account", "rate_card")


def test_every_statement_on_a_tenants_table_names_the_account_or_is_a_listed_sweeper():
    tenants = (
        "message|outbox|part|event|submission|notification|notification_try|inbound|ledger_entry"
        "|idempotency|balance|sender|permit|number|endpoint|opt_out|credential|service"
        "|recipient_list|list_contents|list_hold|recipient|list_import|list_import_line"
        "|keyword|template|link|click|click_day|short_link"
        "|campaign|sender_list|link_list|spinner|release_trigger|broadcast|segment|broadcast_recipient|segment_tally"
    )
    touches = re.compile(rf"\b(?:from|join|into|update)\s+(?:{tenants})\b")
    for noun in nouns():
        for name, text in queries(noun).items():
            if touches.search(text) and "Listed sweeper" not in text:
                assert "account_id" in text or "a.id" in text, f"{noun}.{name}"
