"""The other face: MiMSMS as a carrier. A message becomes the vendor's request, its reply an outcome.

Pure functions for a carrier that does the IO: calls go below the carrier's base URL
(`https://api.mimsms.com`), replies come as status, headers and body. What MiMSMS cannot say (binary content,
user data headers, flash, promotional traffic without a campaign) is declined here and never sent as
something else; validity has no field there either and is kept on our side of the wire alone. Every
reply has a reading: one that neither takes nor declines clearly is Unknown, so that nothing is sent
twice by mistake (promise P2).
Source: seeds/000; the vendor's Postman collection for DlrApi and PullSMS.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Final
from urllib.parse import urlencode

import msgspec

from heliograph.dialects import _forms
from heliograph.dialects._shape import (
    Heard,
    HttpCall,
    HttpReply,
    HttpRequest,
    Upstream,
    settings_fault,
)
from heliograph.dialects.mimsms import codes
from heliograph.dialects.mimsms.callback import read_message_time
from heliograph.dialects.mimsms.wire import DlrRequest, Login, SmsRequest
from heliograph.model.account import TrafficClass
from heliograph.model.message import SMS, Message
from heliograph.model.money import parse_micros
from heliograph.model.reason import Reason
from heliograph.model.report import (
    Arrival,
    Declined,
    OpenId,
    Outcome,
    Receipt,
    Taken,
    Unknown,
)
from heliograph.model.status import Status

_JSON = msgspec.json.Encoder()
_ACCEPT: Final = ("accept", "application/json")
_HEADERS: Final = (("content-type", "application/json"), _ACCEPT)
_TRANSACTION_TYPES: Final[Mapping[TrafficClass, str]] = {
    TrafficClass.OTP: "T",
    TrafficClass.TRANSACTIONAL: "T",
    TrafficClass.PROMOTIONAL: "P",
}


class DlrFields(msgspec.Struct, frozen=True, kw_only=True):
    """What DlrApi says of a message, for the carrier's Receipt."""

    status: Status | None
    """None where there is no outcome to tell: pending, not known there, or a word outside the table."""
    reason: Reason = Reason.NONE
    vendor_code: str | None = None
    """The vendor's own word, also one that nobody knows; None when the reply is not the vendor's."""
    raw: str = ""


# -- sending --------------------------------------------------------------------------------------


def send_call(
    base_url: str, login: Login, message: Message, *, campaign: str | None = None
) -> HttpCall | Declined:
    """The call that hands the message over, or why MiMSMS cannot carry it (another carrier may).

    `campaign` is the CampaignId that the carrier has for promotional traffic.
    """
    extra = message.extra
    if extra is not None and (extra.channel != SMS or extra.protocol_id):
        return Declined(reason=Reason.FACILITY_NOT_SUPPORTED)
    if message.body is not None or message.udh or message.flash:
        return Declined(reason=Reason.FACILITY_NOT_SUPPORTED)
    kind = _TRANSACTION_TYPES[message.traffic_class]
    if kind == "P" and not campaign:
        return Declined(reason=Reason.FACILITY_NOT_SUPPORTED)
    return _post(
        base_url,
        "/api/SmsSending/SMS",
        SmsRequest(
            user_name=login.user_name,
            apikey=login.apikey,
            mobile_number=message.recipient,
            campaign_id=campaign if kind == "P" and campaign else "null",
            sender_name=message.sender,
            transaction_type=kind,
            message=message.text,
        ),
    )


def send_outcome(reply: HttpReply) -> Outcome:
    """What became of the attempt: total over every status and body.

    The envelope counts before the HTTP status, which the vendor leaves at 200. A 500 may come after
    the hand-over, so it is Unknown. A success without a trxnId is taken, with no id to report on.
    """
    fields = _envelope(reply)
    code, status = fields.get("statuscode", ""), fields.get("status", "").lower()
    if status == codes.SUCCESS_CODE:  # one recorded answer has the two the wrong way round
        code, status = codes.SUCCESS_CODE, code.lower()
    if code == codes.SUCCESS_CODE:
        if status == "failed":
            return Unknown(detail="MiMSMS answered 200 and Failed at once")
        trxn = fields.get("trxnid", "")
        return Taken(carrier_ids=(trxn,) if trxn else ())
    if code == "500":
        return Unknown(detail="MiMSMS answered 500 in its envelope")
    if code and status:
        no = codes.carrier_no(code, fields.get("responseresult", ""))
        return Declined(reason=no.reason, vendor_code=code)
    return _outcome_of_status(reply)


_STATUSES: Final[Mapping[int, Reason | None]] = {
    401: Reason.CARRIER_DOWN,
    403: Reason.CARRIER_DOWN,
    404: Reason.CARRIER_DOWN,
    407: Reason.CARRIER_DOWN,
    408: None,
    429: Reason.THROTTLED,
    503: Reason.CARRIER_DOWN,
}


def _outcome_of_status(reply: HttpReply) -> Outcome:
    """What the HTTP status alone says; a plain 3xx or 4xx comes before the API read anything."""
    usual = Reason.DATA_ERROR if 300 <= reply.status < 500 else None
    reason = _STATUSES.get(reply.status, usual)
    if reason is None:
        return Unknown(detail=f"MiMSMS answered HTTP {reply.status} without its envelope")
    return Declined(
        reason=reason,
        vendor_code=f"http {reply.status}",
        retry_after_seconds=_retry_after_seconds(reply),
    )


def _retry_after_seconds(reply: HttpReply) -> float | None:
    for name, value in reply.headers:
        if name.lower() == "retry-after" and value.isascii() and value.isdigit():
            return float(value[:6])
    return None


# -- looking --------------------------------------------------------------------------------------


def dlr_call(base_url: str, login: Login, *, trxn_id: str, recipient: str) -> HttpCall:
    """The call that asks for the report on one recipient (MSISDN) of a trxnId."""
    return _post(
        base_url,
        "/api/SmsSending/DlrApi",
        DlrRequest(
            user_name=login.user_name,
            apikey=login.apikey,
            mobile_number=recipient,
            trxn_id=trxn_id,
        ),
    )


def dlr_fields(reply: HttpReply) -> DlrFields:
    """What the answer says: total over every status and body.

    An absent or busy subscriber is taken as the end, although the operator's policy is to try again:
    the vendor does not say whether its answer is given before or after those tries.
    """
    raw = reply.body[:2000].decode("utf-8", "replace")
    fields = _envelope(reply)
    word = fields.get("operatorstatus")
    if word is None:
        return DlrFields(status=None, vendor_code=fields.get("statuscode"), raw=raw)
    outcome = codes.outcome_of(word, fields.get("dlrcode", ""))
    if outcome is None:
        return DlrFields(status=None, vendor_code=word, raw=raw)
    return DlrFields(status=outcome.status, reason=outcome.reason, vendor_code=word, raw=raw)


def balance_call(base_url: str, login: Login) -> HttpCall:
    """The call that asks what the carrier account has left."""
    return _post(base_url, "/api/SmsSending/balanceCheck", login)


def balance_micros(reply: HttpReply) -> int | None:
    """The balance in micro-units of the carrier account's currency; None for any other answer."""
    fields = _envelope(reply)
    if fields.get("statuscode") != codes.SUCCESS_CODE:
        return None
    return parse_micros(fields.get("responseresult", ""))


def pull_call(base_url: str, login: Login) -> HttpCall:
    """The call that takes the next message from a handset."""
    query = urlencode({"UserName": login.user_name, "Apikey": login.apikey})
    return HttpCall(
        method="GET",
        url=f"{base_url.rstrip('/')}/api/IncomingApi/PullSMS?{query}",
        headers=(_ACCEPT,),
    )


def pulled(reply: HttpReply, *, carrier_id: int, at: datetime) -> Arrival | None:
    """The message in the answer; None when nothing waits or the answer is not the vendor's.

    `at` is when the answer came; it stands in for a time that cannot be read.
    """
    fields = _envelope(reply)
    sender, recipient = fields.get("sender"), fields.get("receiver")
    if fields.get("statuscode") != codes.SUCCESS_CODE or sender is None or recipient is None:
        return None
    return Arrival(
        carrier_id=carrier_id,
        sender=sender,
        recipient=recipient,
        text=fields.get("message_text", ""),
        at=read_message_time(fields.get("message_time", "")) or at,
    )


def _post(base_url: str, path: str, body: Login) -> HttpCall:
    return HttpCall(
        method="POST",
        url=base_url.rstrip("/") + path,
        headers=_HEADERS,
        body=_JSON.encode(body),
    )


def _envelope(reply: HttpReply) -> dict[str, str]:
    """The reply's fields as texts by lower-case name, blanks around short ones gone; empty when it
    is no JSON object. The text of a message keeps its blanks."""
    members = _forms.json_object(reply.body)
    if isinstance(members, _forms.Malformed):
        return {}
    texts = ((name.lower(), _forms.text_of(value)) for name, value in members.items())
    return {
        name: text if name == "message_text" else text.strip()
        for name, text in texts
        if text is not None
    }


# -- as a carrier ---------------------------------------------------------------------------------

_BASE_URL: Final = "https://api.mimsms.com"
_NO_CALLS: Final = HttpReply(status=404, body=b"")


class _Mimsms:
    """MiMSMS never calls: it is asked for reports (DlrApi) and for messages from handsets (PullSMS)."""

    name: Final = "mimsms"
    settings: Final[Mapping[str, str]] = MappingProxyType(
        {
            "base_url": f"Where the API stands; `{_BASE_URL}` if left out.",
            "user_name": "UserName: the e-mail address of the account there.",
            "apikey_secret": "Apikey of the account there.",
            "campaign": "CampaignId for promotional messages; without it they are left to other carriers.",
            "inbound": "`none` if the account has no number: then nothing is pulled.",
        }
    )

    def fault(self, settings: Mapping[str, str]) -> str | None:
        """See `Upstream`."""
        if settings.get("inbound", "none") != "none":
            return "inbound is none or left out"
        return settings_fault(settings, self.settings, ("user_name", "apikey_secret"))

    def send(
        self, settings: Mapping[str, str], message: Message, report_url: str
    ) -> HttpCall | Declined:
        """See `Upstream`."""
        del report_url
        campaign = settings.get("campaign")
        return send_call(_base(settings), _login(settings), message, campaign=campaign)

    def outcome(self, reply: HttpReply) -> Outcome:
        """See `Upstream`."""
        return send_outcome(reply)

    def look(self, settings: Mapping[str, str], sent: OpenId) -> HttpCall | None:
        """See `Upstream`."""
        return dlr_call(
            _base(settings),
            _login(settings),
            trxn_id=sent.carrier_message_id,
            recipient=sent.recipient,
        )

    def looked(
        self, reply: HttpReply, sent: OpenId, *, carrier_id: int, at: datetime
    ) -> tuple[Receipt, ...]:
        """See `Upstream`. The vendor tells no time of its own."""
        fields = dlr_fields(reply)
        if fields.status is None:
            return ()
        return (
            Receipt(
                carrier_id=carrier_id,
                carrier_message_id=sent.carrier_message_id,
                status=fields.status,
                reason=fields.reason,
                vendor_code=fields.vendor_code,
                at=at,
                raw=fields.raw,
            ),
        )

    def pull(self, settings: Mapping[str, str]) -> HttpCall | None:
        """See `Upstream`."""
        if settings.get("inbound") == "none":
            return None
        return pull_call(_base(settings), _login(settings))

    def pulled(self, reply: HttpReply, *, carrier_id: int, at: datetime) -> tuple[Arrival, ...]:
        """See `Upstream`."""
        arrival = pulled(reply, carrier_id=carrier_id, at=at)
        return () if arrival is None else (arrival,)

    def hear(
        self, settings: Mapping[str, str], request: HttpRequest, *, carrier_id: int, at: datetime
    ) -> Heard | HttpReply:
        """See `Upstream`."""
        del settings, request, carrier_id, at
        return _NO_CALLS


def _base(settings: Mapping[str, str]) -> str:
    return settings.get("base_url") or _BASE_URL


def _login(settings: Mapping[str, str]) -> Login:
    return Login(user_name=settings["user_name"], apikey=settings["apikey_secret"])


UPSTREAM: Final[Upstream] = _Mimsms()
