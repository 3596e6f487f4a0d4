"""Every door's requests are kept with their messages, and no secret of anybody's is in what is kept."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote, quote_plus, unquote_plus

import aiohttp
import pytest_asyncio
from yarl import URL

from heliograph.config import Config
from heliograph.demo import prepare
from heliograph.model.account import Credential, Scope
from heliograph.model.mask import MASK
from heliograph.model.secret import hash_secret
from heliograph.smpp import CommandStatus, SubmitSm, Tag, tlv
from heliograph.store import kept
from heliograph.wiring import House
from tests.simulator.esme import Esme, message

HEADER = "hg_live_Sw0rdfish-_0123456789.abcdefgh"
"""A secret that a header can hold."""
BODY = 'Kěy/+"q\\ 100%&=ü'
"""One that has to be written otherwise in a query, a form and JSON."""
SHORT = 'p"s/w+8%'
"""One that fits a bind."""
NAME = "shop@example.com"
TO = "8801712345678"
CALLERS = {
    "native": ("", HEADER),
    "mimsms": (NAME, BODY),
    "smsapi": (NAME, BODY),
    "imiconnect": ("", HEADER),
    "mitto": ("", HEADER),
    "messagewhiz": ("", HEADER),
    "smpp": ("shop", SHORT),
}


def _spread(secret: str) -> str:
    """A text that tells the secret in every way."""
    every = "".join(f"%{octet:02x}" for octet in secret.encode())
    basic = base64.b64encode(f"{NAME}:{secret}".encode()).decode()
    return f"{secret} {quote(secret, safe='')} {quote_plus(secret)} {every} {basic} {json.dumps(secret)}"


class Call(NamedTuple):
    """A request that is accepted."""

    door: str
    method: str
    target: str
    body: bytes = b""
    media_type: str = "application/json"
    header: str = ""
    """The header that the door's secret is in."""
    rows: int = 1


def _json(**fields: Any) -> bytes:
    return json.dumps(fields).encode()


def _form(**fields: str) -> str:
    return "&".join(f"{name}={quote_plus(value)}" for name, value in fields.items())


def _multipart(**fields: str) -> bytes:
    parts = (
        f'--xyz\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in fields.items()
    )
    return "".join((*parts, "--xyz--\r\n")).encode()


_NATIVE: dict[str, Any] = {"to": f"+{TO}", "from": "Heliograph", "text": _spread(HEADER)}
_MIM: dict[str, Any] = {
    "UserName": NAME, "Apikey": BODY, "MobileNumber": TO, "CampaignId": "null",
    "SenderName": "MiM SMS", "TransactionType": "T", "Message": _spread(BODY),
}  # fmt: skip
_SMSAPI: dict[str, Any] = {
    "apikey": NAME, "apitoken": BODY, "type": "sms", "from": "Heliograph", "to": TO, "text": _spread(BODY),
}  # fmt: skip
_FORM_TYPE = "application/x-www-form-urlencoded"
_IMI: dict[str, Any] = {
    "deliverychannel": "sms",
    "channels": {"sms": {"text": _spread(HEADER), "senderid": "Heliograph"}},
    "destination": [{"msisdn": [TO]}],
}
_MITTO = {"from": "Heliograph", "to": TO, "text": _spread(HEADER)}
CALLS = (
    Call("native", "POST", "/v1/messages", _json(**_NATIVE, reference=HEADER), header="authorization"),
    Call(
        "native", "POST", "/v1/messages/bulk", _json(messages=[_NATIVE, _NATIVE]), header="authorization"
    ),
    Call("mimsms", "POST", "/api/SmsSending/SMS", _json(**_MIM)),
    Call("mimsms", "POST", "/api/SmsSending/SMS", json.dumps(_MIM, ensure_ascii=False).encode()),
    Call("mimsms", "GET", f"/api/SmsSending/Send?{_form(**_MIM)}"),
    Call("mimsms", "POST", "/api/SmsSending/OneToMany", _json(**_MIM | {"MobileNumber": f"{TO},{TO}"})),
    Call("smsapi", "GET", f"/smsAPI?sendsms&{_form(**_SMSAPI)}"),
    Call("smsapi", "POST", "/smsAPI/sendsms", _form(**_SMSAPI).encode(), _FORM_TYPE),
    Call("smsapi", "GET", f"/smsAPI&sendsms&{_form(**_SMSAPI)}"),
    Call("smsapi", "POST", "/smsAPI?sendsms", _multipart(**_SMSAPI), "multipart/form-data; boundary=xyz"),
    Call("imiconnect", "POST", "/resources/v1/messaging", _json(**_IMI), header="key"),
    Call("mitto", "POST", "/sms", _json(**_MITTO), header="x-mitto-api-key"),
    Call("mitto", "GET", f"/sms?{_form(**_MITTO)}", header="x-mitto-api-key"),
    Call("mitto", "POST", "/sms", _form(**_MITTO).encode(), _FORM_TYPE, header="x-mitto-api-key"),
    Call("mitto", "POST", "/smsbulk", _json(**_MITTO | {"to": [TO, TO]}), header="x-mitto-api-key"),
    Call(
        "messagewhiz", "POST", "/api/broadcasts/tiny/single",
        _json(recipient=TO, sender="Heliograph", message_body=_spread(HEADER), name=HEADER),
        header="apikey",
    ),
)  # fmt: skip


class Shop(NamedTuple):
    """A house, and the account that all the doors' callers belong to."""

    house: House
    account_id: int
    client: aiohttp.ClientSession

    async def call(self, call: Call, **headers: str) -> tuple[int, bytes]:
        """One request, as it is."""
        secret = CALLERS[call.door][1]
        headers |= {"content-type": call.media_type, "user-agent": "shop/1"}
        if call.header:
            headers["user-agent"] += f" {secret}"
            headers[call.header] = f"Bearer {secret}" if call.header == "authorization" else secret
        url = f"http://127.0.0.1:{self.house.door.port}{call.target}"

        async with self.client.request(
            call.method, URL(url, encoded=True), data=call.body or None, headers=headers
        ) as reply:
            return reply.status, await reply.read()

    async def rows(self) -> list[Any]:
        """What is kept, oldest first."""
        async with self.house.database.link() as link:
            return list(await link.fetch("select * from received_request order by id"))


@pytest_asyncio.fixture(loop_scope="session")
async def shop(database_dsn: str, tmp_path: Path) -> AsyncIterator[Shop]:
    """The demo, with a caller for each door."""
    config = Config(data=tmp_path, database=database_dsn, port=0, smpp_port=0, demo=True)
    house = House(config)
    await house.start()
    try:
        await prepare(house)
        async with house.database.transaction() as link:
            account_id = await link.fetchval("select id from account where name = 'demo'")
            for dialect, (name, secret) in CALLERS.items():
                credential = Credential(
                    account_id=account_id,
                    id=0,
                    dialect=dialect,
                    name=name,
                    secret_hash=hash_secret(house.key, dialect, name, secret),
                    hint="",
                    scopes=(Scope.SEND, Scope.READ),
                    created_at=house.now(),
                )
                await kept.insert(link, house.vault, credential)
        await house.reload()
        async with aiohttp.ClientSession() as client:
            yield Shop(house, account_id, client)
    finally:
        await house.stop()


def _told(rows: list[Any], secret: str) -> list[str]:
    """Where a secret can be found in rows, also by whoever decodes what is in them."""
    found = []
    for row in rows:
        for name, value in row.items():
            readings = {text := str(value), unquote_plus(text), unquote_plus(unquote_plus(text))}
            readings |= {re.sub(r"\\(.)", r"\1", each) for each in set(readings)}
            for word in re.findall(r"[A-Za-z0-9+/_-]{6,}", unquote_plus(text)):
                for skipped in range(4):
                    piece = word[skipped:]
                    padded = piece + "=" * (-len(piece) % 4)
                    try:
                        readings.add(
                            base64.urlsafe_b64decode(
                                padded.replace("+", "-").replace("/", "_")
                            ).decode("latin-1")
                        )
                    except ValueError:
                        continue
            hidden = {secret, secret.encode().decode("latin-1")}
            if any(each in reading for each in hidden for reading in readings):
                found.append(f"{row['method']} {row['path']} {name}: {value}")
    return found


async def test_no_door_keeps_a_secret_and_each_keeps_its_request(shop: Shop) -> None:
    for call in CALLS:
        before = len(await shop.rows())
        status, body = await shop.call(call)
        rows = await shop.rows()
        assert len(rows) == before + 1, (call.door, call.target[:40], status, body)
        row = rows[-1]
        assert row["method"] == call.method
        assert row["account_id"] == shop.account_id
        assert row["agent"] == (f"shop/1 {MASK}" if call.header else "shop/1")
        assert row["whole"] is ("bulk" not in call.target or call.door == "mitto")
        content = f"{row['path']} {row['query']} {row['body']}"
        assert (TO in content) is row["whole"], content
        assert not _told(rows, HEADER) + _told(rows, BODY)


async def test_a_pdu_is_kept_as_its_fields_and_without_the_password_of_its_bind(shop: Shop) -> None:
    esme = Esme()
    await esme.open(shop.house.smpp.port, system_id="shop", password=SHORT)
    await esme.bound()
    telling = message(
        _spread(SHORT).encode()[:130],
        source_addr_ton=5,
        source_addr_npi=0,
        source_addr="Heliograph",
    )
    binary = message(
        b"\x01\xff", source_addr_ton=5, source_addr="Heliograph", data_coding=4,
        tlvs=(tlv(Tag.USER_MESSAGE_REFERENCE, 7),),
    )  # fmt: skip
    try:
        for pdu in (telling, binary):
            assert (await esme.ask(pdu)).command_status == CommandStatus.ROK
    finally:
        esme.connection.close("done")
    first, second = await shop.rows()
    assert not _told([first, second], SHORT)
    assert (first["method"], first["path"], first["address"]) == (SubmitSm.NAME, "", "127.0.0.1")
    assert f"destination_addr: {TO[:3]}" in first["body"]
    assert MASK in first["body"]
    lines = dict(line.split(": ", 1) for line in second["body"].splitlines() if ": " in line)
    assert lines["short_message"] == "0x01ff"
    assert lines["user_message_reference (0x0204)"] == "0x0007"
    assert lines["data_coding"] == "4"


async def test_the_trace_shows_the_request_to_its_own_account_and_of_a_code_the_head(
    shop: Shop,
) -> None:
    call = CALLS[0]
    _, made = await shop.call(call)
    looked = Call("native", "GET", f"/v1/messages/{json.loads(made)['id']}", header="authorization")
    status, body = await shop.call(looked)
    assert status == 200
    trace = json.loads(body)
    request = trace["request"]
    assert (request["method"], request["path"], request["entries"]) == ("POST", "/v1/messages", 1)
    assert json.loads(request["body"])["reference"] == MASK
    assert request["octets"] == len(call.body)
    assert request["credential"].startswith("cred_")
    assert {each["name"]: each["result"] for each in trace["checks"]}["sender"] == "approved"
    assert trace["checks"][-1]["facts"]["price"] == trace["price"]
    code = Call(
        "native",
        "POST",
        "/v1/verify",
        _json(to=f"+{TO}", code="482913", **{"from": "Heliograph"}),
        header="authorization",
    )
    status, body = await shop.call(code)
    assert status == 201, body
    row = (await shop.rows())[-1]
    assert (row["path"], row["body"], row["query"]) == ("/v1/verify", None, None)
    assert "482913" not in str(row)
