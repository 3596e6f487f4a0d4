"""The one pump for outgoing HTTP: webhooks to customers and calls to carriers.

A call goes out at most once: redirects are not followed, a broken connection is not tried
again, and the result says whether the peer can have seen the request, so that the caller
decides about repeating. URLs of customers pass the guard in three places: their text, every
address of their name, and the address of each socket just before it connects. The pump must
never raise for what a peer did, trust proxies from the environment, keep cookies, decompress
an answer, or let a call under the guard use a connection that was opened without it.
"""

import asyncio
import re
import socket
import ssl
import time
from functools import lru_cache, partial
from typing import Final

import aiohttp
from yarl import URL

from heliograph.transport._calls import CallError, CallResult, OutgoingCall, Refusal
from heliograph.transport._direct import Answer, Direct
from heliograph.transport._failures import PEER_FAULTS, BrokenOff, explain
from heliograph.transport._guard import PUBLIC_INTERNET_ONLY, AddressPolicy, parse_url
from heliograph.transport._line import RESULT_HEADERS
from heliograph.transport._resolve import (
    GuardedResolver,
    NameResolver,
    SystemResolver,
    refuse_blocked_address,
)

__all__ = ["HttpCaller"]

# A body that is longer than asked for is still read to its end up to here: cheaper than a new
# connection with its TLS handshake for every receiver that answers with a page of HTML.
_DRAINED_BYTES_MAX: Final = 65_536
# What the client would send again over another connection by itself (RFC 9110 calls them idempotent).
_SENT_AGAIN: Final = frozenset({"GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"})
_PARSED_URLS_KEPT: Final = 4096
# They say where a message ends or what becomes of the connection, which is the client's business.
_CONNECTION_HEADERS: Final = frozenset(
    {
        "connection",
        "content-length",
        "expect",
        "host",
        "keep-alive",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)
_TOKEN: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", re.ASCII)  # RFC 9110, section 5.6.2
_UNSAFE_IN_VALUE: Final = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")  # RFC 9110, section 5.5
# Left to themselves, servers may compress, and a small answer may then become a large one here.
_DEFAULT_HEADERS: Final = {"Accept": "*/*", "Accept-Encoding": "identity"}


class HttpCaller:
    """Keeps connections and sends calls over them; one per process, from `start` to `stop`.

    `policy` says what the guard excepts. `names` resolves host names (default: the operating
    system). `tls` replaces the default context, which verifies against the system's authorities.
    Connecting (a free slot, name, TCP and TLS) may take `connect_timeout_seconds` or four fifths
    of the call's time, whichever is less. Idle connections are dropped after 4 s: many servers
    (Node.js before 65 s became its default, uvicorn) close theirs after 5 s, and a request that
    crosses that close is lost.
    """

    def __init__(
        self,
        *,
        policy: AddressPolicy = PUBLIC_INTERNET_ONLY,
        names: NameResolver | None = None,
        tls: ssl.SSLContext | None = None,
        user_agent: str = "Heliograph",
        connections: int = 1024,
        connections_per_host: int = 64,
        connect_timeout_seconds: float = 5.0,
        keepalive_seconds: float = 4.0,
        dns_cache_seconds: int = 30,
        stop_grace_seconds: float = 5.0,
    ) -> None:
        self._policy = policy
        self._names = names
        self._tls = tls
        self._user_agent = user_agent
        self._connections = connections
        self._connections_per_host = connections_per_host
        self._connect_timeout_seconds = connect_timeout_seconds
        self._keepalive_seconds = keepalive_seconds
        self._dns_cache_seconds = dns_cache_seconds
        self._stop_grace_seconds = stop_grace_seconds
        remember = lru_cache(maxsize=_PARSED_URLS_KEPT)
        self._parse_guarded = remember(partial(parse_url, policy=policy))
        self._parse_trusted = remember(partial(parse_url, policy=None))
        # Two sessions, because a pool is keyed by host: on one, a call under the guard could
        # use a connection to a private address that the operator's call had opened.
        self._guarded: aiohttp.ClientSession | None = None
        self._trusted: aiohttp.ClientSession | None = None
        self._direct: dict[aiohttp.ClientSession, Direct] = {}
        self._own_names: SystemResolver | None = None
        self._is_accepting = False
        self._in_flight = 0
        self._still = asyncio.Event()
        self._still.set()

    async def start(self) -> None:
        """Make ready to call. Opens no connection yet. A second start does nothing."""
        if self._guarded is not None:
            return
        names = self._names
        if names is None:
            names = self._own_names = SystemResolver()
        self._guarded = self._session(names, self._policy)
        self._trusted = self._session(names, None)
        defaults = {**_DEFAULT_HEADERS, "User-Agent": self._user_agent}
        self._direct = {
            session: Direct(session, defaults=defaults, drained_bytes=_DRAINED_BYTES_MAX)
            for session in (self._guarded, self._trusted)
        }
        self._is_accepting = True

    async def stop(self) -> None:
        """Take no more calls, let running ones end within the grace, then close. Idempotent.

        Calls that outlast the grace end with `disconnected` or `stopped`; none is left running.
        """
        self._is_accepting = False
        try:
            async with asyncio.timeout(self._stop_grace_seconds):
                await self._still.wait()
        except TimeoutError:
            pass  # closing the sessions below ends what is left
        sessions = (self._guarded, self._trusted)
        self._guarded = self._trusted = None
        for direct in self._direct.values():
            direct.close()
        self._direct = {}
        for session in sessions:
            if session is not None:
                await session.close()
        await self._still.wait()
        if self._own_names is not None:
            await self._own_names.close()
            self._own_names = None

    async def call(self, request: OutgoingCall) -> CallResult:
        """Send the request once and tell what became of it. Raises nothing for the peer's acts."""
        started_at = time.perf_counter()
        session = self._trusted if request.allow_private else self._guarded
        if session is None or not self._is_accepting:
            return _failed(explain(CallError.STOPPED, "the peer"), started_at)
        parse = self._parse_trusted if request.allow_private else self._parse_guarded
        url = parse(request.url)
        if isinstance(url, Refusal):
            return _failed(url, started_at)
        if not _is_writable(request):
            return _failed(explain(CallError.BAD_REQUEST, url.raw_host or ""), started_at)
        self._in_flight += 1
        self._still.clear()
        try:
            return await self._exchange(session, request, url, started_at)
        finally:
            self._in_flight -= 1
            if not self._in_flight:
                self._still.set()

    async def _exchange(
        self, session: aiohttp.ClientSession, request: OutgoingCall, url: URL, started_at: float
    ) -> CallResult:
        direct = self._direct[session]
        limits = _timeouts(request.timeout_seconds, self._connect_timeout_seconds)
        try:
            if request.method not in _SENT_AGAIN:
                return _answered(await direct.call(request, url, limits), request, url, started_at)
            with direct.aside(request.method, url):
                response = await session.request(
                    request.method,
                    url,
                    data=request.body or None,
                    headers=request.headers,
                    allow_redirects=False,
                    timeout=limits,
                )
        except PEER_FAULTS as error:
            return _failed(explain(error, url.raw_host or ""), started_at)
        except asyncio.CancelledError:
            # Closing a pool cancels those who wait in it; that is not the caller being cancelled.
            task = asyncio.current_task()
            if self._is_accepting or task is None or task.cancelling():
                raise
            return _failed(explain(CallError.STOPPED, url.raw_host or ""), started_at)
        return await _result(response, request, started_at)

    def _session(self, names: NameResolver, policy: AddressPolicy | None) -> aiohttp.ClientSession:
        connector = aiohttp.TCPConnector(
            resolver=GuardedResolver(names, policy),
            socket_factory=partial(_open_socket, policy),
            ssl=True if self._tls is None else self._tls,
            limit=self._connections,
            limit_per_host=self._connections_per_host,
            keepalive_timeout=self._keepalive_seconds,
            ttl_dns_cache=self._dns_cache_seconds,
        )
        return aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            headers={**_DEFAULT_HEADERS, "User-Agent": self._user_agent},
            skip_auto_headers=("Content-Type",),
            auto_decompress=False,
            trust_env=False,
            middlewares=(_send_once,),
        )


def _open_socket(policy: AddressPolicy | None, address_info: aiohttp.AddrInfoType) -> socket.socket:
    """The last gate: no socket is made for an address that the policy refuses, however it came."""
    family, kind, protocol, _, address = address_info
    refuse_blocked_address(str(address[0]), policy)
    return socket.socket(family, kind, protocol)


async def _send_once(
    request: aiohttp.ClientRequest, send: aiohttp.ClientHandlerType
) -> aiohttp.ClientResponse:
    """Hide a broken connection from the client, which would send GET, PUT and DELETE again.

    Several SMS APIs send a message by GET, so the second one would be a second message.
    """
    try:
        return await send(request)
    except aiohttp.ClientConnectorError:
        raise
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as error:
        raise BrokenOff from error


def _answered(answer: Answer, request: OutgoingCall, url: URL, started_at: float) -> CallResult:
    failure: Refusal | None = None
    if answer.broken is not None:
        failure = explain(answer.broken, url.raw_host or "")
    elif answer.is_truncated and request.needs_whole_body:
        failure = explain(CallError.TOO_LARGE, url.raw_host or "")
    return CallResult(
        status=answer.status,
        headers=answer.headers,
        body=answer.body,
        body_truncated=answer.is_truncated,
        error=None if failure is None else failure.error,
        sentence="" if failure is None else failure.sentence,
        duration_seconds=time.perf_counter() - started_at,
    )


async def _result(
    response: aiohttp.ClientResponse, request: OutgoingCall, started_at: float
) -> CallResult:
    failure: Refusal | None = None
    body, is_truncated = b"", False
    try:
        body, is_truncated = await _read_body(response, request.body_limit_bytes)
    except PEER_FAULTS as error:
        response.close()
        failure = explain(error, response.url.raw_host or "")
    except BaseException:
        response.close()
        raise
    if is_truncated and request.needs_whole_body:
        failure = explain(CallError.TOO_LARGE, response.url.raw_host or "")
    received = response.headers
    return CallResult(
        status=response.status,
        headers={name: received[name] for name in RESULT_HEADERS if name in received},
        body=body,
        body_truncated=is_truncated,
        error=None if failure is None else failure.error,
        sentence="" if failure is None else failure.sentence,
        duration_seconds=time.perf_counter() - started_at,
    )


async def _read_body(response: aiohttp.ClientResponse, limit_bytes: int) -> tuple[bytes, bool]:
    """The first `limit_bytes` of the body and whether there were more."""
    if response.status == 101:  # nobody asked for another protocol, and it would have no end
        response.close()
        return b"", False
    length = response.content_length
    if length is not None and length <= limit_bytes:
        return await response.read(), False
    received = bytearray()
    stop_bytes = max(limit_bytes, _DRAINED_BYTES_MAX)
    async for chunk in response.content.iter_any():
        received += chunk
        if len(received) > stop_bytes:
            response.close()
            break
    return bytes(received[:limit_bytes]), len(received) > limit_bytes


def _is_writable(request: OutgoingCall) -> bool:
    headers = request.headers
    return (
        _are_names((request.method, *headers))
        and _UNSAFE_IN_VALUE.search("".join(headers.values())) is None
    )


@lru_cache(maxsize=256)
def _are_names(method_and_names: tuple[str, ...]) -> bool:
    """Whether these are a method and names of headers that a caller may give."""
    return all(_TOKEN.fullmatch(each) for each in method_and_names) and not any(
        name.lower() in _CONNECTION_HEADERS for name in method_and_names[1:]
    )


@lru_cache(maxsize=64)
def _timeouts(total_seconds: float, connect_seconds: float) -> aiohttp.ClientTimeout:
    # Connecting ends strictly before the whole, so that a timeout of the whole means "connected".
    # Without the high threshold aiohttp would round both up to full seconds, perhaps the same.
    return aiohttp.ClientTimeout(
        total=total_seconds,
        connect=min(connect_seconds, total_seconds * 0.8),
        ceil_threshold=86_400.0,
    )


def _failed(refusal: Refusal, started_at: float) -> CallResult:
    return CallResult(
        error=refusal.error,
        sentence=refusal.sentence,
        duration_seconds=time.perf_counter() - started_at,
    )
