"""What the vendor's reference documents of what is kept: campaigns, senders, links, texts, triggers."""

from __future__ import annotations

from typing import Final

from heliograph.dialects._shape import Covered
from heliograph.dialects.messagewhiz._coverage_lines import PAGED, SWITCHED, done

_ALL = "Every call"
_CAMPAIGNS = "Campaigns"
_SENDERS = "Senders"
_SENDER_LISTS = "Sender lists"
_LINKS = "Links (MessageWhiz)"
_LINK_LISTS = "Link lists"
_SPINNERS = "Word spinners"
_TEMPLATES = "Templates"
_TRIGGERS = "Triggers"

THINGS: Final[tuple[Covered, ...]] = (
    *done(
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
    *done(
        _CAMPAIGNS,
        (
            ("POST `/api/3/campaign`: `name`, `start_date`, `end_date`", "The dates are optional."),
            ("`id`, `is_default`, `name`, `start_date`, `end_date`, `enabled` (boolean)", ""),
            ("GET `/api/3/campaign`", ""),
            *PAGED,
            ("`filter=name=…`", "Exactly, whatever its case."),
            ("`userList`: `campaign_id`, `user_id`, `company_id`", "The account's number."),
            ("The default campaign", "Every account has one; null dates."),
            ("PUT `/api/3/campaign/{id}`", "What is named changes."),
            ("PATCH `/api/3/campaign/{id}`", "`enabled` as 1, as in the reference."),
            ("DELETE `/api/3/campaign/{id}`", SWITCHED),
        ),
    ),
    *done(
        _SENDERS,
        (
            ("POST `/api/3/sender`: `name`", "Used once it is approved, or where any may be."),
            ("`id`, `name`, `enabled` (boolean)", ""),
            ("GET `/api/3/sender`", ""),
            *PAGED,
            ("`filter=name=…`", ""),
            ("PUT `/api/3/sender/{id}`: `name`, `enabled`", ""),
            ("PATCH `/api/3/sender/{id}`: `enabled`", "Answer not printed: `id` and a boolean."),
            ("DELETE `/api/3/sender/{id}`", SWITCHED),
        ),
    ),
    *done(
        _SENDER_LISTS,
        (
            ("POST `/api/3/senderList`: `name`, `senderIds`", "Unknown ids are passed over."),
            ("`id`, `name`, `enabled` (boolean), `count`", ""),
            ("POST `/api/3/senderList/{id}/senders`: `ids`", "The ids that were added."),
            ("GET `/api/3/senderList`", ""),
            *PAGED,
            ("`filter=name=…`", ""),
            ("GET `/api/3/senderList/{id}/senders`: `senderId`, `name`", ""),
            ("PUT `/api/3/senderList/{id}`", "Printed as GET, and as `sendertList`: slips."),
            ("PATCH `/api/3/senderList/{id}`", "`enabled` as 1."),
            ("DELETE `/api/3/senderList/{id}`", SWITCHED),
            ("DELETE `/api/3/senderList/{id}/senders?id=`", "404 where it is not on the list."),
        ),
    ),
    *done(
        _LINKS,
        (
            ("POST `/api/3/link`: `name`, `url`", "Names differ, else 409."),
            (
                "`platform_based_links`: `bot_redirect`, `preview_url`",
                "Also `ios`, `android`, `desktop`.",
            ),
            ("`id`, `name`, `url`, `enabled` (boolean), `type` 0, `platform_based_links`", ""),
            ("GET `/api/3/link`", ""),
            *PAGED,
            ("`filter=name=…` and `filter=url=…`", ""),
            ("PUT `/api/3/link/{id}`", "Holds for links that were sent before."),
            ("DELETE `/api/3/link/{id}`", SWITCHED),
            ("POST `/api/3/details/linkConversion`: `url`", "With or without a scheme."),
            ("`conversion`, `totalRecipients`, `clicks`", "Percent of messages that were clicked."),
        ),
    ),
    *done(
        _LINK_LISTS,
        (
            (
                "POST `/api/3/LinkList`: `name`, `linkIds` or `links`",
                "Up to 10,000 links. Names need not differ: the reference prints two of one name.",
            ),
            (
                "`id`, `name`, `enabled`, `linkListLength`, `warning`",
                "`warning` names unknown ids.",
            ),
            ("POST `/api/3/LinkList`: `doc`, `mapping`, `name`", "CSV or XLSX, as for recipients."),
            ("POST `/api/3/LinkList/{id}/links`: `ids` or `id`", "The ids that were added."),
            ("POST `/api/3/LinkList/{id}/links/bulk`: `links`", ""),
            ("`enabled`, `id`, `name`, `user_id`, `company_id`", "The account's number."),
            ("GET `/api/3/LinkList`: `enabled` 1, `conversionCount`", "Messages clicked."),
            *PAGED,
            ("`filter=name=…`", ""),
            ("GET `/api/3/LinkList/{id}/links`: `linkId`, `url`", "In an array of one."),
            ("PUT `/api/3/LinkList/{id}`", "Answer not printed: as for a file."),
            ("PATCH `/api/3/LinkList/{id}`", "`enabled` as 1."),
            ("DELETE `/api/3/LinkList/{id}`", SWITCHED),
            ("DELETE `/api/3/LinkList/{id}/links?[id]=`", "Also `id`."),
        ),
    ),
    *done(
        _SPINNERS,
        (
            ("POST `/api/3/spinner`: `name`, `words`", ""),
            ("`name`, `words`, `enabled` (boolean), `id`", ""),
            ("GET `/api/3/spinner`", ""),
            *PAGED,
            ("`filter=name=…`", ""),
            ("PUT `/api/3/spinner/{id}`", "`words` take the place of the former ones."),
            ("PATCH `/api/3/spinner/{id}`", "`enabled` 0 or 1, alone."),
            ("DELETE `/api/3/spinner/{id}`", SWITCHED),
        ),
    ),
    *done(
        _TEMPLATES,
        (
            ("POST `/api/3/template`: `name`, `body`", ""),
            ("`id`, `name`, `body`, `enabled` (boolean)", ""),
            ("GET `/api/3/template`: `user_id` too", "The account's number."),
            *PAGED,
            ("`filter=name=…`", ""),
            ("PUT `/api/3/template/{id}`", ""),
            ("DELETE `/api/3/template/{id}`", SWITCHED),
        ),
    ),
    *done(
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
            *PAGED,
            ("`filter=name=…`", ""),
            ("PUT `/api/3/trigger/{id}`", "Without `trigger_type_id`."),
            ("DELETE `/api/3/trigger/{id}`", SWITCHED),
        ),
    ),
)
