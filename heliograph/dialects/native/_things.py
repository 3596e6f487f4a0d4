"""Readers of the operations on kept things.

A codec knows neither the caller nor the clock: in the things made here `account_id` is 0 (the caller's
own, or `for_account`), `created_at` is the epoch, and hash and hint of a secret are empty. The desk
fills them in.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from heliograph.dialects.native import _wire_things as things
from heliograph.dialects.native import wire
from heliograph.dialects.native._asked import (
    Asked,
    account_of,
    idempotency_key,
    path_plain,
    plain_id,
    sealed,
    utc,
)
from heliograph.dialects.native._messages import handset_number
from heliograph.dialects.native._tables import from_csv, to_csv
from heliograph.dialects.native.codes import CLASS_OF, field_error
from heliograph.model.account import (
    Account,
    AccountState,
    ChargeOn,
    Credential,
    Mode,
    OnUncertain,
    OptOut,
    OptOutScope,
    Permit,
    Scope,
    Sender,
    SenderState,
)
from heliograph.model.command import (
    Command,
    Find,
    Fund,
    ImportRates,
    List,
    ListDeliveries,
    ListRates,
    Remove,
    RemoveOptOut,
    Replay,
    Rotate,
    Save,
    Thing,
)
from heliograph.model.ids import EPOCH
from heliograph.model.money import parse_micros
from heliograph.model.refusal import Refusal
from heliograph.model.route import Carrier, Rate, RateCard, Route, Side, Target

Reader = Callable[[Asked], Command]
_RATE_COLUMNS: Final = ("prefix", "mcc", "mnc", "price", "effective_from")


def list_things(kind: type[Thing], prefix: str) -> Reader:
    """The reader of a list of one kind; `prefix` is that of its cursors."""

    def read(asked: Asked) -> Command:
        query: wire.ThingsQuery = asked.query
        after = plain_id(query.after, prefix, "after") or 0
        return List(kind=kind, after=after, limit=query.limit, for_account=account_of(asked))

    return read


def find_thing(kind: type[Thing], prefix: str) -> Reader:
    """The reader of one thing of a kind."""

    def read(asked: Asked) -> Command:
        return Find(kind=kind, id=path_plain(asked, prefix), for_account=account_of(asked))

    return read


def remove_thing(kind: type[Thing], prefix: str) -> Reader:
    """The reader that takes a thing of a kind away."""

    def read(asked: Asked) -> Command:
        return Remove(kind=kind, id=path_plain(asked, prefix), for_account=account_of(asked))

    return read


def save_thing(made: Callable[[Asked, int], Thing], prefix: str | None = None) -> Reader:
    """The reader that makes a thing, or changes the one in the path where `prefix` is given."""

    def read(asked: Asked) -> Command:
        number = 0 if prefix is None else path_plain(asked, prefix)
        return Save(thing=made(asked, number), for_account=account_of(asked))

    return read


def sender(asked: Asked, number: int) -> Sender:
    """A sender ID."""
    body: things.SenderBody = asked.body
    return Sender(
        account_id=0,
        id=number,
        name=body.name,
        state=SenderState(body.state),
        country=body.country,
        enabled=body.enabled,
        reason=body.reason,
    )


def permit(asked: Asked, number: int) -> Permit:
    """A campaign permit."""
    body: things.PermitBody = asked.body
    return Permit(account_id=0, id=number, code=body.code, state=SenderState(body.state))


def opt_out(asked: Asked, number: int) -> OptOut:
    """An opt-out."""
    del number
    body: things.OptOutBody = asked.body
    return OptOut(
        account_id=0,
        msisdn=body.to,
        sender=body.sender,
        campaign=body.campaign,
        created_at=EPOCH,
    )


def account(asked: Asked, number: int) -> Account:
    """An account with all its settings."""
    body: things.AccountBody = asked.body
    return Account(
        id=number,
        name=body.name,
        currency=body.currency,
        state=AccountState(body.state),
        rate_card=body.rate_card,
        credit_limit_micros=_micros(body.credit_limit, "/credit_limit"),
        charge_on=ChargeOn(body.charge_on),
        on_uncertain_otp=OnUncertain(body.on_uncertain_otp),
        on_uncertain_transactional=OnUncertain(body.on_uncertain_transactional),
        on_uncertain_promotional=OnUncertain(body.on_uncertain_promotional),
        any_sender=body.any_sender,
        max_parts=body.max_parts,
        default_validity_seconds=body.default_validity_seconds,
        default_region=body.default_region,
        submits_per_second=body.submits_per_second,
        opt_out_scope=OptOutScope(body.opt_out_scope),
        conversion_tracking=body.conversion_tracking,
    )


def carrier(asked: Asked, number: int) -> Carrier:
    """A carrier."""
    body: things.CarrierBody = asked.body
    return Carrier(
        id=number,
        name=body.name,
        kind=body.kind,
        enabled=body.enabled,
        per_second=body.per_second,
        window=body.window,
        channels=body.channels,
        settings=body.settings,
        rate_card=body.rate_card,
    )


def route(asked: Asked, number: int) -> Route:
    """A route."""
    body: things.RouteBody = asked.body
    return Route(
        id=number,
        name=body.name,
        position=body.position,
        enabled=body.enabled,
        account_id=plain_id(body.account, "acct", "/account"),
        sender=body.sender,
        prefix=body.prefix,
        mcc=body.mcc,
        mnc=body.mnc,
        traffic_class=None if body.traffic_class is None else CLASS_OF[body.traffic_class],
        from_minute=body.from_minute,
        to_minute=body.to_minute,
        targets=tuple(
            [
                Target(carrier=each.carrier, priority=each.priority, weight=each.weight)
                for each in body.targets
            ]
        ),
    )


def rate_card(asked: Asked, number: int) -> RateCard:
    """A rate card."""
    body: things.RateCardBody = asked.body
    return RateCard(id=number, name=body.name, currency=body.currency, side=Side(body.side))


def save_credential(asked: Asked) -> Command:
    """POST /v1/credentials."""
    return _credential(asked, 0)


def change_credential(asked: Asked) -> Command:
    """PUT /v1/credentials/{id}."""
    return _credential(asked, path_plain(asked, "cred"))


def _credential(asked: Asked, number: int) -> Command:
    body: things.CredentialBody = asked.body
    if body.secret is not None and body.dialect == "native":
        raise field_error("/secret", "A native key is always made new.")
    return Save(
        thing=Credential(
            account_id=0,
            id=number,
            dialect=body.dialect,
            name=body.name,
            secret_hash=b"",
            hint="",
            mode=Mode(body.mode),
            scopes=tuple([Scope(scope) for scope in body.scopes]),
            allowed_networks=body.allowed_networks,
            denied_networks=body.denied_networks,
            label=body.label,
            settings=body.settings,
            service_id=plain_id(body.service, "svc", "/service"),
            created_at=EPOCH,
            expires_at=utc(body.expires_at, "/expires_at"),
        ),
        for_account=account_of(asked),
        secret=body.secret,
    )


def rotate_credential(asked: Asked) -> Command:
    """POST /v1/credentials/{id}/rotate."""
    body: things.RotateBody = asked.body
    return Rotate(
        id=path_plain(asked, "cred"),
        overlap_seconds=body.overlap_seconds,
        for_account=account_of(asked),
    )


def list_opt_outs(asked: Asked) -> Command:
    """GET /v1/opt-outs: in the order of numbers, so the cursor is a number too."""
    query: wire.ThingsQuery = asked.query
    after = query.after or "0"
    if not (after.isascii() and after.isdigit() and len(after) <= 15):
        raise field_error("after", "Expected the digits of a number.")
    return List(kind=OptOut, after=int(after), limit=query.limit, for_account=account_of(asked))


def remove_opt_out(asked: Asked) -> Command:
    """DELETE /v1/opt-outs/{msisdn}."""
    query: wire.OptOutQuery = asked.query
    return RemoveOptOut(
        msisdn=handset_number(asked),
        sender=query.sender,
        campaign=query.campaign,
        for_account=account_of(asked),
    )


def list_deliveries(asked: Asked) -> Command:
    """GET /v1/endpoints/{id}/deliveries."""
    return ListDeliveries(
        endpoint=path_plain(asked, "ep"),
        before=sealed(asked.query.before, "dlv", "before"),
        limit=asked.query.limit,
    )


def replay(asked: Asked) -> Command:
    """POST /v1/endpoints/{id}/replay."""
    body: things.ReplayBody = asked.body
    message = sealed(body.message, "msg", "/message")
    if message is None:
        raise field_error("/message", "This field is required.", Refusal.MISSING_FIELD)
    return Replay(
        endpoint=path_plain(asked, "ep"),
        message=message,
        event=sealed(body.event, "evt", "/event"),
    )


def fund(asked: Asked) -> Command:
    """POST /v1/accounts/{id}/fund."""
    body: things.FundBody = asked.body
    amount_micros = _micros(body.amount, "/amount")
    if amount_micros == 0:
        raise field_error("/amount", "The amount is zero.")
    return Fund(
        account_id=path_plain(asked, "acct"),
        amount_micros=amount_micros,
        why=body.why,
        idempotency_key=idempotency_key(asked.request),
    )


def list_rates(asked: Asked) -> Command:
    """GET /v1/rate-cards/{name}/rates."""
    return ListRates(card=asked.path["name"])


def put_rates(asked: Asked) -> Command:
    """PUT /v1/rate-cards/{name}/rates: these and no others."""
    return ImportRates(card=asked.path["name"], rates=_rates(asked), replace=True)


def add_rates(asked: Asked) -> Command:
    """POST /v1/rate-cards/{name}/rates: these beside or instead of the ones of the same place."""
    return ImportRates(card=asked.path["name"], rates=_rates(asked))


def _rates(asked: Asked) -> tuple[Rate, ...]:
    body: things.RatesBody = asked.body
    card = asked.path["name"]
    return tuple([_rate(card, index, each) for index, each in enumerate(body.rates)])


def _rate(card: str, index: int, body: things.RateBody) -> Rate:
    place = f"/rates/{index}"
    price_micros = _micros(body.price, f"{place}/price")
    if price_micros < 0:
        raise field_error(f"{place}/price", "A price is not negative.")
    if body.mnc is not None and body.mcc is None:
        raise field_error(f"{place}/mcc", "An MNC means nothing without its MCC.")
    return Rate(
        card=card,
        price_micros=price_micros,
        prefix=body.prefix,
        mcc=body.mcc,
        mnc=body.mnc,
        effective_from=utc(body.effective_from, f"{place}/effective_from"),
    )


def rates_from_csv(body: bytes) -> things.RatesBody:
    """A table with a heading of our column names, in any order; empty cells say nothing."""
    return from_csv(body, _RATE_COLUMNS, "rates", things.RatesBody)


def rates_to_csv(rates: tuple[Rate, ...], decimal: Callable[[int], str]) -> bytes:
    """The same table as `rates_from_csv` reads."""
    rows = [
        {
            "prefix": rate.prefix,
            "mcc": rate.mcc,
            "mnc": rate.mnc,
            "price": decimal(rate.price_micros),
            "effective_from": rate.effective_from and rate.effective_from.isoformat(),
        }
        for rate in rates
    ]
    return to_csv(_RATE_COLUMNS, rows)


def _micros(text: str, field: str) -> int:
    micros = parse_micros(text)
    if micros is None:
        raise field_error(field, "Expected a decimal of at most six places.")
    return micros
