"""Which endpoints are told of many messages in one call, and how long each lets them gather."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from heliograph.model.account import Endpoint
from heliograph.model.manners import Manners, Waits

__all__ = ["Gathering"]


class Gathering:
    """In memory, as the endpoints are now."""

    def __init__(
        self, manners: Mapping[str, Manners], wants: Callable[[Endpoint, str], bool]
    ) -> None:
        """`manners` says of forms how they want to be told, `wants` which events an endpoint does."""
        self._manners = manners
        self._wants = wants
        self.endpoints: tuple[Endpoint, ...] = ()
        """All that gather and are not disabled."""

    def replace(self, endpoints: Iterable[Endpoint]) -> None:
        """These are all endpoints from now on."""
        self.endpoints = tuple(
            each for each in endpoints if each.disabled_at is None and self.waits(each) is not None
        )

    def waits(self, endpoint: Endpoint) -> Waits | None:
        """How long an endpoint's reports gather; None where each is told at once."""
        manners = self._manners.get(endpoint.dialect)
        return None if manners is None or manners.gathers is None else manners.gathers(endpoint)

    def wanting(
        self, account_id: int, event_type: str, service_id: int | None
    ) -> list[tuple[Endpoint, Waits]]:
        """Those that want this type of event."""
        return [
            (each, waits)
            for each in self.endpoints
            if each.account_id == account_id
            and each.service_id in (None, service_id)
            and self._wants(each, event_type)
            and (waits := self.waits(each)) is not None
        ]
