"""What the vendor's reference documents (seeds/003), line by line, and what became of it here."""

from __future__ import annotations

from typing import Final

from heliograph.dialects._shape import Covered
from heliograph.dialects.mitto import codes

_CALLS = "Calls (Mitto)"
_SEND = "Parameters of /sms and /smsbulk"
_ANSWER = "Answers to /sms and /smsbulk"
_CODES = "Response codes"
_CALLBACK = "Delivery callback"
_ERRORS = "Delivery report error codes"
_STATES = "Delivery statuses"
_MO = "Two-way messages"
_CONVERTED = "/sms/converted"
_USAGE = "/usage/bycountry"
_OTHER = "Beside the page (Mitto)"

_CODE_NOTES: Final = {
    1: "Also where there is no price, route or money, and for opted-out receivers.",
    4: "Also a text of too many parts, and a `udh` that is no header.",
    6: "Also a sender that is not approved.",
}

COVERAGE: Final[tuple[Covered, ...]] = (
    Covered(_CALLS, "POST `/sms`", "done", "GET too."),
    Covered(_CALLS, "POST `/smsbulk`", "done", "GET too; up to 10,000 numbers."),
    Covered(_CALLS, "POST `/sms/converted`", "done"),
    Covered(_CALLS, "POST `/usage/bycountry`", "done"),
    Covered(_CALLS, "Five base URLs", "done", "Any host name that leads to the house."),
    Covered(_CALLS, "Callback URLs whitelisted by the vendor", "done", "Endpoints of the service."),
    Covered(_SEND, "`from`", "done", "3 to 11 characters or 3 to 14 digits, and approved."),
    Covered(_SEND, "`to`", "done", "E.164, with or without plus; a list for /smsbulk."),
    Covered(_SEND, "`text`", "done", "Hexadecimal for binary messages."),
    Covered(_SEND, "`type` GSM", "done", "The default."),
    Covered(_SEND, "`type` Unicode", "done", "Plain characters, or hexadecimal by a setting."),
    Covered(_SEND, "`type` Binary, Byte", "done"),
    Covered(_SEND, "`type` auto", "done"),
    Covered(_SEND, "`reference`", "done", "`ClientRef` is another name of it."),
    Covered(
        _SEND,
        "`deliveryStatusesToNotify`",
        "done",
        "A comma list of words; BUFFERED is passed over.",
    ),
    Covered(_SEND, "`udh`", "done", "Hexadecimal, with its length octet."),
    Covered(_SEND, "`validity`", "done", "Minutes; 2,880 by default, at most 10,080."),
    Covered(_SEND, "`pid`", "done", "0 to 255."),
    Covered(_SEND, "`flash`", "done", "true, 1, yes, on."),
    Covered(_SEND, "`test`", "done", "Checks everything, sends nothing."),
    Covered(_SEND, "`callback`", "done", "A template; instead of the account's endpoints."),
    Covered(_ANSWER, "`id`", "done", "32 hexadecimal digits; not for test calls and refusals."),
    Covered(_ANSWER, "`timestamp`", "done", "Seven decimals of a second."),
    Covered(_ANSWER, "`responseCode`", "done", "An integer."),
    Covered(_ANSWER, "`responseText`", "done"),
    Covered(_ANSWER, "`textLength`", "done", "Characters, or octets of a binary message."),
    Covered(_ANSWER, "`test`", "done"),
    *(
        Covered(_CODES, f"{number} {text}", "done", _CODE_NOTES.get(number, ""))
        for number, text in codes.RESPONSES.items()
    ),
    Covered(_CALLBACK, "GET and POST", "done", "The setting `method` of the endpoint; GET."),
    Covered(_CALLBACK, "`<name>` and `$name$`", "done", "All names as query where there are none."),
    Covered(_CALLBACK, "`msgid`", "done", "As in the answer."),
    Covered(_CALLBACK, "`sendtime`", "done", "`yyyy-MM-dd HH:mm:ss`, UTC."),
    Covered(_CALLBACK, "`status`", "done"),
    Covered(_CALLBACK, "`receiver`", "done"),
    Covered(_CALLBACK, "`mcc`", "done"),
    Covered(_CALLBACK, "`mnc`", "done"),
    Covered(_CALLBACK, "`cost`", "done", "In 1/100 of the account's currency."),
    Covered(_CALLBACK, "`errorcode`", "done"),
    Covered(_CALLBACK, "`sendtimestamp`", "done", "Unix time of the status."),
    Covered(_CALLBACK, "`reference`", "done"),
    *(Covered(_ERRORS, f"{number} {text}", "done") for number, text in codes.ERRORS.items()),
    Covered(_STATES, "SENT", "done"),
    Covered(_STATES, "DELIVERED", "done"),
    Covered(_STATES, "UNDELIVERED", "done"),
    Covered(
        _STATES, "BUFFERED", "done", "For endpoints that ask for every event: waiting or uncertain."
    ),
    Covered(_STATES, "FAILED", "done", "Rejected, failed and cancelled."),
    Covered(_STATES, "EXPIRED", "done"),
    Covered(_MO, "`coding`", "done", "GSM, Unicode, Binary."),
    Covered(_MO, "`sender`", "done"),
    Covered(_MO, "`content`", "done", "Hexadecimal where binary."),
    Covered(_MO, "`receiver`", "done"),
    Covered(_MO, "`msgid`", "done"),
    Covered(_CONVERTED, "`messageId`", "done", "With or without dashes."),
    Covered(_CONVERTED, "200 OK", "done", "Also for a message that was marked before."),
    Covered(_CONVERTED, "400 not enabled", "done", "The account's `conversion_tracking`."),
    Covered(_CONVERTED, "404 No convertible message", "done", "A JSON string."),
    Covered(_CONVERTED, "429 Too many requests", "refused", "Conversions have no limit here."),
    Covered(_CONVERTED, "500", "done"),
    Covered(_USAGE, "`startDate`, `endDate`", "done", "YYYY-MM-DD or YYYYMMDD, both included."),
    Covered(_USAGE, "`accountName`", "done", "Passed over: the key says whose usage it is."),
    Covered(_USAGE, "`country`", "done", "ISO 3166-1 alpha-3."),
    Covered(_USAGE, "`messagesCount`", "done"),
    Covered(_USAGE, "`cost`", "done", "Held or captured; units of the currency."),
    Covered(_USAGE, "`error`: Maximum queryable period is 31 days", "done", "HTTP 400."),
    Covered(_OTHER, "`X-Mitto-API-Key`", "done", "401 without; from the vendor's use cases."),
    Covered(_OTHER, "`.json`, `.xml`, `?format=`, `/v2`", "done", "From older descriptions."),
    Covered(_OTHER, "Fields by form or query", "done", "Under those of a JSON body."),
    Covered(_OTHER, "Unicode as hexadecimal UTF-16", "done", "The credential's `unicode` = `hex`."),
    Covered(_OTHER, "Messages API (messaging.mittoapi.com)", "later", "Another product."),
)
