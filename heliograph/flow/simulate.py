"""The simulated network's faults: they are settings of the simulated carriers, all of which get the same.

It must never touch a carrier of another kind, nor a setting that is no fault.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

import msgspec

from heliograph.flow.configure import Tools, configure
from heliograph.flow.directory import Directory
from heliograph.model.command import Answer, Command, Principal, Save
from heliograph.model.refusal import Refusal, Refused
from heliograph.model.route import Carrier
from heliograph.model.simulation import Faults, GetFaults, SetFaults, Simulated

__all__ = ["simulator_performers"]

_KIND: Final = "simulated"
_NAMES: Final = frozenset(Faults.__struct_fields__)
_NONE: Final = Refused(refusal=Refusal.NOT_FOUND, detail="No simulated carrier is set up here.")


def simulator_performers(
    tools: Tools, directory: Directory, reload: Callable[[], Awaitable[None]]
) -> dict[type[Command], Callable[[Principal, Any], Awaitable[Answer | Refused]]]:
    """Who carries out the commands of `model.simulation`."""

    async def get(principal: Principal, command: GetFaults) -> Simulated | Refused:
        del principal, command
        return _now(directory)

    async def put(principal: Principal, command: SetFaults) -> Simulated | Refused:
        """One transaction for each carrier: the same faults are wrong with all or with none."""
        for carrier in _simulated(directory):
            settings = with_faults(carrier.settings, command.faults)
            if settings != carrier.settings:
                changed = msgspec.structs.replace(carrier, settings=settings)
                answer = await configure(tools, principal, Save(thing=changed))
                if isinstance(answer, Refused):  # the body has no field `settings`
                    return msgspec.structs.replace(answer, field=None)
        await reload()
        return _now(directory)

    return {GetFaults: get, SetFaults: put}


def with_faults(settings: Mapping[str, str], faults: Faults) -> dict[str, str]:
    """A carrier's settings with these faults and no others."""
    wanted, usual = msgspec.structs.asdict(faults), msgspec.structs.asdict(Faults())
    kept = {name: value for name, value in settings.items() if name not in _NAMES}
    return kept | {name: _written(value) for name, value in wanted.items() if value != usual[name]}


def faults_of(settings: Mapping[str, str]) -> Faults:
    """The faults among a carrier's settings."""
    own = {name: value for name, value in settings.items() if name in _NAMES}
    return msgspec.convert(own, Faults, strict=False)


def _written(value: float | bool) -> str:
    return str(value).lower() if isinstance(value, bool) else f"{value:.10g}"


def _simulated(directory: Directory) -> list[Carrier]:
    return [each for each in directory.carriers if each.kind == _KIND]


def _now(directory: Directory) -> Simulated | Refused:
    carriers = _simulated(directory)
    if not carriers:
        return _NONE
    names = tuple(each.name for each in carriers)
    return Simulated(faults=faults_of(carriers[0].settings), carriers=names)
