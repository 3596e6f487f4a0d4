"""What a thing must be like to be kept: every fault that it has, as refusals with the field at fault.

Pure: what else exists is told by `Known`, and whether a URL may be called by a function. Used when one
thing is saved, which stops at the first fault, and for configuration files, which tell all. Things
come out as `sound` writes them: numbers and senders in their canonical form. It must never touch who
may do what: that is `configure`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec

from heliograph.flow.campaigning import (
    campaign_faults,
    link_list_faults,
    sender_list_faults,
    spinner_faults,
    trigger_faults,
)
from heliograph.flow.fields import (
    LONGEST_NAME,
    between_faults,
    country_faults,
    currency_faults,
    features_faults,
    invalid,
    is_network,
    moment_faults,
    name_faults,
    receiving,
    sender_faults,
    sender_text,
    storable,
)
from heliograph.model import replies
from heliograph.model.account import (
    Account,
    Credential,
    Endpoint,
    Keyword,
    Number,
    OptOut,
    Permit,
    Reply,
    Sender,
    Service,
    Template,
)
from heliograph.model.campaign import Campaign, LinkList, SenderList, Spinner, Trigger
from heliograph.model.command import Thing
from heliograph.model.link import SmartLink
from heliograph.model.number import InvalidNumber, country_of, parse_msisdn
from heliograph.model.refusal import Refusal, Refused
from heliograph.model.route import Carrier, Rate, RateCard, Route, Side
from heliograph.model.status import Status

EVENT_TYPES: Final = frozenset(
    {f"message.{status.word}" for status in Status} | {"message.received"}
)
"""What an endpoint can ask for, besides `*`."""
NATIVE: Final = "native"

_LONGEST_TEXT: Final = 4_000
_LONGEST_REPLY: Final = 640
_LONGEST_REASON: Final = 500
_WORD: Final = re.compile(r"\S{1,40}")
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
_TARGETS: Final = (
    "url",
    "ios_url",
    "android_url",
    "desktop_url",
    "bot_redirect",
    "preview_url",
)
_PARAMETER: Final = re.compile(r"[A-Za-z0-9._~-]{1,40}", re.ASCII)
_SYSTEM_ID: Final = re.compile(r"[!-~]{1,15}", re.ASCII)


@dataclass(frozen=True, kw_only=True)
class Known:
    """What else there is, and what this build can do."""

    check_url: Callable[[str], Refused | None]
    """Whether a customer's URL may be called."""
    dialects: frozenset[str]
    carrier_kinds: frozenset[str]
    callback_dialects: frozenset[str] = frozenset({NATIVE})
    """In whose form customers' endpoints can be called; the other dialects have no callbacks."""
    session_dialects: frozenset[str] = frozenset()
    """Doors whose protocol has room for short names and secrets only (SMPP: 15 and 8 characters)."""
    credential_faults: Callable[[Credential], list[str]] = lambda credential: []
    """What is wrong with a credential's settings for its door, in sentences."""
    endpoint_faults: Callable[[Endpoint], list[str]] = lambda endpoint: []
    """What is wrong with an endpoint's URL, settings and events for its form, in sentences."""
    carrier_fault: Callable[[Carrier], str | None] = lambda carrier: None
    """What is wrong with a carrier's settings for its kind, in a sentence."""
    carriers: frozenset[str] = frozenset()
    cards: Mapping[str, RateCard] = field(default_factory=dict)
    default_region: str | None = None
    """The account's own country, by which national numbers are read."""


def faults(thing: Thing, known: Known) -> list[Refused]:
    """Everything that is wrong with a thing; empty when it may be kept."""
    return list(_RULES[type(thing)](thing, known))


def sound(thing: Thing, known: Known) -> Thing:
    """The thing in its canonical form; only for one without faults."""
    replace = msgspec.structs.replace
    match thing:
        case Sender():
            return replace(thing, name=sender_text(thing.name))
        case Number():
            msisdn = receiving(thing.msisdn, known.default_region)
            country = thing.country or (country_of(msisdn) if len(msisdn) > 8 else None)
            return replace(thing, msisdn=msisdn, country=country)
        case Keyword():
            return replace(thing, msisdn=receiving(thing.msisdn, known.default_region))
        case Service(sender=str() as text):
            return replace(thing, sender=sender_text(text))
        case OptOut():
            found = parse_msisdn(thing.msisdn, default_region=known.default_region)
            sender = sender_text(thing.sender) if thing.sender else ""
            return (
                thing
                if isinstance(found, InvalidNumber)
                else replace(thing, msisdn=found, sender=sender)
            )
        case Route(sender=str() as text):
            return replace(thing, sender=sender_text(text))
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
    yield from moment_faults("effective_from", rate.effective_from)


def _account(account: Account, known: Known) -> Iterator[Refused]:
    yield from name_faults("name", account.name)
    yield from currency_faults(account.currency)
    yield from country_faults("default_region", account.default_region)
    yield from between_faults("max_parts", account.max_parts, 1, 255)
    validity = account.default_validity_seconds
    yield from between_faults("default_validity_seconds", validity, 1, _LONGEST_VALIDITY_SECONDS)
    yield from between_faults("submits_per_second", account.submits_per_second, 0, _LARGEST_COUNT)
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
    if len(credential.name) > LONGEST_NAME or not credential.name.isprintable():
        yield invalid("name", f"A name has at most {LONGEST_NAME} printable characters.")
    if len(credential.label) > LONGEST_NAME or not credential.label.isprintable():
        yield invalid("label", f"A label has at most {LONGEST_NAME} printable characters.")
    for sentence in known.credential_faults(credential):
        yield invalid("settings", sentence)
    if credential.dialect in known.session_dialects and not _SYSTEM_ID.fullmatch(credential.name):
        yield invalid("name", "A system_id has 1 to 15 printable ASCII characters and no blank.")
    yield from moment_faults("expires_at", credential.expires_at)
    if not credential.scopes:
        yield invalid("scopes", "A credential that may do nothing is of no use.")
    for name in ("allowed_networks", "denied_networks"):
        for network in getattr(credential, name):
            if not is_network(network):
                yield invalid(name, f"“{network}” is no network such as 192.0.2.0/24.")


def _sender(sender: Sender, _: Known) -> Iterator[Refused]:
    yield from sender_faults("name", sender.name)
    yield from country_faults("country", sender.country)
    if len(sender.reason) > _LONGEST_REASON or not storable(sender.reason):
        yield invalid("reason", f"It has at most {_LONGEST_REASON} characters, none of them NUL.")


def _permit(permit: Permit, _: Known) -> Iterator[Refused]:
    yield from name_faults("code", permit.code)


def _number(number: Number, known: Known) -> Iterator[Refused]:
    if not receiving(number.msisdn, known.default_region):
        yield invalid("msisdn", "Messages are received on a valid number or a short code.")
    yield from country_faults("country", number.country)
    yield from features_faults(number.features)


def _endpoint(endpoint: Endpoint, known: Known) -> Iterator[Refused]:
    refused = known.check_url(endpoint.url)
    if refused is not None:
        yield refused
    elif not storable(endpoint.url):
        yield invalid("url", "The URL has a character that no URL has.")
    if endpoint.dialect not in known.callback_dialects:
        forms = ", ".join(sorted(known.callback_dialects))
        yield invalid("dialect", f"Endpoints are called in the form of one of: {forms}.")
    for event in endpoint.events:
        if event not in EVENT_TYPES and event != "*":
            yield invalid("events", f"“{event}” is no event type.")
    for sentence in known.endpoint_faults(endpoint):
        yield invalid("settings", sentence)
    for name, value in endpoint.settings.items():
        if not storable(name) or not storable(value):
            yield invalid("settings", "A setting has no NUL and no half of a surrogate pair.")


def _opt_out(opt_out: OptOut, known: Known) -> Iterator[Refused]:
    found = parse_msisdn(opt_out.msisdn, default_region=known.default_region)
    if isinstance(found, InvalidNumber):
        yield Refused(refusal=Refusal.INVALID_RECIPIENT, field="msisdn", detail=found.sentence)
    if opt_out.sender:
        yield from sender_faults("sender", opt_out.sender)
    if opt_out.campaign:
        yield from name_faults("campaign", opt_out.campaign)


def _service(service: Service, _: Known) -> Iterator[Refused]:
    yield from name_faults("name", service.name)
    if len(service.description) > _LONGEST_TEXT or not storable(service.description):
        yield invalid("description", f"A description has at most {_LONGEST_TEXT} characters.")
    if service.sender is not None:
        yield from sender_faults("sender", service.sender)


def _keyword(keyword: Keyword, known: Known) -> Iterator[Refused]:
    if not receiving(keyword.msisdn, known.default_region):
        yield invalid("msisdn", "Messages are received on a valid number or a short code.")
    if not _WORD.fullmatch(keyword.word) or not keyword.word.isprintable():
        yield invalid("word", "A keyword is one word of 1 to 40 characters.")
    elif not replies.plain(keyword.word):
        yield invalid("word", "A keyword has a letter or a digit.")
    elif replies.is_stop(keyword.word):
        yield invalid("word", "By this word handsets opt out; it can be no keyword.")


def _template(template: Template, _: Known) -> Iterator[Refused]:
    yield from name_faults("name", template.name)
    text = template.text
    if not 1 <= len(text) <= _LONGEST_TEXT or not storable(text):
        yield invalid("text", f"A text has 1 to {_LONGEST_TEXT} characters, none of them NUL.")


def _reply(reply: Reply, _: Known) -> Iterator[Refused]:
    if reply.kind not in replies.KINDS:
        yield invalid("kind", f"It answers one of: {', '.join(replies.KINDS)}.")
    if reply.language and reply.language not in replies.WORDS:
        yield invalid("language", f"Words are known in: {', '.join(replies.WORDS)}.")
    if len(reply.text) > _LONGEST_REPLY or not storable(reply.text):
        yield invalid("text", f"An answer has at most {_LONGEST_REPLY} characters, none NUL.")
    if reply.enabled and not reply.text.strip():
        yield invalid("text", "An answer that is sent has a text.")


def _link(link: SmartLink, known: Known) -> Iterator[Refused]:
    yield from name_faults("name", link.name)
    for name in _TARGETS:
        url = getattr(link, name)
        if url is None:
            continue
        refused = known.check_url(url)
        if refused is not None:
            yield invalid(name, refused.sentence)
        elif not url.isascii():
            yield invalid(name, "A target is written in ASCII: other characters as %XX or xn--.")
    parameter = link.code_parameter
    if parameter is not None and not _PARAMETER.fullmatch(parameter):
        yield invalid("code_parameter", "It has 1 to 40 letters, digits or -._~.")


def _carrier(carrier: Carrier, known: Known) -> Iterator[Refused]:
    yield from name_faults("name", carrier.name)
    if carrier.kind not in known.carrier_kinds:
        yield invalid("kind", f"A carrier is one of: {', '.join(sorted(known.carrier_kinds))}.")
    if not 0 <= carrier.per_second < float("inf"):
        yield invalid("per_second", "Messages per second are 0 (no limit) or more.")
    yield from between_faults("window", carrier.window, 1, 100_000)
    if not carrier.channels or not all(map(str.isprintable, carrier.channels)):
        yield invalid("channels", "A carrier has at least one channel, such as sms.")
    for name, value in carrier.settings.items():
        if not storable(name) or not storable(value):
            yield invalid("settings", "A setting has no NUL and no half of a surrogate pair.")
    if not carrier.id and (fault := known.carrier_fault(carrier)) is not None:
        yield invalid("settings", fault)
    if carrier.rate_card is not None:
        card = known.cards.get(carrier.rate_card)
        if card is None or card.side is not Side.BUY:
            yield invalid("rate_card", f"There is no rate card “{carrier.rate_card}” for buying.")


def _route(route: Route, known: Known) -> Iterator[Refused]:
    yield from name_faults("name", route.name)
    yield from between_faults("position", route.position, 0, _LARGEST_COUNT)
    yield from _destination(route.prefix, route.mcc, route.mnc)
    if route.account_id is not None:
        yield from between_faults("account", route.account_id, 1, _LARGEST_COUNT)
    if route.sender is not None:
        yield from sender_faults("sender", route.sender)
    if (route.from_minute is None) != (route.to_minute is None):
        yield invalid("from_minute", "A time window has a beginning and an end.")
    for name in ("from_minute", "to_minute"):
        minute = getattr(route, name)
        if minute is not None:
            yield from between_faults(name, minute, 0, _DAY_MINUTES - 1)
    if not route.targets:
        yield invalid("targets", "A route leads to at least one carrier.")
    for target in route.targets:
        if target.carrier not in known.carriers:
            yield invalid("targets", f"There is no carrier “{target.carrier}”.")
        yield from between_faults("targets", target.weight, 1, 1_000_000)
        yield from between_faults("targets", target.priority, 0, 1_000_000)


def _card(card: RateCard, _: Known) -> Iterator[Refused]:
    if not _CARD_NAME.fullmatch(card.name):
        yield invalid("name", "A card's name is 1 to 60 letters, digits, dots, dashes.")
    yield from currency_faults(card.currency)


def _destination(prefix: str | None, mcc: str | None, mnc: str | None) -> Iterator[Refused]:
    if prefix is not None and not _PREFIX.fullmatch(prefix):
        yield invalid("prefix", "A prefix is the first 1 to 15 digits of numbers, without plus.")
    if mcc is not None and not _MCC.fullmatch(mcc):
        yield invalid("mcc", "A mobile country code has three digits.")
    if mnc is not None and not _MNC.fullmatch(mnc):
        yield invalid("mnc", "A mobile network code has two or three digits.")
    if mnc is not None and mcc is None:
        yield invalid("mnc", "A mobile network code needs its country code.")


def _dialect(name: str, known: Known) -> Iterator[Refused]:
    if name not in known.dialects:
        yield invalid("dialect", f"A dialect is one of: {', '.join(sorted(known.dialects))}.")


_RULES: Final[Mapping[type[Thing], Callable[[Any, Known], Iterator[Refused]]]] = {
    Account: _account,
    Credential: _credential,
    Sender: _sender,
    Permit: _permit,
    Number: _number,
    Endpoint: _endpoint,
    OptOut: _opt_out,
    Service: _service,
    Keyword: _keyword,
    Template: _template,
    Reply: _reply,
    SmartLink: _link,
    Campaign: campaign_faults,
    SenderList: sender_list_faults,
    LinkList: link_list_faults,
    Spinner: spinner_faults,
    Trigger: trigger_faults,
    Carrier: _carrier,
    Route: _route,
    RateCard: _card,
}
