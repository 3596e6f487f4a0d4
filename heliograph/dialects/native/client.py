"""The other face of the native API: calls that another Heliograph understands, and what it answers.

Used where a carrier is itself a Heliograph, and by the command line. Pure: calls are made as data and
replies are read from data. The idempotency key of a message is its id, so a repeated attempt after an
unknown outcome cannot become a second message there (promise P2).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Annotated, Any, Final

import msgspec

from heliograph.dialects._shape import (
    Heard,
    HttpCall,
    HttpReply,
    HttpRequest,
    Upstream,
    settings_fault,
)
from heliograph.dialects.native._hearing import hear, is_authentic, stand_of, taken_of
from heliograph.model.message import SMS, Encoding, Message
from heliograph.model.reason import Reason
from heliograph.model.refusal import Refusal
from heliograph.model.report import (
    Arrival,
    Declined,
    OpenId,
    Outcome,
    Receipt,
    Taken,
    Unknown,
)
from heliograph.model.signature import InvalidSecretError, decode_secret

__all__ = ["UPSTREAM", "call", "hear", "is_authentic", "outcome_of", "submit"]

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
    Refusal.NO_CHANNEL: (Reason.FACILITY_NOT_SUPPORTED, True),
    Refusal.UNKNOWN_TEMPLATE: (Reason.DATA_ERROR, True),
    Refusal.UNKNOWN_LINK: (Reason.DATA_ERROR, True),
    Refusal.SERVICE_INACTIVE: (Reason.EXTERNAL_ROUTING, True),
    Refusal.NOT_ENABLED: (Reason.EXTERNAL_ROUTING, True),
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
    base_url: str, secret: str, message: Message, callback_url: str | None = None
) -> HttpCall:
    """The call that hands a message over, the same octets at every attempt: the other house refuses a
    repeated idempotency key with another body. So validity is told as a time, not by what is left."""
    body: dict[str, Any] = {
        "to": message.recipient,
        "from": message.sender,
        "class": message.traffic_class.word,
        "valid_until": message.valid_until.astimezone(UTC),
        "priority": message.priority,
        "flash": message.flash,
    }
    if message.body is None:
        body |= {"text": message.text, "encoding": _ENCODINGS[message.encoding]}
    else:
        body["body_hex"] = message.body.hex()
    if message.udh:
        body["udh_hex"] = message.udh.hex()
    if message.extra is not None and message.channel != SMS:
        extra = message.extra
        body |= {"channel": extra.channel, "media_url": extra.media_url}
        body |= {"language": extra.language, "duration_seconds": extra.duration_seconds}
    if callback_url is not None:
        body["callback_url"] = callback_url
    key = f"{message.account_id:x}-{message.id:x}"
    return call(base_url, secret, "POST", "/v1/messages", body, idempotency_key=key)


class _Created(msgspec.Struct):
    id: Annotated[str, msgspec.Meta(min_length=1)]


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


# -- as a carrier ---------------------------------------------------------------------------------


_TAKE: Final = "/v1/inbound/take?limit=100"
_HEARD: Final = HttpReply(status=204, body=b"")
_NOT_HEARD: Final = HttpReply(status=400, body=b'{"detail":"Not a webhook of this API."}')
_NOT_SIGNED: Final = HttpReply(status=401, body=b'{"detail":"The signature is not ours."}')


class _Native:
    """Another Heliograph as a carrier. With `webhook_secret` its endpoint tells us of everything, signed;
    without, each message names our hook, whose URL nobody else knows."""

    name: Final = "native"
    settings: Final[Mapping[str, str]] = MappingProxyType(
        {
            "base_url": "Where the other house stands, without `/v1`.",
            "api_key_secret": "A native key of an account there that may send and read.",
            "webhook_secret": "The secret (`whsec_…`) of an endpoint there that calls `hook_url`. Without "
            "it every message names `hook_url` as its callback, and calls are not signed.",
            "inbound": "`pull` takes messages from handsets out of the account's inbox there; else an "
            "endpoint there brings them.",
        }
    )

    def fault(self, settings: Mapping[str, str]) -> str | None:
        """See `Upstream`."""
        if settings.get("inbound", "pull") != "pull":
            return "inbound is pull or left out"
        if secret := settings.get("webhook_secret"):
            try:
                decode_secret(secret)
            except InvalidSecretError as fault:
                return f"webhook_secret: {fault}"
        return settings_fault(settings, self.settings, ("base_url", "api_key_secret"))

    def send(
        self, settings: Mapping[str, str], message: Message, report_url: str
    ) -> HttpCall | Declined:
        """See `Upstream`."""
        extra = message.extra
        if extra is not None and extra.protocol_id:
            return Declined(reason=Reason.FACILITY_NOT_SUPPORTED)
        is_told = bool(settings.get("webhook_secret")) or not report_url
        return submit(
            settings["base_url"],
            settings["api_key_secret"],
            message,
            None if is_told else report_url,
        )

    def outcome(self, reply: HttpReply) -> Outcome:
        """See `Upstream`."""
        return outcome_of(reply.status, reply.body)

    def look(self, settings: Mapping[str, str], sent: OpenId) -> HttpCall | None:
        """See `Upstream`."""
        path = f"/v1/messages/{sent.carrier_message_id}"
        return call(settings["base_url"], settings["api_key_secret"], "GET", path)

    def looked(
        self, reply: HttpReply, sent: OpenId, *, carrier_id: int, at: datetime
    ) -> tuple[Receipt, ...]:
        """See `Upstream`."""
        del at
        receipt = stand_of(carrier_id, reply) if reply.status == 200 else None
        is_about_it = receipt is not None and receipt.carrier_message_id == sent.carrier_message_id
        return (receipt,) if receipt is not None and is_about_it else ()

    def pull(self, settings: Mapping[str, str]) -> HttpCall | None:
        """See `Upstream`."""
        if settings.get("inbound") != "pull":
            return None
        return call(settings["base_url"], settings["api_key_secret"], "POST", _TAKE)

    def pulled(self, reply: HttpReply, *, carrier_id: int, at: datetime) -> tuple[Arrival, ...]:
        """See `Upstream`."""
        del at
        return taken_of(carrier_id, reply)

    def hear(
        self, settings: Mapping[str, str], request: HttpRequest, *, carrier_id: int, at: datetime
    ) -> Heard | HttpReply:
        """See `Upstream`."""
        secret = settings.get("webhook_secret")
        if secret and not is_authentic(request.headers, request.body, (secret,), at):
            return _NOT_SIGNED
        try:
            heard = hear(carrier_id, request.body)
        except ValueError:
            return _NOT_HEARD
        return Heard(
            receipts=(heard,) if isinstance(heard, Receipt) else (),
            arrivals=(heard,) if isinstance(heard, Arrival) else (),
            reply=_HEARD,
        )


UPSTREAM: Final[Upstream] = _Native()
