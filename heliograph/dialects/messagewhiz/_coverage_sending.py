"""What the vendor's reference documents of sending: broadcasts, one-time passwords, tokens."""

from __future__ import annotations

from typing import Final

from heliograph.dialects._shape import Covered
from heliograph.dialects.messagewhiz._coverage_lines import done, refused

_ESTIMATE = "Broadcast estimate"
_SINGLE = "Single messages"
_BROADCASTS = "Broadcasts"
_SEGMENTS = "Segments"
_COMBINED = "combinedsubmit"
_PREVIOUS = "Previous approach"
_OTP = "One-time passwords"
_TOKENS = "Tokens"

SENDING: Final[tuple[Covered, ...]] = (
    *done(
        _ESTIMATE,
        (
            ("POST `/api/3/Broadcast/estimate`", ""),
            ("`broadcast_type`, `recipient_list_ids`, `message_body`", "`recipient` will do too."),
            ("`unsubscriber_list_ids`, `sender_ids`, `first_segment_size`", ""),
            ("`messages`, `sum`, `parts`", "In 1/100 of the account's currency."),
            ("`firstSegmentCount`, `batchEstimation`", "The first segment's."),
            ("`recipient_meta_data_map`, `recipients`: `rate`, `mccMnc`", "Up to 100 of them."),
            ("`messageExpanded`: `actions`, `text`", "The first recipient's."),
            ("`warnings`", "Why some get no message, and how many."),
            ("`estimateHash`", "128 digits; /Broadcast refuses with 409 what has changed since."),
            ("`recipient_id_map`, `replacements`, `links`", "Empty, as printed."),
        ),
    ),
    *done(
        _SINGLE,
        (
            ("POST `/api/3/Broadcast`, type 10", ""),
            ("`campaign_id`, `sender_id`, `recipient`, `message_body`", "Needed."),
            ("`name`, `unsubscriber_list_ids`", ""),
            ("`broadcastID`, `segmentID`", "Integers of 32 bits."),
        ),
    ),
    *done(
        _BROADCASTS,
        (
            ("POST `/api/3/Broadcast`, type 11", ""),
            (
                "`campaign_id`, `sender_ids`, `recipient_list_ids`, `message_body`",
                "Needed; ids as numbers, texts, comma lists or arrays.",
            ),
            ("`sender_list_id`", "In the place of `sender_ids`."),
            ("`name`, `unsubscriber_list_ids`", "Empty is none."),
            ("`send_date`, `utc_offset`", "A time without a zone is in that of the offset."),
            ("`trigger_id`, `delay`, `template_id`", "0 is none; the delay in minutes."),
            ("POST `/api/3/Broadcast`, type 12, `eb_type` manual", ""),
            ("`first_segment_size`", "Needed."),
            (
                "Type 12, click-rate threshold",
                "`ctr_threshold` in percent, `ctr_wait` in minutes: their names are lost.",
            ),
        ),
    ),
    *done(
        _SEGMENTS,
        (
            ("POST `/api/3/Segments`", ""),
            ("`broadcast_id`, `message_body`, `segment_size`", "Needed."),
            ("`send_now`, `sender_ids`, `utc_offset`, `send_date`, `template_id`", ""),
            (
                "`real_price`, `estimated_price`, `recipient_count`, `estimated_count`",
                "The prices are 0 until its messages are made.",
            ),
            ("`id`, `broadcast_id`, `message_body`, `template_id`, `state`, `enabled`", ""),
            ("`created_at`, `send_time`", "`YYYY-MM-DD HH:MM:SS`, UTC."),
            ("`batch_index`, `send_conditions_id`", "null, and the segment's own number."),
        ),
    ),
    *done(
        _COMBINED,
        (
            ("POST `/api/3/Broadcast/combinedsubmit`", "The account's default campaign."),
            ("`message_body`, `sender`", "The sender by its name; an unknown one is made."),
            ("`recipients`", "Up to 10,000; `phone_number` and ten fields."),
            ("`campaign_id`, `name`, `send_date`, `unsubscriber_list_ids`, …", ""),
            ("An array with `broadcastID`, `segmentID`", ""),
        ),
    ),
    *refused(
        _COMBINED,
        (("A sender that waits for approval", "403 until the operator has approved it."),),
    ),
    *done(
        _PREVIOUS,
        (
            ("POST `/api/broadcasts/single`", "Answer `id` alone."),
            ("POST `/api/broadcasts/tiny/single`, `/api/2/broadcasts/tiny/single`", ""),
            ("`recipient`, `sender`, `message_body`", "The sender by its name."),
            ("POST `/api/broadcasts`: `is_now`", "true sends now, whatever `send_date` says."),
            ("POST `/api/broadcasts/smart`: `recipients_count`", "The first segment's size."),
            ("`send_date`, `utc_offset`", ""),
        ),
    ),
    *done(
        _OTP,
        (
            ("POST `/api/broadcasts/single?otp=true`, `verification`", "Either will do."),
            ("`{{verification_code}}`", "Four digits; 400 without it."),
            ("`send_date`, `utc_offset`", "Passed over: a code is sent at once."),
            ("POST `/api/recipients/{phone}/verification`", "Once; a number or a text."),
            ("`valid`", "false with 200 for a wrong, used or expired one."),
        ),
    ),
    *done(
        _TOKENS,
        (
            ("`{{first_name}}`, `{{last_name}}`, `{{url}}`, `{{gender}}`", ""),
            ("`{{custom}}`, `{{custom1}}` to `{{custom4}}`", ""),
            ("`{{link:ID}}`, `{{link_list:ID}}`, `{{shorten_url}}`", "A short link each."),
            ("`{{word_spinner:ID}}`, `{{random_symbol}}`", ""),
            ("`{{unsubscription_link}}`", "The recipient's own way out."),
            ("`{{callback}}`, `{{callback_link:ID}}`", "A GUID; a link that tells its code."),
            (
                "`{{verification_code}}`",
                "Four digits, each recipient's own, as in one-time passwords.",
            ),
        ),
    ),
    *refused(_TOKENS, (("`{shorten_url}` with single braces", "Plain text."),)),
)
