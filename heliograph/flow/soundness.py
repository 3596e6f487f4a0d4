"""What a thing must be like to be kept: every fault that it has, as refusals with the field at fault.

Pure: what else exists is told by `Known`, and whether a URL may be called by a function. Used when one
thing is saved, which stops at the first fault, and for configuration files, which tell all. Things
come out as `sound` writes them: numbers and senders in their canonical form. It must never touch who
may do what: that is `configure`.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

import msgspec
import pycountry

from heliograph.model.account import (
    Account,
    Credential,
    Endpoint,
    Number,
    OptOut,
    Permit,
    Sender,
)
from heliograph.model.command import Thing
from heliograph.model.number import (
    InvalidNumber,
    InvalidSender,
    SenderKind,
    classify_sender,
    country_of,
    parse_msisdn,
)
from heliograph.model.refusal import Refusal, Refused
from heliograph.model.route import Carrier, Rate, RateCard, Route, Side
from heliograph.model.status import Status

EVENT_TYPES: Final = frozenset(
    {f"message.{status.word}" for status in Status} | {"message.received"}
)
"""What an endpoint can ask for, besides `*`."""
NATIVE: Final = "native"

_LONGEST_NAME: Final = 100
_LONGEST_VALIDITY_SECONDS: Final = 7 * 86_400
_LARGEST_COUNT: Final = 2**31 - 1
_SHORTEST_SECRET: Final = 4
_SHORTEST_NATIVE_SECRET: Final = 20
_LONGEST_SECRET: Final = 200
_CARD_NAME: Final = re.compile(r"[A-Za-z0-9._-]{1,60}", re.ASCII)
_PREFIX: Final = re.compile(r"[1-9][0-9]{0,14}", re.ASCII)
_MCC: Final = re.compile(r"[0-9]{3}", re.ASCII)
_MNC: Final = re.compile(r"[0-9]{2,3}", re.ASCII)
_DAY_MINUTES: Final = 1440
# Not in ISO 3166-1, but what libphonenumber says of numbers under +383.
_KOSOVO: Final = "XK"


_SYSTEM_ID: Final = re.compile(r"[!-~]{1,15}", re.ASCII)


@dataclass(frozen=True, kw_only=True)
class Known:
    """What else there is, and what this build can do."""

    check_url: Callable[[str], Refused | None]
    """Whether a customer's URL may be called."""
    dialects: frozenset[str]
    carrier_kinds: frozenset[str]
    session_dialects: frozenset[str] = frozenset()
    """Doors whose protocol has room for short names and secrets only (SMPP: 15 and 8 characters)."""
    credential_faults: Callable[[Credential], list[str]] = lambda credential: []
    """What is wrong with a credential's settings for its door, in sentences."""
    carrier_fault: Callable[[Carrier], str | None] = lambda carrier: None
    """What is wrong with a carrier's settings for its kind, in a sentence."""
    carriers: frozenset[str] = frozenset()
    cards: Mapping[str, RateCard] = field(default_factory=dict)
    default_region: str | None = None
    """The account's own country, by which national numbers are read."""


def faults(thing: Thing, known: Known) -> list[Refused]:
    """Everything that is wrong with a thing; empty when it may be kept."""
    match thing:
        case Account():
            return list(_account(thing, known))
        case Credential():
            return list(_credential(thing, known))
        case Sender():
            return list(_sender(thing))
        case Permit():
            return list(_name("code", thing.code))
        case Number():
            return list(_number(thing, known))
        case Endpoint():
            return list(_endpoint(thing, known))
        case OptOut():
            return list(_opt_out(thing, known))
        case Carrier():
            return list(_carrier(thing, known))
        case Route():
            return list(_route(thing, known))
        case RateCard():
            return list(_card(thing))


def sound(thing: Thing, known: Known) -> Thing:
    """The thing in its canonical form; only for one without faults."""
    replace = msgspec.structs.replace
    match thing:
        case Sender():
            return replace(thing, name=_sender_text(thing.name))
        case Number():
            msisdn = _receiving(thing.msisdn, known)
            country = thing.country or (country_of(msisdn) if len(msisdn) > 8 else None)
            return replace(thing, msisdn=msisdn, country=country)
        case OptOut():
            found = parse_msisdn(thing.msisdn, default_region=known.default_region)
            sender = _sender_text(thing.sender) if thing.sender else ""
            return (
                thing
                if isinstance(found, InvalidNumber)
                else replace(thing, msisdn=found, sender=sender)
            )
        case Route(sender=str() as text):
            return replace(thing, sender=_sender_text(text))
        case Credential():
            return replace(thing, name=thing.name.strip())
    return thing


def secret_faults(dialect: str, secret: str) -> Iterator[Refused]:
    """What is wrong with a secret of somebody's own choosing."""
    shortest = _SHORTEST_NATIVE_SECRET if dialect == NATIVE else _SHORTEST_SECRET
    if not shortest <= len(secret) <= _LONGEST_SECRET:
        yield invalid("secret", f"A secret here has {shortest} to {_LONGEST_SECRET} characters.")
    if secret != secret.strip() or not secret.isprintable():
        yield invalid("secret", "A secret has no blanks around it and only printable characters.")


def rate_faults(rate: Rate) -> Iterator[Refused]:
    """What is wrong with a price."""
    if rate.price_micros < 0:
        yield invalid("price", "A price is not negative.")
    yield from _destination(rate.prefix, rate.mcc, rate.mnc)
    yield from _moment("effective_from", rate.effective_from)


def invalid(name: str, sentence: str) -> Refused:
    """A field that has a value that cannot be used."""
    return Refused(refusal=Refusal.INVALID_FIELD, field=name, detail=sentence)


def _account(account: Account, known: Known) -> Iterator[Refused]:
    yield from _name("name", account.name)
    yield from _currency(account.currency)
    yield from _country("default_region", account.default_region)
    yield from _between("max_parts", account.max_parts, 1, 255)
    validity = account.default_validity_seconds
    yield from _between("default_validity_seconds", validity, 1, _LONGEST_VALIDITY_SECONDS)
    yield from _between("submits_per_second", account.submits_per_second, 0, _LARGEST_COUNT)
    if account.credit_limit_micros < 0:
        yield invalid("credit_limit", "A credit limit is not negative.")
    card = known.cards.get(account.rate_card)
    if card is None or card.side is not Side.SELL:
        yield invalid("rate_card", f"There is no rate card “{account.rate_card}” for selling.")
    elif card.currency != account.currency:
        sentence = f"The rate card is in {card.currency}, the account in {account.currency}."
        yield invalid("rate_card", sentence)


def _credential(credential: Credential, known: Known) -> Iterator[Refused]:
    yield from _dialect(credential.dialect, known)
    if credential.dialect == NATIVE and credential.name:
        yield invalid("name", "A native key identifies by itself and has no name.")
    if len(credential.name) > _LONGEST_NAME or not credential.name.isprintable():
        yield invalid("name", f"A name has at most {_LONGEST_NAME} printable characters.")
    if len(credential.label) > _LONGEST_NAME or not credential.label.isprintable():
        yield invalid("label", f"A label has at most {_LONGEST_NAME} printable characters.")
    for sentence in known.credential_faults(credential):
        yield invalid("settings", sentence)
    if credential.dialect in known.session_dialects and not _SYSTEM_ID.fullmatch(credential.name):
        yield invalid("name", "A system_id has 1 to 15 printable ASCII characters and no blank.")
    yield from _moment("expires_at", credential.expires_at)
    if not credential.scopes:
        yield invalid("scopes", "A credential that may do nothing is of no use.")
    for name in ("allowed_networks", "denied_networks"):
        for network in getattr(credential, name):
            if not _is_network(network):
                yield invalid(name, f"“{network}” is no network such as 192.0.2.0/24.")


def _sender(sender: Sender) -> Iterator[Refused]:
    yield from _sender_id("name", sender.name)
    yield from _country("country", sender.country)


def _number(number: Number, known: Known) -> Iterator[Refused]:
    if not _receiving(number.msisdn, known):
        yield invalid("msisdn", "Messages are received on a valid number or a short code.")
    yield from _country("country", number.country)


def _endpoint(endpoint: Endpoint, known: Known) -> Iterator[Refused]:
    refused = known.check_url(endpoint.url)
    if refused is not None:
        yield refused
    elif not _storable(endpoint.url):
        yield invalid("url", "The URL has a character that no URL has.")
    yield from _dialect(endpoint.dialect, known)
    for event in endpoint.events:
        if event not in EVENT_TYPES and event != "*":
            yield invalid("events", f"“{event}” is no event type.")


def _opt_out(opt_out: OptOut, known: Known) -> Iterator[Refused]:
    found = parse_msisdn(opt_out.msisdn, default_region=known.default_region)
    if isinstance(found, InvalidNumber):
        yield Refused(refusal=Refusal.INVALID_RECIPIENT, field="msisdn", detail=found.sentence)
    if opt_out.sender:
        yield from _sender_id("sender", opt_out.sender)


def _carrier(carrier: Carrier, known: Known) -> Iterator[Refused]:
    yield from _name("name", carrier.name)
    if carrier.kind not in known.carrier_kinds:
        yield invalid("kind", f"A carrier is one of: {', '.join(sorted(known.carrier_kinds))}.")
    if not 0 <= carrier.per_second < float("inf"):
        yield invalid("per_second", "Messages per second are 0 (no limit) or more.")
    yield from _between("window", carrier.window, 1, 100_000)
    if not carrier.channels or not all(map(str.isprintable, carrier.channels)):
        yield invalid("channels", "A carrier has at least one channel, such as sms.")
    for name, value in carrier.settings.items():
        if not _storable(name) or not _storable(value):
            yield invalid("settings", "A setting has no NUL and no half of a surrogate pair.")
    if not carrier.id and (fault := known.carrier_fault(carrier)) is not None:
        yield invalid("settings", fault)
    if carrier.rate_card is not None:
        card = known.cards.get(carrier.rate_card)
        if card is None or card.side is not Side.BUY:
            yield invalid("rate_card", f"There is no rate card “{carrier.rate_card}” for buying.")


def _route(route: Route, known: Known) -> Iterator[Refused]:
    yield from _name("name", route.name)
    yield from _between("position", route.position, 0, _LARGEST_COUNT)
    yield from _destination(route.prefix, route.mcc, route.mnc)
    if route.account_id is not None:
        yield from _between("account", route.account_id, 1, _LARGEST_COUNT)
    if route.sender is not None:
        yield from _sender_id("sender", route.sender)
    if (route.from_minute is None) != (route.to_minute is None):
        yield invalid("from_minute", "A time window has a beginning and an end.")
    for name in ("from_minute", "to_minute"):
        minute = getattr(route, name)
        if minute is not None:
            yield from _between(name, minute, 0, _DAY_MINUTES - 1)
    if not route.targets:
        yield invalid("targets", "A route leads to at least one carrier.")
    for target in route.targets:
        if target.carrier not in known.carriers:
            yield invalid("targets", f"There is no carrier “{target.carrier}”.")
        yield from _between("targets", target.weight, 1, 1_000_000)
        yield from _between("targets", target.priority, 0, 1_000_000)


def _card(card: RateCard) -> Iterator[Refused]:
    if not _CARD_NAME.fullmatch(card.name):
        yield invalid("name", "A card's name is 1 to 60 letters, digits, dots, dashes.")
    yield from _currency(card.currency)


def _destination(prefix: str | None, mcc: str | None, mnc: str | None) -> Iterator[Refused]:
    if prefix is not None and not _PREFIX.fullmatch(prefix):
        yield invalid("prefix", "A prefix is the first 1 to 15 digits of numbers, without plus.")
    if mcc is not None and not _MCC.fullmatch(mcc):
        yield invalid("mcc", "A mobile country code has three digits.")
    if mnc is not None and not _MNC.fullmatch(mnc):
        yield invalid("mnc", "A mobile network code has two or three digits.")
    if mnc is not None and mcc is None:
        yield invalid("mnc", "A mobile network code needs its country code.")


def _name(name: str, text: str) -> Iterator[Refused]:
    if not 1 <= len(text) <= _LONGEST_NAME or text != text.strip() or not text.isprintable():
        yield invalid(name, f"It has 1 to {_LONGEST_NAME} printable characters, no blanks around.")


def _moment(name: str, moment: datetime | None) -> Iterator[Refused]:
    if moment is not None and moment.tzinfo is None:
        yield invalid(name, "A time has its offset from UTC, such as Z.")


def _between(name: str, value: int, least: int, most: int) -> Iterator[Refused]:
    if not least <= value <= most:
        yield invalid(name, f"It is between {least} and {most}, not {value}.")


def _currency(code: str) -> Iterator[Refused]:
    if pycountry.currencies.get(alpha_3=code) is None or not code.isupper():
        yield invalid("currency", f"“{code}” is no currency of ISO 4217.")


def _country(name: str, code: str | None) -> Iterator[Refused]:
    if code is None or code == _KOSOVO:
        return
    if pycountry.countries.get(alpha_2=code) is None or not code.isupper():
        yield invalid(name, f"“{code}” is no country of ISO 3166-1 alpha-2.")


def _dialect(name: str, known: Known) -> Iterator[Refused]:
    if name not in known.dialects:
        yield invalid("dialect", f"A dialect is one of: {', '.join(sorted(known.dialects))}.")


def _sender_id(name: str, text: str) -> Iterator[Refused]:
    found = classify_sender(text)
    if isinstance(found, InvalidSender):
        yield Refused(refusal=Refusal.INVALID_SENDER, field=name, detail=found.sentence)


def _sender_text(text: str) -> str:
    found = classify_sender(text)
    return text if isinstance(found, InvalidSender) else found.text


def _receiving(text: str, known: Known) -> str:
    """The canonical digits of a number or short code; empty when it is neither."""
    found = classify_sender(text, default_region=known.default_region)
    if isinstance(found, InvalidSender) or found.kind is SenderKind.ALPHANUMERIC:
        return ""
    return found.text


def _is_network(text: str) -> bool:
    try:
        ipaddress.ip_network(text, strict=False)
    except ValueError:
        return False
    return True


def _storable(text: str) -> bool:
    """Whether PostgreSQL can keep the text in UTF-8."""
    return "\x00" not in text and not any("\ud800" <= character <= "\udfff" for character in text)
