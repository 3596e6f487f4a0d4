"""What each request of a bound customer becomes: commands to the desk, and the response that their answers
make. One function per PDU, chosen by one table. It knows neither sockets nor sessions.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any, Final, Protocol

import msgspec

from heliograph.edge.ask import Desk
from heliograph.edge.smpp.codes import status_of
from heliograph.edge.smpp.content import Content, content_of, decode_default
from heliograph.edge.smpp.read import (
    draft_of,
    drafts_of,
    read_id,
    read_times,
    recipient_of,
    replaced_callback,
    send_one,
)
from heliograph.edge.smpp.received import received
from heliograph.edge.smpp.settings import Terms
from heliograph.edge.smpp.write import query_answer, write_id
from heliograph.model.account import Scope
from heliograph.model.command import (
    Accepted,
    AcceptedItem,
    CancelMessage,
    Claim,
    FindMessage,
    ListMessages,
    Messages,
    MessageTrace,
    Principal,
    ReplaceMessage,
    SendMessages,
)
from heliograph.model.ids import seal
from heliograph.model.message import Encoding
from heliograph.model.number import InvalidNumber, parse_msisdn
from heliograph.model.refusal import Refusal, Refused
from heliograph.model.status import Status
from heliograph.smpp import (
    AnswerableError,
    CancelSm,
    CancelSmResp,
    CommandStatus,
    DataSm,
    DataSmResp,
    QuerySm,
    ReplaceSm,
    ReplaceSmResp,
    Request,
    Response,
    SubmitMulti,
    SubmitMultiResp,
    SubmitSm,
    SubmitSmResp,
    Tag,
    Unsuccessful,
    tlv,
)
from heliograph.text import TextError, decode_ucs2

__all__ = ["ANSWERS", "SUBMITS", "Asked", "Submitting", "answer", "submit_soon"]

_S = CommandStatus
_FORBIDDEN: Final = Refused(refusal=Refusal.FORBIDDEN)
_NOT_FOUND: Final = Refused(refusal=Refusal.NOT_FOUND)
_V50: Final = 0x50
_MOST_CANCELLED: Final = 1000


class Submitting(Desk, Protocol):
    """What this door needs of the house beyond that."""

    def soon(
        self,
        principal: Principal,
        command: SendMessages,
        told: Callable[[Accepted | Refused | None], None],
    ) -> bool:
        """`perform` for a caller who does not wait: `told` hears the answer, a yes after the commit, and
        None where it could not be carried out. False for what has to be performed."""


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """Who asks, and how its session speaks."""

    desk: Submitting
    principal: Principal
    terms: Terms
    version: int
    now: datetime
    peer: str = ""
    claim: Claim | None = None
    """By which the session was bound."""
    noted: list[Refused] = []
    """Why the answer is a no, or parts of it are: filled while it is made."""


async def answer(asked: Asked, pdu: Request, content: Content | None = None) -> Response:
    """The response to a request; `content` is the whole message where its parts were joined.

    Raises `AnswerableError` with the status for a request that cannot mean what it says.
    """
    return await ANSWERS[type(pdu)](asked, pdu, content)


async def _submit(asked: Asked, pdu: SubmitSm | DataSm, content: Content | None) -> Response:
    if not asked.principal.may(Scope.SEND):
        return _submitted(asked, pdu, _FORBIDDEN)
    command = _command(asked, pdu, content)
    return _submitted(asked, pdu, await asked.desk.perform(_sender(asked, pdu, content), command))


def submit_soon(
    asked: Asked, pdu: SubmitSm | DataSm, told: Callable[[Response | None], None]
) -> bool:
    """`answer` without a task: `told` hears the response, None for a fault of ours. False where it is
    `answer` that has to do it. Raises as `answer` does.
    """
    if not asked.principal.may(Scope.SEND) or (asked.terms.idempotent and pdu.tlvs):
        return False
    command = _command(asked, pdu, None)
    return asked.desk.soon(
        _sender(asked, pdu, None),
        command,
        lambda said: told(None if said is None else _submitted(asked, pdu, said)),
    )


def _command(asked: Asked, pdu: SubmitSm | DataSm, content: Content | None) -> SendMessages:
    terms = asked.terms
    what = content or content_of(pdu, terms, version=asked.version)
    draft = draft_of(pdu, what, terms, asked.principal.credential.id, asked.now)
    return send_one(draft, pdu, terms)


def _submitted(asked: Asked, pdu: SubmitSm | DataSm, said: object) -> Response:
    kind = SubmitSmResp if isinstance(pdu, SubmitSm) else DataSmResp
    item = said.items[0] if isinstance(said, Accepted) else said
    if isinstance(item, AcceptedItem):
        return kind(message_id=write_id(asked.principal.key, item.message_id, asked.terms))
    return _no(asked, kind, _refused(item))


async def _submit_multi(asked: Asked, pdu: SubmitMulti, content: Content | None) -> Response:
    if not asked.principal.may(Scope.SEND):
        return _no(asked, SubmitMultiResp, _FORBIDDEN)
    terms, principal = asked.terms, asked.principal
    what = content or content_of(pdu, terms, version=asked.version)
    drafts = drafts_of(pdu, what, terms, principal.credential.id, asked.now)
    lists = [
        Unsuccessful(0, 0, each.dl_name, _S.RINVDLNAME)
        for each in pdu.dest_addresses
        if each.dl_name
    ]
    if not drafts:
        nobody = _S.RINVDLNAME if lists else _S.RINVNUMDESTS
        return SubmitMultiResp(command_status=nobody, no_unsuccess=tuple(lists))
    sender = _sender(asked, pdu, content)
    said = await asked.desk.perform(sender, SendMessages(drafts=drafts))
    if not isinstance(said, Accepted):
        return _no(asked, SubmitMultiResp, _refused(said))
    targets = [each for each in pdu.dest_addresses if not each.dl_name]
    failed = [
        Unsuccessful(to.addr_ton, to.addr_npi, to.destination_addr, status_of(item))
        for to, item in zip(targets, said.items, strict=True)
        if isinstance(item, Refused)
    ]
    asked.noted.extend(item for item in said.items if isinstance(item, Refused))
    status: int = failed[0].error_status_code if len(failed) == len(drafts) else _S.ROK
    return SubmitMultiResp(
        command_status=status,
        message_id="" if status else write_id(principal.key, said.submission_id, terms),
        no_unsuccess=(*failed, *lists),
    )


def _sender(
    asked: Asked, pdu: SubmitSm | DataSm | SubmitMulti, content: Content | None
) -> Principal:
    """The caller with the request, which is kept with its messages."""
    kept = received(pdu, asked.peer, asked.claim, joined=content is not None)
    return msgspec.structs.replace(asked.principal, received=kept)


async def _query(asked: Asked, pdu: QuerySm, content: Content | None) -> Response:
    del content
    found = await _find(asked, pdu.message_id)
    if isinstance(found, Refused):
        return _bare_no(asked, pdu, found, _S.RQUERYFAIL)
    return query_answer(found.record, pdu.message_id)


async def _cancel(asked: Asked, pdu: CancelSm, content: Content | None) -> Response:
    del content
    if not asked.principal.may(Scope.SEND):
        return _bare_no(asked, pdu, _FORBIDDEN, _S.RCANCELFAIL)
    if not pdu.message_id:
        return await _cancel_all(asked, pdu)
    number = read_id(pdu.message_id, asked.terms)
    if number is None:
        return _bare(pdu, _S.RINVMSGID)
    said = await asked.desk.perform(asked.principal, CancelMessage(message=number))
    if isinstance(said, Refused):
        return _bare_no(asked, pdu, said, _S.RCANCELFAIL)
    return CancelSmResp()


async def _cancel_all(asked: Asked, pdu: CancelSm) -> Response:
    """No message_id: everything from this source to this destination that no carrier has yet."""
    principal = asked.principal
    recipient = parse_msisdn(
        recipient_of(pdu.dest_addr_ton, pdu.destination_addr),
        default_region=principal.account.default_region,
    )
    if isinstance(recipient, InvalidNumber) or not pdu.source_addr:
        return _bare(pdu, _S.RINVDSTADR if pdu.source_addr else _S.RINVSRCADR)
    cancelled = 0
    for status in (Status.SCHEDULED, Status.QUEUED):
        wanted = ListMessages(
            recipient=recipient,
            sender=pdu.source_addr,
            statuses=(status,),
            limit=_MOST_CANCELLED,
        )
        found = await asked.desk.perform(principal, wanted)
        for record in found.items if isinstance(found, Messages) else ():
            command = CancelMessage(message=seal(principal.key, record.message.id))
            cancelled += not isinstance(await asked.desk.perform(principal, command), Refused)
    return CancelSmResp() if cancelled else _bare(pdu, _S.RCANCELFAIL)


async def _replace(asked: Asked, pdu: ReplaceSm, content: Content | None) -> Response:
    """The new text is in the alphabet of the old: replace_sm has no data_coding."""
    del content
    if not asked.principal.may(Scope.SEND):
        return _bare_no(asked, pdu, _FORBIDDEN, _S.RREPLACEFAIL)
    found = await _find(asked, pdu.message_id)
    if isinstance(found, Refused):
        return _bare_no(asked, pdu, found, _S.RREPLACEFAIL)
    if pdu.sm_default_msg_id:
        return _bare(pdu, _S.RINVDFTMSGID)
    times = read_times(pdu.schedule_delivery_time, pdu.validity_period, asked.now)
    command = ReplaceMessage(
        message=seal(asked.principal.key, found.record.message.id),
        text=_new_text(pdu, found, asked.terms),
        send_at=times.send_at,
        validity_seconds=times.validity_seconds,
        callback=replaced_callback(pdu, asked.principal.credential.id),
    )
    said = await asked.desk.perform(asked.principal, command)
    if isinstance(said, Refused):
        return _bare_no(asked, pdu, said, _S.RREPLACEFAIL)
    return ReplaceSmResp()


def _new_text(pdu: ReplaceSm, found: MessageTrace, terms: Terms) -> str | None:
    if not pdu.short_message:
        return None
    match found.record.message.encoding:
        case Encoding.BINARY:
            raise AnswerableError("binary is not replaced", command_status=_S.RREPLACEFAIL)
        case Encoding.UCS2:
            try:
                return decode_ucs2(pdu.short_message)
            except TextError as error:
                raise AnswerableError(str(error), command_status=_S.RINVMSGLEN) from error
        case _:
            return decode_default(pdu.short_message, terms)


async def _find(asked: Asked, message_id: str) -> MessageTrace | Refused:
    if not asked.principal.may(Scope.READ):
        return _FORBIDDEN
    number = read_id(message_id, asked.terms)
    if number is None:
        return _NOT_FOUND
    said = await asked.desk.perform(asked.principal, FindMessage(message=number))
    return said if isinstance(said, MessageTrace) else _refused(said)


def _refused(said: object) -> Refused:
    """A desk that answers with what was not asked for has broken its promise."""
    return said if isinstance(said, Refused) else Refused(refusal=Refusal.INTERNAL)


def _bare(pdu: Request, status: CommandStatus) -> Response:
    kind = type(pdu).RESPONSE
    assert kind is not None  # noqa: S101 - every request in the table has one
    return kind(command_status=status)


def _bare_no(asked: Asked, pdu: Request, refused: Refused, failure: CommandStatus) -> Response:
    """A refusal told by its status alone."""
    asked.noted.append(refused)
    return _bare(pdu, status_of(refused, failure))


def _no(asked: Asked, kind: type[Response], refused: Refused) -> Response:
    """A refusal; 5.0 lets a response say the reason in words."""
    asked.noted.append(refused)
    status = status_of(refused)
    if asked.version < _V50:
        return kind(command_status=status)
    told = tlv(Tag.ADDITIONAL_STATUS_INFO_TEXT, refused.refusal.code)
    return kind(command_status=status, tlvs=(told,))


_Answer = Callable[[Asked, Any, Content | None], Awaitable[Response]]
ANSWERS: Final[dict[type[Request], _Answer]] = {
    SubmitSm: _submit,
    DataSm: _submit,
    SubmitMulti: _submit_multi,
    QuerySm: _query,
    CancelSm: _cancel,
    ReplaceSm: _replace,
}
"""Requests that are carried out; any other is not known here."""
SUBMITS: Final = (SubmitSm, DataSm, SubmitMulti)
"""Requests that bring messages."""
