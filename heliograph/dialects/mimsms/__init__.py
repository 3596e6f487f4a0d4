"""The MiMSMS REST API: `/api/SmsSending/…` and `/api/IncomingApi/PullSMS`.

Source of truth: the vendor's technical documentation (seeds/000), then its Postman collection
(repository mimsms/mimsms-api-docs, 2026-05-03) for DlrApi and PullSMS, then what public callers depend
on. The V2 API, later than the document, is not spoken. This room must never tell a caller anything
that is not in the vendor's map of codes, and never look beyond one request.

Known oddities, the vendor's:

* A refusal comes with HTTP 200 and the verdict in `statusCode`, a string. Only 400, 404, 405 and 415,
  which its web server gives, have a status of their own, with the same envelope.
* `SMS Send Successfuly`, `trxt_Id`, and an order of fields that differs between the endpoints.
* One trxnId stands for all messages of a call; DlrApi tells them apart by the recipient.
* No client reference, so the same call twice sends twice. No push callbacks (see `callback`).

Where the sources leave it open:

* An absent or null field is 213; an empty one is judged by its own code (206, 207, 208, 205). The
  order of checks is `codes.CHECK_ORDER`.
* A call takes 10,000 recipients; more are refused whole with 213, as are bodies above 256 KiB (2 MiB
  for OneToMany, DSMS and SendOneToMany). Numbers that come twice in a list are sent twice.
* CampaignId counts with transaction type P only; with T and D it is passed over, as real callers
  send the word "null" or a stale id there.
* OneToMany takes P as well as T: whether the account may send it is the flow's question (210).
* DlrApi's `operatorStatus` is the name in the vendor's DLR table in capitals, `dlrCode` its retry
  count; a message without an outcome is PENDING, an unknown trxnId is Failed with 213.
* PullSMS's times are Bangladesh time (UTC+6); binary content is shown in hexadecimal.
* Bodies are UTF-8 whatever charset is named; a query that is not UTF-8 is refused, not guessed at.
* `Accept: application/xml` or `text/xml` gets the same fields in `<Response>`; anything else JSON.
* A list of which nothing was taken is refused with the code that comes first in the order of checks.
"""

from __future__ import annotations

from heliograph.dialects._shape import Ask, Dialect, HttpReply, HttpRequest
from heliograph.dialects.mimsms import read as _read
from heliograph.dialects.mimsms import write as _write
from heliograph.model.command import Answer
from heliograph.model.refusal import Refused

__all__ = ["DIALECT", "MiMSMS"]


class MiMSMS:
    """The room's face to the edge; see `heliograph.dialects._shape.Dialect`."""

    name = "mimsms"

    def owns(self, path: str) -> bool:
        """Everything below `/api/SmsSending` and `/api/IncomingApi`, in any case."""
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
        """The last part of the path as the vendor spells it, or `unknown`."""
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
        return _write.write(request, ask, answer, key)

    def refuse(self, request: HttpRequest, refused: Refused) -> HttpReply:
        """The vendor's error object for a request that never became a command."""
        form = _read.form_of(_read.endpoint_at(request.path), request.method)
        return _write.refusal(request, form, refused)


DIALECT: Dialect = MiMSMS()
