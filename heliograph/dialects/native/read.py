"""Reads a request of the native API: the table finds the operation, its reader makes the command.

What cannot be read becomes a verdict that the door gives once the caller is known, so that strangers
learn nothing but that they are strangers. Nothing here may raise for any request, however odd.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final
from urllib.parse import parse_qsl

import msgspec

from heliograph.dialects._shape import Ask, HttpReply, HttpRequest
from heliograph.dialects.native._asked import Asked, refuse_nul
from heliograph.dialects.native._cookies import claim_by_cookie, foreign, in_clear
from heliograph.dialects.native._duties import DUTIES
from heliograph.dialects.native._operation import CSV, JSON, Operation
from heliograph.dialects.native._operations import OPERATIONS
from heliograph.dialects.native._routes import Match, match
from heliograph.dialects.native.codes import (
    Unreadable,
    as_refused,
    field_error,
    from_validation,
    refuse,
)
from heliograph.model.account import Credential, Permit, Scope, Sender, SenderState
from heliograph.model.command import (
    Claim,
    Command,
    GetBalance,
    Save,
)
from heliograph.model.inventory import ListOffers
from heliograph.model.refusal import Refusal, Refused
from heliograph.model.session import SESSION

_KEY_LENGTH_MAX: Final = 256
_QUERY_FIELDS_MAX: Final = 40
_NOTHING: Final = GetBalance()
_NO_QUERY: Final[dict[type[Any], Any]] = {each.query: each.query() for each in OPERATIONS}
_DECODERS: Final[dict[str, Callable[[bytes], Any]]] = {
    each.id: each.decode or msgspec.json.Decoder(each.body).decode
    for each in OPERATIONS
    if each.body is not None and not each.spools
}


def read(request: HttpRequest) -> Ask | HttpReply:
    """The request's meaning, or the reply to one that leads nowhere."""
    found = match(request.path)
    if found is None:
        return refuse(request, Refused(refusal=Refusal.NOT_FOUND))
    operation = found.methods.get(request.method)
    if operation is None:
        return _other_method(request, found)
    claim = None if operation.open else claim_of(request)
    if claim is None and not operation.open:
        return _stranger(request, operation)
    if claim is None or claim.dialect == SESSION:
        refused = foreign(request) or (in_clear(request) if operation.open else None)
        if refused is not None:
            return refuse(request, refused)
    duty, target = DUTIES[operation.id], "/".join(found.path.values())
    try:
        asked = Asked(
            request=request,
            path=found.path,
            query=_query(operation, request.query),
            body=_body(operation, request),
        )
        command = operation.read(asked)
    except Unreadable as unreadable:
        return Ask(
            claim=claim,
            command=_NOTHING,
            form=operation.id,
            verdict=unreadable.refused,
            scope=operation.scope,
            duty=duty,
            target=target,
        )
    return Ask(
        claim=claim,
        command=command,
        form=operation.id,
        scope=_scope(operation.scope, command),
        duty=duty,
        target=target,
    )


def claim_of(request: HttpRequest) -> Claim | None:
    """Who the caller says it is, by RFC 6750: `Authorization: Bearer hg_live_…`; without that by a
    browser's cookie."""
    given = request.headers.get("authorization")
    if given is None:
        return claim_by_cookie(request)
    scheme, _, secret = given.partition(" ")
    secret = secret.strip()
    if scheme.lower() != "bearer" or not 0 < len(secret) <= _KEY_LENGTH_MAX:
        return None
    return Claim(dialect="native", name="", secret=secret)


def _stranger(request: HttpRequest, operation: Operation) -> HttpReply:
    """Whether somebody is signed in, every page of the console asks first: that is nobody's mistake."""
    reply = refuse(request, Refused(refusal=Refusal.UNAUTHENTICATED))
    if operation.tag == "Session" and "authorization" not in request.headers:
        return msgspec.structs.replace(reply, refused=None)
    return reply


def _other_method(request: HttpRequest, found: Match) -> HttpReply:
    allowed = sorted({*found.methods, "OPTIONS", *(("HEAD",) if "GET" in found.methods else ())})
    allow = (("allow", ", ".join(allowed)),)
    if request.method == "OPTIONS":
        return HttpReply(status=204, body=b"", headers=allow)
    return refuse(request, Refused(refusal=Refusal.METHOD_NOT_ALLOWED), allow)


def _query(operation: Operation, query: str) -> Any:
    if not query:
        return _NO_QUERY[operation.query]
    try:
        pairs = parse_qsl(
            query, keep_blank_values=True, errors="strict", max_num_fields=_QUERY_FIELDS_MAX
        )
    except ValueError:
        raise Unreadable(
            Refused(refusal=Refusal.MALFORMED, detail="The query string cannot be read.")
        ) from None
    values = dict(pairs)
    if len(values) != len(pairs):
        raise Unreadable(
            Refused(refusal=Refusal.MALFORMED, detail="A query parameter is given twice.")
        )
    if "\0" in "".join(values.values()):
        raise Unreadable(
            Refused(refusal=Refusal.MALFORMED, detail="The query string holds U+0000.")
        )
    try:
        return msgspec.convert(values, operation.query, strict=False)
    except msgspec.ValidationError as error:
        raise Unreadable(from_validation(str(error), pointer=False)) from None


def _body(operation: Operation, request: HttpRequest) -> Any:
    if operation.body is None:
        return None
    kind = request.headers.get("content-type", JSON)
    if kind != JSON:
        kind = kind.partition(";")[0].strip().lower()
        if kind not in operation.media:
            raise field_error(
                "Content-Type",
                f"Expected {' or '.join(operation.media)}.",
                Refusal.UNSUPPORTED_MEDIA_TYPE,
            )
    if operation.spools:
        return None
    octets = request.body
    if not octets and operation.body_optional:
        return operation.body()
    if kind == CSV and operation.table is not None:
        return _without_nul(operation.table(octets), b"\0" in octets)
    try:
        body = _DECODERS[operation.id](octets)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Unreadable(as_refused(error)) from None
    return _without_nul(body, b"\\u0000" in octets)


def _without_nul(body: Any, suspect: bool) -> Any:
    if suspect:
        refuse_nul(body)
    return body


def _scope(scope: Scope, command: Command) -> Scope:
    """The operation's scope, or the operator's where the request goes beyond one's own."""
    if getattr(command, "for_account", None) is not None:
        return Scope.ADMIN
    if isinstance(command, ListOffers) and command.stock:
        return Scope.ADMIN
    if isinstance(command, Save):
        match command.thing:
            case Sender(state=state) | Permit(state=state) if state is not SenderState.PENDING:
                return Scope.ADMIN
            case Credential(scopes=scopes) if Scope.ADMIN in scopes:
                return Scope.ADMIN
    return scope
