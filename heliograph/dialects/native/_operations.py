"""The table of operations: it drives reading, routing, 404 and 405, and the OpenAPI description.

A list of literals and nothing else, in a few parts. An operation that is not here does not exist.
"""

from __future__ import annotations

from typing import Final

from heliograph.dialects.native._operation import Operation
from heliograph.dialects.native._operations_account import ACCOUNT
from heliograph.dialects.native._operations_campaigns import CAMPAIGNS
from heliograph.dialects.native._operations_dialogue import DIALOGUE
from heliograph.dialects.native._operations_inventory import INVENTORY
from heliograph.dialects.native._operations_links import LINKS
from heliograph.dialects.native._operations_lists import LISTS
from heliograph.dialects.native._operations_messages import MESSAGES
from heliograph.dialects.native._operations_operator import OPERATOR
from heliograph.dialects.native._operations_people import PEOPLE
from heliograph.dialects.native._operations_search import SEARCH
from heliograph.dialects.native._operations_statistics import STATISTICS
from heliograph.dialects.native._operations_two_way import TWO_WAY
from heliograph.dialects.native._operations_verify import VERIFY
from heliograph.dialects.native._overview import OVERVIEW

OPERATIONS: Final[tuple[Operation, ...]] = (
    *MESSAGES,
    *SEARCH,
    *ACCOUNT,
    *TWO_WAY,
    *DIALOGUE,
    *LINKS,
    *LISTS,
    *CAMPAIGNS,
    *VERIFY,
    *INVENTORY,
    *OPERATOR,
    *STATISTICS,
    *OVERVIEW,
    *PEOPLE,
)
BY_ID: Final = {operation.id: operation for operation in OPERATIONS}
