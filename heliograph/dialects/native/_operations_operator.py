"""The operations of the operator: accounts, carriers, routes, rates, and the simulator."""

from __future__ import annotations

from typing import Final

from heliograph.dialects.native import _messages as messages
from heliograph.dialects.native import _thing_views as shown
from heliograph.dialects.native import _things as things
from heliograph.dialects.native import _wire_replies as replies
from heliograph.dialects.native import _wire_things as bodies
from heliograph.dialects.native import wire
from heliograph.dialects.native._operation import CSV, JSON, MEBIBYTE, Operation
from heliograph.dialects.native._wire_replies import Page
from heliograph.model.account import (
    Account,
    Scope,
)
from heliograph.model.route import Carrier, RateCard, Route

_OPERATED: Final = (
    Operation(
        id="listAccounts",
        method="GET",
        path="/v1/accounts",
        tag="Operator",
        summary="Accounts",
        scope=Scope.ADMIN,
        read=things.list_things(Account, "acct"),
        query=wire.ThingsQuery,
        reply=Page[shown.AccountView],
    ),
    Operation(
        id="createAccount",
        method="POST",
        path="/v1/accounts",
        tag="Operator",
        summary="Open an account",
        scope=Scope.ADMIN,
        read=things.save_thing(things.account),
        query=wire.AccountQuery,
        body=bodies.AccountBody,
        status=201,
        reply=shown.AccountView,
        examples={"account": {"name": "Shop", "currency": "EUR", "credit_limit": "100"}},
    ),
    Operation(
        id="findAccount",
        method="GET",
        path="/v1/accounts/{id}",
        id_prefix="acct",
        tag="Operator",
        summary="One account",
        scope=Scope.ADMIN,
        read=things.find_thing(Account, "acct"),
        query=wire.AccountQuery,
        reply=shown.AccountView,
    ),
    Operation(
        id="changeAccount",
        method="PUT",
        path="/v1/accounts/{id}",
        id_prefix="acct",
        tag="Operator",
        summary="Change or suspend an account",
        scope=Scope.ADMIN,
        read=things.save_thing(things.account, "acct"),
        query=wire.AccountQuery,
        body=bodies.AccountBody,
        reply=shown.AccountView,
    ),
    Operation(
        id="fund",
        method="POST",
        path="/v1/accounts/{id}/fund",
        id_prefix="acct",
        tag="Operator",
        summary="Book a payment or a correction",
        scope=Scope.ADMIN,
        read=things.fund,
        body=bodies.FundBody,
        idempotent=True,
        reply=shown.BalanceView,
        examples={"payment": {"amount": "250.00", "why": "Invoice 2041"}},
    ),
    Operation(
        id="listCarriers",
        method="GET",
        path="/v1/carriers",
        tag="Operator",
        summary="Carriers",
        scope=Scope.ADMIN,
        read=things.list_things(Carrier, "car"),
        query=wire.ThingsQuery,
        reply=Page[shown.CarrierView],
    ),
    Operation(
        id="createCarrier",
        method="POST",
        path="/v1/carriers",
        tag="Operator",
        summary="Add a carrier",
        scope=Scope.ADMIN,
        read=things.save_thing(things.carrier),
        query=wire.AccountQuery,
        body=bodies.CarrierBody,
        status=201,
        reply=shown.CarrierView,
        examples={"simulated": {"name": "sim", "kind": "simulated", "per_second": 500}},
    ),
    Operation(
        id="changeCarrier",
        method="PUT",
        path="/v1/carriers/{id}",
        id_prefix="car",
        tag="Operator",
        summary="Change, enable or disable a carrier",
        scope=Scope.ADMIN,
        read=things.save_thing(things.carrier, "car"),
        query=wire.AccountQuery,
        body=bodies.CarrierBody,
        reply=shown.CarrierView,
    ),
    Operation(
        id="removeCarrier",
        method="DELETE",
        path="/v1/carriers/{id}",
        id_prefix="car",
        tag="Operator",
        summary="Take a carrier away",
        scope=Scope.ADMIN,
        read=things.remove_thing(Carrier, "car"),
        query=wire.AccountQuery,
        status=204,
    ),
    Operation(
        id="listRoutes",
        method="GET",
        path="/v1/routes",
        tag="Operator",
        summary="Routes",
        scope=Scope.ADMIN,
        read=things.list_things(Route, "rte"),
        query=wire.ThingsQuery,
        reply=Page[shown.RouteView],
    ),
    Operation(
        id="createRoute",
        method="POST",
        path="/v1/routes",
        tag="Operator",
        summary="Add a route",
        scope=Scope.ADMIN,
        read=things.save_thing(things.route),
        query=wire.AccountQuery,
        body=bodies.RouteBody,
        status=201,
        reply=shown.RouteView,
        examples={
            "route": {
                "name": "Bangladesh",
                "prefix": "880",
                "targets": [{"carrier": "sim"}, {"carrier": "spare", "priority": 1}],
            }
        },
    ),
    Operation(
        id="changeRoute",
        method="PUT",
        path="/v1/routes/{id}",
        id_prefix="rte",
        tag="Operator",
        summary="Change a route",
        scope=Scope.ADMIN,
        read=things.save_thing(things.route, "rte"),
        query=wire.AccountQuery,
        body=bodies.RouteBody,
        reply=shown.RouteView,
    ),
    Operation(
        id="removeRoute",
        method="DELETE",
        path="/v1/routes/{id}",
        id_prefix="rte",
        tag="Operator",
        summary="Take a route away",
        scope=Scope.ADMIN,
        read=things.remove_thing(Route, "rte"),
        query=wire.AccountQuery,
        status=204,
    ),
    Operation(
        id="listRateCards",
        method="GET",
        path="/v1/rate-cards",
        tag="Operator",
        summary="Rate cards",
        scope=Scope.ADMIN,
        read=things.list_things(RateCard, "card"),
        query=wire.ThingsQuery,
        reply=Page[shown.RateCardView],
    ),
    Operation(
        id="createRateCard",
        method="POST",
        path="/v1/rate-cards",
        tag="Operator",
        summary="Make a rate card",
        scope=Scope.ADMIN,
        read=things.save_thing(things.rate_card),
        query=wire.AccountQuery,
        body=bodies.RateCardBody,
        status=201,
        reply=shown.RateCardView,
    ),
)

_RATES: Final = tuple(
    Operation(
        id=name,
        method=method,
        path="/v1/rate-cards/{name}/rates",
        tag="Operator",
        summary=summary,
        description="JSON, or CSV with the columns prefix, mcc, mnc, price, effective_from.",
        scope=Scope.ADMIN,
        read=read,
        body=None if method == "GET" else bodies.RatesBody,
        media=(JSON, CSV),
        table=things.rates_from_csv,
        table_example="prefix,mcc,mnc,price,effective_from\n880,,,0.0042,\n,262,01,0.07,\n",
        body_limit_bytes=32 * MEBIBYTE,
        reply=shown.RatesView,
        reply_media=(JSON, CSV),
        examples={"rates": {"rates": [{"prefix": "880", "price": "0.0042"}]}},
    )
    for name, method, summary, read in (
        ("listRates", "GET", "The prices of a card", things.list_rates),
        ("replaceRates", "PUT", "Replace all prices of a card", things.put_rates),
        ("addRates", "POST", "Add prices to a card", things.add_rates),
    )
)

_ORPHANS: Final = (
    Operation(
        id="listOrphans",
        method="GET",
        path="/v1/orphans",
        tag="Operator",
        summary="Receipts whose message is not known",
        description="Matched again by themselves when their id becomes known.",
        scope=Scope.ADMIN,
        read=messages.list_orphans,
        reply=replies.OrphansView,
    ),
)

_SIMULATOR: Final = (
    Operation(
        id="readHandset",
        method="GET",
        path="/v1/simulator/handsets/{msisdn}",
        tag="Simulator",
        summary="What a simulated handset shows",
        scope=Scope.ADMIN,
        read=messages.read_handset,
        reply=replies.HandsetView,
    ),
    Operation(
        id="sendFromHandset",
        method="POST",
        path="/v1/simulator/handsets/{msisdn}/messages",
        tag="Simulator",
        summary="Let a simulated handset send a message to us",
        scope=Scope.ADMIN,
        read=messages.send_from_handset,
        body=wire.HandsetBody,
        status=204,
        examples={"stop": {"to": "8809612000000", "text": "STOP"}},
    ),
)

OPERATOR: Final[tuple[Operation, ...]] = (*_OPERATED, *_RATES, *_ORPHANS, *_SIMULATOR)
