"""Reads a configuration file's things: rate cards, carriers, accounts and what is theirs, routes.

A file stands for itself: whatever it names stands in it, so that it can be checked without a database
and works on an empty one. Reading is pure, with CSV files and the environment as functions, and tells
every fault with its place. It must never put a secret into a fault.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from itertools import count
from typing import Any, Final, Literal, TypeVar

import msgspec

from heliograph.flow.soundness import NATIVE, faults, rate_faults, secret_faults, sound
from heliograph.flow.wanted import (
    Declaration,
    Surroundings,
    WantedAccount,
    WantedCard,
    WantedCredential,
)
from heliograph.model.account import (
    Account,
    Credential,
    Endpoint,
    Keyword,
    Number,
    Permit,
    Sender,
    Service,
    Template,
    TrafficClass,
)
from heliograph.model.command import Thing
from heliograph.model.ids import EPOCH
from heliograph.model.money import parse_micros
from heliograph.model.refusal import Refused
from heliograph.model.route import Carrier, Rate, RateCard, Route
from heliograph.model.signature import InvalidSecretError, decode_secret

TABLES: Final = ("rate_card", "carrier", "account", "route")
"""The arrays of tables that are read here, in the order in which they are applied."""
GENERATE: Final = "generate"
_ENVIRONMENT: Final = "env:"
_OWNED: Final = (
    "credential", "sender", "permit", "number", "endpoint", "service", "keyword", "template",
)  # fmt: skip
_APPROVED: Final = {"state": "approved"}
_FILLED: Final = ("account_id", "id", "service_id")
_POINTING: Final = {"service": str}
"""What is called by name in a file instead of by its id."""
_CSV_COLUMNS: Final = ("prefix", "mcc", "mnc", "price", "effective_from")
_MOST_FAULTS_IN_RATES: Final = 20
_ClassWord = Literal["otp", "transactional", "promotional"]
_T = TypeVar("_T", bound=Thing)


def read_declaration(
    document: Mapping[str, Any], place: str, around: Surroundings
) -> Declaration | list[str]:
    """The declaration in a TOML document, or everything that is wrong with it.

    Tables other than `TABLES` are not looked at. `place` begins every fault.
    """
    reader = _Reader(place, around)
    reader.known = replace(
        around.known,
        carriers=frozenset(_names(document, "carrier")),
        cards={card.name: card for card in map(_card_outline, _tables(document, "rate_card"))},
    )
    cards = reader.each(document, "rate_card", place, reader.card)
    carriers = reader.each(document, "carrier", place, reader.carrier)
    accounts = reader.each(document, "account", place, reader.account)
    reader.accounts = frozenset(_names(document, "account"))
    routes = reader.each(document, "route", place, reader.route)
    reader.only_once("number", (n.msisdn for wanted in accounts for n in wanted.numbers), place)
    if reader.faults:
        return reader.faults
    return Declaration(
        cards=tuple(cards), carriers=tuple(carriers), accounts=tuple(accounts), routes=tuple(routes)
    )


_Made = TypeVar("_Made")


class _Reader:
    """Gathers faults on the way."""

    def __init__(self, place: str, around: Surroundings) -> None:
        self.faults: list[str] = []
        self.known = around.known
        self.accounts: frozenset[str] = frozenset()
        self.services: dict[str, int] = {}
        self._service_ids = count(-1, -1)
        self._around = around

    def each(
        self,
        table: Mapping[str, Any],
        name: str,
        place: str,
        make: Callable[[Mapping[str, Any], str], _Made | None],
    ) -> list[_Made]:
        """Every `[[name]]` below `table`, as far as it could be read; no name twice."""
        entries = table.get(name, [])
        if not isinstance(entries, list):
            self.faults.append(f"{place}: {name} is written [[{name}]]")
            return []
        made = []
        for position, entry in enumerate(entries, start=1):
            if not isinstance(entry, dict):
                self.faults.append(f"{place}: {name} {position} is no table")
                continue
            title = entry.get("name") or entry.get("label") or entry.get("code")
            named = f" “{title}”" if isinstance(title, str) else ""
            thing = make(entry, f"{place}: {name} {position}{named}")
            if thing is not None:
                made.append(thing)
        if name in TABLES:
            self.only_once(name, _names(table, name), place)
        return made

    def only_once(self, kind: str, names: Iterable[str], place: str) -> None:
        """A fault for each name that comes again."""
        seen: set[str] = set()
        for name in names:
            if name in seen:
                self.faults.append(f"{place}: {kind} “{name}” stands here twice")
            seen.add(name)

    def card(self, table: Mapping[str, Any], place: str) -> WantedCard | None:
        """A rate card with its prices, which stand in the file or in a CSV file."""
        extra = {"rates": list[Any], "csv": str}
        fields = self._fields(RateCard, table, place, ("id",), extra)
        if fields is None:
            return None
        rows, file = fields.pop("rates", None), fields.pop("csv", None)
        card = self._sound(RateCard(id=0, **fields), place)
        if file is not None:
            if rows is not None:
                self.faults.append(f"{place}: prices stand in rates or in csv, not in both")
            rows = self._csv(file, place)
        rates = None if rows is None else self._rates(str(fields["name"]), rows, place)
        return None if card is None else WantedCard(card=card, rates=rates)

    def carrier(self, table: Mapping[str, Any], place: str) -> Carrier | None:
        """A carrier; settings may come from the environment."""
        fields = self._fields(Carrier, table, place, ("id", "hook_url"), {})
        if fields is None:
            return None
        settings = fields.get("settings", {})
        read = {n: self._secret(text, f"{place}: {n}") for n, text in settings.items()}
        return self._sound(
            Carrier(id=0, **fields | {"settings": {n: v or "" for n, v in read.items()}}), place
        )

    def account(self, table: Mapping[str, Any], place: str) -> WantedAccount | None:
        """An account and what is its own."""
        hidden = ("id", "credit_limit_micros")
        extra = {"credit_limit": str, **dict.fromkeys(_OWNED, list[Any])}
        fields = self._fields(Account, table, place, hidden, extra)
        if fields is None:
            return None
        limit = parse_micros(fields.pop("credit_limit", "0"))
        if limit is None:
            self.faults.append(f"{place}: credit_limit is a decimal, such as 100.00")
        own = {name: value for name, value in fields.items() if name not in _OWNED}
        account = self._sound(Account(id=0, credit_limit_micros=limit or 0, **own), place)
        known = self.known
        self.known = replace(known, default_region=own.get("default_region"))
        services = self._services(table, place)
        credentials = self.each(table, "credential", place, self._credential)
        marks = (f"{c.dialect} {c.name} {c.label}" for c in (w.credential for w in credentials))
        self.only_once("credential", marks, place)
        senders = self.each(table, "sender", place, self._owned(Sender, _APPROVED))
        permits = self.each(table, "permit", place, self._owned(Permit, _APPROVED))
        numbers = self.each(table, "number", place, self._owned(Number, {}))
        endpoints = self.each(table, "endpoint", place, self._endpoint)
        keywords = self.each(table, "keyword", place, self._owned(Keyword, {}))
        templates = self.each(table, "template", place, self._owned(Template, {}))
        self.only_once("keyword", (f"{k.msisdn} {k.word.lower()}" for k in keywords), place)
        self.only_once("template", (template.name.lower() for template in templates), place)
        self.only_once("sender", (f"{s.name.lower()} {s.country}" for s in senders), place)
        self.only_once("permit", (permit.code for permit in permits), place)
        self.only_once("endpoint", (f"{e.url} {e.dialect}" for e in endpoints), place)
        self.known = known
        if account is None:
            return None
        return WantedAccount(
            account=account,
            credentials=tuple(credentials),
            senders=tuple(senders),
            permits=tuple(permits),
            numbers=tuple(numbers),
            endpoints=tuple(endpoints),
            services=tuple(services),
            keywords=tuple(keywords),
            templates=tuple(templates),
        )

    def _services(self, table: Mapping[str, Any], place: str) -> list[Service]:
        found = self.each(table, "service", place, self._owned(Service, {}))
        made = [msgspec.structs.replace(each, id=next(self._service_ids)) for each in found]
        self.services = {service.name.lower(): service.id for service in made}
        self.only_once("service", (service.name.lower() for service in made), place)
        return made

    def _pointed(self, fields: dict[str, Any], place: str) -> dict[str, Any]:
        """The fields with the id of the service that they name."""
        name = fields.pop("service", None)
        if name is not None and name.lower() not in self.services:
            self.faults.append(f"{place}: the account has no service “{name}” in this file")
        return fields | {"service_id": None if name is None else self.services.get(name.lower())}

    def route(self, table: Mapping[str, Any], place: str) -> tuple[Route, str | None] | None:
        """A route; its account is called by name."""
        hidden = ("id", "account_id", "traffic_class")
        extra = {"account": str, "traffic_class": _ClassWord}
        fields = self._fields(Route, table, place, hidden, extra)
        if fields is None:
            return None
        account = fields.pop("account", None)
        if account is not None and account not in self.accounts:
            self.faults.append(f"{place}: there is no account “{account}” in this file")
        word = fields.pop("traffic_class", None)
        traffic_class = None if word is None else TrafficClass[word.upper()]
        route = self._sound(Route(id=0, traffic_class=traffic_class, **fields), place)
        return None if route is None else (route, account)

    def _credential(self, table: Mapping[str, Any], place: str) -> WantedCredential | None:
        hidden = (*_FILLED, "secret_hash", "hint", "created_at", "revoked_at")
        given = {"dialect": NATIVE, "name": ""} | dict(table)
        fields = self._fields(Credential, given, place, hidden, {"secret": str, **_POINTING})
        if fields is None:
            return None
        fields = self._pointed(fields, place)
        secret = self._secret(fields.pop("secret", GENERATE), f"{place}: secret")
        credential = self._sound(
            Credential(account_id=0, id=0, secret_hash=b"", hint="", created_at=EPOCH, **fields),
            place,
        )
        if credential is None:
            return None
        if secret is not None:
            self._told(secret_faults(credential.dialect, secret), place)
        return WantedCredential(credential=credential, secret=secret)

    def _endpoint(self, table: Mapping[str, Any], place: str) -> Endpoint | None:
        hidden = (*_FILLED, "disabled_at", "disabled_reason")
        fields = self._fields(Endpoint, table, place, hidden, _POINTING)
        if fields is None:
            return None
        fields = self._pointed(fields, place)
        secret = self._secret(fields.pop("secret", GENERATE), f"{place}: secret") or ""
        if secret:
            try:
                decode_secret(secret)
            except InvalidSecretError as fault:
                self.faults.append(f"{place}: {fault}")
        return self._sound(Endpoint(account_id=0, id=0, secret=secret, **fields), place)

    def _owned(
        self, kind: type[_T], default: Mapping[str, Any]
    ) -> Callable[[Mapping[str, Any], str], _T | None]:
        def make(table: Mapping[str, Any], place: str) -> _T | None:
            pointing = "service_id" in kind.__struct_fields__
            extra = _POINTING if pointing else {}
            fields = self._fields(kind, {**default, **table}, place, _FILLED, extra)
            if fields is not None and pointing:
                fields = self._pointed(fields, place)
            return None if fields is None else self._sound(_built(kind, fields), place)

        return make

    def _rates(self, card: str, rows: list[Any], place: str) -> tuple[Rate, ...]:
        made: list[Rate] = []
        before = len(self.faults)
        for position, row in enumerate(rows, start=1):
            where = f"{place}: price {position}"
            fields = self._fields(Rate, row, where, ("card", "price_micros"), {"price": str})
            if fields is None:
                continue
            micros = parse_micros(fields.pop("price", ""))
            if micros is None:
                self.faults.append(f'{where}: price is a decimal text, such as "0.0042"')
                continue
            made.append(Rate(card=card, price_micros=micros, **fields))
            self._told(rate_faults(made[-1]), where)
        places = (f"{r.prefix} {r.mcc} {r.mnc} {r.effective_from}" for r in made)
        self.only_once("price", places, place)
        # A wrong column spoils every row of a CSV file; nobody reads thousands of sentences.
        del self.faults[before + _MOST_FAULTS_IN_RATES :]
        return tuple(made)

    def _csv(self, file: str, place: str) -> list[Any]:
        """Rows as tables; empty cells say nothing."""
        try:
            text = self._around.read_text(file)
        except (OSError, UnicodeDecodeError) as error:
            self.faults.append(f"{place}: {file} cannot be read: {error}")
            return []
        reader = csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline=""), strict=True)
        try:
            unknown = set(reader.fieldnames or ()) - set(_CSV_COLUMNS)
            rows = [{n: cell for n, cell in row.items() if n and cell} for row in reader]
        except csv.Error as error:
            self.faults.append(f"{place}: {file} is no CSV: {error}")
            return []
        if unknown or not reader.fieldnames:
            columns = ", ".join(_CSV_COLUMNS)
            self.faults.append(f"{place}: the first line of {file} names columns of {columns}")
            return []
        return rows

    def _secret(self, text: str, place: str) -> str | None:
        """A text as it stands, or from the environment; None for one that is to be made."""
        if text == GENERATE:
            return None
        if not text.startswith(_ENVIRONMENT):
            return text
        name = text.removeprefix(_ENVIRONMENT)
        value = self._around.variable(name)
        if value is None:
            self.faults.append(f"{place}: the environment has no {name}")
        return value

    def _fields(
        self,
        kind: type[msgspec.Struct],
        table: object,
        place: str,
        hidden: tuple[str, ...],
        extra: Mapping[str, Any],
    ) -> dict[str, Any] | None:
        """The values of a table that fit the fields of `kind`; None when one does not."""
        if not isinstance(table, dict):
            self.faults.append(f"{place} is no table")
            return None
        fields = {f.name: f for f in msgspec.structs.fields(kind) if f.name not in hidden}
        types = {name: field.type for name, field in fields.items()} | dict(extra)
        before, values = len(self.faults), {}
        for name, value in table.items():
            if name not in types:
                self.faults.append(f"{place}: there is no {name} here")
                continue
            try:
                values[name] = msgspec.convert(value, types[name])
            except msgspec.ValidationError as fault:
                self.faults.append(f"{place}: {name}: {str(fault).lower()}")
        for name, field in fields.items():
            if field.required and name not in table:
                self.faults.append(f"{place}: {name} is missing")
        return values if len(self.faults) == before else None

    def _sound(self, thing: _T, place: str) -> _T | None:
        found = faults(thing, self.known)
        self._told(found, place)
        return None if found else _same(thing, sound(thing, self.known))

    def _told(self, found: Iterable[Refused], place: str) -> None:
        self.faults += [f"{place}: {fault.field or 'it'}: {fault.sentence}" for fault in found]


def _built(kind: type[_T], fields: Mapping[str, Any]) -> _T:
    return kind(**{"account_id": 0, "id": 0} | dict(fields))


def _same(thing: _T, other: Thing) -> _T:
    if not isinstance(other, type(thing)):
        raise TypeError("a thing keeps its kind")
    return other


def _tables(document: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    entries = document.get(name, [])
    return [e for e in entries if isinstance(e, dict)] if isinstance(entries, list) else []


def _names(document: Mapping[str, Any], name: str) -> list[str]:
    return [e["name"] for e in _tables(document, name) if isinstance(e.get("name"), str)]


def _card_outline(table: Mapping[str, Any]) -> RateCard:
    """Enough of a card to tell whether what names it fits; its own faults are told elsewhere."""
    fields = {name: table[name] for name in ("name", "currency", "side") if name in table}
    try:
        return msgspec.convert({"id": 0, "name": "", "currency": ""} | fields, RateCard)
    except msgspec.ValidationError:
        return RateCard(id=0, name=str(fields.get("name", "")), currency="")
