"""From requests in MessageWhiz's form to commands: one table of methods and paths, a reader for each row.

Paths are read in any case, with or without a slash at their end; numbers in them are holes. What is
wrong with a request of a known path is put into `Ask.verdict`, so that only a known caller hears it;
everything else is left to the flow.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final, NamedTuple
from urllib.parse import unquote

from heliograph.dialects._shape import Ask, HttpReply, HttpRequest
from heliograph.dialects.messagewhiz import (
    _read_broadcast_list,
    _read_broadcasts,
    _read_codes,
    _read_lists,
    _read_things,
    codes,
)
from heliograph.dialects.messagewhiz._duties import duty_of, scope_of, target_of
from heliograph.dialects.messagewhiz._fields import UnusableError
from heliograph.dialects.messagewhiz._reading import Call, Wanted
from heliograph.dialects.messagewhiz.wire import NAME, Form
from heliograph.dialects.messagewhiz.write import problem, refusal
from heliograph.model.account import Sender, Template
from heliograph.model.campaign import Campaign, LinkList, SenderList, Spinner, Trigger
from heliograph.model.command import Claim, SendMessages
from heliograph.model.keeping import Named
from heliograph.model.link import SmartLink
from heliograph.model.refusal import Refusal, Refused

SHORT_BODY_BYTES: Final = 256 * 1024
LONG_BODY_BYTES: Final = 8 * 1024 * 1024
FILE_BODY_BYTES: Final = 256 * 1024 * 1024
Reader = Callable[[Call], Wanted]


class Endpoint(NamedTuple):
    """One row of the table of paths."""

    name: str
    read: Reader
    body_limit_bytes: int = SHORT_BODY_BYTES
    spools: bool = False


def read(request: HttpRequest) -> Ask | HttpReply:
    """What the request asks for and by whom, or the vendor's reply to one that cannot be read."""
    place, path = _place(request.path)
    methods = ENDPOINTS.get(place)
    if methods is None:
        return problem(request, codes.NO_SUCH_ENTITY, Refused(refusal=Refusal.NOT_FOUND))
    endpoint = methods.get(request.method)
    if endpoint is None:
        allow = (("Allow", ", ".join(methods)),)
        other = Refused(refusal=Refusal.METHOD_NOT_ALLOWED)
        return problem(request, codes.NO_SUCH_METHOD, other, headers=allow)
    secret = request.headers.get("apikey", "").strip()
    if not secret:
        return refusal(request, Refused(refusal=Refusal.UNAUTHENTICATED))
    claim = Claim(dialect=NAME, name="", secret=secret)
    duty = duty_of(endpoint.name, request.method, numbered=bool(path))
    verdict = None
    try:
        wanted = endpoint.read(Call(request, path))
    except UnusableError as unusable:
        wanted, verdict = Wanted(_NOTHING, Form.NONE), unusable.refused
    return Ask(
        claim=claim,
        command=wanted.command,
        form=wanted.form.value,
        verdict=verdict,
        scope=scope_of(endpoint.name, request.method),
        duty=duty,
        target=target_of(duty, path),
    )


_NOTHING = SendMessages(drafts=())
"""Stands beside a verdict: it is never performed."""

# -- paths ------------------------------------------------------------------------------------------

_OWNED: Final = re.compile(r"/api/(?:3|broadcasts|2/broadcasts|recipients)(?:/.*)?", re.ASCII)
_HOLE: Final = re.compile(r"(?<=/)\+?\d{1,20}(?=/|\Z)", re.ASCII)
_VERSIONS: Final = ("/api/3", "/api/2")


def owns(path: str) -> bool:
    """`/api/3`, `/api/broadcasts`, `/api/2/broadcasts`, `/api/recipients` and all below, in any case."""
    return _OWNED.fullmatch(_plain_path(path)) is not None


def endpoint_at(method: str, path: str) -> Endpoint | None:
    """The endpoint at a raw path."""
    return ENDPOINTS.get(_place(path)[0], {}).get(method)


def _plain_path(path: str) -> str:
    plain = unquote(path) if "%" in path else path
    return plain.rstrip("/").lower()


def _place(path: str) -> tuple[str, tuple[str, ...]]:
    """The path with holes for its numbers, and the numbers. Versions are no numbers."""
    plain = _plain_path(path)
    version = plain[:6] if plain[:6] in _VERSIONS else ""
    rest = plain[len(version) :]
    numbers = tuple(found[0].removeprefix("+") for found in _HOLE.finditer(rest))
    return version + _HOLE.sub("{}", rest), numbers


# -- the table --------------------------------------------------------------------------------------

Methods = Mapping[str, Endpoint]


def _entity(
    name: str, kind: type[Named], make: Reader, *, patches: bool = True
) -> dict[str, Methods]:
    """The rows of an entity that is made by JSON alone."""
    one: dict[str, Endpoint] = {
        "PUT": Endpoint(name, _read_things.put(kind)),
        "DELETE": Endpoint(name, _read_things.delete(kind)),
    }
    if patches:
        one["PATCH"] = Endpoint(name, _read_things.patch(kind))
    path = f"/api/3/{name.lower()}"
    return {
        path: {
            "POST": Endpoint(name, make),
            "GET": Endpoint(name, _read_things.browse(kind)),
        },
        f"{path}/{{}}": one,
    }


def _posts(name: str, reader: Reader, limit: int = SHORT_BODY_BYTES) -> Methods:
    return {"POST": Endpoint(name, reader, limit)}


def _file(name: str, reader: Reader) -> Endpoint:
    return Endpoint(name, reader, FILE_BODY_BYTES, spools=True)


_BROADCASTS: Final[Mapping[str, Methods]] = {
    "/api/3/broadcast": _posts("Broadcast", _read_broadcasts.read_broadcast),
    "/api/3/broadcast/tiny": _posts("Broadcast/tiny", _read_broadcasts.read_tiny),
    "/api/3/broadcast/estimate": _posts("Broadcast/estimate", _read_broadcasts.read_estimate),
    "/api/3/broadcast/combinedsubmit": _posts(
        "Broadcast/combinedsubmit", _read_broadcasts.read_combined, LONG_BODY_BYTES
    ),
    "/api/3/broadcast/list": {"GET": Endpoint("Broadcast/List", _read_broadcast_list.read_list)},
    "/api/3/segments": _posts("Segments", _read_broadcasts.read_segment),
    "/api/3/deliveryreport": _posts("DeliveryReport", _read_broadcasts.read_report),
    "/api/broadcasts": _posts("broadcasts", _read_broadcasts.read_legacy_base),
    "/api/broadcasts/single": _posts("broadcasts/single", _read_codes.read_single),
    "/api/broadcasts/smart": _posts("broadcasts/smart", _read_broadcasts.read_legacy_smart),
    "/api/broadcasts/tiny/single": _posts(
        "broadcasts/tiny/single", _read_broadcasts.read_legacy_tiny
    ),
    "/api/2/broadcasts/tiny/single": _posts(
        "broadcasts/tiny/single", _read_broadcasts.read_legacy_tiny
    ),
    "/api/recipients/{}/verification": _posts("recipients/verification", _read_codes.read_check),
}
_MEMBERS: Final[Mapping[str, Methods]] = {
    "/api/3/senderlist": {
        "POST": Endpoint("senderList", _read_things.make_sender_list),
        "GET": Endpoint("senderList", _read_things.browse(SenderList)),
    },
    "/api/3/senderlist/{}": {
        "PUT": Endpoint("senderList", _read_things.put_sender_list),
        "PATCH": Endpoint("senderList", _read_things.patch(SenderList)),
        "DELETE": Endpoint("senderList", _read_things.delete(SenderList)),
    },
    "/api/3/senderlist/{}/senders": {
        "POST": Endpoint("senderList/senders", _read_things.add_senders),
        "GET": Endpoint("senderList/senders", _read_things.read_senders),
        "DELETE": Endpoint("senderList/senders", _read_things.drop_senders),
    },
    "/api/3/linklist": {
        "POST": _file("LinkList", _read_things.make_link_list),
        "GET": Endpoint("LinkList", _read_things.browse(LinkList)),
    },
    "/api/3/linklist/{}": {
        "PUT": _file("LinkList", _read_things.put_link_list),
        "PATCH": Endpoint("LinkList", _read_things.patch(LinkList)),
        "DELETE": Endpoint("LinkList", _read_things.delete(LinkList)),
    },
    "/api/3/linklist/{}/links": {
        "POST": Endpoint("LinkList/links", _read_things.add_links),
        "GET": Endpoint("LinkList/links", _read_things.read_links),
        "DELETE": Endpoint("LinkList/links", _read_things.drop_links),
    },
    "/api/3/linklist/{}/links/bulk": _posts(
        "LinkList/links/bulk", _read_things.add_new_links, LONG_BODY_BYTES
    ),
    "/api/3/details/linkconversion": _posts("details/linkConversion", _read_things.read_conversion),
}
_RECIPIENTS: Final[Mapping[str, Methods]] = {
    "/api/3/recipientlist": {
        "POST": _file("RecipientList", _read_lists.import_recipients),
        "GET": Endpoint("RecipientList", _read_lists.browse(suppression=False)),
    },
    "/api/3/recipientlist/numbers": _posts(
        "RecipientList/numbers", _read_lists.make_recipients, LONG_BODY_BYTES
    ),
    "/api/3/recipientlist/preview": {"POST": _file("RecipientList/preview", _read_lists.preview)},
    "/api/3/recipientlist/{}/preview": {
        "POST": _file("RecipientList/preview", _read_lists.preview)
    },
    "/api/3/recipientlist/preview/{}": {
        "POST": _file("RecipientList/preview", _read_lists.preview)
    },
    "/api/3/recipientlist/{}": {
        "PUT": _file("RecipientList", _read_lists.replace_recipients),
        "PATCH": Endpoint("RecipientList", _read_lists.patch(suppression=False)),
        "DELETE": Endpoint("RecipientList", _read_lists.delete(suppression=False)),
    },
    "/api/3/recipientlist/{}/numbers": {
        "PUT": Endpoint("RecipientList/numbers", _read_lists.add_recipients, LONG_BODY_BYTES),
    },
    "/api/3/recipientlist/{}/recipients": {
        "GET": Endpoint(
            "RecipientList/recipients", _read_lists.whole(Form.RECIPIENTS, suppression=False)
        ),
    },
    "/api/3/recipientlist/{}/listnumbers": {
        "GET": Endpoint(
            "RecipientList/listNumbers", _read_lists.whole(Form.NUMBERS, suppression=False)
        ),
    },
    "/api/3/recipientlist/{}/download": {
        "GET": Endpoint(
            "RecipientList/download", _read_lists.whole(Form.DOWNLOAD, suppression=False)
        ),
    },
}
_UNSUBSCRIBERS: Final[Mapping[str, Methods]] = {
    "/api/3/unsubscribelist": {
        "POST": _file("UnsubscribeList", _read_lists.make_suppression),
        "GET": Endpoint("UnsubscribeList", _read_lists.browse(suppression=True)),
    },
    "/api/3/unsubscribelist/preview": {
        "POST": _file("UnsubscribeList/preview", _read_lists.preview)
    },
    "/api/3/unsubscribelist/preview/{}": {
        "POST": _file("UnsubscribeList/preview", _read_lists.preview)
    },
    "/api/3/unsubscribelist/{}": {
        "PUT": _file("UnsubscribeList", _read_lists.replace_suppression),
        "PATCH": Endpoint("UnsubscribeList", _read_lists.patch(suppression=True)),
        "DELETE": Endpoint("UnsubscribeList", _read_lists.delete(suppression=True)),
    },
    "/api/3/unsubscribelist/{}/members": {
        "POST": Endpoint("UnsubscribeList/members", _read_lists.add_members, LONG_BODY_BYTES),
        "GET": Endpoint(
            "UnsubscribeList/members", _read_lists.whole(Form.PHONES, suppression=True)
        ),
    },
    "/api/3/unsubscribelist/{}/download": {
        "GET": Endpoint(
            "UnsubscribeList/download", _read_lists.whole(Form.DOWNLOAD, suppression=True)
        ),
    },
}
ENDPOINTS: Final[Mapping[str, Methods]] = {
    **_BROADCASTS,
    **_entity("campaign", Campaign, _read_things.make_campaign),
    **_entity("sender", Sender, _read_things.make_sender),
    **_entity("link", SmartLink, _read_things.make_link),
    **_entity("spinner", Spinner, _read_things.make_spinner),
    **_entity("template", Template, _read_things.make_template),
    **_entity("trigger", Trigger, _read_things.make_trigger),
    **_MEMBERS,
    **_RECIPIENTS,
    **_UNSUBSCRIBERS,
}
