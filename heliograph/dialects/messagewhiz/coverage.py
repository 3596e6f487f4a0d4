"""What the vendor's reference documents (seeds/004), line by line, and what became of it here."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from heliograph.dialects._shape import Covered
from heliograph.dialects.messagewhiz import codes

_ALL = "Every call"
_CAMPAIGNS = "Campaigns"
_RECIPIENTS = "Recipient lists"
_SENDERS = "Senders"
_SENDER_LISTS = "Sender lists"
_ESTIMATE = "Broadcast estimate"
_SINGLE = "Single messages"
_BROADCASTS = "Broadcasts"
_SEGMENTS = "Segments"
_LIST = "Broadcast/List"
_COMBINED = "combinedsubmit"
_PREVIOUS = "Previous approach"
_OTP = "One-time passwords"
_UNSUBSCRIBE = "Unsubscribe lists"
_LINKS = "Links (MessageWhiz)"
_LINK_LISTS = "Link lists"
_SPINNERS = "Word spinners"
_TEMPLATES = "Templates"
_TRIGGERS = "Triggers"
_REPORT = "Delivery report (MessageWhiz)"
_WEBHOOK = "DLR to webhook"
_STATES = "task_state"
_TOKENS = "Tokens"
_ERRORS = "Response error messages"
_BESIDE = "Beside the page (MessageWhiz)"

Row = tuple[str, str]


def _done(section: str, rows: Iterable[Row]) -> tuple[Covered, ...]:
    return tuple(Covered(section, item, "done", note) for item, note in rows)


def _refused(section: str, rows: Iterable[Row]) -> tuple[Covered, ...]:
    return tuple(Covered(section, item, "refused", note) for item, note in rows)


_PAGED: Final[tuple[Row, ...]] = (
    ("`limit`, `start`", "10 and 0; at most 1,000. Newest first."),
    ("`enabled`", "true, false, 1, 0; enabled ones by default."),
)
_SWITCHED: Final = "Switched off; the name is free again."
_GONE: Final = "Gone for good, for it holds personal data; accepted broadcasts keep it."

_ENTITIES: Final[tuple[Covered, ...]] = (
    *_done(
        _ALL,
        (
            ("`apikey` header", "In any case; 401 without."),
            ("Paths in any case, slash at the end", ""),
            ("HTTP 200 on success", "Also where something is made."),
            (
                "`errorCode`, `errorMessage`, `errorType`, `executionTime`, `result`",
                "`executionTime` in seconds; 0 where members of a list are sent piece by piece.",
            ),
            ("ISO 8601 times", "Told with milliseconds and Z."),
            ("JSON as printed", "Commas too many or missing and typographic quotation marks too."),
        ),
    ),
    *_done(
        _CAMPAIGNS,
        (
            ("POST `/api/3/campaign`: `name`, `start_date`, `end_date`", "The dates are optional."),
            ("`id`, `is_default`, `name`, `start_date`, `end_date`, `enabled` (boolean)", ""),
            ("GET `/api/3/campaign`", ""),
            *_PAGED,
            ("`filter=name=…`", "Exactly, whatever its case."),
            ("`userList`: `campaign_id`, `user_id`, `company_id`", "The account's number."),
            ("The default campaign", "Every account has one; null dates."),
            ("PUT `/api/3/campaign/{id}`", "What is named changes."),
            ("PATCH `/api/3/campaign/{id}`", "`enabled` as 1, as in the reference."),
            ("DELETE `/api/3/campaign/{id}`", _SWITCHED),
        ),
    ),
    *_done(
        _SENDERS,
        (
            ("POST `/api/3/sender`: `name`", "Used once it is approved, or where any may be."),
            ("`id`, `name`, `enabled` (boolean)", ""),
            ("GET `/api/3/sender`", ""),
            *_PAGED,
            ("`filter=name=…`", ""),
            ("PUT `/api/3/sender/{id}`: `name`, `enabled`", ""),
            ("PATCH `/api/3/sender/{id}`: `enabled`", "Answer not printed: `id` and a boolean."),
            ("DELETE `/api/3/sender/{id}`", _SWITCHED),
        ),
    ),
    *_done(
        _SENDER_LISTS,
        (
            ("POST `/api/3/senderList`: `name`, `senderIds`", "Unknown ids are passed over."),
            ("`id`, `name`, `enabled` (boolean), `count`", ""),
            ("POST `/api/3/senderList/{id}/senders`: `ids`", "The ids that were added."),
            ("GET `/api/3/senderList`", ""),
            *_PAGED,
            ("`filter=name=…`", ""),
            ("GET `/api/3/senderList/{id}/senders`: `senderId`, `name`", ""),
            ("PUT `/api/3/senderList/{id}`", "Printed as GET, and as `sendertList`: slips."),
            ("PATCH `/api/3/senderList/{id}`", "`enabled` as 1."),
            ("DELETE `/api/3/senderList/{id}`", _SWITCHED),
            ("DELETE `/api/3/senderList/{id}/senders?id=`", "404 where it is not on the list."),
        ),
    ),
    *_done(
        _LINKS,
        (
            ("POST `/api/3/link`: `name`, `url`", "Names differ, else 409."),
            (
                "`platform_based_links`: `bot_redirect`, `preview_url`",
                "Also `ios`, `android`, `desktop`.",
            ),
            ("`id`, `name`, `url`, `enabled` (boolean), `type` 0, `platform_based_links`", ""),
            ("GET `/api/3/link`", ""),
            *_PAGED,
            ("`filter=name=…` and `filter=url=…`", ""),
            ("PUT `/api/3/link/{id}`", "Holds for links that were sent before."),
            ("DELETE `/api/3/link/{id}`", _SWITCHED),
            ("POST `/api/3/details/linkConversion`: `url`", "With or without a scheme."),
            ("`conversion`, `totalRecipients`, `clicks`", "Percent of messages that were clicked."),
        ),
    ),
    *_done(
        _LINK_LISTS,
        (
            ("POST `/api/3/LinkList`: `name`, `linkIds` or `links`", "Up to 10,000 links."),
            (
                "`id`, `name`, `enabled`, `linkListLength`, `warning`",
                "`warning` names unknown ids.",
            ),
            ("POST `/api/3/LinkList`: `doc`, `mapping`, `name`", "CSV in UTF-8, 2 MiB."),
            ("POST `/api/3/LinkList/{id}/links`: `ids` or `id`", "The ids that were added."),
            ("POST `/api/3/LinkList/{id}/links/bulk`: `links`", ""),
            ("`enabled`, `id`, `name`, `user_id`, `company_id`", "The account's number."),
            ("GET `/api/3/LinkList`: `enabled` 1, `conversionCount`", "Messages clicked."),
            *_PAGED,
            ("`filter=name=…`", ""),
            ("GET `/api/3/LinkList/{id}/links`: `linkId`, `url`", "In an array of one."),
            ("PUT `/api/3/LinkList/{id}`", "Answer not printed: as for a file."),
            ("PATCH `/api/3/LinkList/{id}`", "`enabled` as 1."),
            ("DELETE `/api/3/LinkList/{id}`", _SWITCHED),
            ("DELETE `/api/3/LinkList/{id}/links?[id]=`", "Also `id`."),
        ),
    ),
    *_refused(_LINK_LISTS, (("XLSX in `doc`", "400: links come as CSV or JSON."),)),
    *_done(
        _SPINNERS,
        (
            ("POST `/api/3/spinner`: `name`, `words`", ""),
            ("`name`, `words`, `enabled` (boolean), `id`", ""),
            ("GET `/api/3/spinner`", ""),
            *_PAGED,
            ("`filter=name=…`", ""),
            ("PUT `/api/3/spinner/{id}`", "`words` take the place of the former ones."),
            ("PATCH `/api/3/spinner/{id}`", "`enabled` 0 or 1, alone."),
            ("DELETE `/api/3/spinner/{id}`", _SWITCHED),
        ),
    ),
    *_done(
        _TEMPLATES,
        (
            ("POST `/api/3/template`: `name`, `body`", ""),
            ("`id`, `name`, `body`, `enabled` (boolean)", ""),
            ("GET `/api/3/template`: `user_id` too", "The account's number."),
            *_PAGED,
            ("`filter=name=…`", ""),
            ("PUT `/api/3/template/{id}`", ""),
            ("DELETE `/api/3/template/{id}`", _SWITCHED),
        ),
    ),
    *_done(
        _TRIGGERS,
        (
            ("POST `/api/3/trigger`: `name`", ""),
            (
                "`id`, `name`, `uuid`, `enabled` 1, `short_url`, `trigger_type_id`",
                "A GUID; the URL is empty where the house does not know its own.",
            ),
            ("Whoever calls `short_url` releases what waits", ""),
            (
                "GET `/api/3/trigger`: `details`, `date`, `flight_details.…`",
                "null: there are no flight triggers.",
            ),
            *_PAGED,
            ("`filter=name=…`", ""),
            ("PUT `/api/3/trigger/{id}`", "Without `trigger_type_id`."),
            ("DELETE `/api/3/trigger/{id}`", _SWITCHED),
        ),
    ),
)

_LISTS: Final[tuple[Covered, ...]] = (
    *_done(
        _RECIPIENTS,
        (
            ("POST `/api/3/RecipientList`: `doc`, `mapping`, `name`", "CSV or XLSX, 256 MiB."),
            ("`mapping`", "Columns to phone_number, first_name, last_name, email, url, custom…"),
            ("`truncate`", "false refuses a file with a field that is too long, 400."),
            ("Longest fields: 50, 255, 5000", ""),
            ("`inserted`, `total`, `wrong`, `duplicate`, `recipient_list_id`", ""),
            ("POST `/api/3/recipientList/numbers`: `name`, `numbers`", "Up to 100,000."),
            ("`count`", "The list's size afterwards."),
            ("POST `/api/3/recipientList/{n}/preview`: `doc`", "The number says nothing."),
            ("`data`, `isAllNum`, `isExceedLength50`, `…255`, `…5000`", "A flag per column."),
            ("GET `/api/3/RecipientList`: `enabled` 1, `count`", ""),
            *_PAGED,
            ("`filter=name=…`", ""),
            ("GET `…/{id}/recipients`", "Numbers as integers; fields that there are."),
            ("GET `…/{id}/listNumbers`", "Texts."),
            ("GET `…/{id}/download`", "CSV with `;`, every cell quoted."),
            ("PUT `…/{id}/numbers`: `name`, `numbers`", "Adds."),
            ("PATCH `…/{id}`: `name`", "`enabled` too."),
            ("PUT `…/{id}`: `doc`, `mapping`, `name`", "Replaces."),
            ("DELETE `…/{id}`", _GONE),
        ),
    ),
    *_done(
        _UNSUBSCRIBE,
        (
            ("POST `/api/3/UnsubscribeList`: `doc`, `mapping`, `name`", "CSV or XLSX, 256 MiB."),
            ("`truncate`", "As for recipients."),
            ("POST `/api/3/unsubscribeList`: `name`, `numbers`", "Numbers or texts."),
            (
                "`enabled` (boolean), `id`, `name`, `company_id`, `unsubscribers_amount`, `user_id`",
                "The account's number.",
            ),
            ("POST `…/preview` and `…/preview/{n}`", "One flag per column, not one per row."),
            ("POST `…/{id}/members`: `numbers`", ""),
            ("`inserted`, `alreadyExists`, `notValid`", ""),
            ("GET `/api/3/unsubscribeList`: `enabled` 1", ""),
            *_PAGED,
            ("`filter=name=…`", ""),
            ("GET `…/{id}/members`: `phone_number`", "Texts."),
            ("GET `…/{id}/download`", ""),
            ("PUT `…/{id}`: `doc`, `mapping`", "Replaces; `numbers` will do as well."),
            ("PATCH `…/{id}`: `enabled`", "A boolean."),
            ("DELETE `…/{id}`", _GONE),
            (
                "Numbers that opted out of broadcasts",
                "Opt-outs of the account hold beside every list, on every path.",
            ),
        ),
    ),
)

_SENDING: Final[tuple[Covered, ...]] = (
    *_done(
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
    *_done(
        _SINGLE,
        (
            ("POST `/api/3/Broadcast`, type 10", ""),
            ("`campaign_id`, `sender_id`, `recipient`, `message_body`", "Needed."),
            ("`name`, `unsubscriber_list_ids`", ""),
            ("`broadcastID`, `segmentID`", "Integers of 32 bits."),
        ),
    ),
    *_done(
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
    *_done(
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
    *_done(
        _COMBINED,
        (
            ("POST `/api/3/Broadcast/combinedsubmit`", "The account's default campaign."),
            ("`message_body`, `sender`", "The sender by its name."),
            ("`recipients`", "Up to 10,000; `phone_number` and ten fields."),
            ("`campaign_id`, `name`, `send_date`, `unsubscriber_list_ids`, …", ""),
            ("An array with `broadcastID`, `segmentID`", ""),
        ),
    ),
    *_refused(_COMBINED, (("A sender that is not known", "403 where senders must be approved."),)),
    *_done(
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
    *_done(
        _OTP,
        (
            ("POST `/api/broadcasts/single?otp=true`, `verification`", "Either will do."),
            ("`{{verification_code}}`", "Four digits; 400 without it."),
            ("`send_date`, `utc_offset`", "Passed over: a code is sent at once."),
            ("POST `/api/recipients/{phone}/verification`", "Once; a number or a text."),
            ("`valid`", "false with 200 for a wrong, used or expired one."),
        ),
    ),
    *_done(
        _TOKENS,
        (
            ("`{{first_name}}`, `{{last_name}}`, `{{url}}`, `{{gender}}`", ""),
            ("`{{custom}}`, `{{custom1}}` to `{{custom4}}`", ""),
            ("`{{link:ID}}`, `{{link_list:ID}}`, `{{shorten_url}}`", "A short link each."),
            ("`{{word_spinner:ID}}`, `{{random_symbol}}`", ""),
            ("`{{unsubscription_link}}`", "The recipient's own way out."),
            ("`{{callback}}`, `{{callback_link:ID}}`", "A GUID; a link that tells its code."),
            ("`{{verification_code}}`", "In one-time passwords."),
        ),
    ),
    *_refused(_TOKENS, (("`{shorten_url}` with single braces", "Plain text."),)),
)

_LOOKING: Final[tuple[Covered, ...]] = (
    *_done(
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
    *_refused(_LIST, (("`filterBy` other than create_date", "400."),)),
    *_done(
        _REPORT,
        (
            ("POST `/api/3/DeliveryReport`: `bid`", ""),
            ("`broadcast_id`, `sent`, `delivered`, `undelivered`", ""),
            ("`rejected`, `expired`, `failed`", "Integers; cancelled ones are failed."),
            ("One object for each segment of a smart broadcast", ""),
            ("An empty array before there is anything to count", ""),
        ),
    ),
    *_done(
        _WEBHOOK,
        (
            ("POST of a JSON array", "To endpoints of the form `messagewhiz`."),
            ("T1, T2, at least 3 minutes", "Settings `t1_minutes`, `t2_minutes`."),
            ("`segment_id`, `broadcast_id`", "0 for messages of other doors."),
            ("`_id`", "24 hexadecimal digits, the same for all reports of a message."),
            ("`recipient`, `task_state`", ""),
            ("`price`", "In 1/100 of the account's currency."),
            ("`updated`", "Milliseconds."),
        ),
    ),
    *_refused(
        _WEBHOOK,
        (
            (
                "Gathering reports for T1 and T2",
                "Each is told at once, in an array of one: no later than the customer waits.",
            ),
        ),
    ),
    *_done(
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
    *_done(
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
    *_done(
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
    *_refused(
        _BESIDE,
        (
            ("HTTP Basic of an early draft", "The key alone signs in."),
            ("Flight triggers, T1 and T2 set by staff", "Not described."),
            (
                "Messages from handsets",
                "The vendor has no call for them: they go to endpoints of other forms.",
            ),
        ),
    ),
    Covered(_BESIDE, "The newer `/sms` API", "later", "Another product of the vendor's."),
)

COVERAGE: Final[tuple[Covered, ...]] = (*_ENTITIES, *_LISTS, *_SENDING, *_LOOKING)
