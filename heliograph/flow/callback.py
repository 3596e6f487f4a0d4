"""Where the reports of a single message go: to a URL that came with it, or to its sender's sessions.

A message's callback is either an http(s) URL, or `session:<credential id>:<which>`, which stands for
the bound sessions of the credential that submitted it. In notification keys a URL is endpoint 0, and
the sessions of a credential are the negative of its id.
"""

from __future__ import annotations

from typing import Final

from heliograph.model.status import FAILURES, SETTLED, Status

_SESSION: Final = "session"
WISHES: Final[dict[str, frozenset[Status]]] = {
    "final": SETTLED,
    "failure": FAILURES | {Status.CANCELLED},
    "success": frozenset({Status.DELIVERED}),
    "all": frozenset(Status),
}
"""Which reports a session asked for with a message; `all` is final and intermediate ones."""


def session_callback(credential_id: int, wish: str) -> str:
    """The callback of a message whose reports go to the credential's sessions."""
    if wish not in WISHES:
        raise ValueError(f"no such wish: {wish}")
    return f"{_SESSION}:{credential_id}:{wish}"


def endpoint_of(callback: str, status: Status) -> int | None:
    """Whom to tell of this status: 0 for the URL, a negative id for sessions, None for nobody."""
    if not callback.startswith(f"{_SESSION}:"):
        return 0 if status in SETTLED or status is Status.SENT else None
    _, credential_id, wish = callback.split(":")
    return -int(credential_id) if status in WISHES[wish] else None
