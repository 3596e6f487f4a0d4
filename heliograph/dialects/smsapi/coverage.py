"""What the vendor's page documents (seeds/001), line by line, and what became of it here."""

from __future__ import annotations

from typing import Final

from heliograph.dialects._shape import Covered

_CALLS = "Calls (smsAPI)"
_COMMON = "Parameters of every call (smsAPI)"
_SEND = "sendsms"
_STATUS = "groupstatus"
_INBOX = "getinbox"
_BALANCE = "balance"
_OTHER = "Beside the page (smsAPI)"

COVERAGE: Final[tuple[Covered, ...]] = (
    Covered(_CALLS, "GET and POST", "done", "Other methods are `Invalid request`."),
    Covered(_CALLS, "`…/smsAPI?sendsms&…`", "done", "Any path before it; a slash behind it too."),
    Covered(_CALLS, "`…/smsAPI&groupstatus&…` without `?`", "done", "With every command."),
    Covered(_CALLS, "sendsms, groupstatus, getinbox, balance", "done", "A key with any value."),
    Covered(_CALLS, "Query", "done"),
    Covered(_CALLS, "Form, urlencoded or multipart", "done", "Counts after the query."),
    Covered(_COMMON, "`apikey`", "done", "The credential's name."),
    Covered(_COMMON, "`apitoken`", "done", "The credential's secret."),
    Covered(_SEND, "`type` sms", "done", "The default."),
    Covered(_SEND, "`type` Unicode", "done", "Always UCS-2."),
    Covered(_SEND, "`type` flash", "done", "Class 0."),
    Covered(_SEND, "`type` voice", "done", "To carriers that declare the channel `voice`."),
    Covered(_SEND, "`type` mms, whatsapp", "done", "Named beside `file`; channels of these names."),
    Covered(_SEND, "`from`", "done", "An approved sender of the account."),
    Covered(_SEND, "`to`", "done", "One number or up to 10,000, each sent to once."),
    Covered(_SEND, "`text`", "done", "May be empty with a `file`."),
    Covered(_SEND, "`file`", "done", "An http or https URL; with voice, mms, whatsapp."),
    Covered(_SEND, "`file` as an upload", "refused", "The page asks for a URL."),
    Covered(_SEND, "`language`", "done", "Needed for a call that speaks a text."),
    Covered(_SEND, "`duration`", "done", "Seconds; kept with the message. May be left out."),
    Covered(_SEND, "`scheduledate`", "done", "In the credential's `timezone`, up to a year ahead."),
    Covered(_SEND, "`route`", "done", "0, or a route of this account's own by its number."),
    Covered(_SEND, "Answer: `request`, `status`, `group_id`, `date`", "done", "`date` is UTC."),
    Covered(_SEND, "Error: `request`, `status`, `message`", "done", "HTTP 200, as all answers."),
    Covered(_SEND, "`Sender ID not allowed`", "done"),
    Covered(_STATUS, "`groupid`", "done"),
    Covered(_STATUS, "Answer: `request`, `status`, `group_id`, `date`", "done"),
    Covered(_STATUS, "`group_status`", "done", "sent once one is, as printed; queued; failed."),
    Covered(_STATUS, "`recipients`: `id`, `to`, `status`", "done", "Those that were taken."),
    Covered(_STATUS, "Status sent", "done", "Sent or delivered."),
    Covered(_STATUS, "Status failed", "done", "Undelivered, expired, rejected, failed, cancelled."),
    Covered(_STATUS, "Status queued", "done", "Everything else."),
    Covered(_STATUS, "Error: `request`, `status`, `message`", "done", "`Group not found`."),
    Covered(_INBOX, "`list` unread", "done", "The default; marks as read, a thousand at a time."),
    Covered(_INBOX, "`list` all", "done", "The newest thousand; marks nothing."),
    Covered(
        _INBOX, "Answer: `request`, `status`, `inbox`", "done", "An empty list when there is none."
    ),
    Covered(_INBOX, "`id`, `from`, `to`, `message`, `date`", "done", "`date` is UTC."),
    Covered(_INBOX, "Error: `request`, `status`, `message`", "done"),
    Covered(_BALANCE, "Answer: `balance`", "done", "What can be spent, in the account's currency."),
    Covered(_BALANCE, "Error: `request`, `status`, `message`", "done"),
    Covered(_BALANCE, "`Invalid user`", "done", "With every command."),
    Covered(_OTHER, "List of allowed IP addresses", "done", "The credential's allowed networks."),
    Covered(_OTHER, "`Message Field Is Empty`", "done"),
    Covered(_OTHER, "`No Valid Recipients Supplied`", "done"),
    Covered(_OTHER, "`Insufficient Balance`", "done"),
    Covered(
        _OTHER, "`Message Contains Forbidden Words`", "later", "There is no list of words here."
    ),
    Covered(_OTHER, "`type` music", "refused", "`Invalid message type`; nobody says what it is."),
    Covered(
        _OTHER, "`sendwhatsapp`", "refused", "One caller tries it; `type=whatsapp` is the way."
    ),
    Covered(_OTHER, "Callbacks", "refused", "The vendor has none, so no endpoint has this form."),
)
