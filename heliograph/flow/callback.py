"""Where the reports of a single message go: a URL that came with it, its service, its sender's sessions.

A message's callback is one of

* an http(s) URL, told when the message is sent and when it ends;
* `only:<status words>:<URL>`, told of these statuses;
* `service:<id>`, which stands for the endpoints of the service that sent it;
* `service:<id>:<status words>`, by which they are told of these statuses alone;
* `session:<credential id>:<which>`, which stands for the bound sessions of the credential that did.

In notification keys a URL is endpoint 0, and the sessions of a credential are the negative of its id.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from heliograph.model.account import Credential
from heliograph.model.message import Draft
from heliograph.model.status import FAILURES, SETTLED, Status

_SESSION: Final = "session"
_SERVICE: Final = "service"
_ONLY: Final = "only"
WISHES: Final[dict[str, frozenset[Status]]] = {
    "final": SETTLED,
    "failure": FAILURES | {Status.CANCELLED},
    "success": frozenset({Status.DELIVERED}),
    "all": frozenset(Status),
}
"""Which reports a session asked for with a message; `all` is final and intermediate ones."""


def callback_of(credential: Credential, draft: Draft) -> str | None:
    """Whom to tell: what came with the message, else the service that sends it."""
    if draft.callback is not None:
        return url_callback(draft.callback, draft.callback_statuses)
    if credential.service_id is None:
        return None
    return service_callback(credential.service_id, draft.callback_statuses)


def session_callback(credential_id: int, wish: str) -> str:
    """The callback of a message whose reports go to the credential's sessions."""
    if wish not in WISHES:
        raise ValueError(f"no such wish: {wish}")
    return f"{_SESSION}:{credential_id}:{wish}"


def service_callback(service_id: int, statuses: Collection[Status] = ()) -> str:
    """The callback of a message whose reports go to the endpoints of its service."""
    words = f":{_words(statuses)}" if statuses else ""
    return f"{_SERVICE}:{service_id}{words}"


def url_callback(url: str, statuses: Collection[Status] = ()) -> str:
    """The callback of a message whose reports go to a URL; no statuses mean the usual ones."""
    if not statuses:
        return url
    return f"{_ONLY}:{_words(statuses)}:{url}"


def _words(statuses: Collection[Status]) -> str:
    return ",".join(sorted(status.word for status in statuses))


def url_of(callback: str) -> str:
    """The URL in a callback that has one."""
    return callback.split(":", 2)[2] if callback.startswith(f"{_ONLY}:") else callback


def service_of(callback: str, status: Status) -> int | None:
    """The service in a callback that names one, if its endpoints are to be told of this status."""
    kind, _, rest = callback.partition(":")
    number, _, words = rest.partition(":")
    if kind != _SERVICE or (words and status.word not in words.split(",")):
        return None
    return int(number)


def endpoint_of(callback: str, status: Status) -> int | None:
    """Whom to tell of this status: 0 for the URL, a negative id for sessions, None for nobody."""
    kind, _, rest = callback.partition(":")
    if kind == _SERVICE:
        return None
    if kind == _ONLY:
        return 0 if status.word in rest.partition(":")[0].split(",") else None
    if kind != _SESSION:
        return 0 if status in SETTLED or status is Status.SENT else None
    credential_id, wish = rest.split(":")
    return -int(credential_id) if status in WISHES[wish] else None
