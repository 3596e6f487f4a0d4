"""What one message object of a request says: its text, its options and its destinations.

Names are read in any case and in the spellings that are seen (`correlationid` and `correlationId`,
`callbackData` and `notifydata`), numbers may come as texts and texts as numbers, null and `""` are
absent. The first fault found is the message's verdict. It must never look beyond one message.
Source: seeds/002, part 3; facts 2.1 and 19 to 24.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta, timezone
from itertools import islice
from types import MappingProxyType
from typing import Final, NamedTuple, TypeVar
from urllib.parse import urlsplit

import msgspec

from heliograph.dialects import _forms
from heliograph.dialects.imiconnect import codes
from heliograph.dialects.imiconnect.codes import Verdict
from heliograph.dialects.imiconnect.wire import CALLBACK_DATA
from heliograph.model.account import TrafficClass
from heliograph.model.message import Draft, Encoding, Extra

DESTINATIONS_MAX: Final = 1_000
"""In one request (seed 002)."""
CORRELATION_BYTES_MAX: Final = 50
CALLBACK_DATA_MAX: Final = 2_000
"""Characters."""
URL_MAX: Final = 1_000
PRIORITIES: Final[Mapping[str, int]] = {"": 0, "1": 0, "2": 1, "3": 2}
"""Low and none are the house's normal; messages above it go before it within their class."""
ROUTES: Final[Mapping[str, TrafficClass]] = {
    "": TrafficClass.TRANSACTIONAL,
    "IMMD": TrafficClass.OTP,
    "LCGD": TrafficClass.TRANSACTIONAL,
    "LCBE": TrafficClass.PROMOTIONAL,
}
"""Immediate: the most urgent lane. Guaranteed delivery: what may have been lost is sent again. Best
effort: the last lane, and nothing is sent twice."""
TYPES: Final[Mapping[str, str]] = {
    "": "text",
    "1": "text",
    "2": "flash",
    "3": "binary",
    "4": "unicode",
}
_EXPIRY: Final = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})[T ]([0-9]{2}:[0-9]{2}(?::[0-9]{2})?)(?:\.[0-9]{1,9})?"
    r"(?:Z|([+-])([0-9]{1,2}):?([0-9]{2}))?",
    re.ASCII | re.IGNORECASE,
)
_NOT_VALUES: Final = frozenset({"msisdn", "customerid", "correlationid", "parameters"})
_NUMBER: Final = re.compile(r"[0-9]{1,9}", re.ASCII)
_NOT_IN_URLS: Final = re.compile(r"[\x00-\x20\x7f\\]")
_VARIABLE: Final = "$("
_LONGEST_OFFSET: Final = timedelta(hours=15)
_T = TypeVar("_T")


class Reached(NamedTuple):
    """One destination, or why there is none."""

    correlation: str
    msisdn: str = ""
    values: Mapping[str, str] = MappingProxyType({})
    """Its own values for `$(name)`."""
    verdict: Verdict | None = None


class Meant(NamedTuple):
    """A message object: what goes to every destination, and these."""

    draft: Draft
    destinations: tuple[Reached, ...]


def read_message(entry: object, *, plain_http: bool) -> Meant | Verdict:
    """What a message object asks for, or its first fault. `plain_http` opens http:// to `notifyurl`."""
    if not isinstance(entry, dict):
        return codes.INVALID_JSON
    look = _Look(entry)
    channels = look.object("channels")
    sms = _sms(look, channels)
    correlation = look.correlation()
    words = _words(look)
    traffic_class = look.choice("route", ROUTES)
    priority = look.choice("priority", PRIORITIES)
    callback = look.url("notifyurl", plain_http=plain_http)
    valid_until = look.moment("expiry")
    content = _content(look, sms)
    links = _links(look, channels.get("smartlinks"))
    destinations = tuple(islice(_destinations(look, correlation), DESTINATIONS_MAX + 1))
    if look.fault is not None or traffic_class is None or priority is None:
        return look.fault or codes.INVALID
    draft = msgspec.structs.replace(
        content,
        traffic_class=traffic_class,
        priority=priority,
        valid_until=valid_until,
        callback=callback,
        links=links or None,
        extra=Extra(words=words) if words else None,
    )
    return Meant(draft, destinations)


def correlation_of(entry: object) -> str:
    """The correlation id of a message object that has a fault, to be given back with it."""
    return _Look(entry).correlation() if isinstance(entry, dict) else ""


class _Look:
    """Reads the members of an object, names in any case; the outermost one keeps the first fault."""

    def __init__(self, members: Mapping[str, object], outer: _Look | None = None) -> None:
        self._members = _forms.by_name((n, v) for n, v in members.items() if v is not None)
        self._outer = outer
        self.fault: Verdict | None = None

    def no(self, verdict: Verdict) -> None:
        """There is a fault; the first one stays."""
        if self._outer is not None:
            self._outer.no(verdict)
        elif self.fault is None:
            self.fault = verdict

    def get(self, name: str) -> object:
        """The raw value; None when there is none."""
        return self._members.get(name)

    def names(self) -> frozenset[str]:
        """The names that have a value, in lower case."""
        return frozenset(self._members)

    def text(self, *names: str, most: int = 1_000_000) -> str:
        """The first of these that says something; empty when none does. Longer than `most` is a fault."""
        for name in names:
            value = self._members.get(name)
            text = "" if value is None else _forms.text_of(value)
            if text is None or len(text) > most or "\x00" in text:
                self.no(codes.INVALID)
                return ""
            if text:
                return text
        return ""

    def object(self, name: str) -> _Look:
        """The object there; an empty one when there is none."""
        value = self._members.get(name)
        if value is not None and not isinstance(value, dict):
            self.no(codes.INVALID)
        return _Look(value if isinstance(value, dict) else {}, self)

    def correlation(self) -> str:
        """`correlationid`; one that is too long is a fault and is not given back."""
        text = self.text("correlationid")
        if len(text.encode()) <= CORRELATION_BYTES_MAX:
            return text
        self.no(codes.INVALID)
        return ""

    def choice(self, name: str, known: Mapping[str, _T]) -> _T | None:
        """The meaning of one of a few words; None is a fault."""
        found = known.get(self.text(name).strip().upper())
        if found is None:
            self.no(codes.INVALID)
        return found

    def url(self, name: str, *, plain_http: bool = True) -> str | None:
        """An https URL, or where that is open an http one; blanks around it make it none (fact 2.1)."""
        text = self.text(name, most=URL_MAX)
        if text and not _is_url(text, ("http", "https") if plain_http else ("https",)):
            self.no(codes.INVALID)
        return text or None

    def moment(self, name: str) -> datetime | None:
        """A time; without a zone it is UTC (fact 22)."""
        text = self.text(name).strip()
        found = _moment(text) if text else None
        if text and found is None:
            self.no(codes.INVALID)
        return found


# -- what is sent ---------------------------------------------------------------------------------


def _sms(look: _Look, channels: _Look) -> _Look:
    """`channels.sms`. Without `deliverychannel` it is SMS when nothing else is there (fact 19)."""
    channel = look.text("deliverychannel").strip().lower()
    if channel and channel != "sms":
        look.no(codes.INVALID)
    if not channel and channels.names() - {"sms", "smartlinks"}:
        look.no(codes.NO_CHANNEL)
    if channels.get("sms") is None:
        look.no(codes.NO_SMS)
    return channels.object("sms")


def _content(look: _Look, sms: _Look) -> Draft:
    """The sender and the text, template or octets, in a draft that has nothing else yet."""
    kind = sms.choice("type", TYPES)
    sender = sms.text("senderid").strip() or None
    if kind == "binary":
        return Draft(
            recipient="",
            sender=sender,
            may_lack_sender=True,
            body=_octets(sms),
            encoding=Encoding.BINARY,
        )
    message = look.object("message")
    template = message.text("template").strip() or None
    text = sms.text("text")
    if not text and template is None:
        look.no(codes.NO_TEXT)
    media = sms.url("media-path")
    if media is not None and template is not None:
        look.no(codes.INVALID)  # the text is not ours to put it behind
    elif media is not None:
        text = f"{text} {media}"
    variables = None
    if template is not None or _VARIABLE in text:
        variables = _values(look, message.get("parameters"))
        variables |= _values(look, sms.get("parameters"))
    return Draft(
        recipient="",
        sender=sender,
        may_lack_sender=True,
        text=text,
        encoding=Encoding.UCS2 if kind == "unicode" else Encoding.AUTO,
        flash=kind == "flash",
        template=template,
        variables=variables,
        lenient=variables is not None,
    )


def _octets(sms: _Look) -> bytes | None:
    text = sms.text("body")
    if not text:
        sms.no(codes.NO_BODY)
        return None
    try:
        return bytes.fromhex(text)
    except ValueError:
        sms.no(codes.INVALID)
        return None


def _values(look: _Look, parameters: object) -> dict[str, str]:
    """Names and values for `$(name)`; null is blank."""
    if parameters is None:
        return {}
    if not isinstance(parameters, dict):
        look.no(codes.INVALID)
        return {}
    found = {name: "" if v is None else _forms.text_of(v) for name, v in parameters.items()}
    if None in found.values():
        look.no(codes.INVALID)
    return {name: value for name, value in found.items() if value is not None}


def _words(look: _Look) -> dict[str, str]:
    """What is kept with the message as the caller wrote it."""
    found = {
        CALLBACK_DATA: look.text("callbackdata", "notifydata", most=CALLBACK_DATA_MAX),
        "conversationid": look.text("conversationid", most=URL_MAX),
        "route": look.text("route").strip().upper(),
    }
    return {name: word for name, word in found.items() if word}


def _links(look: _Look, value: object) -> dict[int, int]:
    """Number of a smart link → minutes of its validity."""
    found: dict[int, int] = {}
    for entry in _listed(value):
        link = _Look(entry if isinstance(entry, dict) else {}, look)
        number, minutes = link.text("linkid").strip(), link.text("validity").strip()
        if not minutes:
            look.no(codes.NO_VALIDITY)
        elif not _NUMBER.fullmatch(number) or not _NUMBER.fullmatch(minutes) or not int(minutes):
            look.no(codes.INVALID)
        else:
            found[int(number)] = int(minutes)
    return found


# -- to whom --------------------------------------------------------------------------------------


def _destinations(look: _Look, correlation: str) -> Iterator[Reached]:
    entries = _listed(look.get("destination"))
    if not entries:
        look.no(codes.NO_DESTINATION)
    for entry in entries:
        if isinstance(entry, dict):
            yield from _reached(entry, correlation)
        else:
            yield Reached(correlation, verdict=codes.NO_DESTINATION)


def _reached(entry: Mapping[str, object], outer: str) -> Iterable[Reached]:
    """The numbers of one entry. Customers have no profiles here, so an id leads nowhere."""
    own = _Look(entry)
    correlation = own.correlation() or outer
    values = _values(own, own.get("parameters"))
    for name, value in entry.items():
        text = _forms.text_of(value)
        if name.lower() not in _NOT_VALUES and text is not None:
            values[name] = text
    if own.fault is not None:
        return [Reached(correlation, verdict=own.fault)]
    numbers = _listed(own.get("msisdn"))
    if numbers:
        return (_to(correlation, number, values) for number in numbers)
    customers = _listed(own.get("customerid"))
    verdict = codes.DESTINATION if customers else codes.NO_DESTINATION
    return (Reached(correlation, verdict=verdict) for _ in customers or [None])


def _to(correlation: str, number: object, values: Mapping[str, str]) -> Reached:
    text = _forms.text_of(number)
    if text is None:
        return Reached(correlation, verdict=codes.DESTINATION)
    return Reached(correlation, text.strip(), values)


def _listed(value: object) -> list[object]:
    """A list, or one value that stands where a list is expected."""
    if isinstance(value, list):
        return value
    return [] if value is None or value == "" else [value]


# -- forms ----------------------------------------------------------------------------------------


def _is_url(text: str, schemes: Collection[str]) -> bool:
    if _NOT_IN_URLS.search(text):
        return False
    try:
        parts = urlsplit(text)
        return parts.scheme in schemes and bool(parts.hostname)
    except ValueError:
        return False


def _moment(text: str) -> datetime | None:
    """`2015-04-12T18:51:19`, with a fraction, with `Z` or an offset such as `+5:30`; in UTC."""
    match = _EXPIRY.fullmatch(text)
    if match is None:
        return None
    day, clock, sign, hours, minutes = match.groups()
    offset = timedelta(hours=int(hours or 0), minutes=int(minutes or 0))
    if offset > _LONGEST_OFFSET:
        return None
    zone = timezone(-offset if sign == "-" else offset)
    try:
        return datetime.fromisoformat(f"{day}T{clock}").replace(tzinfo=zone).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
