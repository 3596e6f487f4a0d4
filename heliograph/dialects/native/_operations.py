"""The table of operations: it drives reading, routing, 404 and 405, and the OpenAPI description.

A list of literals and nothing else, in three parts. An operation that is not here does not exist.
"""

from __future__ import annotations

from typing import Final

from heliograph.dialects.native._operation import Operation
from heliograph.dialects.native._operations_account import ACCOUNT
from heliograph.dialects.native._operations_messages import MESSAGES
from heliograph.dialects.native._operations_operator import OPERATOR

OPERATIONS: Final[tuple[Operation, ...]] = (*MESSAGES, *ACCOUNT, *OPERATOR)
BY_ID: Final = {operation.id: operation for operation in OPERATIONS}
