"""Draws `docs/roles.md`: which role may ask for which operation, from the table that the door asks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from heliograph.dialects.native._duties import DUTIES
from heliograph.dialects.native._operation import Operation
from heliograph.dialects.native._operations import OPERATIONS
from heliograph.model.account import Scope
from heliograph.model.person import Role, permitted_roles

__all__ = ["roles_page"]

_HEAD: Final = """\
# Roles: who may do what

<!-- Written by `python -m tools.docs` from the rooms' own tables. -->

Every operation of the native API by every role, as `heliograph/model/person.py` has it and
`tests/entrance/test_roles.py` asks the real door. `●`: yes. `○`: only the operator's own people. What
is done to another account (`?account=`), and whatever else needs the operator's scope, is for the
operator's people whose role may do the same under *Operator*. Keys have scopes instead: see
`docs/dialects.md`. `docs/people.md` says what the roles are for.
"""


def roles_page() -> str:
    """The page."""
    lines = [_HEAD]
    areas = dict.fromkeys(operation.tag for operation in OPERATIONS)
    for area in areas:
        lines += [f"## {area}", "", *_table(area), ""]
    return "\n".join(lines).rstrip() + "\n"


def _table(area: str) -> Iterator[str]:
    heads = ("Operation", "Request", *(role.value for role in Role))
    yield f"| {' | '.join(heads)} |"
    yield f"| {' | '.join('---' for _ in heads)} |"
    for operation in OPERATIONS:
        if operation.tag == area:
            marks = (_mark(operation, role) for role in Role)
            request = f"`{operation.method} {operation.path}`"
            yield f"| {operation.id} | {request} | {' | '.join(marks)} |"


def _mark(operation: Operation, role: Role) -> str:
    if operation.open:
        return "●"
    if role not in permitted_roles(DUTIES[operation.id]):
        return ""
    return "○" if operation.scope is Scope.ADMIN else "●"
