"""From requests in MiMSMS's form to commands: one table of paths, one function for each kind.

Names of paths and fields are read in any case, unknown fields are passed over, numbers may come as
JSON numbers. What a field lacks is told at once (213 comes before 401 in the vendor's order); what
depends on the vendor's rules for transaction types is put into `Ask.verdict`, so that only a known
caller hears it; everything else is left to the flow. This module must never answer a question that
the flow answers: whether a number, a sender or a text is a good one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, NamedTuple
from urllib.parse import unquote

import msgspec

from heliograph.dialects import _forms
from heliograph.dialects._shape import Ask, HttpReply, HttpRequest
from heliograph.dialects.mimsms import codes
from heliograph.dialects.mimsms.wire import Form, sealed_id
from heliograph.dialects.mimsms.write import envelope, refusal
from heliograph.model.account import TrafficClass
from heliograph.model.command import (
    Claim,
    Command,
    FetchInbound,
    FindByReference,
    GetBalance,
    SendMessages,
)
from heliograph.model.message import Draft
from heliograph.model.number import parse_msisdn
from heliograph.model.refusal import Refusal, Refused

ROOTS: Final = ("/api/smssending", "/api/incomingapi")
_BELOW_ROOTS: Final = tuple(root + "/" for root in ROOTS)
RECIPIENTS_MAX: Final = 10_000
"""In one call; the vendor names no limit, its callers send up to 1,000."""
SHORT_BODY_BYTES: Final = 256 * 1024
LONG_BODY_BYTES: Final = 2 * 1024 * 1024

Fields = Mapping[str, object]
"""Values by lower-case name; JSON values for JSON bodies, texts otherwise."""


class Wanted(NamedTuple):
    """What a reader made of the fields."""

    command: Command
    verdict: Refused | None = None


Reader = Callable[[Fields], Wanted | Refusal]


class Endpoint(NamedTuple):
    """One row of the table of paths."""

    name: str
    methods: tuple[str, ...]
    form: Form
    read: Reader
    body_limit_bytes: int = SHORT_BODY_BYTES
    takes_forms: bool = False
    """POST may bring the fields in the query or in a form, not only in JSON."""


def read(request: HttpRequest) -> Ask | HttpReply:
    """What the request asks for and by whom, or the vendor's reply to one that cannot be read."""
    endpoint = endpoint_at(request.path)
    if endpoint is None:
        nowhere = Refused(refusal=Refusal.NOT_FOUND)
        return envelope(request, Form.SEND, codes.NO_SUCH_PATH, refused=nowhere)
    form = form_of(endpoint, request.method)
    if request.method not in endpoint.methods:
        allow = (("Allow", ", ".join(endpoint.methods)),)
        other = Refused(refusal=Refusal.METHOD_NOT_ALLOWED)
        return envelope(request, form, codes.NO_SUCH_METHOD, headers=allow, refused=other)
    fields = _fields(request, endpoint)
    if isinstance(fields, Refusal):
        return refusal(request, form, Refused(refusal=fields))
    claim = _claim(fields)
    wanted = Refusal.MISSING_FIELD if claim is None else endpoint.read(fields)
    if isinstance(wanted, Refusal):
        reply = refusal(request, form, Refused(refusal=wanted))
        return msgspec.structs.replace(reply, claim=claim)
    return Ask(claim=claim, command=wanted.command, form=form.value, verdict=wanted.verdict)


def owns(path: str) -> bool:
    """Whether a raw path lies at or below one of the vendor's two roots."""
    plain = _plain_path(path)
    return plain.startswith(_BELOW_ROOTS) or plain in ROOTS


def endpoint_at(path: str) -> Endpoint | None:
    """The endpoint at a raw path, in any case, with or without a slash at its end."""
    return ENDPOINTS.get(path) or ENDPOINTS.get(_plain_path(path))


def form_of(endpoint: Endpoint | None, method: str) -> Form:
    """How the endpoint answers to this method."""
    if endpoint is None:
        return Form.SEND
    short = endpoint.form is Form.BALANCE and method == "GET"
    return Form.SHORT_BALANCE if short else endpoint.form


def _plain_path(path: str) -> str:
    return (unquote(path) if "%" in path else path).rstrip("/").lower()


# -- where the fields are -------------------------------------------------------------------------


def _fields(request: HttpRequest, endpoint: Endpoint) -> Fields | Refusal:
    """Body fields; with them those of the query, where the endpoint takes them, and the caller's."""
    fields = {} if request.method == "GET" else _body_fields(request, endpoint)
    if isinstance(fields, Refusal):
        return fields
    if request.method != "GET" and _names_caller(fields) and not endpoint.takes_forms:
        return fields
    pairs = _forms.query_pairs(request.query)
    if isinstance(pairs, _forms.Malformed):
        return Refusal.MALFORMED
    for name, value in _forms.by_name(pairs).items():
        belongs = request.method == "GET" or endpoint.takes_forms or name in _CALLER
        if belongs and fields.get(name) is None:
            fields[name] = value
    if not _names_caller(fields):
        basic = _forms.basic_credentials(request.headers.get("authorization", ""))
        if basic is not None:
            fields.update(zip(_CALLER, basic, strict=True))
    return fields


def _body_fields(request: HttpRequest, endpoint: Endpoint) -> dict[str, object] | Refusal:
    if endpoint.takes_forms and not request.body:
        return {}  # all is in the query; a Content-Type may be there from habit
    content_type = request.headers.get("content-type", "")
    media = _forms.media_type(content_type)
    if _forms.is_json(media):
        members = _forms.json_object(request.body)
        if isinstance(members, _forms.Malformed):
            return Refusal.MALFORMED
        return {name.lower(): value for name, value in members.items()}
    if not endpoint.takes_forms:
        return Refusal.UNSUPPORTED_MEDIA_TYPE
    if media == "application/x-www-form-urlencoded":
        pairs = _forms.urlencoded_pairs(request.body)
    elif media == "multipart/form-data":
        pairs = _forms.multipart_pairs(request.body, content_type)
    else:
        return Refusal.UNSUPPORTED_MEDIA_TYPE
    if isinstance(pairs, _forms.Malformed):
        return Refusal.MALFORMED
    return dict(_forms.by_name(pairs))


_CALLER: Final = ("username", "apikey")


def _names_caller(fields: Fields) -> bool:
    return fields.get("username") is not None and fields.get("apikey") is not None


def _claim(fields: Fields) -> Claim | None:
    name = _forms.text_of(fields.get("username"))
    secret = _forms.text_of(fields.get("apikey"))
    if name is None or secret is None:
        return None
    return Claim(dialect="mimsms", name=name.strip(), secret=secret.strip())


# -- sending --------------------------------------------------------------------------------------

_WRONG_TYPE = Refused(refusal=Refusal.TRAFFIC_CLASS_NOT_ALLOWED, field="traffic_class")
_NO_SENDER = Refused(refusal=Refusal.INVALID_SENDER, field="sender")
_NOTHING = SendMessages(drafts=())
"""Stands beside a verdict: it is never performed."""


class _Kind(NamedTuple):
    traffic_class: TrafficClass
    needs_campaign: bool


_KINDS: Final = {
    "T": _Kind(TrafficClass.TRANSACTIONAL, needs_campaign=False),
    "P": _Kind(TrafficClass.PROMOTIONAL, needs_campaign=True),
    "D": _Kind(TrafficClass.TRANSACTIONAL, needs_campaign=False),
}
_LISTS_ON_ONE: Final = frozenset({"P"})
"""Transaction types with which SMS and Send take a comma list (seed 000)."""


def _read_one(fields: Fields) -> Wanted | Refusal:
    return _read_text(fields, frozenset(_KINDS), lists=_LISTS_ON_ONE)


def _read_many(fields: Fields) -> Wanted | Refusal:
    kinds = frozenset({"T", "P"})
    return _read_text(fields, kinds, lists=kinds)


def _read_text(fields: Fields, kinds: frozenset[str], *, lists: frozenset[str]) -> Wanted | Refusal:
    """One text to one number or to a comma list of them."""
    numbers = _forms.text_of(fields.get("mobilenumber"))
    sender = _forms.text_of(fields.get("sendername"))
    kind = _forms.text_of(fields.get("transactiontype"))
    text = _forms.text_of(fields.get("message"))
    if numbers is None or sender is None or kind is None or text is None:
        return Refusal.MISSING_FIELD
    given = fields.get("campaignid")
    campaign = "" if given is None else _forms.text_of(given)
    if campaign is None:
        return Refusal.INVALID_FIELD
    kind = kind.strip()
    recipients = _recipients(numbers, split=kind in lists)
    if len(recipients) > RECIPIENTS_MAX:
        return Refusal.TOO_MANY_RECIPIENTS
    if kind not in kinds:
        return Wanted(_NOTHING, _WRONG_TYPE)
    sender = sender.strip()
    if not sender:
        return Wanted(_NOTHING, _NO_SENDER)
    traffic_class, needs_campaign = _KINDS[kind]
    code = _campaign(campaign) if needs_campaign else None
    return _send(
        tuple(
            Draft(
                recipient=recipient,
                sender=sender,
                text=text,
                traffic_class=traffic_class,
                campaign=code,
                needs_campaign=needs_campaign,
            )
            for recipient in recipients
        )
    )


def _recipients(numbers: str, *, split: bool) -> list[str]:
    """The numbers of a list, blanks around them gone. An unsplit list is no number: the flow says so."""
    if "," not in numbers:
        return [numbers.strip()]
    found = [number for entry in numbers.split(",") if (number := entry.strip())]
    return found if found and (split or len(found) == 1) else [numbers.strip()]


def _campaign(given: str) -> str | None:
    """The campaign that is meant: `"null"`, null, `""` and no field at all mean none."""
    code = given.strip()
    return code if code and code.lower() != "null" else None


def _read_dynamic(fields: Fields) -> Wanted | Refusal:
    """Its own text to each number (DSMS)."""
    sender = _forms.text_of(fields.get("sendername"))
    kind = _forms.text_of(fields.get("transactiontype"))
    entries = fields.get("smsdata")
    if sender is None or kind is None or not isinstance(entries, list) or not entries:
        return Refusal.MISSING_FIELD
    if len(entries) > RECIPIENTS_MAX:
        return Refusal.TOO_MANY_RECIPIENTS
    drafts = _dynamic_drafts(entries, sender.strip())
    if drafts is None:
        return Refusal.INVALID_FIELD
    if kind.strip() != "D":
        return Wanted(_NOTHING, _WRONG_TYPE)
    return _send(drafts) if drafts[0].sender else Wanted(_NOTHING, _NO_SENDER)


def _dynamic_drafts(entries: list[object], sender: str) -> tuple[Draft, ...] | None:
    drafts: list[Draft] = []
    for entry in entries:
        if not isinstance(entry, dict):
            return None
        fields = {name.lower(): value for name, value in entry.items()}
        number = _forms.text_of(fields.get("mobnumber"))
        text = _forms.text_of(fields.get("message"))
        if number is None or text is None:
            return None
        drafts.append(Draft(recipient=number.strip(), sender=sender, text=text))
    return tuple(drafts)


def _send(drafts: tuple[Draft, ...]) -> Wanted:
    return Wanted(SendMessages(drafts=drafts, submission=len(drafts) > 1))


# -- looking --------------------------------------------------------------------------------------


def _read_balance(_fields: Fields) -> Wanted:
    return Wanted(GetBalance())


def _read_report(fields: Fields) -> Wanted | Refusal:
    number = _forms.text_of(fields.get("mobilenumber"))
    trxn = _forms.text_of(fields.get("trxnid"))
    if number is None or trxn is None:
        return Refusal.MISSING_FIELD
    msisdn = parse_msisdn(number)
    recipient = msisdn if isinstance(msisdn, str) else number.strip()
    sealed = sealed_id(trxn)
    if sealed is None:  # not an id of ours: unknown, as one that is
        nowhere = FindByReference(submission=0, recipient=recipient)
        return Wanted(nowhere, Refused(refusal=Refusal.NOT_FOUND, field="submission"))
    return Wanted(FindByReference(submission=sealed, recipient=recipient))


def _read_pull(_fields: Fields) -> Wanted:
    return Wanted(FetchInbound(take=True, unread_only=True, limit=1))


# -- the table ------------------------------------------------------------------------------------

_SENDING: Final = (
    Endpoint("SMS", ("POST",), Form.SEND, _read_one),
    Endpoint("OneToMany", ("POST",), Form.SEND, _read_many, LONG_BODY_BYTES),
    Endpoint("DSMS", ("POST",), Form.DYNAMIC, _read_dynamic, LONG_BODY_BYTES),
    Endpoint("Send", ("GET", "POST"), Form.QUERY, _read_one, takes_forms=True),
    Endpoint(
        "SendOneToMany",
        ("GET", "POST"),
        Form.QUERY_LIST,
        _read_many,
        LONG_BODY_BYTES,
        takes_forms=True,
    ),
    Endpoint("Balance", ("GET", "POST"), Form.BALANCE, _read_balance, takes_forms=True),
    Endpoint("balanceCheck", ("GET", "POST"), Form.BALANCE, _read_balance, takes_forms=True),
    Endpoint("DlrApi", ("POST",), Form.DLR, _read_report),
)
_PULL: Final = Endpoint("PullSMS", ("GET", "POST"), Form.PULL, _read_pull, takes_forms=True)

ENDPOINTS: Final[Mapping[str, Endpoint]] = {
    **{f"/api/smssending/{row.name.lower()}": row for row in _SENDING},
    **{f"/api/SmsSending/{row.name}": row for row in _SENDING},
    "/api/incomingapi/pullsms": _PULL,
    "/api/IncomingApi/PullSMS": _PULL,
}
"""By path: in lower case, and as the vendor writes it, which spares most requests the folding."""
