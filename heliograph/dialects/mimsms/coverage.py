"""What the vendor documents (seeds/000 and its Postman collection), line by line, and what became of it."""

from __future__ import annotations

from typing import Final

from heliograph.dialects._shape import Covered

_CALLS = "Calls (MiMSMS)"
_PARAMETERS = "Parameters (MiMSMS)"
_ANSWERS = "Fields of answers (MiMSMS)"
_MAP = "Error status code map (MiMSMS)"
_DLR = "Operator error status (MiMSMS)"

COVERAGE: Final[tuple[Covered, ...]] = (
    Covered(_CALLS, "POST `/api/SmsSending/SMS`", "done", "A comma list with type P alone."),
    Covered(_CALLS, "POST `/api/SmsSending/OneToMany`", "done", "A comma list, up to 10,000."),
    Covered(_CALLS, "POST `/api/SmsSending/DSMS`", "done", "Its own text for each, up to 10,000."),
    Covered(_CALLS, "GET or POST `/api/SmsSending/Send`", "done", "Query, form or JSON."),
    Covered(_CALLS, "GET `/api/SmsSending/SendOneToMany`", "done", "POST too."),
    Covered(_CALLS, "POST `/api/SmsSending/Balance`", "done"),
    Covered(_CALLS, "GET `/api/SmsSending/balanceCheck`", "done", "POST too."),
    Covered(_CALLS, "POST `/api/SmsSending/DlrApi`", "done", "From the vendor's collection."),
    Covered(_CALLS, "`/api/IncomingApi/PullSMS`", "done", "From the vendor's collection."),
    Covered(_CALLS, "Content-Type: application/json", "done", "Anything else is 415 with 213."),
    Covered(_CALLS, "Answer in the type of Accept", "done", "JSON or XML."),
    Covered(_CALLS, "Basic authorization", "done", "Where the body does not name the caller."),
    Covered(_CALLS, "The V2 API", "later", "Later than the document."),
    Covered(_PARAMETERS, "`UserName`", "done"),
    Covered(_PARAMETERS, "`Apikey`", "done"),
    Covered(_PARAMETERS, "`MobileNumber`", "done"),
    Covered(_PARAMETERS, "`CampaignId`", "done", "An approved permit with P; else passed over."),
    Covered(_PARAMETERS, "`SenderName`", "done"),
    Covered(_PARAMETERS, "`TransactionType` T", "done"),
    Covered(_PARAMETERS, "`TransactionType` P", "done"),
    Covered(_PARAMETERS, "`TransactionType` D", "done"),
    Covered(_PARAMETERS, "`Message`", "done"),
    Covered(_PARAMETERS, "`SmsData`: `MobNumber`, `Message`", "done"),
    Covered(_PARAMETERS, "`trxnId`", "done", "With or without DSMS's suffix."),
    Covered(_ANSWERS, "`statusCode`, `status`", "done"),
    Covered(_ANSWERS, "`trxnId`", "done", "15 characters; `_C` and the count behind it on DSMS."),
    Covered(_ANSWERS, "`responseResult`", "done", "The vendor's spelling: `Successfuly`."),
    Covered(_ANSWERS, "`dlrCode`, `operatorStatus`, `receiverMobile`", "done"),
    Covered(_ANSWERS, "`message_Text`, `message_time`, `sender`, `receiver`", "done"),
    Covered(_ANSWERS, "`trxt_Id`", "done", "When nothing waits; the vendor's spelling."),
    Covered(_MAP, "200 Success", "done"),
    Covered(_MAP, "401 IP Black List", "done", "The credential's networks."),
    Covered(_MAP, "401 Invalid UserName & Password", "done"),
    Covered(_MAP, "205 Invalid Message Content", "done"),
    Covered(_MAP, "206 Invalid Mobile Number", "done"),
    Covered(_MAP, "207 Invalid Transaction Type", "done", "Written as it was seen on the wire."),
    Covered(_MAP, "208 Invalid Sender ID", "done"),
    Covered(_MAP, "209 SMS Length cross the Max level", "done"),
    Covered(_MAP, "210 Invalid CampaignId", "done"),
    Covered(_MAP, "213 Parameter Mismatch", "done"),
    Covered(_MAP, "216 Insufficient Balance", "done"),
    Covered(_MAP, "221 SMS Sending Failed", "done"),
    Covered(_MAP, "500 Internal Server Error", "done"),
    Covered(_DLR, "Delivered", "done"),
    Covered(_DLR, "Absent subscriber for SM", "done"),
    Covered(_DLR, "Undelivered", "done"),
    Covered(_DLR, "Subscriber Busy", "done"),
    Covered(_DLR, "Unidentified subscriber", "done"),
    Covered(_DLR, "Barred subscriber", "done"),
    Covered(_DLR, "Illegal subscriber", "done"),
    Covered(_DLR, "SMS Failed, retry 0", "done", "The sender is blocked."),
    Covered(_DLR, "System failure", "done"),
    Covered(_DLR, "SMS Failed, retry 3", "done", "The link failed."),
    Covered(_DLR, "SMSC Timeout-abort", "done"),
)
