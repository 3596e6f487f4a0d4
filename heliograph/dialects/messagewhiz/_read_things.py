"""Requests about campaigns, senders, links, spinners, templates, triggers and lists of senders and links.

What all of them have in common stands in one function for each method; a row of the table in `read`
says of which kind the thing is. Deleting switches a thing off, and its name is free again (facts 3.1).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from heliograph.dialects.messagewhiz._fields import Fields, missing, pairs_of_filter, unusable
from heliograph.dialects.messagewhiz._read_lists import mapping_of
from heliograph.dialects.messagewhiz._reading import Call, Doc, Wanted
from heliograph.dialects.messagewhiz.wire import Form
from heliograph.model.account import Sender, Template
from heliograph.model.campaign import Campaign, LinkList, SenderList, Spinner, Trigger
from heliograph.model.keeping import (
    LARGEST_BATCH,
    Amend,
    Browse,
    ConversionOfUrl,
    Gather,
    Make,
    Named,
    ReadGathered,
)
from heliograph.model.link import SmartLink
from heliograph.model.lists import ListFile

Reader = Callable[[Call], Wanted]
_NAME_MAX: Final = 200
_URL_MAX: Final = 2000
_WORDS_MAX: Final = 1000
_PLATFORMS: Final[Mapping[str, str]] = {
    "bot_redirect": "bot_redirect",
    "preview_url": "preview_url",
    "ios": "ios_url",
    "ios_url": "ios_url",
    "android": "android_url",
    "android_url": "android_url",
    "desktop": "desktop_url",
    "desktop_url": "desktop_url",
}
"""platform_based_links: the reference prints the first two; the others are named after ours."""


# -- what all of them have ----------------------------------------------------------------------------


def _name(body: Fields) -> str:
    return body.need("name", most=_NAME_MAX).strip()


def browse(kind: type[Named]) -> Reader:
    """GET of the list: limit, start, enabled, `filter=name=…` (of links also `url=…`)."""

    def read(call: Call) -> Wanted:
        given = dict(pairs_of_filter(call.query.text("filter") or ""))
        known = {"name", "url"} if kind is SmartLink else {"name"}
        if not given.keys() <= known:
            raise unusable("filter", f"There is a filter by {' or '.join(sorted(known))}.")
        command = Browse(
            kind=kind,
            name=given.get("name"),
            url=given.get("url"),
            enabled=call.enabled,
            start=call.start,
            limit=call.limit,
        )
        return Wanted(command, Form.THINGS)

    return read


def put(kind: type[Named]) -> Reader:
    """PUT: what is named changes, the rest stays (facts 3.3)."""

    def read(call: Call) -> Wanted:
        changes = _CHANGES[kind](call.body)
        if "name" in call.body:
            changes["name"] = _name(call.body)
        flag = call.body.flag("enabled")
        if flag is not None:
            changes["enabled"] = flag
        form = Form.TRIGGER_PUT if kind is Trigger else Form.THING
        return Wanted(Amend(kind=kind, id=call.id(), changes=changes), form)

    return read


def patch(kind: type[Named]) -> Reader:
    """PATCH: `enabled` alone."""

    def read(call: Call) -> Wanted:
        flag = call.body.flag("enabled")
        if flag is None:
            raise missing("enabled")
        return Wanted(Amend(kind=kind, id=call.id(), changes={"enabled": flag}), Form.PATCHED)

    return read


def delete(kind: type[Named]) -> Reader:
    """DELETE: it is switched off."""

    def read(call: Call) -> Wanted:
        return Wanted(Amend(kind=kind, id=call.id(), changes={"enabled": False}), Form.DONE)

    return read


# -- each of them -------------------------------------------------------------------------------------


def make_campaign(call: Call) -> Wanted:
    """POST /api/3/campaign."""
    thing = Campaign(
        account_id=0,
        id=0,
        name=_name(call.body),
        start_date=call.body.moment("start_date"),
        end_date=call.body.moment("end_date"),
    )
    return Wanted(Make(thing=thing), Form.THING)


def _campaign_changes(body: Fields) -> dict[str, object]:
    return {name: body.moment(name) for name in ("start_date", "end_date") if name in body}


def make_sender(call: Call) -> Wanted:
    """POST /api/3/sender."""
    return Wanted(Make(thing=Sender(account_id=0, id=0, name=_name(call.body))), Form.THING)


def make_link(call: Call) -> Wanted:
    """POST /api/3/link."""
    thing = SmartLink(
        account_id=0,
        id=0,
        name=_name(call.body),
        url=call.body.need("url", most=_URL_MAX).strip(),
        **_platforms(call.body),  # type: ignore[arg-type]
    )
    return Wanted(Make(thing=thing), Form.LINK_MADE)


def _link_changes(body: Fields) -> dict[str, object]:
    changes = _platforms(body)
    if "url" in body:
        changes["url"] = body.need("url", most=_URL_MAX).strip()
    return changes


def _platforms(body: Fields) -> dict[str, object]:
    found: dict[str, object] = {}
    for links in body.objects("platform_based_links", most=1):
        for name, value in links.items():
            ours = _PLATFORMS.get(name)
            if ours is None or not isinstance(value, str) or len(value) > _URL_MAX:
                raise unusable("platform_based_links")
            found[ours] = value.strip() or None
    return found


def make_spinner(call: Call) -> Wanted:
    """POST /api/3/spinner."""
    words = _words(call.body)
    if not words:
        raise missing("words")
    thing = Spinner(account_id=0, id=0, name=_name(call.body), words=words)
    return Wanted(Make(thing=thing), Form.THING)


def _spinner_changes(body: Fields) -> dict[str, object]:
    words = _words(body)
    return {} if words is None else {"words": words}


def _words(body: Fields) -> tuple[str, ...] | None:
    return body.texts("words", most=_WORDS_MAX)


def make_template(call: Call) -> Wanted:
    """POST /api/3/template."""
    thing = Template(account_id=0, id=0, name=_name(call.body), text=call.body.need("body"))
    return Wanted(Make(thing=thing), Form.THING)


def _template_changes(body: Fields) -> dict[str, object]:
    return {"text": body.need("body")} if "body" in body else {}


def make_trigger(call: Call) -> Wanted:
    """POST /api/3/trigger."""
    return Wanted(Make(thing=Trigger(account_id=0, id=0, name=_name(call.body))), Form.THING)


def _nothing(body: Fields) -> dict[str, object]:
    del body
    return {}


_CHANGES: Final[Mapping[type[Named], Callable[[Fields], dict[str, object]]]] = {
    Campaign: _campaign_changes,
    Sender: _nothing,
    SenderList: _nothing,
    SmartLink: _link_changes,
    LinkList: _nothing,
    Spinner: _spinner_changes,
    Template: _template_changes,
    Trigger: _nothing,
}


# -- lists of senders -----------------------------------------------------------------------------------


def make_sender_list(call: Call) -> Wanted:
    """POST /api/3/senderList."""
    command = Gather(kind=SenderList, name=_name(call.body), members=call.body.ids("senderids"))
    return Wanted(command, Form.THING)


def put_sender_list(call: Call) -> Wanted:
    """PUT /api/3/senderList/{id}: senderIds take the place of the former ones."""
    body = call.body
    command = Gather(
        kind=SenderList,
        id=call.id(),
        name=_name(body) if "name" in body else None,
        replace="senderids" in body,
        members=body.ids("senderids"),
        enabled=body.flag("enabled"),
    )
    return Wanted(command, Form.THING)


def add_senders(call: Call) -> Wanted:
    """POST /api/3/senderList/{id}/senders."""
    command = Gather(kind=SenderList, id=call.id(), members=_ids(call.body))
    return Wanted(command, Form.IDS)


def drop_senders(call: Call) -> Wanted:
    """DELETE /api/3/senderList/{id}/senders?id=."""
    return Wanted(Gather(kind=SenderList, id=call.id(), drop=_ids(call.query)), Form.DONE)


def read_senders(call: Call) -> Wanted:
    """GET /api/3/senderList/{id}/senders."""
    return Wanted(ReadGathered(kind=SenderList, id=call.id()), Form.SENDERS)


def _ids(fields: Fields) -> tuple[int, ...]:
    """`ids` or `id`; the vendor's own name of the one in a query is `[id]`."""
    for name in ("ids", "id", "[id]", "ids[]", "id[]"):
        if name in fields and fields.raw(name) != "":
            return fields.ids(name)
    raise missing("ids")


# -- lists of links -------------------------------------------------------------------------------------


def make_link_list(call: Call) -> Wanted:
    """POST /api/3/LinkList: of links that there are, of new ones, or of a file's."""
    if call.doc is not None:
        command = Gather(kind=LinkList, name=_name(call.body), file=_filed(call, call.doc))
        return Wanted(command, Form.LINKS_IMPORTED)
    command = Gather(
        kind=LinkList,
        name=_name(call.body),
        members=call.body.ids("linkids"),
        fresh=_fresh(call.body),
    )
    return Wanted(command, Form.THING)


def put_link_list(call: Call) -> Wanted:
    """PUT /api/3/LinkList/{id}: a file's links take the place of the former ones."""
    body = call.body
    given = call.doc is not None or "links" in body or "linkids" in body
    command = Gather(
        kind=LinkList,
        id=call.id(),
        name=_name(body) if "name" in body else None,
        replace=given,
        members=body.ids("linkids"),
        fresh=_fresh(body),
        file=None if call.doc is None else _filed(call, call.doc),
        enabled=body.flag("enabled"),
    )
    return Wanted(command, Form.LINKS_IMPORTED)


def add_links(call: Call) -> Wanted:
    """POST /api/3/LinkList/{id}/links."""
    return Wanted(Gather(kind=LinkList, id=call.id(), members=_ids(call.body)), Form.IDS)


def add_new_links(call: Call) -> Wanted:
    """POST /api/3/LinkList/{id}/links/bulk."""
    fresh = _fresh(call.body)
    if not fresh:
        raise missing("links")
    return Wanted(Gather(kind=LinkList, id=call.id(), fresh=fresh), Form.LINKS_ADDED)


def drop_links(call: Call) -> Wanted:
    """DELETE /api/3/LinkList/{id}/links?[id]=."""
    return Wanted(Gather(kind=LinkList, id=call.id(), drop=_ids(call.query)), Form.DONE)


def read_links(call: Call) -> Wanted:
    """GET /api/3/LinkList/{id}/links."""
    return Wanted(ReadGathered(kind=LinkList, id=call.id()), Form.LINKS)


def read_conversion(call: Call) -> Wanted:
    """POST /api/3/details/linkConversion."""
    url = call.body.need("url", most=_URL_MAX).strip()
    return Wanted(ConversionOfUrl(url=url), Form.CONVERSION)


def _fresh(body: Fields) -> tuple[tuple[str, str], ...]:
    found = []
    for each in body.objects("links", most=LARGEST_BATCH):
        url = each.need("url", most=_URL_MAX).strip()
        found.append(((each.text("name", most=_NAME_MAX) or url).strip()[:_NAME_MAX], url))
    return tuple(found)


def _filed(call: Call, doc: Doc) -> ListFile:
    """The file, with its columns: name and URL."""
    columns = mapping_of(call.body, {"name": "name", "url": "url"})
    if "url" not in columns.values():
        raise unusable("mapping", "It names no column for url.")
    return doc.listed(columns, truncate=False)
