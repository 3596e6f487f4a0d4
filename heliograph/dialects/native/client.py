"""The other face of the native API: calls that another Heliograph understands, and what it answers.

Used where a carrier is itself a Heliograph, and by the command line. Pure: calls are made as data and
replies are read from data. The idempotency key of a message is its id, so a repeated attempt after an
unknown outcome cannot become a second message there (promise P2).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

import msgspec

from heliograph.dialects._shape import HttpCall
from heliograph.model.message import Encoding, Message
from heliograph.model.reason import Reason, reason_of
from heliograph.model.refusal import Refusal
from heliograph.model.report import Arrival, Declined, Outcome, Receipt, Taken, Unknown
from heliograph.model.signature import verify
from heliograph.model.status import SETTLED, Status

__all__ = ["call", "hear", "is_authentic", "outcome_of", "submit"]

_VALIDITY_MAX_SECONDS: Final = 2_592_000
_STATUS_OF: Final = {status.word: status for status in Status}
_ENCODINGS: Final = {
    Encoding.AUTO: "auto",
    Encoding.GSM7: "gsm7",
    Encoding.GSM7_NATIONAL: "gsm7_national",
    Encoding.UCS2: "ucs2",
}

DECLINED: Final[dict[Refusal, tuple[Reason, bool]]] = {
    Refusal.MALFORMED: (Reason.DATA_ERROR, True),
    Refusal.MISSING_FIELD: (Reason.DATA_MISSING, True),
    Refusal.INVALID_FIELD: (Reason.DATA_ERROR, True),
    Refusal.UNAUTHENTICATED: (Reason.EXTERNAL_ROUTING, True),
    Refusal.ADDRESS_NOT_ALLOWED: (Reason.EXTERNAL_ROUTING, True),
    Refusal.FORBIDDEN: (Reason.EXTERNAL_ROUTING, True),
    Refusal.ACCOUNT_SUSPENDED: (Reason.EXTERNAL_ROUTING, True),
    Refusal.INVALID_RECIPIENT: (Reason.INVALID_DESTINATION, False),
    Refusal.INVALID_SENDER: (Reason.INVALID_SOURCE, True),
    Refusal.SENDER_NOT_APPROVED: (Reason.INVALID_SOURCE, True),
    Refusal.CAMPAIGN_NOT_APPROVED: (Reason.FACILITY_NOT_SUPPORTED, True),
    Refusal.TRAFFIC_CLASS_NOT_ALLOWED: (Reason.FACILITY_NOT_SUPPORTED, True),
    Refusal.EMPTY_TEXT: (Reason.DATA_MISSING, False),
    Refusal.UNENCODABLE_TEXT: (Reason.DATA_ERROR, True),
    Refusal.TEXT_TOO_LONG: (Reason.DATA_ERROR, True),
    Refusal.TOO_MANY_RECIPIENTS: (Reason.DATA_ERROR, True),
    Refusal.NO_PRICE: (Reason.DESTINATION_NOT_AVAILABLE, True),
    Refusal.NO_ROUTE: (Reason.NO_ROUTE, True),
    Refusal.INSUFFICIENT_BALANCE: (Reason.CREDIT_LIMIT, True),
    Refusal.OPTED_OUT: (Reason.OPTED_OUT, False),
    Refusal.IDEMPOTENCY_CONFLICT: (Reason.EXTERNAL_ROUTING, True),
    Refusal.CONFLICT: (Reason.EXTERNAL_ROUTING, True),
    Refusal.NOT_FOUND: (Reason.EXTERNAL_ROUTING, True),
    Refusal.NOT_CANCELLABLE: (Reason.EXTERNAL_ROUTING, True),
    Refusal.METHOD_NOT_ALLOWED: (Reason.EXTERNAL_ROUTING, True),
    Refusal.UNSUPPORTED_MEDIA_TYPE: (Reason.EXTERNAL_ROUTING, True),
    Refusal.TOO_LARGE: (Reason.DATA_ERROR, True),
    Refusal.RATE_LIMITED: (Reason.THROTTLED, True),
    Refusal.UNAVAILABLE: (Reason.CARRIER_DOWN, True),
    # A failure inside may have come after the commit: see `outcome_of`.
    Refusal.INTERNAL: (Reason.UNKNOWN_OUTCOME, True),
}
"""What the other side's refusal means for a message, and whether another carrier may take it."""
_BY_CODE: Final = {refusal.code: refusal for refusal in Refusal}


def call(
    base_url: str,
    secret: str,
    method: str,
    path: str,
    body: object = None,
    *,
    idempotency_key: str | None = None,
) -> HttpCall:
    """Any call of the native API. `base_url` is where the house stands, without `/v1`."""
    headers: tuple[tuple[str, str], ...] = (
        ("authorization", f"Bearer {secret}"),
        ("accept", "application/json"),
    )
    if body is not None:
        headers += (("content-type", "application/json"),)
    if idempotency_key is not None:
        headers += (("idempotency-key", idempotency_key),)
    return HttpCall(
        method=method,
        url=base_url.rstrip("/") + path,
        headers=headers,
        body=b"" if body is None else msgspec.json.encode(body),
    )


def submit(
    base_url: str, secret: str, message: Message, now: datetime, callback_url: str | None = None
) -> HttpCall:
    """The call that hands a message over. `now` (aware) turns its end of validity into seconds."""
    body: dict[str, Any] = {
        "to": message.recipient,
        "from": message.sender,
        "class": message.traffic_class.word,
        "validity_seconds": _seconds_left(message, now),
        "priority": message.priority,
        "flash": message.flash,
    }
    if message.body is None:
        body |= {"text": message.text, "encoding": _ENCODINGS[message.encoding]}
    else:
        body["body_hex"] = message.body.hex()
    if message.udh:
        body["udh_hex"] = message.udh.hex()
    if callback_url is not None:
        body["callback_url"] = callback_url
    key = f"{message.account_id:x}-{message.id:x}"
    return call(base_url, secret, "POST", "/v1/messages", body, idempotency_key=key)


def _seconds_left(message: Message, now: datetime) -> int:
    seconds = int((message.valid_until - now).total_seconds())
    return min(max(seconds, 1), _VALIDITY_MAX_SECONDS)


class _Created(msgspec.Struct):
    id: str


class _Problem(msgspec.Struct):
    code: str = ""
    retry_after: float | None = None


def outcome_of(status: int, body: bytes) -> Outcome:
    """What a reply to `submit` means. `body` is the whole reply body.

    A failure inside the other house, and a success that cannot be read, leave the outcome unknown.
    """
    if 200 <= status < 300:
        try:
            return Taken(carrier_ids=(msgspec.json.decode(body, type=_Created).id,))
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return Unknown(detail=f"HTTP {status} without a message id")
    try:
        problem = msgspec.json.decode(body, type=_Problem)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        problem = _Problem()
    refusal = _BY_CODE.get(problem.code)
    if refusal is Refusal.INTERNAL or (refusal is None and status >= 500):
        return Unknown(detail=f"HTTP {status}")
    reason, next_carrier = (Reason.UNSPECIFIED, True) if refusal is None else DECLINED[refusal]
    return Declined(
        reason=reason,
        vendor_code=problem.code or str(status),
        retry_after_seconds=problem.retry_after,
        next_carrier=next_carrier,
    )


def is_authentic(
    headers: Mapping[str, str], body: bytes, secrets: Iterable[str], now: datetime
) -> bool:
    """Whether a webhook was signed with one of the secrets, lately. Header names are lower-case."""
    return verify(
        webhook_id=headers.get("webhook-id", ""),
        timestamp=headers.get("webhook-timestamp", ""),
        body=body,
        signature=headers.get("webhook-signature", ""),
        secrets=secrets,
        now_seconds=now.timestamp(),
    )


class _Data(msgspec.Struct, rename={"sender": "from"}):
    id: str
    status: str = ""
    reason_code: int = 0
    vendor_code: str | None = None
    sender: str = ""
    to: str = ""
    text: str = ""
    body_hex: str | None = None


class _Webhook(msgspec.Struct):
    type: str
    timestamp: datetime
    data: _Data


def hear(carrier_id: int, body: bytes) -> Receipt | Arrival | None:
    """What a webhook's body says; None for what needs no keeping (a message on its way).

    Whether to believe it is `is_authentic`'s to say. Raises ValueError for a body that is none of ours.
    """
    try:
        heard = msgspec.json.decode(body, type=_Webhook)
        octets = None if heard.data.body_hex is None else bytes.fromhex(heard.data.body_hex)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ValueError(f"not a webhook of this API: {error}") from None
    at = heard.timestamp.astimezone(UTC)
    if heard.type == "message.received":
        return Arrival(
            carrier_id=carrier_id,
            sender=heard.data.sender,
            recipient=heard.data.to,
            text=heard.data.text,
            body=octets,
            at=at,
        )
    status = _STATUS_OF.get(heard.data.status)
    if status not in SETTLED:
        return None
    return Receipt(
        carrier_id=carrier_id,
        carrier_message_id=heard.data.id,
        status=status,
        reason=reason_of(heard.data.reason_code),
        vendor_code=heard.data.vendor_code,
        at=at,
        raw=body.decode(),
    )
