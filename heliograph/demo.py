"""What `--demo` sets up: an account with money, senders and keys, a simulated carrier, routes and prices.

Made once per data directory; `demo.json` beside the database holds the credentials, readable only by
its owner, so that the second start finds everything again. Must never touch what is there already.
"""

from __future__ import annotations

import json
import os
import secrets
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode
from uuid import uuid4

import msgspec

from heliograph._demo_stock import stock
from heliograph.doors import base_url
from heliograph.model.account import (
    Account,
    Credential,
    Mode,
    Number,
    Permit,
    Scope,
    Sender,
    SenderState,
    Service,
)
from heliograph.model.person import Role
from heliograph.model.refusal import Refused
from heliograph.model.route import Carrier, Rate, RateCard, Route, Target
from heliograph.model.secret import hash_secret, hint_of, make_key
from heliograph.store import kept, ledger, people, rates
from heliograph.store.database import Link
from heliograph.wiring import House

ACCOUNT: Final = "demo"
SENDER: Final = "Heliograph"
NUMBER: Final = "8809610000001"
CAMPAIGN: Final = "DEMO-2026"
OWNER: Final = "owner@heliograph.example"
USER: Final = "demo@heliograph.example"
SERVICE: Final = "demo"
SYSTEM_ID: Final = "demo"
API_KEY: Final = "demo"
_CREDIT_MICROS: Final = 100_000_000_000
_PRICES: Final = {"": 45_000, "880": 3_500, "49": 75_000, "1": 8_000}


async def prepare(house: House) -> dict[str, Any]:
    """Make the demo's things when they are not there, and `demo.json`; returns what it holds."""
    file = house.config.data / "demo.json"
    pending = file.with_suffix(".pending")
    if not file.exists():
        # Written before the commit and renamed after it: a kill in between loses no credential.
        if not (pending.exists() and house.directory.has_account_named(ACCOUNT)):
            async with house.database.transaction() as link:
                _write(pending, await _make(house, link))
            await house.reload()
        pending.replace(file)
    known: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    known["base_url"] = base_url(house.config, house.door.port)
    await _owner(house, known)
    if "smpp" in known:
        known["smpp"] |= {"host": "127.0.0.1", "port": house.smpp.port}
    _write(file, known)
    return known


async def _owner(house: House, known: dict[str, Any]) -> None:
    """Somebody to sign in to the console; also in a demo that was begun before there were people."""
    if "console" in known:
        return
    password = secrets.token_urlsafe(12)
    hashed = await house.entrance.keep.passwords.hash(password)
    if isinstance(hashed, Refused):
        raise TypeError(hashed.sentence)  # nobody else asks at the start
    async with house.database.transaction() as link:
        account_id = await people.account_named(link, ACCOUNT)
        found = await people.find_secrets(link, OWNER)
        if found is not None:  # a start was killed before it wrote the password down
            await people.set_password(link, found.person, hashed)
        elif account_id is not None:
            await people.insert_person(
                link,
                account_id=account_id,
                email=OWNER,
                name="Demo owner",
                role=Role.OWNER,
                operator=True,
                password_hash=hashed,
                at=house.now(),
            )
    known["console"] = {"email": OWNER, "password": password}


async def _make(house: House, link: Link) -> dict[str, Any]:
    vault = house.vault
    card = await kept.insert(link, vault, RateCard(id=0, name="default", currency="EUR"))
    prices = [
        Rate(card=card.name, prefix=prefix or None, price_micros=micros)
        for prefix, micros in _PRICES.items()
    ]
    await rates.put_rates(link, card, prices, replace=True)
    account = await kept.insert(
        link,
        vault,
        Account(id=0, name=ACCOUNT, currency="EUR", rate_card=card.name, conversion_tracking=True),
    )
    await ledger.fund(link, house.ids.next, account.id, _CREDIT_MICROS, "demo credit")
    for name in (SENDER, "MiM Digital", "MiM SMS"):
        await kept.insert(
            link,
            vault,
            Sender(account_id=account.id, id=0, name=name, state=SenderState.APPROVED),
        )
    permit = Permit(account_id=account.id, id=0, code=CAMPAIGN, state=SenderState.APPROVED)
    await kept.insert(link, vault, permit)
    await kept.insert(link, vault, Number(account_id=account.id, id=0, msisdn=NUMBER, country="BD"))
    settings = {"wire": "smpp"} | house.config.simulator
    carrier = Carrier(id=0, name="simulated", kind="simulated", settings=settings)
    await kept.insert(link, vault, carrier)
    await kept.insert(
        link,
        vault,
        Route(id=0, name="everything", position=1000, targets=(Target(carrier=carrier.name),)),
    )
    await _calls_and_media(house, link)
    await stock(link)
    await kept.announce(link)
    return await _credentials(house, link, account.id)


async def _calls_and_media(house: House, link: Link) -> None:
    """What SMPP cannot carry goes to a simulated carrier without a wire."""
    carrier = Carrier(
        id=0,
        name="simulated-voice",
        kind="simulated",
        channels=("voice", "mms", "whatsapp"),
        settings=house.config.simulator | {"wire": "none"},
    )
    await kept.insert(link, house.vault, carrier)
    targets = (Target(carrier=carrier.name),)
    route = Route(id=0, name="calls and media", position=1001, targets=targets)
    await kept.insert(link, house.vault, route)


async def _credentials(house: House, link: Link, account_id: int) -> dict[str, Any]:
    everything = (Scope.SEND, Scope.READ, Scope.MANAGE, Scope.ADMIN)
    live = make_key(Mode.LIVE, secrets.token_bytes(32))
    test = make_key(Mode.TEST, secrets.token_bytes(32))
    apikey = secrets.token_hex(12).upper()
    apitoken = secrets.token_hex(12)
    service = await kept.insert(
        link, house.vault, Service(account_id=account_id, id=0, name=SERVICE, sender=SENDER)
    )
    service_key = str(uuid4())
    mitto_key = secrets.token_hex(16)
    whiz_key = secrets.token_hex(16)
    password = secrets.token_hex(4)  # SMPP 3.4 has room for eight characters
    for dialect, name, secret, mode, scopes in (
        ("native", "", live, Mode.LIVE, everything),
        ("native", "", test, Mode.TEST, everything[:3]),
        ("mimsms", USER, apikey, Mode.LIVE, everything[:2]),
        ("smsapi", API_KEY, apitoken, Mode.LIVE, everything[:2]),
        ("imiconnect", "", service_key, Mode.LIVE, everything[:2]),
        ("mitto", "", mitto_key, Mode.LIVE, everything[:2]),
        ("messagewhiz", "", whiz_key, Mode.LIVE, everything[:3]),
        ("smpp", SYSTEM_ID, password, Mode.LIVE, everything[:2]),
    ):
        credential = Credential(
            account_id=account_id,
            id=0,
            dialect=dialect,
            name=name,
            secret_hash=hash_secret(house.key, dialect, name, secret),
            hint=hint_of(secret),
            mode=mode,
            scopes=scopes,
            label="demo",
            service_id=service.id if dialect == "imiconnect" else None,
            created_at=house.now(),
        )
        await kept.insert(link, house.vault, credential)
    return {
        "base_url": "",
        "native": {"api_key": live, "test_api_key": test},
        "mimsms": {
            "UserName": USER,
            "Apikey": apikey,
            "SenderName": SENDER,
            "CampaignId": CAMPAIGN,
        },
        "smsapi": {"apikey": API_KEY, "apitoken": apitoken, "from": SENDER},
        "imiconnect": {"key": service_key, "senderid": SENDER},
        "mitto": {"X-Mitto-API-Key": mitto_key, "from": SENDER},
        "messagewhiz": {"apikey": whiz_key, "sender": SENDER},
        "smpp": {
            "host": "",
            "port": 0,
            "system_id": SYSTEM_ID,
            "password": password,
            "from": SENDER,
        },
    }


def _write(file: Path, content: dict[str, Any]) -> None:
    """Whole or not at all, and only for its owner."""
    fresh = file.with_suffix(".new")
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as out:
        out.write(msgspec.json.format(msgspec.json.encode(content), indent=2) + b"\n")
    fresh.replace(file)


def curls(known: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    """One line per front door that works when it is pasted."""
    base, mimsms = known["base_url"], known["mimsms"]
    native_body = json.dumps(
        {"from": SENDER, "to": "+8801712345678", "text": "Hello from Heliograph"}
    )
    mimsms_body = json.dumps(
        {
            "UserName": mimsms["UserName"],
            "Apikey": mimsms["Apikey"],
            "MobileNumber": "8801712345678",
            "CampaignId": "null",
            "SenderName": mimsms["SenderName"],
            "TransactionType": "T",
            "Message": "Hello from MiMSMS",
        }
    )
    json_type = "-H 'Content-Type: application/json'"
    bearer = f"-H 'Authorization: Bearer {known['native']['api_key']}'"
    return (
        ("native", f"curl -s {base}/v1/messages {bearer} {json_type} -d '{native_body}'"),
        ("mimsms", f"curl -s {base}/api/SmsSending/SMS {json_type} -d '{mimsms_body}'"),
        *_smsapi_curl(known),
        *_imiconnect_curl(known),
        *_mitto_curl(known),
        *_messagewhiz_curl(known),
    )


def _smsapi_curl(known: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    if "smsapi" not in known:  # a demo that was begun before there was this door
        return ()
    fields = {**known["smsapi"], "type": "sms", "to": "8801712345678", "text": "Hello from smsAPI"}
    return (("smsapi", f"curl -s '{known['base_url']}/smsAPI?sendsms&{urlencode(fields)}'"),)


def _imiconnect_curl(known: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    if "imiconnect" not in known:  # a demo that was begun before there was this door
        return ()
    own = known["imiconnect"]
    body = json.dumps(
        {
            "deliverychannel": "sms",
            "channels": {"sms": {"text": "Hello from IMIconnect", "senderid": own["senderid"]}},
            "destination": [{"msisdn": ["8801712345678"]}],
        }
    )
    url = f"{known['base_url']}/resources/v1/messaging"
    head = f"-H 'key: {own['key']}' -H 'Content-Type: application/json'"
    return (("imiconnect", f"curl -s {url} {head} -d '{body}'"),)


def _mitto_curl(known: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    if "mitto" not in known:  # a demo that was begun before there was this door
        return ()
    own = known["mitto"]
    body = json.dumps({"from": own["from"], "to": "8801712345678", "text": "Hello from Mitto"})
    head = f"-H 'X-Mitto-API-Key: {own['X-Mitto-API-Key']}' -H 'Content-Type: application/json'"
    return (("mitto", f"curl -s {known['base_url']}/sms {head} -d '{body}'"),)


def _messagewhiz_curl(known: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    if "messagewhiz" not in known:  # a demo that was begun before there was this door
        return ()
    own = known["messagewhiz"]
    fields = {"recipient": "8801712345678", "sender": own["sender"]}
    body = json.dumps({**fields, "message_body": "Hello from MessageWhiz"})
    head = f"-H 'apikey: {own['apikey']}' -H 'Content-Type: application/json'"
    return (
        (
            "messagewhiz",
            f"curl -s {known['base_url']}/api/broadcasts/tiny/single {head} -d '{body}'",
        ),
    )
