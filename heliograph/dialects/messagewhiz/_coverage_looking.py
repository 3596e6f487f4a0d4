"""What the vendor's reference documents of reports, the webhook and errors."""

from __future__ import annotations

from typing import Final

from heliograph.dialects._shape import Covered
from heliograph.dialects.messagewhiz import codes
from heliograph.dialects.messagewhiz._coverage_lines import done, refused

_LIST = "Broadcast/List"
_REPORT = "Delivery report (MessageWhiz)"
_WEBHOOK = "DLR to webhook"
_STATES = "task_state"
_ERRORS = "Response error messages"
_BESIDE = "Beside the page (MessageWhiz)"

LOOKING: Final[tuple[Covered, ...]] = (
    *done(
        _LIST,
        (
            ("GET `/api/3/Broadcast/List`: `limit`, `start`", ""),
            ("`filter`: `name`", "A part of the name."),
            ("`filter`: `type`, repeated", "Or; both approaches apart."),
            ("`filter`: `filterBy=create_date`, `start_date`", "Also `end_date`."),
            ("`filter`: `state`, `campaign_id`, `id`", "Lost in the reference."),
            ("`orderby`", "create_date, name, send_date, state, type or id; DESC or ASC."),
            ("`id`, `user_id`, `name`, `type`, `message_body`, `enabled` 1", ""),
            ("`trigger_id`, `parent_id`, `next_segment_size`, `eb_type`", "`parent_id` is null."),
            ("`send_date`, `create_date`", "Never null: now is the time it was made."),
            ("`state`", "0 draft or stopped, 1 sending, 2 waiting, 3 finished."),
            ("`real_price`, `estimated_price`", "Charged, and held, in 1/100."),
            ("`estimated_count`, `utc_offset`, `timezone`, `send_now`", ""),
            ("`company_name`", "The account's name."),
            ("`broadcastConversion`", ""),
            ("`dlr`, `recipient_count`", "Read by callers, not in the reference."),
        ),
    ),
    *refused(_LIST, (("`filterBy` other than create_date", "400."),)),
    *done(
        _REPORT,
        (
            ("POST `/api/3/DeliveryReport`: `bid`", ""),
            ("`broadcast_id`, `sent`, `delivered`, `undelivered`", ""),
            ("`rejected`, `expired`, `failed`", "Integers; cancelled ones are failed."),
            ("One object for each segment of a smart broadcast", ""),
            ("An empty array before there is anything to count", ""),
        ),
    ),
    *done(
        _WEBHOOK,
        (
            ("POST of a JSON array", "To endpoints of the form `messagewhiz`."),
            (
                "T1, at least 3 minutes",
                "Setting `t1_minutes`: from sending to a message's first report.",
            ),
            ("T2", "Setting `t2_minutes`: from that to a second one; later changes as long after."),
            ("`segment_id`, `broadcast_id`", "0 for messages of other doors."),
            ("`_id`", "24 hexadecimal digits, the same for all reports of a message."),
            ("`recipient`, `task_state`", ""),
            ("`price`", "In 1/100 of the account's currency."),
            ("`updated`", "Milliseconds."),
        ),
    ),
    *done(
        _STATES,
        (
            ("0 Sent", "For endpoints that ask for message.sent."),
            ("2 Delivered", ""),
            ("3 Expired", ""),
            ("5 Undelivered", ""),
            ("8 Rejected", ""),
            ("9 Failed", "Also cancelled."),
        ),
    ),
    *done(
        _ERRORS,
        tuple(
            (f"{number} {word}", note)
            for number, word, note in (
                (400, "Bad Request", ""),
                (401, "Unauthorized", ""),
                (403, "Forbidden", "Also no money, no price, no route, opted out."),
                (404, "Not found", ""),
                (409, "Duplicate entry", ""),
            )
        ),
    ),
    *done(
        _BESIDE,
        (
            (
                "`errorType` words",
                ", ".join(sorted({v.error_type for v in codes.VERDICTS.values()})),
            ),
            ("POST `/api/3/Broadcast/tiny`", "Seen at callers; answer in the envelope."),
            ("`client_ref`", "Given back by the webhook."),
            ("405, 413, 415, 429, 500, 503", "In the same envelope."),
        ),
    ),
    *refused(
        _BESIDE,
        (
            ("HTTP Basic of an early draft", "The key alone signs in."),
            ("Flight triggers, T1 and T2 set by staff", "Not described."),
            (
                "Messages from handsets",
                "The vendor has no call for them: they go to endpoints of other forms.",
            ),
            (
                "The newer `/sms` API",
                "Another product of the vendor's, not in this reference; the path is Mitto's here.",
            ),
        ),
    ),
)
