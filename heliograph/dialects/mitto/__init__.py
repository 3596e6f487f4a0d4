"""The Mitto SMS API: `/sms`, `/smsbulk`, `/sms/converted`, `/usage/bycountry`.

Source of truth: the vendor's SMS API reference (seeds/003), then its older pages and API descriptions
for the header of the key, the shape of bulk answers and the other forms of a path, then what public
callers depend on. The vendor's newer Messages API is another product and not spoken. This room must
never answer with a code outside the vendor's table, and never look beyond one request.

Known oddities, the vendor's:

* A refusal comes with HTTP 200 and a number from 1 to 8 in `responseCode`, an integer.
* The reference names the binary type `Byte` in one table and `Binary` in another; both are taken.
* Unlike the rest, /sms/converted answers with plain `OK` or a JSON string.
* Several base URLs (geo-resolved, Frankfurt, Singapore, Hong Kong, United States) are one API: the
  house answers alike under whatever host name leads to it.

Where the sources leave it open:

* A path may have `/v2` before it and `.json` or `.xml` behind it; `?format=` says the same. `/sms` and
  `/smsbulk` take GET as well as POST, and fields in JSON, a form or the query, of which the body's
  count. Names are read in any case; `ClientRef` is another name of `reference`.
* Checks go in the order of the codes: type, text, sender, receiver. GSM with other characters, binary
  that is not hexadecimal, a `udh` that is no header, and a text of more parts than the account may
  send are code 4. What has no code (a `validity` that is no number, say) is HTTP 400 and named.
* Unicode text is taken as it stands. Hexadecimal digits of UTF-16BE, as the vendor's C# client sends
  them, cannot be told from a text: they are read where the credential's setting `unicode` is `hex`,
  and anything else is code 4 there.
* A number of a list that is no good refuses the whole call with 8: the answer has no place for one
  code per number. Numbers that come twice are sent twice. A call takes 10,000 of them.
* No price, no route, no money or an opted-out receiver are code 1, since the house says no at once
  where the vendor takes the message and reports error 600, 601 or 606.
* `test` checks everything, money included, sends nothing and answers without an id.
* A `validity` above the house's seven days is cut to them; 0 is the account's own.
* `deliveryStatusesToNotify` is a comma list of status words; it counts for a `callback` of the call's
  own and for the endpoints of the service. BUFFERED has no counterpart that follows SENT and is passed
  over.
* /usage/bycountry counts both dates, 31 days at most; `accountName` is passed over, for the key says
  whose usage it is. Costs are in units of the account's currency.
* Reports go to the `callback` of the call, else to endpoints in the form `mitto`: those of the
  credential's service and those of the whole account, which also get messages from handsets. Their URL
  is a template with `<name>` or `$name$`; one without names gets all of them as query. It is called
  by GET, or by POST with the names as a form where the endpoint's setting `method` says so. Any 2xx
  answer will do; otherwise it is called again for days.
"""

from __future__ import annotations

from heliograph.dialects._shape import Ask, Dialect, HttpReply, HttpRequest
from heliograph.dialects.mitto import read as _read
from heliograph.dialects.mitto import write as _write
from heliograph.dialects.mitto.settings import faults
from heliograph.dialects.mitto.wire import NAME, Form
from heliograph.model.command import Answer
from heliograph.model.refusal import Refused

__all__ = ["DIALECT", "Mitto", "faults"]


class Mitto:
    """The room's face to the edge; see `heliograph.dialects._shape.Dialect`."""

    name = NAME

    def owns(self, path: str) -> bool:
        """`/sms`, `/smsbulk` and what lies below `/sms/` and `/usage/`, in any case."""
        return _read.owns(path)

    def body_limit(self, method: str, path: str) -> int:
        """256 KiB, or 2 MiB where a call takes a list; octets."""
        del method
        endpoint = _read.endpoint_at(path)
        return _read.SHORT_BODY_BYTES if endpoint is None else endpoint.body_limit_bytes

    def spools(self, method: str, path: str) -> bool:
        """Never: nothing here is larger than a list of numbers."""
        del method, path
        return False

    def label(self, method: str, path: str) -> str:
        """The path as the vendor spells it, or `unknown`."""
        del method
        endpoint = _read.endpoint_at(path)
        return "unknown" if endpoint is None else endpoint.name

    def read(self, request: HttpRequest) -> Ask | HttpReply:
        """The request's meaning, or the vendor's answer to one that cannot be read."""
        return _read.read(request)

    def write(
        self, request: HttpRequest, ask: Ask, answer: Answer | Refused, key: bytes
    ) -> HttpReply:
        """The vendor's answer; ids in it are sealed under `key`."""
        named = _read.converted_id(request) if ask.form == Form.CONVERTED else ""
        return _write.write(request, ask, answer, key, named)

    def refuse(self, request: HttpRequest, refused: Refused) -> HttpReply:
        """The vendor's "no" to a request that never became a command."""
        endpoint = _read.endpoint_at(request.path)
        return _write.refusal(request, Form.SMS if endpoint is None else endpoint.form, refused)


DIALECT: Dialect = Mitto()
