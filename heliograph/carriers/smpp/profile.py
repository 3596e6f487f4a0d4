"""A carrier's settings, read: what the operator wrote as words becomes one checked `Profile`.

One table names every setting with its default, its reader and a sentence; `docs/adding-an-smpp-carrier.md`
is written from it. All faults are told at once. It must never put the password into a fault, and
never take a setting that it does not know.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec

from heliograph.carriers.smpp.words import Reader, amount, either, number, one_of, text, words
from heliograph.model.reason import Reason, reason_of
from heliograph.smpp import Tlvs

PASSWORD: Final = "password_secret"  # noqa: S105 - the setting's name

_STATUS: Final = re.compile(r"status\.(?:0x)?([0-9a-f]{1,8})", re.IGNORECASE | re.ASCII)
_ERROR: Final = re.compile(r"error\.([!-~]{1,16})")
_TLV: Final = re.compile(r"tlv\.(?:0x)?([0-9a-f]{1,4})", re.IGNORECASE | re.ASCII)
_REASONS: Final = {reason.word: reason for reason in Reason}


class Profile(msgspec.Struct, frozen=True, kw_only=True):
    """How one carrier is spoken to. Each field is the setting of the same name."""

    host: str
    port: int
    system_id: str
    password: str
    system_type: str
    address_range: str
    addr_ton: int
    addr_npi: int
    bind: str
    binds: int
    window: int
    per_second: float
    version: int
    tls: str
    tls_ca: str
    connect_timeout_seconds: float
    bind_timeout_seconds: float
    enquire_link_seconds: float
    response_timeout_seconds: float
    reconnect_seconds: float
    reconnect_most_seconds: float
    throttle_seconds: float
    queue_seconds: float
    alphabet: str
    gsm_dcs: int
    ucs2_dcs: int
    binary_dcs: int
    national: bool
    flash: bool
    long_message: str
    id_form: str
    number_prefix: str
    alphanumeric_ton: int
    alphanumeric_npi: int
    short_code_digits: int
    short_code_ton: int
    short_code_npi: int
    number_ton: int
    number_npi: int
    dest_ton: int
    dest_npi: int
    service_type: str
    protocol_id: int
    priority: int | None
    """None: the message's own."""
    registered_delivery: int
    validity: str
    error_codes: str
    utc_offset_minutes: int
    unmarked_receipts: bool
    part_timeout_seconds: float
    query: bool
    query_after_seconds: float
    query_every_seconds: float
    query_per_second: float
    query_id_upper: bool
    query_id_digits: int
    status_reasons: dict[int, Reason]
    error_reasons: dict[str, Reason]
    tlvs: Tlvs

    @property
    def retry_seconds(self) -> float:
        """How long after `submit` throttled parts may follow the others: the last time at which
        anything of a message is written."""
        return self.queue_seconds * 2

    @property
    def is_pair(self) -> bool:
        """Whether each bind is a transmitter and a receiver."""
        return self.bind == "pair"


class Setting(msgspec.Struct, frozen=True, kw_only=True):
    """One setting. `read` raises ValueError with what is expected; `default` None means it is needed."""

    default: str | None
    read: Callable[[str], Any]
    expects: str
    sentence: str


def _setting(default: str | None, read: Reader, sentence: str) -> Setting:
    return Setting(default=default, read=read[0], expects=read[1], sentence=sentence)


_YES: Final = one_of(yes=True, no=False)
_TON: Final = number(0, 6)
_OCTET: Final = number(0, 255)
_SECONDS: Final = amount(0.01, 3600)
_LONG_SECONDS: Final = amount(0.01, 604_800)

SETTINGS: Final[dict[str, Setting]] = {
    "host": _setting(None, text(255, 1), "Name or address of the SMSC."),
    "port": _setting("2775", number(1, 65535), "TCP port of the SMSC."),
    "system_id": _setting(None, text(15, 1), "Our name at the carrier."),
    PASSWORD: _setting("", text(8), "Our password; kept encrypted. SMPP allows 8 characters."),
    "system_type": _setting("", text(12), "Given when binding; mostly empty."),
    "address_range": _setting("", text(40), "Which recipients the bind receives; mostly empty."),
    "addr_ton": _setting("0", _TON, "Type of number of address_range."),
    "addr_npi": _setting("0", _OCTET, "Numbering plan of address_range."),
    "bind": _setting(
        "transceiver",
        words("transceiver", "pair"),
        "`pair` binds a transmitter and a receiver where the carrier knows no transceivers.",
    ),
    "binds": _setting("1", number(1, 64), "Binds (or pairs) held at once."),
    "window": _setting("10", number(1, 10_000), "Unanswered submit_sm per bind."),
    "per_second": _setting("0", amount(0, 1e6), "submit_sm per second and bind; 0 means no limit."),
    "version": _setting("3.4", one_of(**{"3.4": 0x34, "5.0": 0x50}), "SMPP version spoken."),
    "tls": _setting(
        "no",
        words("no", "yes", "unverified"),
        "`yes` checks the certificate and its name; `unverified` encrypts without knowing to whom.",
    ),
    "tls_ca": _setting(
        "", text(4096), "File with the certificates trusted instead of the system's."
    ),
    "connect_timeout_seconds": _setting("10", _SECONDS, "Patience for TCP and TLS."),
    "bind_timeout_seconds": _setting("30", _SECONDS, "Patience for bind_resp."),
    "enquire_link_seconds": _setting(
        "30",
        _SECONDS,
        "Silence after which the SMSC is asked whether it is there; after as much again the bind is dead.",
    ),
    "response_timeout_seconds": _setting(
        "60",
        _SECONDS,
        "Patience for submit_sm_resp. Longer than the server's submit_timeout_seconds, so that a late "
        "answer still counts.",
    ),
    "reconnect_seconds": _setting(
        "1", _SECONDS, "Pause before the first new connection; doubles, and is spread by chance."
    ),
    "reconnect_most_seconds": _setting("60", _SECONDS, "Longest pause between connections."),
    "throttle_seconds": _setting(
        "1", _SECONDS, "Pause of a bind after a first ESME_RTHROTTLED or ESME_RMSGQFUL; doubles."
    ),
    "queue_seconds": _setting(
        "10",
        amount(0.01, 300),
        "How long a message may wait for room before it is declined as throttled; parts that were "
        "throttled are tried again for twice as long. The server's submit_timeout_seconds must be longer "
        "than that.",
    ),
    "alphabet": _setting(
        "gsm", words("gsm", "latin1", "ascii"), "What data_coding 0 means here, both ways."
    ),
    "gsm_dcs": _setting("0", _OCTET, "data_coding of a text in the default alphabet."),
    "ucs2_dcs": _setting("8", _OCTET, "data_coding of a text in UCS2."),
    "binary_dcs": _setting("4", _OCTET, "data_coding of octets."),
    "national": _setting(
        "yes", _YES, "Whether texts may use national shift tables; if not they go as UCS2."
    ),
    "flash": _setting(
        "yes", _YES, "Whether flash messages go as such; if not they go as others do."
    ),
    "long_message": _setting(
        "udh8",
        words("udh8", "udh16", "sar", "payload"),
        "How a long text goes: user data header with 8 or 16 bit reference, sar_* TLVs, or whole in "
        "message_payload.",
    ),
    "id_form": _setting(
        "auto",
        words("auto", "as_is", "hex", "decimal"),
        "How message ids are written. `hex`: hexadecimal in submit_sm_resp and decimal in receipts; "
        "`decimal`: the other way about; `auto`: either, found by trying; `as_is`: the same to the octet.",
    ),
    "number_prefix": _setting(
        "",
        one_of(**{"": "", "+": "+", "00": "00"}),
        "Put before recipients and international senders.",
    ),
    "alphanumeric_ton": _setting("5", _TON, "source_addr_ton of a name."),
    "alphanumeric_npi": _setting("0", _OCTET, "source_addr_npi of a name."),
    "short_code_digits": _setting(
        "6", number(0, 20), "Senders of digits up to this length are short codes."
    ),
    "short_code_ton": _setting("3", _TON, "source_addr_ton of a short code."),
    "short_code_npi": _setting("0", _OCTET, "source_addr_npi of a short code."),
    "number_ton": _setting("1", _TON, "source_addr_ton of a longer number."),
    "number_npi": _setting("1", _OCTET, "source_addr_npi of a longer number."),
    "dest_ton": _setting("1", _TON, "dest_addr_ton."),
    "dest_npi": _setting("1", _OCTET, "dest_addr_npi."),
    "service_type": _setting("", text(5), "service_type of each submit_sm."),
    "protocol_id": _setting("0", _OCTET, "protocol_id of each submit_sm."),
    "priority": _setting(
        "0",
        either(one_of(message=None), number(0, 3)),
        "priority_flag of each submit_sm; `message` passes the message's own on.",
    ),
    "registered_delivery": _setting(
        "final",
        either(one_of(none=0x00, final=0x01, failure=0x02, intermediate=0x11), number(0, 31)),
        "Which receipts are asked for. Without them no message becomes delivered.",
    ),
    "validity": _setting(
        "relative",
        words("no", "relative", "absolute"),
        "Whether and in which form the remaining validity is told in validity_period.",
    ),
    "error_codes": _setting(
        "none",
        words("none", "gsm"),
        "`gsm`: `err:` in receipts is a MAP error of 3GPP TS 29.002, as the numbers of our reasons are.",
    ),
    "utc_offset_minutes": _setting("0", number(-900, 900), "Where the clock of receipts is."),
    "unmarked_receipts": _setting(
        "no",
        _YES,
        "Whether a text like that of a receipt is one although nothing marks it. Some SMSCs need it; "
        "it lets handsets forge receipts.",
    ),
    "part_timeout_seconds": _setting(
        "600", _SECONDS, "How long the parts of a long message from a handset may take to arrive."
    ),
    "query": _setting(
        "no",
        _YES,
        "Whether the SMSC answers query_sm: then it is asked for messages, and for parts of messages, "
        "that it took and has not reported on.",
    ),
    "query_after_seconds": _setting(
        "600", _LONG_SECONDS, "How long a receipt is awaited before it is asked for."
    ),
    "query_every_seconds": _setting(
        "600", _LONG_SECONDS, "Pause between two looks for what is still without a receipt."
    ),
    "query_per_second": _setting(
        "10",
        amount(0.01, 1e6),
        "query_sm per second, all binds together; they count as submit_sm too.",
    ),
    "query_id_upper": _setting(
        "no",
        _YES,
        "Whether the SMSC wants its ids in capital letters; they are kept in small ones unless "
        "`id_form` is `as_is`.",
    ),
    "query_id_digits": _setting(
        "0",
        number(0, 64),
        "To how many characters the SMSC wants its ids filled up with leading zeros, which are not "
        "kept unless `id_form` is `as_is`. Ids with hyphens need `as_is`.",
    ),
}
"""Every setting that has a fixed name. `status.<hex>`, `error.<code>` and `tlv.<hex>` come on top."""


def profile_of(settings: Mapping[str, str]) -> Profile:
    """The profile that a carrier's settings make. Raises ValueError with a sentence for every fault."""
    faults: list[str] = []
    values: dict[str, Any] = {}
    for name, setting in SETTINGS.items():
        word = settings.get(name, setting.default)
        if word is None:
            faults.append(f"{name} is missing: {setting.expects}")
            continue
        try:
            values[name] = setting.read(word)
        except ValueError:
            faults.append(f"{name} is not {setting.expects}")
    values |= _tables(settings, faults)
    if faults:
        raise ValueError("; ".join(faults))
    values["password"] = values.pop(PASSWORD)
    return Profile(**values)


def _tables(settings: Mapping[str, str], faults: list[str]) -> dict[str, Any]:
    """The settings whose names carry a number."""
    statuses: dict[int, Reason] = {}
    errors: dict[str, Reason] = {}
    tlvs: list[tuple[int, bytes]] = []
    for name, word in settings.items():
        if name in SETTINGS:
            continue
        if found := _STATUS.fullmatch(name):
            _put_reason(statuses, int(found[1], 16), name, word, faults)
        elif found := _ERROR.fullmatch(name):
            _put_reason(errors, error_key(found[1]), name, word, faults)
        elif found := _TLV.fullmatch(name):
            try:
                tlvs.append((int(found[1], 16), bytes.fromhex(word)))
            except ValueError:
                faults.append(f"{name} is not octets in hexadecimal")
        else:
            faults.append(f"{name[:64]!a} is no setting of an SMPP carrier")
    return {"status_reasons": statuses, "error_reasons": errors, "tlvs": tuple(tlvs)}


def _put_reason(
    table: dict[Any, Reason], key: Any, name: str, word: str, faults: list[str]
) -> None:
    reason = _REASONS.get(word)
    if reason is None and word.isascii() and word.isdigit() and len(word) < 4:
        reason = reason_of(int(word))
    if reason is None:
        faults.append(f"{name} is not the word or number of a reason")
    else:
        table[key] = reason


def error_key(code: str) -> str:
    """One spelling for `err:` codes that differ by case or leading zeros only."""
    plain = code.strip().lower()
    return plain.lstrip("0") or ("0" if plain else "")


def settings_markdown() -> str:
    """The table of settings, for the documentation."""
    lines = ["| setting | default | takes | what it is |", "|---|---|---|---|"]
    for name, setting in SETTINGS.items():
        default = "needed" if setting.default is None else f"`{setting.default}`"
        default = "empty" if setting.default == "" else default
        lines.append(f"| `{name}` | {default} | {setting.expects} | {setting.sentence} |")
    return "\n".join(lines) + "\n"
