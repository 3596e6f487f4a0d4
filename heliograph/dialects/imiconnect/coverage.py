"""What the vendor documents (seeds/002 and its pages on codes and options), and what became of it here."""

from __future__ import annotations

from typing import Final

from heliograph.dialects._shape import Covered

_SETUP = "Before sending (IMIconnect)"
_REQUEST = "POST /resources/v1/messaging"
_SMS = "`channels` and `message`"
_TO = "`destination`"
_ANSWER = "Answers (IMIconnect)"
_CODES = "Codes in answers (IMIconnect)"
_STATUS = "GET /resources/v1/messaging/status/{transid}"
_REPORT = "Delivery notification"
_REPORTED = "Codes in delivery notifications"
_MO = "MO notification"
_CALLS = "How notifications are made"
_LATER = "Newer fields of the same request"

COVERAGE: Final[tuple[Covered, ...]] = (
    Covered(
        _SETUP, "Buy a number or sender ID", "done", "Offers of the native API, paid by the ledger."
    ),
    Covered(_SETUP, "Restrictions by country", "done", "`GET /v1/restrictions` of the native API."),
    Covered(_SETUP, "Service: name, description", "done", "Services of the native API."),
    Covered(_SETUP, "Service key", "done", "A credential of this dialect with the service."),
    Covered(_SETUP, "Numbers of a service", "done", "A number's service."),
    Covered(_SETUP, "Keywords of a service", "done", "First words on a number or short code."),
    Covered(
        _SETUP, "DR notify URL", "done", "An endpoint of the service, told of sent and the end."
    ),
    Covered(_SETUP, "MO notify URL", "done", "An endpoint of the service, `message.received`."),
    Covered(_REQUEST, "Header `key`", "done"),
    Covered(_REQUEST, "Header `content-type`", "done", "Only forms and XML are refused: 7126."),
    Covered(_REQUEST, "Header `Authorization: Bearer`", "refused", "Later than the seed: 7002."),
    Covered(_REQUEST, "One object", "done"),
    Covered(_REQUEST, "An array of objects", "done", "Answered element by element."),
    Covered(
        _REQUEST, "`deliverychannel` sms", "done", "Left out, with only SMS in `channels`: sms."
    ),
    Covered(_REQUEST, "`deliverychannel`, any other", "refused", "7004."),
    Covered(_REQUEST, "`correlationid`", "done", "50 bytes; longer is 7004. Also `correlationId`."),
    Covered(
        _REQUEST, "`conversationid`", "done", "Kept with the message; it has no documented effect."
    ),
    Covered(_REQUEST, "`notifyurl`", "done", "Instead of the service's URLs. Bad or blanks: 7004."),
    Covered(_REQUEST, "`notifydata`, `callbackData`", "done", "2,000 characters; the latter wins."),
    Covered(_REQUEST, "`expiry`", "done", "No zone is UTC. Past: 7208. At most seven days ahead."),
    Covered(_REQUEST, "`priority`", "done", "1 to 3, else 7004. 2 and 3 go ahead in their lane."),
    Covered(
        _REQUEST,
        "`route`",
        "done",
        "IMMD, LCGD, LCBE: traffic class otp, transactional, promotional. Else 7004.",
    ),
    Covered(_REQUEST, "`extras`", "refused", "For push channels; passed over with SMS."),
    Covered(_SMS, "`channels.sms.text`", "done", "As many parts as the account may send: 7107."),
    Covered(
        _SMS, "`channels.sms.senderid`", "done", "Left out: the service's, else 7101 by report."
    ),
    Covered(
        _SMS, "`channels.sms.type` 1, 2, 3, 4", "done", "Text, flash, binary, UCS-2. Else 7004."
    ),
    Covered(_SMS, "`channels.sms.body`", "done", "With type 3; hexadecimal, without a header."),
    Covered(
        _SMS,
        "`channels.sms.media-path`",
        "done",
        "Behind the text and a blank; with a template 7004.",
    ),
    Covered(_SMS, "`channels.smartlinks`: `linkid`, `validity`", "done", "Minutes. Unknown: 7004."),
    Covered(_SMS, "`{{link_<linkid>}}`", "done", "Without its smart link it stays as it is."),
    Covered(_SMS, "`message.template`", "done", "A template's number or name; unknown is 7108."),
    Covered(_SMS, "`message.parameters`", "done", "Those of `channels.sms` come before them."),
    Covered(_SMS, "`$(name)`", "done", "From parameters and the destination; unknown is blank."),
    Covered(_SMS, "`$(name)` from a customer profile", "refused", "There are no profiles: blank."),
    Covered(_TO, "`msisdn`", "done", "A list, or one number; text or JSON number."),
    Covered(_TO, "`customerid`", "refused", "There are no customer profiles: 7102 in its place."),
    Covered(_TO, "Own `correlationid`", "done", "Instead of the request's."),
    Covered(_TO, "Up to 1,000 destinations", "done", "More refuse the request: 7009."),
    Covered(
        _ANSWER, "`response` as array", "done", "`code`, `description`, `transid`, `correlationid`."
    ),
    Covered(_ANSWER, "`response` as object", "done", "`code`, `description`, `transid`."),
    Covered(_ANSWER, "`transid`", "done", "`<uuid>`, `<uuid>_1`, … over the destinations."),
    Covered(_ANSWER, "`Queued in burst mode`", "refused", "Never said; read from a carrier."),
    Covered(_CODES, "1001 Queued", "done", "After the message is stored."),
    Covered(_CODES, "7000 Invalid JSON", "done"),
    Covered(_CODES, "7001 Authentication failed", "done"),
    Covered(_CODES, "7002 Service Key Missing", "done"),
    Covered(_CODES, "7003 mandatory parameter", "done", "The text names it."),
    Covered(_CODES, "7004 Invalid parameters", "done", "Also a transid that is not known."),
    Covered(_CODES, "7005 Request expired", "refused", "Queued instead, and reported as 7208."),
    Covered(_CODES, "7006 Internal error occurred", "done"),
    Covered(_CODES, "7007 Service inactive", "done", "Also a suspended account."),
    Covered(_CODES, "7009 Max number of destinations", "done"),
    Covered(_CODES, "7010 source IP not allowed", "refused", "7127 says it; read from a carrier."),
    Covered(_CODES, "7020 transaction limit", "done", "The rate limit, and the balance."),
    Covered(_CODES, "7022 JSON size exceeded", "done", "4 MiB."),
    Covered(_CODES, "7101 invalid sender ID", "done", "Also one that is not approved."),
    Covered(_CODES, "7102 invalid destination", "done", "Also one without a price or a route."),
    Covered(_CODES, "7107 length", "done"),
    Covered(_CODES, "7108 invalid template id", "done"),
    Covered(_CODES, "7126 content type", "done"),
    Covered(_CODES, "7127 source IP not allowed", "done", "The credential's networks."),
    Covered(_STATUS, "`transactionid`, `from`, `to`, `body`", "done"),
    Covered(_STATUS, "`clientid`", "done", "The account's number; its meaning is an inference."),
    Covered(_STATUS, "`api_version`, `type`, `channel`", "done", "v1, outbound-api, sms."),
    Covered(_STATUS, "`status`", "done", "queued, sent, delivered, failed, expired."),
    Covered(_STATUS, "`date_created`, `last_updated`", "done", "To the second, UTC."),
    Covered(
        _STATUS, "`error_code`, `error_message`", "done", "Of the report; null until it failed."
    ),
    Covered(_REPORT, "`deliveryChannel`, `destinationType`", "done", "SMS, msisdn."),
    Covered(
        _REPORT, "`Description`, `code`, `deliveryStatus`", "done", "Texts, by the table below."
    ),
    Covered(_REPORT, "`timeStamp`", "done", "UTC to the millisecond, without a zone."),
    Covered(_REPORT, "`destination`", "done"),
    Covered(_REPORT, "`correlationid`, `callbackData`", "done", "Empty when none was given."),
    Covered(_REPORT, "`transid`", "done", "As it was answered."),
    Covered(
        _REPORT, "`additionalInfo`, `messageCount`, `subtid`", "refused", "Later than the seed."
    ),
    Covered(_REPORTED, "7500 Delivered", "done"),
    Covered(_REPORTED, "7501 Submitted", "done", "A carrier has taken it."),
    Covered(_REPORTED, "7004 Invalid parameters/Values", "refused", "Said at once; read."),
    Covered(_REPORTED, "7006 Internal server error", "refused", "7202 says it; read."),
    Covered(_REPORTED, "7101 Invalid Sender ID", "done", "Also for none at all."),
    Covered(_REPORTED, "7102 Invalid address", "done"),
    Covered(_REPORTED, "7107 Message Length Exceeded", "refused", "Said at once; read."),
    Covered(_REPORTED, "7109 User in DnD", "done", "Opted out; at once where it is known then."),
    Covered(_REPORTED, "7201 failed at operator", "done", "Every reason without a row of its own."),
    Covered(
        _REPORTED, "7202 failed at platform", "done", "No carrier took it, or it was cancelled."
    ),
    Covered(_REPORTED, "7203 Unknown subscriber", "done"),
    Covered(_REPORTED, "7204, 7205, 7209, 7210, 7211", "refused", "No reason is so exact; read."),
    Covered(_REPORTED, "7206 SIM full", "done"),
    Covered(_REPORTED, "7207 out of coverage", "done"),
    Covered(_REPORTED, "7208 Message expired", "done", "The one `Un-Delivered`."),
    Covered(_REPORTED, "7111, 7280 to 7284, 7302, 7513, 7518, 7607, 7720", "refused", "Read."),
    Covered(_MO, "`userId`", "done", "Empty: there are no customer profiles."),
    Covered(_MO, "`channel`, `da`, `oa`, `message`", "done", "Binary content in hexadecimal."),
    Covered(_MO, "`tid`, `datetime`, `ts`", "done", "UTC."),
    Covered(_MO, "A template of one's own", "done", "The endpoint's setting `mo_template`."),
    Covered(_MO, "`timeStamp`, `x_networkid`", "refused", "Not among the seed's keys."),
    Covered(_CALLS, "POST of JSON", "done", "Any 2xx says that it was taken."),
    Covered(_CALLS, "https alone", "done", "Plain http only with `webhook_allow_private`."),
    Covered(_CALLS, "HEAD when the URL is saved", "refused", "The URL is checked, not called."),
    Covered(_CALLS, "Ten seconds, three more tries a minute apart", "done"),
    Covered(
        _CALLS, "Statuses after which nothing is tried again", "done", "410 disables no URL either."
    ),
    Covered(
        _CALLS,
        "`x-hub-signature`",
        "done",
        "Hexadecimal HMAC of the body, by the endpoint's settings `signature_secret` and"
        " `signature_algorithm` (sha256, sha512, sha1). Not to a `notifyurl`.",
    ),
    Covered(_LATER, "`notifyurlAuthId`, `options`, `contactPolicy`", "refused", "Passed over."),
    Covered(_LATER, "The V2 API", "refused", "Not in the seed."),
)
