"""Every operation of the door with a sound body, and the fields without which it is refused.

The fields are those of seeds/004's examples that all callers send (facts 3.3, in bold).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NamedTuple


class Operation(NamedTuple):
    """One of them; `{}` in the path is a number."""

    method: str
    path: str
    body: Mapping[str, Any] = {}
    needed: tuple[str, ...] = ()
    query: str = ""
    doc: bool = False
    """It takes a file in `doc`."""
    changes: bool = True
    """It needs a key that manages things or sends."""


_SINGLE: Final = {"campaign_id": 1, "sender_id": "1", "recipient": "8801712350001"}
_BASE: Final = {"campaign_id": 1, "sender_ids": "1", "recipient_list_ids": "1"}
_TEXT: Final = {"message_body": "m"}
_TINY: Final = {"recipient": "8801712350001", "sender": "Heliograph", **_TEXT}
_CODE: Final = {"message_body": "{{verification_code}}", "verification": True}
_MAPPING: Final = {"mapping": '{"0":"phone_number"}'}
_LINKS: Final = {"mapping": '{"0":"url"}'}
_PEOPLE: Final = ({"phone_number": 8801712350001},)


def _read(path: str) -> Operation:
    return Operation("GET", path, changes=False)


def _entity(name: str, body: Mapping[str, Any], *, patches: bool = True) -> tuple[Operation, ...]:
    path = f"/api/3/{name}"
    found = (
        Operation("POST", path, body, tuple(body)),
        _read(path),
        Operation("PUT", f"{path}/{{}}", {"name": "other"}),
        Operation("DELETE", f"{path}/{{}}"),
    )
    patch = (Operation("PATCH", f"{path}/{{}}", {"enabled": 1}, ("enabled",)),)
    return found + patch if patches else found


OPERATIONS: Final[tuple[Operation, ...]] = (
    *_entity("campaign", {"name": "n"}),
    *_entity("sender", {"name": "n"}),
    *_entity("link", {"name": "n", "url": "https://n.example"}),
    *_entity("spinner", {"name": "n", "words": ["a"]}),
    *_entity("template", {"name": "n", "body": "b"}),
    *_entity("trigger", {"name": "n"}),
    *_entity("senderlist", {"name": "n"}),
    Operation("POST", "/api/3/senderlist/{}/senders", {"ids": [1]}, ("ids",)),
    _read("/api/3/senderlist/{}/senders"),
    Operation("DELETE", "/api/3/senderlist/{}/senders", query="id=1"),
    *_entity("linklist", {"name": "n"}),
    Operation("POST", "/api/3/linklist/{}/links", {"ids": ["1"]}, ("ids",)),
    _read("/api/3/linklist/{}/links"),
    Operation("DELETE", "/api/3/linklist/{}/links", query="[id]=1"),
    Operation(
        "POST", "/api/3/linklist/{}/links/bulk", {"links": [{"url": "https://n.example"}]},
        ("links",),
    ),
    Operation(
        "POST", "/api/3/details/linkconversion", {"url": "n.example"}, ("url",), changes=False
    ),
    Operation("POST", "/api/3/recipientlist", {"name": "n", **_MAPPING}, ("name",), doc=True),
    _read("/api/3/recipientlist"),
    Operation(
        "POST", "/api/3/recipientlist/numbers", {"name": "n", "numbers": ["8801712350001"]},
        ("name", "numbers"),
    ),
    Operation("POST", "/api/3/recipientlist/preview", doc=True),
    Operation("POST", "/api/3/recipientlist/{}/preview", doc=True),
    Operation("POST", "/api/3/recipientlist/preview/{}", doc=True),
    Operation("PUT", "/api/3/recipientlist/{}", _MAPPING, ("mapping",), doc=True),
    Operation("PATCH", "/api/3/recipientlist/{}", {"name": "n"}, ("name",)),
    Operation("DELETE", "/api/3/recipientlist/{}"),
    Operation("PUT", "/api/3/recipientlist/{}/numbers", {"numbers": [8801712350001]}, ("numbers",)),
    _read("/api/3/recipientlist/{}/recipients"),
    _read("/api/3/recipientlist/{}/listnumbers"),
    _read("/api/3/recipientlist/{}/download"),
    Operation("POST", "/api/3/unsubscribelist", {"name": "n", "numbers": [1]}, ("name",)),
    _read("/api/3/unsubscribelist"),
    Operation("POST", "/api/3/unsubscribelist/preview", doc=True),
    Operation("POST", "/api/3/unsubscribelist/preview/{}", doc=True),
    Operation("PUT", "/api/3/unsubscribelist/{}", _MAPPING, ("mapping",), doc=True),
    Operation("PATCH", "/api/3/unsubscribelist/{}", {"enabled": False}, ("enabled",)),
    Operation("DELETE", "/api/3/unsubscribelist/{}"),
    Operation(
        "POST", "/api/3/unsubscribelist/{}/members", {"numbers": ["8801712350001"]}, ("numbers",)
    ),
    _read("/api/3/unsubscribelist/{}/members"),
    _read("/api/3/unsubscribelist/{}/download"),
    Operation(
        "POST", "/api/3/broadcast", {"broadcast_type": 10, **_SINGLE, **_TEXT},
        ("broadcast_type", *_SINGLE, *_TEXT),
    ),
    Operation("POST", "/api/3/broadcast/tiny", _TINY, tuple(_TINY)),
    Operation(
        "POST", "/api/3/broadcast/estimate",
        {"broadcast_type": 11, "recipient_list_ids": "1", **_TEXT},
        ("broadcast_type", "recipient_list_ids", "message_body"),
        changes=False,
    ),
    Operation(
        "POST", "/api/3/broadcast/combinedsubmit",
        {"sender": "Heliograph", "recipients": _PEOPLE, **_TEXT},
        ("sender", "recipients", "message_body"),
    ),
    _read("/api/3/broadcast/list"),
    Operation(
        "POST", "/api/3/segments", {"broadcast_id": 1, "segment_size": 1, **_TEXT},
        ("broadcast_id", "segment_size", "message_body"),
    ),
    Operation("POST", "/api/3/deliveryreport", {"bid": 1}, ("bid",), changes=False),
    Operation("POST", "/api/broadcasts", {**_BASE, **_TEXT}, (*_BASE, *_TEXT)),
    Operation("POST", "/api/broadcasts/single", {**_SINGLE, **_TEXT}, (*_SINGLE, *_TEXT)),
    Operation(
        "POST", "/api/broadcasts/smart", {**_BASE, **_TEXT, "recipients_count": 1},
        (*_BASE, *_TEXT, "recipients_count"),
    ),
    Operation("POST", "/api/broadcasts/tiny/single", _TINY, tuple(_TINY)),
    Operation("POST", "/api/2/broadcasts/tiny/single", _TINY, tuple(_TINY)),
    Operation(
        "POST", "/api/recipients/{}/verification", {"verification_code": 1234},
        ("verification_code",),
    ),
)  # fmt: skip
VARIANTS: Final[tuple[Operation, ...]] = (
    Operation(
        "POST", "/api/3/broadcast", {"broadcast_type": "11", **_BASE, **_TEXT}, (*_BASE, *_TEXT)
    ),
    Operation(
        "POST", "/api/3/broadcast",
        {"broadcast_type": 12, **_BASE, **_TEXT, "eb_type": "manual", "first_segment_size": "3"},
        (*_BASE, *_TEXT, "eb_type", "first_segment_size"),
    ),
    Operation(
        "POST", "/api/3/broadcast",
        {"broadcast_type": 12, **_BASE, **_TEXT, "eb_type": "ctr", "first_segment_size": 3,
         "ctr_threshold": "5"},
        (*_BASE, *_TEXT, "ctr_threshold"),
    ),
    Operation(
        "POST", "/api/broadcasts/single", {**_SINGLE, **_CODE},
        ("campaign_id", "sender_id", "recipient", "message_body"), query="otp=true",
    ),
    Operation("POST", "/api/3/linklist", {"name": "n", **_LINKS}, ("name", "mapping"), doc=True),
    Operation("PUT", "/api/3/linklist/{}", _LINKS, ("mapping",), doc=True),
    Operation("POST", "/api/3/unsubscribelist", {"name": "n", **_MAPPING}, ("name",), doc=True),
)  # fmt: skip
"""The same paths, asked for something else."""
