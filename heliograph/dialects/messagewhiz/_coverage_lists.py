"""What the vendor's reference documents of recipient lists and unsubscribe lists."""

from __future__ import annotations

from typing import Final

from heliograph.dialects._shape import Covered
from heliograph.dialects.messagewhiz._coverage_lines import PAGED, done

_RECIPIENTS = "Recipient lists"
_UNSUBSCRIBE = "Unsubscribe lists"
_OFF: Final = (
    "Switched off: accepted broadcasts keep it, `enabled=false` shows it, a PATCH brings it back. The "
    "native API's DELETE erases it."
)

LISTS: Final[tuple[Covered, ...]] = (
    *done(
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
            *PAGED,
            ("`filter=name=…`", "Exactly: names need not differ."),
            ("GET `…/{id}/recipients`", "Numbers as integers; fields that there are."),
            ("GET `…/{id}/listNumbers`", "Texts."),
            ("GET `…/{id}/download`", "CSV with `;`, every cell quoted."),
            ("PUT `…/{id}/numbers`: `name`, `numbers`", "Adds."),
            ("PATCH `…/{id}`: `name`", "`enabled` too."),
            ("PUT `…/{id}`: `doc`, `mapping`, `name`", "Replaces."),
            ("DELETE `…/{id}`", _OFF),
        ),
    ),
    *done(
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
            *PAGED,
            ("`filter=name=…`", "Exactly: names need not differ."),
            ("GET `…/{id}/members`: `phone_number`", "Texts."),
            ("GET `…/{id}/download`", ""),
            ("PUT `…/{id}`: `doc`, `mapping`", "Replaces; `numbers` will do as well."),
            ("PATCH `…/{id}`: `enabled`", "A boolean."),
            ("DELETE `…/{id}`", _OFF),
            (
                "Numbers that opted out of broadcasts",
                "Opt-outs of the account hold beside every list, on every path.",
            ),
        ),
    ),
)
