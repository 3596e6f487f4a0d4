"""The older "smsAPI": `…/smsAPI?sendsms`, `groupstatus`, `getinbox` and `balance`.

Source of truth: the vendor's API page (seeds/001), then what the programs that call it depend on. The
same API is served under many host names and paths, so it answers at any path that has the segment
`smsAPI`. This room must never tell a caller anything outside the documented fields, and never look
beyond one request.

Known oddities, the vendor's:

* The command is the presence of a key, whatever its value: in the query, in a form, as the last part
  of the path, and behind `/smsAPI&` where the documents leave the question mark out.
* Every answer has HTTP status 200, also a refusal: `{"request", "status": "error", "message"}`.
* Numbers are strings. The answer to `balance` is the balance alone.
* A recipient is `queued`, `sent` or `failed`; `sent` stands for delivered, too.
* No client reference, so the same call twice sends twice. No push callbacks (see `callback`).

Where the sources leave it open:

* Names and words are read in any case; of a name that comes twice the last value counts, those of the
  body after those of the query. Bodies other than forms are not read, those of GET neither.
* Of several commands in one request the first of sendsms, groupstatus, getinbox, balance counts.
* `to` is parted by commas, semicolons, blanks and plus signs, and holds 10,000 numbers at most; a
  number that comes twice is sent to once. Those that cannot be sent to are left out while one can;
  groupstatus does not name them. A list of which nothing was taken is refused with the text that
  comes first in the order of checks.
* The order of checks is `type`, `text`, `from`, `to`, as one deployment was seen to do it.
* `type=unicode` always sends UCS-2; `sms` and `flash` take the cheapest alphabet that holds the text.
* `scheduledate` is in the time zone of the credential's setting `timezone` (an IANA name; UTC without
  it). Empty, past and unreadable ones mean now. Times in answers are UTC.
* `route` names a route that the operator has made for this account; 0 and empty leave it to the rules.
* A voice call needs `file`, or `text` with `language`; `duration` may be left out, since the caller
  cannot know it for a spoken text. These three are passed over with sms, unicode and flash.
* `getinbox` with `list=unread` takes the oldest thousand and marks them as read, `list=all` shows the
  newest thousand and marks nothing; both tell the oldest first. Binary content is in hexadecimal.
* Refused networks hear `IP address not allowed`, which the documents do not name.
"""

from __future__ import annotations

from heliograph.dialects._shape import Ask, Dialect, HttpReply, HttpRequest
from heliograph.dialects.smsapi import read as _read
from heliograph.dialects.smsapi import write as _write
from heliograph.dialects.smsapi.settings import faults
from heliograph.model.command import Answer
from heliograph.model.refusal import Refused

__all__ = ["DIALECT", "SmsAPI", "faults"]


class SmsAPI:
    """The room's face to the edge; see `heliograph.dialects._shape.Dialect`."""

    name = "smsapi"

    def owns(self, path: str) -> bool:
        """Every path with a segment `smsAPI`, in any case."""
        return _read.owns(path)

    def body_limit(self, method: str, path: str) -> int:
        """2 MiB: a call takes a list of numbers; octets."""
        del method, path
        return _read.BODY_BYTES

    def spools(self, method: str, path: str) -> bool:
        """Never: nothing here is larger than a list of numbers."""
        del method, path
        return False

    def label(self, method: str, path: str) -> str:
        """Always the same: which command it is stands behind the path."""
        del method, path
        return "smsAPI"

    def read(self, request: HttpRequest) -> Ask | HttpReply:
        """The request's meaning, or the vendor's answer to one that cannot be read."""
        return _read.read(request)

    def write(
        self, request: HttpRequest, ask: Ask, answer: Answer | Refused, key: bytes
    ) -> HttpReply:
        """The vendor's answer; ids in it are sealed under `key`."""
        del request
        return _write.write(ask, answer, key)

    def refuse(self, request: HttpRequest, refused: Refused) -> HttpReply:
        """The vendor's error object for a request that never became a command."""
        return _write.refusal(_read.form_of(request), refused)


DIALECT: Dialect = SmsAPI()
