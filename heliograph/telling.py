"""How a customer is told of an event: rendered in the form of its door, called by the outgoing pump."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from heliograph.dialects._shape import HttpCall
from heliograph.flow.calling import Called
from heliograph.flow.notify import SESSION
from heliograph.model.account import Endpoint
from heliograph.model.manners import HOUSE_MANNERS, Manners
from heliograph.model.message import Event, Inbound, MessageRecord
from heliograph.transport import HttpCaller, OutgoingCall

Render = Callable[[Endpoint, Event, MessageRecord, bytes, datetime], HttpCall]
RenderGathered = Callable[
    [Endpoint, Sequence[tuple[Event, MessageRecord]], bytes, datetime], HttpCall
]
RenderArrival = Callable[[Endpoint, Inbound, bytes, datetime], HttpCall]


class Sessions(Protocol):
    """Customers who stay connected, by their credentials."""

    def tell_event(
        self, credential_id: int, event: Event, record: MessageRecord, key: bytes
    ) -> Awaitable[Called]:
        """Tell one of the credential's sessions."""

    async def tell_inbound(self, credential_id: int, inbound: Inbound, key: bytes) -> Called:
        """The same for a message from a handset."""


class Telling:
    """Called by `flow.notify` for each notification."""

    def __init__(
        self,
        *,
        caller: HttpCaller,
        callbacks: Mapping[str, Render],
        arrivals: Mapping[str, RenderArrival],
        key: Callable[[int], bytes],
        now: Callable[[], datetime],
        timeout_seconds: float,
        sessions: Callable[[], Sessions],
        manners: Mapping[str, Manners],
        plain_http: bool = False,
        gathered: Mapping[str, RenderGathered] | None = None,
    ) -> None:
        """`plain_http` opens http:// also for forms that are told by https alone."""
        self._caller = caller
        self._callbacks = callbacks
        self._arrivals = arrivals
        self._key = key
        self._now = now
        self._timeout = timeout_seconds
        self._sessions = sessions
        self._manners = manners
        self._plain_http = plain_http
        self._gathered = gathered or {}

    def of_event(
        self, endpoint: Endpoint, event: Event, record: MessageRecord
    ) -> Awaitable[Called]:
        """Tell of a message's event."""
        key = self._key(endpoint.account_id)
        if endpoint.dialect == SESSION:
            return self._sessions().tell_event(-endpoint.id, event, record, key)
        render = self._callbacks[endpoint.dialect]
        return self._make(render(endpoint, event, record, key, self._now()), endpoint)

    async def of_events(
        self, endpoint: Endpoint, items: Sequence[tuple[Event, MessageRecord]]
    ) -> Called:
        """Tell of the last events of several messages in one call."""
        render = self._gathered[endpoint.dialect]
        call = render(endpoint, items, self._key(endpoint.account_id), self._now())
        return await self._make(call, endpoint)

    async def of_arrival(self, endpoint: Endpoint, inbound: Inbound) -> Called:
        """Tell of a message from a handset."""
        key = self._key(endpoint.account_id)
        if endpoint.dialect == SESSION:
            return await self._sessions().tell_inbound(-endpoint.id, inbound, key)
        render = self._arrivals[endpoint.dialect]
        return await self._make(render(endpoint, inbound, key, self._now()), endpoint)

    async def _make(self, call: HttpCall, endpoint: Endpoint) -> Called:
        """Make the call; a 2xx whose body broke off still counts as told."""
        manners = self._manners.get(endpoint.dialect, HOUSE_MANNERS)
        if manners.https_only and not self._plain_http and not _is_https(call.url):
            return Called(status_code=None, error="Only https is called here.", duration_ms=0)
        result = await self._caller.call(
            OutgoingCall(
                method=call.method,
                url=call.url,
                headers=dict(call.headers),
                body=call.body,
                timeout_seconds=manners.timeout_seconds or self._timeout,
            )
        )
        return Called(
            status_code=result.status,
            error=None if result.status is not None else result.sentence,
            duration_ms=int(result.duration_seconds * 1000),
            retry_after_seconds=_seconds(result.headers.get("retry-after")),
        )


def _is_https(url: str) -> bool:
    return url[:8].lower() == "https://"


def _seconds(header: str | None) -> float | None:
    """Retry-After in seconds; its date form is rare and our own schedule serves as well."""
    return float(header) if header is not None and header.isdecimal() else None
