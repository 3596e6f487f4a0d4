"""The IMIconnect messaging API: `/resources/v1/messaging` and its `status/{transid}`.

Source of truth: the vendor's tutorial on sending and receiving SMS (seeds/002), then its other pages for
codes, options, notification rules and the status request, then what public callers depend on. The V2
API, later than the document, is not spoken. The seed prints `//` comments before its bodies; callers send
JSON, and so comments are refused as no JSON. This room must never look beyond one request.

Known oddities, the vendor's:

* HTTP says 200 to whatever the API answers. `response` is an array where something was queued and an
  object where the request was refused; callers tell the two apart by that alone.
* A request is a message object or an array of them; the array is answered element by element, a bad one
  with its own code in its place.
* `Description` has a capital letter and `correlationid` has none; `notifydata` in requests is
  `callbackData` in notifications. A failure after the expiry is `Un-Delivered`, any other is `Failed`.
* A past `expiry` and a missing sender are no faults of a request: it is queued, and its report says 7208
  or 7101.

Where the sources leave it open:

* A message object with a fault has one element in the answer, a sound one has an element for each of its
  numbers. Transids are `<uuid>`, `<uuid>_1`, … over these elements; the UUID is the request's. Only an
  array of one element that was refused becomes the object.
* Numbers and texts stand for one another, names count in any case, null and `""` are absent.
* `$(name)` is filled from `channels.sms.parameters`, then `message.parameters`; a destination's own
  members (or its `parameters`) come before both. There are no customer profiles: `customerid` leads to 7102,
  `userId` is empty. An unknown name is blank. In a text without `$(` and without a template nothing is
  replaced but smart links.
* `type` 1 goes as GSM 03.38 or, where it must, UCS-2; 4 always as UCS-2. `media-path` is put behind the
  text and a blank. The length is limited by the account's parts, not by 1,024 characters.
* `route` chooses the lane and what is done about a message that may have been lost: IMMD is one-time
  passwords' lane, LCGD the usual one, LCBE the promotional one, where nothing is sent twice.
* `expiry` ends validity, after seven days at the latest.
* Content-Type is not looked at, unless it names a form or XML (7126). Bodies have 4 MiB at most (7022).
* Without `senderid` the service's sender counts, then the account's only one.
* A transid that is not known, or belongs to another account, is 7004.
* `notifyurl` is called unsigned: only a service's endpoint shares a secret. Notifications go to https
  alone, any other `notifyurl` is 7004; private networks and plain http are opened together, for trials
  (`webhook_allow_private`).
"""

from __future__ import annotations

from heliograph.dialects._shape import Ask, Dialect, HttpReply, HttpRequest
from heliograph.dialects.imiconnect import callback
from heliograph.dialects.imiconnect import read as _read
from heliograph.dialects.imiconnect import write as _write
from heliograph.model.command import Answer
from heliograph.model.refusal import Refused

__all__ = ["DIALECT", "IMIconnect", "callback"]


class IMIconnect:
    """The room's face to the edge; see `heliograph.dialects._shape.Dialect`."""

    name = "imiconnect"

    def __init__(self, *, plain_http: bool = False) -> None:
        """`plain_http` lets a `notifyurl` begin with http://, for trials."""
        self._plain_http = plain_http

    def owns(self, path: str) -> bool:
        """`/resources/v1/messaging` and what is below it."""
        return _read.owns(path)

    def body_limit(self, method: str, path: str) -> int:
        """4 MiB for messages, 64 KiB elsewhere; octets."""
        del method
        messaging = _read.endpoint_at(path) is _read.MESSAGING
        return _read.BODY_BYTES if messaging else _read.SHORT_BODY_BYTES

    def spools(self, method: str, path: str) -> bool:
        """Never: a request has a thousand messages at most."""
        del method, path
        return False

    def label(self, method: str, path: str) -> str:
        """`messaging`, `status` or `unknown`."""
        del method
        endpoint = _read.endpoint_at(path)
        return "unknown" if endpoint is None else endpoint.name

    def read(self, request: HttpRequest) -> Ask | HttpReply:
        """The request's meaning, or the vendor's answer to one that cannot be read."""
        return _read.read(request, plain_http=self._plain_http)

    def write(
        self, request: HttpRequest, ask: Ask, answer: Answer | Refused, key: bytes
    ) -> HttpReply:
        """The vendor's answer; ids in it are sealed under `key`."""
        return _write.write(request, ask, answer, key)

    def refuse(self, request: HttpRequest, refused: Refused) -> HttpReply:
        """The vendor's object for a request that never became a command."""
        return _write.refusal(request, refused)


DIALECT: Dialect = IMIconnect()
