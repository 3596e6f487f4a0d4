"""What a dialect's room must contain, and the plain HTTP request and reply that it reads and writes.

A dialect is a codec: bytes to commands, answers to bytes. It never does IO, never looks at a clock and
never decides anything that the flow decides. The edge calls `read`, asks the flow, and calls `write`.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable, Collection, Mapping
from datetime import datetime
from typing import BinaryIO, Final, Literal, Protocol

import msgspec

from heliograph.model.account import Scope
from heliograph.model.command import Answer, Claim, Command
from heliograph.model.message import Message
from heliograph.model.person import Duty
from heliograph.model.refusal import Refused
from heliograph.model.report import Arrival, Declined, OpenId, Outcome, Receipt

_BASE_URL: Final = re.compile(r"https?://[!-\"$->@-~]+", re.ASCII)
"""Neither a query nor a fragment: paths are put behind it."""


class HttpRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A request as it came. Header names are lower-case; `path` and `query` are raw (not decoded)."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes = b""
    spool: BinaryIO | None = None
    """The body as a file, where the dialect asked for that (`spools`)."""
    peer: str = ""
    """The caller's network address."""
    id: int = 0
    """A fresh id for this request, for replies that must carry one although nothing was stored."""
    secure: bool = False
    """Whether the caller came by TLS, as far as we or a trusted proxy saw."""
    elapsed: Callable[[], float] = lambda: 0.0
    """Seconds since the request came, for replies that tell how long it took."""


class HttpReply(msgspec.Struct, frozen=True, kw_only=True):
    """A reply to be sent as it is."""

    status: int
    body: bytes
    content_type: str = "application/json; charset=utf-8"
    headers: tuple[tuple[str, str], ...] = ()
    pieces: AsyncIterator[bytes] | None = None
    """What follows `body`, piece by piece: for what is too large to be held."""
    refused: Refused | None = None
    """The no that it tells, for the log of refused requests."""
    claim: Claim | None = None
    """Who asked, where a room replies by itself and has read that."""


class HttpCall(msgspec.Struct, frozen=True, kw_only=True):
    """An HTTP request that we make: a customer's webhook, or a carrier that is called by HTTP."""

    method: str
    url: str
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""


class Ask(msgspec.Struct, frozen=True, kw_only=True):
    """What a request asks for and by whom."""

    claim: Claim | None
    """None where the command needs no caller: it is one of `Entering`."""
    command: Command
    form: str = ""
    """The room's own note of how the answer is to be written."""
    verdict: Refused | None = None
    """The room's own no, to be given once the caller is known; the command is not performed then."""
    scope: Scope | None = None
    """What the credential must be allowed to do; None where the door knows no scopes."""
    duty: Duty | None = None
    """What the request is when it comes to people and their roles; None where the door knows none."""
    target: str = ""
    """The id in the path, for the audit log."""


class Dialect(Protocol):
    """One door's language. A room's `__init__` offers one instance as `DIALECT`."""

    @property
    def name(self) -> str:
        """The room's name; also the `dialect` of its credentials and messages."""

    def owns(self, path: str) -> bool:
        """Whether a raw path belongs to this dialect, known endpoint or not."""

    def body_limit(self, method: str, path: str) -> int:
        """Octets of body that this endpoint may have."""

    def spools(self, method: str, path: str) -> bool:
        """Whether the edge shall give the body as a file."""

    def label(self, method: str, path: str) -> str:
        """The endpoint's name for metrics and logs; of bounded variety."""

    def read(self, request: HttpRequest) -> Ask | HttpReply:
        """The request's meaning, or the reply to one that cannot be read."""

    def write(
        self, request: HttpRequest, ask: Ask, answer: Answer | Refused, key: bytes
    ) -> HttpReply:
        """The reply. `key` seals ids; it is empty when the caller is unknown."""

    def refuse(self, request: HttpRequest, refused: Refused) -> HttpReply:
        """The reply to a request that never became a command: too large, failed inside, …"""


# -- the other face: the vendor as a carrier ---------------------------------------------------------


class Heard(msgspec.Struct, frozen=True, kw_only=True):
    """What a vendor's call to us said, and the reply that acknowledges it once that is stored."""

    receipts: tuple[Receipt, ...] = ()
    arrivals: tuple[Arrival, ...] = ()
    reply: HttpReply


def settings_fault(
    settings: Mapping[str, str], known: Mapping[str, str], needed: Collection[str] = ()
) -> str | None:
    """What is wrong with an Upstream's settings: names nobody knows, words that are missing, and a
    `base_url` that is no address; in one sentence without values, for they may be secret."""
    faults = [f"there is no setting {name}" for name in settings if name not in known]
    faults += [f"{name} is missing" for name in needed if not settings.get(name)]
    base_url = settings.get("base_url", "")
    if base_url and not _BASE_URL.fullmatch(base_url):
        faults.append("base_url is an address such as https://api.example.com")
    return "; ".join(faults) or None


class Upstream(Protocol):
    """A room's `client.py`: its vendor as a carrier. A room's `client` offers one instance as `UPSTREAM`.

    Pure functions for a carrier that does the IO. `settings` are those of the carrier (`base_url` and
    whatever the vendor asks for; names that end in `_secret` are encrypted at rest).
    """

    @property
    def name(self) -> str:
        """The room's name; also the kind of its carriers."""

    @property
    def settings(self) -> Mapping[str, str]:
        """The names of the settings, each with a sentence on what it is."""

    def fault(self, settings: Mapping[str, str]) -> str | None:
        """What is wrong with the settings, in a sentence without secrets."""

    def send(
        self, settings: Mapping[str, str], message: Message, report_url: str
    ) -> HttpCall | Declined:
        """The call that hands the message over, or why this vendor cannot carry it.

        `report_url` is where the vendor may tell us of it; empty when nobody can call us.
        """

    def outcome(self, reply: HttpReply) -> Outcome:
        """What became of the attempt: total over every status and body (doubt is Unknown)."""

    def look(self, settings: Mapping[str, str], sent: OpenId) -> HttpCall | None:
        """The call that asks what became of a message; None where the vendor tells by itself."""

    def looked(
        self, reply: HttpReply, sent: OpenId, *, carrier_id: int, at: datetime
    ) -> tuple[Receipt, ...]:
        """What the answer says; empty while there is nothing final to tell."""

    def pull(self, settings: Mapping[str, str]) -> HttpCall | None:
        """The call that takes messages from handsets; None where the vendor brings them."""

    def pulled(self, reply: HttpReply, *, carrier_id: int, at: datetime) -> tuple[Arrival, ...]:
        """The messages in the answer."""

    def hear(
        self, settings: Mapping[str, str], request: HttpRequest, *, carrier_id: int, at: datetime
    ) -> Heard | HttpReply:
        """What the vendor's call to our hook says; a plain reply refuses one that cannot be read.

        `request.path` is what follows the hook's URL: empty, or beginning with a slash. Who does not
        know the URL does not come this far.
        """


# -- what a room covers ------------------------------------------------------------------------------


class Covered(msgspec.Struct, frozen=True):
    """A line of `docs/dialects.md`: one documented thing of a vendor's, and what became of it here.

    A room's `coverage.py` offers `COVERAGE`, a tuple of these with a line for every request, parameter,
    field of an answer, code and callback that the vendor documents; nothing is missing silently.
    """

    section: str
    item: str
    state: Literal["done", "refused", "later"]
    note: str = ""
