"""The MessageWhiz API: `/api/3/…`, and the previous approach's `/api/broadcasts` and `/api/recipients`.

Source of truth: the vendor's reference (seeds/004), then what public callers of the API depend on
(facts/messagewhiz.md, whose numbered decisions hold here). The vendor's newer `/sms` API is another
product and not spoken (its path `/sms` is another vendor's here). Every printed request with the printed
answer and ours: docs/messagewhiz-replay.md. This room must never answer a success with anything but HTTP 200.

Known oddities, the vendor's:

* `enabled` is a boolean in one answer and the integer 1 in another, entity by entity.
* Numbers of recipients are JSON integers, those of unsubscribers texts.
* Paths of the previous approach answer with a bare object, all others in an envelope.
* Lists show enabled things only, ten at a time, newest first.
* The reference prints JSON with commas too many and too few, and typographic quotation marks: a body
  that is no JSON but is only wrong in that way is taken.

Where the sources leave it open:

* Refusals have HTTP 400, 401, 403, 404 or 409 and the envelope with the same number in `errorCode`, on
  every path. What these do not cover has its own status: 405, 413, 415, 429, 500, 503.
* No money, no route and no price are 403, said at once of a message to one recipient. A broadcast to
  more is accepted before its recipients are looked at; those that get no message for such a reason,
  and who opted out, are `rejected` in its report.
* Ids are numbers, numeric texts, comma lists or arrays; 0 and an empty text are none.
* `send_date` without a zone is `utc_offset` minutes ahead of UTC; with one, `utc_offset` moves nothing.
* `delay` is in minutes.
* A smart broadcast whose `eb_type` is not `manual` goes by its click rate: `ctr_threshold` is percent,
  `ctr_wait` minutes, since the vendor's own names of the two are lost.
* DELETE switches a thing off, and its name is free again. Broadcasts that were accepted are not changed
  by it. Lists of recipients and of unsubscribers hold personal data: the native API's DELETE erases them.
* Two link lists may have one name, as the reference prints; what else has a name differs, else 409.
* `user_id` and `company_id` are the account's number, `company_name` its name.
* Prices are in hundredths of the account's currency.
* A sender must be approved to be used, unless the account may use any. `combinedsubmit` makes one that
  is unknown; where senders must be approved it waits for that, and the request is 403 until then.
* A key may do what it may at the native API: look with the scope `read`, send with `send`, make and
  change what is kept with `manage`. Changes of what is kept are in the audit log, by the native names.
* Reports go to endpoints of the form `messagewhiz`: a POST with a JSON array. They name their events,
  for the vendor has no form for messages from handsets. T1 and T2 (at least three minutes) are settings
  of the endpoint: a message's first report is due T1 after it was sent, a second one with what has
  changed T2 after that, and later changes as long after they happened. Reports that are due are
  gathered in one array, each message once, as it is by then.
* A one-time code has four digits. Its number in the answer is of the broadcasts' own sequence, and
  /DeliveryReport knows it.
"""

from __future__ import annotations

from heliograph.dialects._shape import Ask, Dialect, HttpReply, HttpRequest
from heliograph.dialects.messagewhiz import callback
from heliograph.dialects.messagewhiz import read as _read
from heliograph.dialects.messagewhiz import write as _write
from heliograph.dialects.messagewhiz.wire import NAME
from heliograph.model.command import Answer
from heliograph.model.refusal import Refused

__all__ = ["DIALECT", "MessageWhiz", "callback"]


class MessageWhiz:
    """The room's face to the edge; see `heliograph.dialects._shape.Dialect`."""

    name = NAME

    def owns(self, path: str) -> bool:
        """`/api/3`, `/api/broadcasts`, `/api/2/broadcasts`, `/api/recipients` and all below, in any case."""
        return _read.owns(path)

    def body_limit(self, method: str, path: str) -> int:
        """256 KiB; 8 MiB where a call takes a list, 256 MiB where it takes a file; octets."""
        endpoint = _read.endpoint_at(method, path)
        return _read.SHORT_BODY_BYTES if endpoint is None else endpoint.body_limit_bytes

    def spools(self, method: str, path: str) -> bool:
        """Where a file of recipients may come."""
        endpoint = _read.endpoint_at(method, path)
        return endpoint is not None and endpoint.spools

    def label(self, method: str, path: str) -> str:
        """The path as the vendor spells it, or `unknown`."""
        endpoint = _read.endpoint_at(method, path)
        return "unknown" if endpoint is None else endpoint.name

    def read(self, request: HttpRequest) -> Ask | HttpReply:
        """The request's meaning, or the vendor's answer to one that cannot be read."""
        return _read.read(request)

    def write(
        self, request: HttpRequest, ask: Ask, answer: Answer | Refused, key: bytes
    ) -> HttpReply:
        """The vendor's answer."""
        return _write.write(request, ask, answer, key)

    def refuse(self, request: HttpRequest, refused: Refused) -> HttpReply:
        """The vendor's "no" to a request that never became a command."""
        return _write.refusal(request, refused)


DIALECT: Dialect = MessageWhiz()
