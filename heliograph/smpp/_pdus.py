"""The PDUs of SMPP 3.4 and 5.0. Each class is its own table: the annotations of its attributes are the
fields in the order of the wire, and reading, writing and `docs/smpp.md` are all made from them. A PDU is
a value: it is never changed, knows no session and checks nothing that needs more than itself.

Attributes may be given by position, against the habit of the house, because the reader builds PDUs
that way ten times faster; write names.
"""

from typing import Annotated, Any, ClassVar, Final, get_args, get_type_hints

import msgspec

from heliograph.smpp._errors import RESPONSE_BIT
from heliograph.smpp._fields import (
    CString,
    Destination,
    Destinations,
    Field,
    Octet,
    ShortMessage,
    Unsuccessful,
    UnsuccessfulList,
)
from heliograph.smpp._status import CommandStatus
from heliograph.smpp._tlvs import Tlvs, find_tlv

__all__ = [
    "PDUS",
    "AlertNotification",
    "Bind",
    "BindReceiver",
    "BindReceiverResp",
    "BindResp",
    "BindTransceiver",
    "BindTransceiverResp",
    "BindTransmitter",
    "BindTransmitterResp",
    "BroadcastSm",
    "BroadcastSmResp",
    "CancelBroadcastSm",
    "CancelBroadcastSmResp",
    "CancelSm",
    "CancelSmResp",
    "DataSm",
    "DataSmResp",
    "DeliverSm",
    "DeliverSmResp",
    "EnquireLink",
    "EnquireLinkResp",
    "GenericNack",
    "Outbind",
    "Pdu",
    "QueryBroadcastSm",
    "QueryBroadcastSmResp",
    "QuerySm",
    "QuerySmResp",
    "ReplaceSm",
    "ReplaceSmResp",
    "Request",
    "Response",
    "SubmitMulti",
    "SubmitMultiResp",
    "SubmitSm",
    "SubmitSmResp",
    "Unbind",
    "UnbindResp",
    "field_table",
]

_S = CommandStatus

# One octet and text, by the name the specification gives the field. The larger `accept` sizes let a
# client in (to be refused politely) that was given longer credentials elsewhere.
U8 = Annotated[int, Octet()]
SystemId = Annotated[str, CString(16, _S.RINVSYSID, accept=65)]
Password = Annotated[str, CString(9, _S.RINVPASWD, accept=65)]
SystemType = Annotated[str, CString(13, _S.RINVSYSTYP, accept=65)]
AddressRange = Annotated[str, CString(41, _S.RINVPARLEN, accept=129)]
ServiceType = Annotated[str, CString(6, _S.RINVSERTYP)]
SourceAddr = Annotated[str, CString(21, _S.RINVSRCADR)]
LongSourceAddr = Annotated[str, CString(65, _S.RINVSRCADR)]
DestAddr = Annotated[str, CString(21, _S.RINVDSTADR)]
LongDestAddr = Annotated[str, CString(65, _S.RINVDSTADR)]
MessageId = Annotated[str, CString(65, _S.RINVMSGID)]
Schedule = Annotated[str, CString(17, _S.RINVSCHED)]
Validity = Annotated[str, CString(17, _S.RINVEXPIRY)]
FinalDate = Annotated[str, CString(17, _S.RINVPARLEN)]
Message = Annotated[bytes, ShortMessage()]


class Pdu(msgspec.Struct, frozen=True, gc=False):
    """Any PDU: its header (a session assigns `sequence_number`) and its TLVs, raw and in order."""

    sequence_number: int = 0
    command_status: int = 0
    tlvs: Tlvs = ()

    COMMAND_ID: ClassVar[int] = 0
    NAME: ClassVar[str] = ""
    SINCE: ClassVar[int] = 0x34

    def tlv(self, tag: int) -> bytes | None:
        """The octets of the first TLV with this tag, or None."""
        return find_tlv(self.tlvs, tag)


class Response(Pdu, frozen=True, gc=False):
    """A PDU that answers another. `header_only` says that no body follows, not even empty strings."""

    header_only: bool = False

    # 3.4 (4.1.2, 4.4.2, 4.7.2): no body is returned with an error; 3.3 and 5.0 return one.
    BARE_ON_ERROR: ClassVar[bool] = False


class Request(Pdu, frozen=True, gc=False):
    """A PDU sent of one's own accord. RESPONSE is None where the peer never answers."""

    RESPONSE: ClassVar[type[Response] | None] = None


class GenericNack(Response, frozen=True, gc=False):
    """The answer to a PDU that could not be understood; the status says why."""

    COMMAND_ID: ClassVar[int] = 0x80000000
    NAME: ClassVar[str] = "generic_nack"


class BindResp(Response, frozen=True, gc=False):
    """What the three bind responses share."""

    system_id: SystemId = ""

    BARE_ON_ERROR: ClassVar[bool] = True


class BindReceiverResp(BindResp, frozen=True, gc=False):
    """Answers bind_receiver."""

    COMMAND_ID: ClassVar[int] = 0x80000001
    NAME: ClassVar[str] = "bind_receiver_resp"


class BindTransmitterResp(BindResp, frozen=True, gc=False):
    """Answers bind_transmitter."""

    COMMAND_ID: ClassVar[int] = 0x80000002
    NAME: ClassVar[str] = "bind_transmitter_resp"


class BindTransceiverResp(BindResp, frozen=True, gc=False):
    """Answers bind_transceiver."""

    COMMAND_ID: ClassVar[int] = 0x80000009
    NAME: ClassVar[str] = "bind_transceiver_resp"


class Bind(Request, frozen=True, gc=False):
    """What the three bind requests share. `interface_version` 0x34 is 3.4, 0x50 is 5.0, less is 3.3."""

    system_id: SystemId = ""
    password: Password = ""
    system_type: SystemType = ""
    interface_version: U8 = 0x34
    addr_ton: U8 = 0
    addr_npi: U8 = 0
    address_range: AddressRange = ""


class BindReceiver(Bind, frozen=True, gc=False):
    """An ESME asks to receive only."""

    COMMAND_ID: ClassVar[int] = 0x00000001
    NAME: ClassVar[str] = "bind_receiver"
    RESPONSE: ClassVar[type[Response] | None] = BindReceiverResp


class BindTransmitter(Bind, frozen=True, gc=False):
    """An ESME asks to submit only."""

    COMMAND_ID: ClassVar[int] = 0x00000002
    NAME: ClassVar[str] = "bind_transmitter"
    RESPONSE: ClassVar[type[Response] | None] = BindTransmitterResp


class BindTransceiver(Bind, frozen=True, gc=False):
    """An ESME asks to submit and receive."""

    COMMAND_ID: ClassVar[int] = 0x00000009
    NAME: ClassVar[str] = "bind_transceiver"
    RESPONSE: ClassVar[type[Response] | None] = BindTransceiverResp


class Outbind(Request, frozen=True, gc=False):
    """An SMSC that connected to an ESME asks it to bind as a receiver. Never answered as such."""

    system_id: SystemId = ""
    password: Password = ""

    COMMAND_ID: ClassVar[int] = 0x0000000B
    NAME: ClassVar[str] = "outbind"


class UnbindResp(Response, frozen=True, gc=False):
    """Answers unbind; the connection closes after it."""

    COMMAND_ID: ClassVar[int] = 0x80000006
    NAME: ClassVar[str] = "unbind_resp"


class Unbind(Request, frozen=True, gc=False):
    """Either side ends the session in good order."""

    COMMAND_ID: ClassVar[int] = 0x00000006
    NAME: ClassVar[str] = "unbind"
    RESPONSE: ClassVar[type[Response] | None] = UnbindResp


class EnquireLinkResp(Response, frozen=True, gc=False):
    """Answers enquire_link."""

    COMMAND_ID: ClassVar[int] = 0x80000015
    NAME: ClassVar[str] = "enquire_link_resp"


class EnquireLink(Request, frozen=True, gc=False):
    """Either side asks whether the other is still there."""

    COMMAND_ID: ClassVar[int] = 0x00000015
    NAME: ClassVar[str] = "enquire_link"
    RESPONSE: ClassVar[type[Response] | None] = EnquireLinkResp


class _Sm(Request, frozen=True, gc=False):
    """The body that submit_sm and deliver_sm share. sm_length is counted, never given."""

    service_type: ServiceType = ""
    source_addr_ton: U8 = 0
    source_addr_npi: U8 = 0
    source_addr: SourceAddr = ""
    dest_addr_ton: U8 = 0
    dest_addr_npi: U8 = 0
    destination_addr: DestAddr = ""
    esm_class: U8 = 0
    protocol_id: U8 = 0
    priority_flag: U8 = 0
    schedule_delivery_time: Schedule = ""
    validity_period: Validity = ""
    registered_delivery: U8 = 0
    replace_if_present_flag: U8 = 0
    data_coding: U8 = 0
    sm_default_msg_id: U8 = 0
    short_message: Message = b""


class SubmitSmResp(Response, frozen=True, gc=False):
    """Answers submit_sm with the SMSC's message id."""

    message_id: MessageId = ""

    COMMAND_ID: ClassVar[int] = 0x80000004
    NAME: ClassVar[str] = "submit_sm_resp"
    BARE_ON_ERROR: ClassVar[bool] = True


class SubmitSm(_Sm, frozen=True, gc=False):
    """An ESME submits a short message to one destination."""

    COMMAND_ID: ClassVar[int] = 0x00000004
    NAME: ClassVar[str] = "submit_sm"
    RESPONSE: ClassVar[type[Response] | None] = SubmitSmResp


class DeliverSmResp(Response, frozen=True, gc=False):
    """Answers deliver_sm; message_id is not used and stays empty."""

    message_id: MessageId = ""

    COMMAND_ID: ClassVar[int] = 0x80000005
    NAME: ClassVar[str] = "deliver_sm_resp"


class DeliverSm(_Sm, frozen=True, gc=False):
    """An SMSC delivers a message or a receipt to an ESME."""

    COMMAND_ID: ClassVar[int] = 0x00000005
    NAME: ClassVar[str] = "deliver_sm"
    RESPONSE: ClassVar[type[Response] | None] = DeliverSmResp


class DataSmResp(Response, frozen=True, gc=False):
    """Answers data_sm."""

    message_id: MessageId = ""

    COMMAND_ID: ClassVar[int] = 0x80000103
    NAME: ClassVar[str] = "data_sm_resp"
    BARE_ON_ERROR: ClassVar[bool] = True


class DataSm(Request, frozen=True, gc=False):
    """Either side transfers a message; its text is in the TLV message_payload."""

    service_type: ServiceType = ""
    source_addr_ton: U8 = 0
    source_addr_npi: U8 = 0
    source_addr: LongSourceAddr = ""
    dest_addr_ton: U8 = 0
    dest_addr_npi: U8 = 0
    destination_addr: LongDestAddr = ""
    esm_class: U8 = 0
    registered_delivery: U8 = 0
    data_coding: U8 = 0

    COMMAND_ID: ClassVar[int] = 0x00000103
    NAME: ClassVar[str] = "data_sm"
    RESPONSE: ClassVar[type[Response] | None] = DataSmResp


class SubmitMultiResp(Response, frozen=True, gc=False):
    """Answers submit_multi; `no_unsuccess` lists the refused destinations."""

    message_id: MessageId = ""
    no_unsuccess: Annotated[tuple[Unsuccessful, ...], UnsuccessfulList()] = ()

    COMMAND_ID: ClassVar[int] = 0x80000021
    NAME: ClassVar[str] = "submit_multi_resp"


class SubmitMulti(Request, frozen=True, gc=False):
    """An ESME submits one message to many destinations."""

    service_type: ServiceType = ""
    source_addr_ton: U8 = 0
    source_addr_npi: U8 = 0
    source_addr: SourceAddr = ""
    dest_addresses: Annotated[tuple[Destination, ...], Destinations()] = ()
    esm_class: U8 = 0
    protocol_id: U8 = 0
    priority_flag: U8 = 0
    schedule_delivery_time: Schedule = ""
    validity_period: Validity = ""
    registered_delivery: U8 = 0
    replace_if_present_flag: U8 = 0
    data_coding: U8 = 0
    sm_default_msg_id: U8 = 0
    short_message: Message = b""

    COMMAND_ID: ClassVar[int] = 0x00000021
    NAME: ClassVar[str] = "submit_multi"
    RESPONSE: ClassVar[type[Response] | None] = SubmitMultiResp


class QuerySmResp(Response, frozen=True, gc=False):
    """Answers query_sm."""

    message_id: MessageId = ""
    final_date: FinalDate = ""
    message_state: U8 = 0
    error_code: U8 = 0

    COMMAND_ID: ClassVar[int] = 0x80000003
    NAME: ClassVar[str] = "query_sm_resp"


class QuerySm(Request, frozen=True, gc=False):
    """An ESME asks for the state of a message."""

    message_id: MessageId = ""
    source_addr_ton: U8 = 0
    source_addr_npi: U8 = 0
    source_addr: SourceAddr = ""

    COMMAND_ID: ClassVar[int] = 0x00000003
    NAME: ClassVar[str] = "query_sm"
    RESPONSE: ClassVar[type[Response] | None] = QuerySmResp


class ReplaceSmResp(Response, frozen=True, gc=False):
    """Answers replace_sm."""

    COMMAND_ID: ClassVar[int] = 0x80000007
    NAME: ClassVar[str] = "replace_sm_resp"


class ReplaceSm(Request, frozen=True, gc=False):
    """An ESME replaces a message not yet delivered."""

    message_id: MessageId = ""
    source_addr_ton: U8 = 0
    source_addr_npi: U8 = 0
    source_addr: SourceAddr = ""
    schedule_delivery_time: Schedule = ""
    validity_period: Validity = ""
    registered_delivery: U8 = 0
    sm_default_msg_id: U8 = 0
    short_message: Message = b""

    COMMAND_ID: ClassVar[int] = 0x00000007
    NAME: ClassVar[str] = "replace_sm"
    RESPONSE: ClassVar[type[Response] | None] = ReplaceSmResp


class CancelSmResp(Response, frozen=True, gc=False):
    """Answers cancel_sm."""

    COMMAND_ID: ClassVar[int] = 0x80000008
    NAME: ClassVar[str] = "cancel_sm_resp"


class CancelSm(Request, frozen=True, gc=False):
    """An ESME withdraws one message, or all from a source to a destination when message_id is empty."""

    service_type: ServiceType = ""
    message_id: MessageId = ""
    source_addr_ton: U8 = 0
    source_addr_npi: U8 = 0
    source_addr: SourceAddr = ""
    dest_addr_ton: U8 = 0
    dest_addr_npi: U8 = 0
    destination_addr: DestAddr = ""

    COMMAND_ID: ClassVar[int] = 0x00000008
    NAME: ClassVar[str] = "cancel_sm"
    RESPONSE: ClassVar[type[Response] | None] = CancelSmResp


class AlertNotification(Request, frozen=True, gc=False):
    """An SMSC tells that a subscriber became reachable. Never answered."""

    source_addr_ton: U8 = 0
    source_addr_npi: U8 = 0
    source_addr: LongSourceAddr = ""
    esme_addr_ton: U8 = 0
    esme_addr_npi: U8 = 0
    esme_addr: LongDestAddr = ""

    COMMAND_ID: ClassVar[int] = 0x00000102
    NAME: ClassVar[str] = "alert_notification"


class BroadcastSmResp(Response, frozen=True, gc=False):
    """Answers broadcast_sm."""

    message_id: MessageId = ""

    COMMAND_ID: ClassVar[int] = 0x80000111
    NAME: ClassVar[str] = "broadcast_sm_resp"
    SINCE: ClassVar[int] = 0x50


class BroadcastSm(Request, frozen=True, gc=False):
    """An ESME submits a cell broadcast; areas, content and repetition are TLVs."""

    service_type: ServiceType = ""
    source_addr_ton: U8 = 0
    source_addr_npi: U8 = 0
    source_addr: SourceAddr = ""
    message_id: MessageId = ""
    priority_flag: U8 = 0
    schedule_delivery_time: Schedule = ""
    validity_period: Validity = ""
    replace_if_present_flag: U8 = 0
    data_coding: U8 = 0
    sm_default_msg_id: U8 = 0

    COMMAND_ID: ClassVar[int] = 0x00000111
    NAME: ClassVar[str] = "broadcast_sm"
    SINCE: ClassVar[int] = 0x50
    RESPONSE: ClassVar[type[Response] | None] = BroadcastSmResp


class QueryBroadcastSmResp(Response, frozen=True, gc=False):
    """Answers query_broadcast_sm; the state and the areas are TLVs."""

    message_id: MessageId = ""

    COMMAND_ID: ClassVar[int] = 0x80000112
    NAME: ClassVar[str] = "query_broadcast_sm_resp"
    SINCE: ClassVar[int] = 0x50


class QueryBroadcastSm(Request, frozen=True, gc=False):
    """An ESME asks for the state of a cell broadcast."""

    message_id: MessageId = ""
    source_addr_ton: U8 = 0
    source_addr_npi: U8 = 0
    source_addr: SourceAddr = ""

    COMMAND_ID: ClassVar[int] = 0x00000112
    NAME: ClassVar[str] = "query_broadcast_sm"
    SINCE: ClassVar[int] = 0x50
    RESPONSE: ClassVar[type[Response] | None] = QueryBroadcastSmResp


class CancelBroadcastSmResp(Response, frozen=True, gc=False):
    """Answers cancel_broadcast_sm."""

    COMMAND_ID: ClassVar[int] = 0x80000113
    NAME: ClassVar[str] = "cancel_broadcast_sm_resp"
    SINCE: ClassVar[int] = 0x50


class CancelBroadcastSm(Request, frozen=True, gc=False):
    """An ESME withdraws a cell broadcast."""

    service_type: ServiceType = ""
    message_id: MessageId = ""
    source_addr_ton: U8 = 0
    source_addr_npi: U8 = 0
    source_addr: SourceAddr = ""

    COMMAND_ID: ClassVar[int] = 0x00000113
    NAME: ClassVar[str] = "cancel_broadcast_sm"
    SINCE: ClassVar[int] = 0x50
    RESPONSE: ClassVar[type[Response] | None] = CancelBroadcastSmResp


_REQUESTS: Final[tuple[type[Request], ...]] = (
    BindReceiver, BindTransmitter, BindTransceiver, Outbind, Unbind, EnquireLink, SubmitSm,
    SubmitMulti, DeliverSm, DataSm, QuerySm, ReplaceSm, CancelSm, AlertNotification, BroadcastSm,
    QueryBroadcastSm, CancelBroadcastSm,
)  # fmt: skip


def _all() -> dict[int, type[Pdu]]:
    found: dict[int, type[Pdu]] = {GenericNack.COMMAND_ID: GenericNack}
    for request in _REQUESTS:
        found[request.COMMAND_ID] = request
        if request.RESPONSE is not None:
            found[request.COMMAND_ID | RESPONSE_BIT] = request.RESPONSE
    return found


PDUS: Final[dict[int, type[Pdu]]] = _all()
"""Every PDU class by command_id."""


def field_table(pdu: type[Pdu]) -> dict[str, Field]:
    """The body of a PDU: attribute name to what it is on the wire, in the order of the wire."""
    hints: dict[str, Any] = get_type_hints(pdu, include_extras=True)
    return {
        name: argument
        for name in pdu.__struct_fields__
        for argument in get_args(hints[name])
        if isinstance(argument, Field)
    }
