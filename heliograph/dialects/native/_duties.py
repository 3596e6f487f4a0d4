"""What each operation is when it comes to who may ask for it and what is left on record: drawn from the
table of operations, so that no operation can be without."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from heliograph.dialects.native._operation import Operation
from heliograph.dialects.native._operations import OPERATIONS
from heliograph.model.person import Duty, Person, scopes_of

__all__ = ["DUTIES", "operations_for"]

_PREFIXES: Final = {
    operation.path.removesuffix("/{id}"): operation.id_prefix
    for operation in OPERATIONS
    if operation.path.endswith("/{id}")
}


def _duty(operation: Operation) -> Duty:
    return Duty(
        operation=operation.id,
        area=operation.tag,
        changes=operation.changes,
        scope=operation.scope,
        prefix=operation.id_prefix or _PREFIXES.get(operation.path, ""),
    )


DUTIES: Final[Mapping[str, Duty]] = MappingProxyType({each.id: _duty(each) for each in OPERATIONS})


def operations_for(person: Person) -> list[str]:
    """The ids of the operations that a person may ask for."""
    open_to_all = [each.id for each in OPERATIONS if each.open]
    return open_to_all + [
        each.id
        for each in OPERATIONS
        if not each.open and scopes_of(person, DUTIES[each.id], each.scope) is not None
    ]
