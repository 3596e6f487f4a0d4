"""The operations on the inventory of numbers and sender IDs."""

from __future__ import annotations

from typing import Final

from heliograph.dialects.native import _inventory as inventory
from heliograph.dialects.native import _views_inventory as views
from heliograph.dialects.native import _wire_inventory as bodies
from heliograph.dialects.native import wire
from heliograph.dialects.native._operation import CSV, JSON, MEBIBYTE, Operation
from heliograph.dialects.native._wire_replies import Page
from heliograph.model.account import Scope

_OFFERS_CSV: Final = (
    "kind,country,number,features,currency,setup,monthly,approval\n"
    "long_number,BD,8801844909020,sms two_way,EUR,5,2.50,false\n"
    "alphanumeric,BD,,sms,EUR,10,4,true\n"
)
_RESTRICTIONS_CSV: Final = (
    "country,kinds,registration,two_way,content,hours,note\n"
    "BD,alphanumeric long_number,true,true,No gambling.,Promotions 9:00 to 21:00.,\n"
)

_OFFERS: Final = (
    Operation(
        id="listOffers",
        method="GET",
        path="/v1/offers",
        tag="Numbers",
        summary="Numbers and sender IDs that can be had",
        description="In the account's currency. With `country` the answer holds what it asks for.",
        scope=Scope.READ,
        read=inventory.list_offers,
        query=bodies.OffersQuery,
        reply=views.OffersView,
    ),
    Operation(
        id="importOffers",
        method="POST",
        path="/v1/offers",
        tag="Numbers",
        summary="Put numbers and sender IDs into the stock, or change them",
        description="JSON or CSV. Numbers are found again by their digits, names by country and "
        "currency. Who rents one keeps its price.",
        scope=Scope.ADMIN,
        read=inventory.import_offers,
        body=bodies.OffersBody,
        media=(JSON, CSV),
        table=inventory.offers_from_csv,
        table_example=_OFFERS_CSV,
        body_limit_bytes=32 * MEBIBYTE,
        reply=views.ImportedView,
        examples={
            "offers": {
                "offers": [
                    {
                        "kind": "long_number",
                        "country": "BD",
                        "number": "8801844909020",
                        "features": ["sms", "two_way"],
                        "setup": "5",
                        "monthly": "2.50",
                    }
                ]
            }
        },
    ),
    Operation(
        id="withdrawOffer",
        method="DELETE",
        path="/v1/offers/{id}",
        id_prefix="ofr",
        tag="Numbers",
        summary="Sell an offer no more; who rents it keeps it",
        scope=Scope.ADMIN,
        read=inventory.withdraw_offer,
        status=204,
    ),
    Operation(
        id="buyOffer",
        method="POST",
        path="/v1/offers/{id}/buy",
        id_prefix="ofr",
        tag="Numbers",
        summary="Rent a number or a sender ID",
        description="Set-up and first month are booked at once. Where approval is needed the month "
        "begins with it, and a refusal gives the money back.",
        scope=Scope.MANAGE,
        read=inventory.buy_offer,
        body=bodies.BuyBody,
        body_optional=True,
        status=201,
        reply=views.RentalView,
        examples={"name": {"name": "Shop", "service": "svc_3"}},
    ),
)

_LEASES: Final = (
    Operation(
        id="listRentals",
        method="GET",
        path="/v1/rentals",
        tag="Numbers",
        summary="What the account rents, and has rented",
        scope=Scope.READ,
        read=inventory.list_rentals,
        query=wire.ThingsQuery,
        reply=Page[views.RentalView],
    ),
    *(
        Operation(
            id=name,
            method="POST",
            path=path,
            id_prefix=prefix,
            tag="Numbers",
            summary=summary,
            description="What was paid stays paid, unless approval was still awaited.",
            scope=Scope.MANAGE,
            read=read,
            query=wire.AccountQuery,
            reply=views.RentalView,
        )
        for name, path, prefix, summary, read in (
            (
                "releaseNumber",
                "/v1/numbers/{id}/release",
                "num",
                "Give back a number that is rented",
                inventory.release_number,
            ),
            (
                "releaseSender",
                "/v1/senders/{id}/release",
                "snd",
                "Give back a sender ID, or the number behind it",
                inventory.release_sender,
            ),
        )
    ),
)

_RESTRICTIONS: Final = (
    Operation(
        id="listRestrictions",
        method="GET",
        path="/v1/restrictions",
        tag="Numbers",
        summary="What countries ask of senders",
        scope=Scope.READ,
        read=inventory.list_restrictions,
        query=bodies.RestrictionsQuery,
        reply=views.RestrictionsView,
        reply_media=(JSON, CSV),
    ),
    *(
        Operation(
            id=name,
            method=method,
            path="/v1/restrictions",
            tag="Numbers",
            summary=summary,
            description="JSON or CSV.",
            scope=Scope.ADMIN,
            read=read,
            body=bodies.RestrictionsBody,
            media=(JSON, CSV),
            table=inventory.restrictions_from_csv,
            table_example=_RESTRICTIONS_CSV,
            reply=views.RestrictionsView,
            reply_media=(JSON, CSV),
            examples={
                "restrictions": {
                    "restrictions": [
                        {"country": "BD", "registration": True, "content": "No gambling."}
                    ]
                }
            },
        )
        for name, method, summary, read in (
            (
                "replaceRestrictions",
                "PUT",
                "Replace all restrictions",
                inventory.put_restrictions,
            ),
            (
                "addRestrictions",
                "POST",
                "Add or change restrictions of countries",
                inventory.add_restrictions,
            ),
        )
    ),
)

_APPROVALS: Final = (
    Operation(
        id="listApprovals",
        method="GET",
        path="/v1/approvals",
        tag="Numbers",
        summary="Sender IDs of all accounts that wait for the operator",
        description="Answer one by `PUT /v1/senders/{id}?account=…` with its name, country and the "
        "state `approved` or `refused`.",
        scope=Scope.ADMIN,
        read=inventory.list_approvals,
        query=bodies.ApprovalsQuery,
        reply=Page[views.ApprovalView],
    ),
)

INVENTORY: Final[tuple[Operation, ...]] = (*_OFFERS, *_LEASES, *_RESTRICTIONS, *_APPROVALS)
