"""What a customer's SMPP credential may set, as `settings` of the credential: each name with what it means,
its default and what it may be. The table is the only list: docs and checks are made from it. A value
that cannot be used counts as its default, for a session must not fail over a typing error of long ago.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

import msgspec

from heliograph.model.account import TrafficClass

__all__ = ["SETTINGS", "Setting", "Terms", "faults", "read_terms"]

_CLASSES: Final = {each.word: each for each in TrafficClass}


class Setting(NamedTuple):
    """One setting: the words it may be (None: a whole number within `least` and `most`)."""

    default: str
    sentence: str
    words: tuple[str, ...] | None = None
    least: int = 0
    most: int = 100_000
    advice: str = ""
    """What to choose instead of what it cannot be."""


_YES_NO: Final = ("yes", "no")
SETTINGS: Final[dict[str, Setting]] = {
    "max_binds": Setting(
        "10", "Sessions bound at the same time, on each node.", most=1000, least=1
    ),
    "per_second": Setting(
        "0",
        "Messages per second over all sessions of a node; beyond, ESME_RTHROTTLED. 0: no limit.",
    ),
    "window": Setting(
        "0",
        "Requests that a session may leave unanswered; beyond, ESME_RTHROTTLED. 0: the socket is not "
        "read while 512 wait.",
        most=512,
    ),
    "delivery_window": Setting(
        "10", "deliver_sm that a session may leave unanswered.", most=100, least=1
    ),
    "alphabet": Setting(
        "gsm", "What data_coding 0 means.", ("gsm", "gsm_packed", "latin1", "ascii")
    ),
    "id_form": Setting(
        "hex",
        "Message ids as 16 lower-case hexadecimal digits, or as up to 20 decimal ones.",
        ("hex", "decimal"),
        advice="There are no ids of at most 10 digits: take decimal, and let the reader keep ids as "
        "text or as unsigned 64-bit numbers.",
    ),
    "receipt_form": Setting(
        "text+tlv",
        "What a receipt says: the customary text, the TLVs, or both.",
        ("text+tlv", "text", "tlv"),
    ),
    "receipt_pdu": Setting(
        "deliver_sm", "The PDU that carries a receipt.", ("deliver_sm", "data_sm")
    ),
    "inbound": Setting(
        "yes", "Whether messages from handsets are given to these sessions.", _YES_NO
    ),
    "inbound_form": Setting(
        "payload",
        "Long messages from handsets: whole in message_payload, or in parts with a user data header.",
        ("payload", "udh"),
    ),
    "class": Setting("transactional", "Traffic class of what is submitted.", tuple(_CLASSES)),
    "idempotency": Setting(
        "no",
        "Whether the same user_message_reference to the same destination is the same message, "
        "accepted once.",
        _YES_NO,
    ),
    "sar": Setting(
        "join",
        "Parts with sar_* TLVs: joined before they are accepted, all of them answered then; or each "
        "passed on at once with a user data header, for which it must leave room.",
        ("join", "udh"),
    ),
}


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """The settings of one credential, read."""

    max_binds: int
    per_second: int
    window: int
    delivery_window: int
    alphabet: str
    decimal_ids: bool
    receipt_text: bool
    receipt_tlvs: bool
    receipt_by_data_sm: bool
    inbound_by_payload: bool
    traffic_class: TrafficClass
    idempotent: bool
    joins_sar: bool


def faults(settings: Mapping[str, str]) -> list[str]:
    """A sentence for each setting that there is not, or that cannot have this value."""
    found = [f"There is no setting “{name}”." for name in settings if name not in SETTINGS]
    for name, setting in SETTINGS.items():
        value = settings.get(name)
        if value is not None and not _fits(setting, value):
            may_be = (
                f"a number from {setting.least} to {setting.most}"
                if setting.words is None
                else " or ".join(setting.words)
            )
            found.append(f"“{name}” is {may_be}. {setting.advice}".rstrip())
    return found


def _fits(setting: Setting, value: str) -> bool:
    if setting.words is not None:
        return value in setting.words
    plain = value.isascii() and value.isdecimal() and len(value) < 10
    return plain and setting.least <= int(value) <= setting.most


def read_terms(settings: Mapping[str, str]) -> Terms:
    """The terms that a credential's settings make."""

    def word(name: str) -> str:
        value = settings.get(name, "")
        return value if _fits(SETTINGS[name], value) else SETTINGS[name].default

    number: Callable[[str], int] = lambda name: int(word(name))  # noqa: E731
    form = word("receipt_form")
    return Terms(
        max_binds=number("max_binds"),
        per_second=number("per_second"),
        window=number("window"),
        delivery_window=number("delivery_window"),
        alphabet=word("alphabet"),
        decimal_ids=word("id_form") == "decimal",
        receipt_text=form != "tlv",
        receipt_tlvs=form != "text",
        receipt_by_data_sm=word("receipt_pdu") == "data_sm",
        inbound_by_payload=word("inbound_form") == "payload",
        traffic_class=_CLASSES[word("class")],
        idempotent=word("idempotency") == "yes",
        joins_sar=word("sar") == "join",
    )
