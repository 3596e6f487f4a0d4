"""What the room shows, and what it stands on."""

import ast
import sys
from pathlib import Path

from heliograph import smpp

ROOM = Path(smpp.__file__).parent


def test_public_names_are_exactly_these() -> None:
    assert sorted(smpp.__all__) == [
        "AlertNotification", "Alphabet", "AnswerableError", "Bind", "BindReceiver",
        "BindReceiverResp", "BindRefused", "BindRequested", "BindResp", "BindTransceiver",
        "BindTransceiverResp", "BindTransmitter", "BindTransmitterResp", "Bound", "BroadcastSm",
        "BroadcastSmResp", "CancelBroadcastSm", "CancelBroadcastSmResp", "CancelSm",
        "CancelSmResp", "CloseReason", "CloseRequired", "Coding", "CommandStatus", "Complete",
        "DEFAULT_MAX_PDU_OCTETS", "DataSm", "DataSmResp", "DeliverSm", "DeliverSmResp",
        "Destination", "EnquireLink", "EnquireLinkResp", "EsmClass", "Event", "FatalError",
        "FrameReader", "GenericNack", "GivenUp", "GivenUpReason", "Held", "LocalProtocolError",
        "LossReason", "MessageState", "Npi", "Outbind", "Outstanding", "PDUS", "Part",
        "PartKey", "PartWidth", "Pdu", "PduReceived", "ProtocolFault", "QueryBroadcastSm",
        "QueryBroadcastSmResp", "QuerySm", "QuerySmResp", "Reassembler", "Receipt", "Refusal",
        "RegisteredDelivery", "RemoteProtocolError", "ReplaceSm", "ReplaceSmResp", "Request",
        "RequestLost", "Response", "ResponseReceived", "Role", "Session", "SessionState",
        "SmppError", "SubmitMulti", "SubmitMultiResp", "SubmitSm", "SubmitSmResp", "THROTTLING",
        "TLV_SHAPES", "Tag", "Tlv", "TlvKind", "TlvShape", "Tlvs", "Ton", "Unbind",
        "UnbindResp", "Unbound", "UnmatchedResponse", "Unsuccessful", "concatenation_udh",
        "data_coding", "decode", "encode", "find_tlv", "format_absolute_time",
        "format_receipt_text", "format_relative_time", "has_udh", "is_receipt",
        "message_id_candidates", "message_octets", "normalise_message_id", "parse_receipt",
        "parse_receipt_text", "parse_time", "read_data_coding", "read_part", "receipt_tlvs",
        "sar_tlvs", "smpp_markdown", "status_meaning", "status_name", "tlv", "tlv_int",
        "tlv_text",
    ]  # fmt: skip
    assert all(hasattr(smpp, name) for name in smpp.__all__)


def test_the_room_imports_only_itself_msgspec_and_the_standard_library() -> None:
    for path in ROOM.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            modules = []
            if isinstance(node, ast.Import):
                modules = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                modules = [node.module or ""]
            for module in modules:
                own = module.startswith("heliograph.smpp.") or module == "msgspec"
                assert own or module.split(".")[0] in sys.stdlib_module_names, (path, module)


def test_the_room_reads_no_clock_and_opens_no_socket() -> None:
    for path in ROOM.glob("*.py"):
        text = path.read_text()
        for word in ("import socket", "import asyncio", "import time", ".now(", "utcnow", "random"):
            assert word not in text, (path, word)


def test_every_error_is_in_one_tree() -> None:
    assert issubclass(smpp.LocalProtocolError, smpp.SmppError)
    assert issubclass(smpp.AnswerableError, smpp.RemoteProtocolError)
    assert issubclass(smpp.FatalError, smpp.RemoteProtocolError)
    assert issubclass(smpp.RemoteProtocolError, smpp.SmppError)
