"""Delivery and MO notifications: the calls that IMIconnect's customers expect, and the same read back.

A POST of JSON to the service's URL or to the message's own `notifyurl`. Where the service's endpoint has
a shared secret, `x-hub-signature` holds the hexadecimal HMAC of the body under it; a `notifyurl` shares
no secret with anybody and is called without. It must never tell more than the seed's formats hold:
newer fields are left out (facts 25 and 27). Source: seeds/002, parts 4 and 5; facts 2.3 and 2.4.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

import msgspec

from heliograph.dialects._shape import HttpCall
from heliograph.dialects.imiconnect import codes
from heliograph.dialects.imiconnect.wire import (
    CALLBACK_DATA,
    DeliveryEnvelope,
    DeliveryInfo,
    DeliveryNotification,
    transid,
    transid_of,
)
from heliograph.model.account import Endpoint
from heliograph.model.manners import Manners
from heliograph.model.message import Event, Inbound, MessageRecord
from heliograph.model.status import SETTLED, Status

MO_TEMPLATE: Final[Mapping[str, str]] = {
    "userId": "$(customerId)",
    "channel": "SMS",
    "da": "$(service_code)",
    "oa": "$(msisdn)",
    "message": "$(actual_message)",
    "tid": "$(tid)",
    "datetime": "$(datetime)",
    "ts": "$(ts)",
}
"""As the seed prints it."""
_PLACE: Final = re.compile(r"\$\((\w+)\)")
_LONGEST_TEMPLATE: Final = 4_000
SIGNATURE: Final = "x-hub-signature"
SECRET_SETTING: Final = "signature_secret"  # noqa: S105 (the name of a setting)
ALGORITHM_SETTING: Final = "signature_algorithm"
TEMPLATE_SETTING: Final = "mo_template"
ALGORITHMS: Final = ("sha256", "sha512", "sha1")
"""The first is the usual one; SHA-1 is for receivers that know nothing newer."""
SETTINGS: Final[Mapping[str, str]] = {
    SECRET_SETTING: "Shared with the receiver; without one nothing is signed.",
    ALGORITHM_SETTING: "sha256 (the usual one), sha512 or sha1.",
    TEMPLATE_SETTING: "JSON for MO notifications with `$(msisdn)` and its likes in its texts; the seed's "
    "without one.",
}
"""What an endpoint of this form may be given."""
MANNERS: Final = Manners(
    retry_seconds=(60.0, 60.0, 60.0),
    hopeless=frozenset(
        {
            *range(202, 209),
            226,
            *range(300, 309),
            *(400, 402),
            *range(404, 412),
            *(414, 415, 416, 418, 505),
        }
    ),
    timeout_seconds=10.0,
    gone_disables=False,
    https_only=True,
)
"""Fact 26: three more tries, a minute apart, none after an answer that says the call itself is wrong."""
_TOLD: Final = frozenset(
    {f"message.{status.word}" for status in SETTLED | {Status.SENT}} | {"message.received"}
)
_JSON: Final = msgspec.json.Encoder()


def endpoint_faults(endpoint: Endpoint) -> list[str]:
    """What is wrong with an endpoint of this form, in sentences without secrets."""
    known, told = ", ".join(SETTINGS), ", ".join(sorted(_TOLD))
    faults = [
        f"There is no setting “{name}”; known are {known}."
        for name in endpoint.settings
        if name not in SETTINGS
    ]
    if endpoint.settings.get(ALGORITHM_SETTING, ALGORITHMS[0]) not in ALGORITHMS:
        faults.append(f"{ALGORITHM_SETTING} is one of {', '.join(ALGORITHMS)}.")
    faults += _template_faults(endpoint.settings.get(TEMPLATE_SETTING, "{}"))
    faults += [
        f"Notifications of IMIconnect's form tell nothing of “{event}”; they tell {told}."
        for event in endpoint.events
        if event not in _TOLD
    ]
    return faults


def render(
    endpoint: Endpoint, event: Event, record: MessageRecord, key: bytes, now: datetime
) -> HttpCall:
    """The delivery notification for an event of a message."""
    del now
    message = record.message
    delivery = codes.delivery_of(event.status, event.reason)
    notification = DeliveryNotification(
        delivery_info=DeliveryInfo(
            description=delivery.description,
            time_stamp=milliseconds(event.at),
            code=delivery.code,
            delivery_status=delivery.word,
            destination=message.recipient,
        ),
        correlationid=message.reference or "",
        callback_data="" if message.extra is None else message.extra.words.get(CALLBACK_DATA, ""),
        transid=transid_of(key, message),
    )
    return _call(endpoint, DeliveryEnvelope(notification=notification))


def render_inbound(endpoint: Endpoint, inbound: Inbound, key: bytes, now: datetime) -> HttpCall:
    """The MO notification, in the endpoint's own template or the seed's; binary content is shown in
    hexadecimal. There are no customer profiles, so `$(customerId)` is empty."""
    del now
    at = inbound.received_at.astimezone(UTC)
    known = {
        "customerId": "",
        "service_code": inbound.recipient,
        "msisdn": inbound.sender,
        "actual_message": inbound.text if inbound.body is None else inbound.body.hex().upper(),
        "tid": transid(key, inbound.id),
        "datetime": at.isoformat(" ", "seconds").removesuffix("+00:00"),
        "ts": milliseconds(at) + "Z",
    }
    template = endpoint.settings.get(TEMPLATE_SETTING)
    document = MO_TEMPLATE if template is None else msgspec.json.decode(template)
    return _call(endpoint, _filled(document, known))


def _filled(template: Any, known: Mapping[str, str]) -> Any:
    """The document with what is known in its texts; a name that nobody knows stays as it is written."""
    match template:
        case str():
            return _PLACE.sub(lambda place: known.get(place[1], place[0]), template)
        case list():
            return [_filled(each, known) for each in template]
        case dict():
            return {name: _filled(each, known) for name, each in template.items()}
    return template


def _template_faults(template: str) -> list[str]:
    try:
        document = msgspec.json.decode(template)
    except (msgspec.DecodeError, RecursionError):
        return [f"{TEMPLATE_SETTING} is a JSON object."]
    if not isinstance(document, dict) or len(template) > _LONGEST_TEMPLATE:
        return [f"{TEMPLATE_SETTING} is a JSON object of at most {_LONGEST_TEMPLATE} characters."]
    return []


def milliseconds(at: datetime) -> str:
    """`2016-07-20T17:13:17.908`: UTC without saying so, as the seed prints it."""
    return at.astimezone(UTC).isoformat("T", "milliseconds").removesuffix("+00:00")


def signature(settings: Mapping[str, str], body: bytes) -> str | None:
    """The value of `x-hub-signature` for a body; None where no secret is shared."""
    secret = settings.get(SECRET_SETTING)
    if not secret:
        return None
    algorithm = settings.get(ALGORITHM_SETTING, ALGORITHMS[0])
    return hmac.new(secret.encode(), body, getattr(hashlib, algorithm)).hexdigest()


def _call(endpoint: Endpoint, document: DeliveryEnvelope | dict[str, Any]) -> HttpCall:
    body = _JSON.encode(document)
    headers: tuple[tuple[str, str], ...] = (
        ("content-type", "application/json"),
        ("user-agent", "Heliograph"),
    )
    signed = signature(endpoint.settings, body)
    if signed is not None:
        headers += ((SIGNATURE, signed),)
    return HttpCall(method="POST", url=endpoint.url, headers=headers, body=body)
