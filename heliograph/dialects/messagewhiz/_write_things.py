"""Views of campaigns, senders, links, spinners, templates, triggers and lists of senders and links.

`user_id` and `company_id` are the account's number: the house has no users below an account.
"""

from __future__ import annotations

from typing import Final

from heliograph.dialects.messagewhiz._wire_things import (
    CampaignItem,
    CampaignUser,
    CampaignView,
    GrownLinkList,
    LinkConversion,
    LinkItem,
    LinkListItem,
    LinkListView,
    LinksOfList,
    LinkView,
    ListedLink,
    ListedSender,
    MadeLink,
    MadeLinkList,
    PatchedBool,
    PatchedFlag,
    PatchedSpinner,
    PutTrigger,
    SenderItem,
    SenderListItem,
    SenderListView,
    SendersOfList,
    SenderView,
    SpinnerItem,
    SpinnerView,
    TemplateItem,
    TemplateView,
    TriggerItem,
    TriggerView,
)
from heliograph.dialects.messagewhiz.wire import Form, timestamp
from heliograph.model.account import Sender, Template
from heliograph.model.campaign import Campaign, LinkList, SenderList, Spinner, Trigger
from heliograph.model.command import Saved
from heliograph.model.keeping import Browsed, Gathered, Named, UrlConversion
from heliograph.model.link import SmartLink
from heliograph.model.refusal import Refusal, Refused

_INTERNAL: Final = Refused(refusal=Refusal.INTERNAL)
_TO_HUNDREDTHS: Final = 2


def view(form: Form, answer: Saved | Gathered | Browsed | UrlConversion) -> object:
    """What stands in the envelope."""
    match answer:
        case Browsed():
            return [_item(each, answer.clicked.get(each.id, 0)) for each in answer.items]
        case Gathered():
            return _gathered(form, answer)
        case UrlConversion():
            return _conversion(answer)
        case Saved(thing=thing):
            if not isinstance(thing, Named):
                return _INTERNAL
            if form is Form.DONE:
                return True
            return _patched(thing) if form is Form.PATCHED else _saved(form, thing)


# -- one ----------------------------------------------------------------------------------------------


def _saved(form: Form, thing: Named) -> object:
    match thing:
        case Campaign():
            return CampaignView(
                id=thing.id,
                is_default=int(thing.is_default),
                name=thing.name,
                start_date=timestamp(thing.start_date),
                end_date=timestamp(thing.end_date),
                enabled=thing.enabled,
            )
        case Sender():
            return SenderView(id=thing.id, name=thing.name, enabled=thing.enabled)
        case SmartLink() if form is Form.LINK_MADE:
            return MadeLink(
                id=thing.id,
                name=thing.name,
                url=thing.url,
                enabled=thing.enabled,
                platform_based_links=_platforms(thing),
            )
        case SmartLink():
            return LinkView(id=thing.id, name=thing.name, url=thing.url, enabled=thing.enabled)
        case Spinner():
            return SpinnerView(
                name=thing.name, words=thing.words, enabled=thing.enabled, id=thing.id
            )
        case Template():
            return TemplateView(
                id=thing.id, name=thing.name, body=thing.text, enabled=thing.enabled
            )
        case Trigger():
            return _trigger(form, thing)
        case SenderList() | LinkList():
            return _gathered(form, Gathered(list=thing))


def _platforms(link: SmartLink) -> dict[str, str]:
    """Under the reference's own names, and ours where it prints none."""
    found = {
        "bot_redirect": link.bot_redirect,
        "preview_url": link.preview_url,
        "ios": link.ios_url,
        "android": link.android_url,
        "desktop": link.desktop_url,
    }
    return {name: url for name, url in found.items() if url}


def _trigger(form: Form, thing: Trigger) -> TriggerView | PutTrigger:
    fields = {
        "id": thing.id,
        "name": thing.name,
        "uuid": thing.uuid,
        "enabled": int(thing.enabled),
        "short_url": thing.url,
    }
    if form is Form.TRIGGER_PUT:
        return PutTrigger(**fields)  # type: ignore[arg-type]
    return TriggerView(**fields)  # type: ignore[arg-type]


def _patched(thing: Named) -> object:
    """The types of `enabled` differ from entity to entity (facts 3.1); where none is shown it is as in
    the entity's other answers."""
    match thing:
        case Spinner():
            return PatchedSpinner(enabled=int(thing.enabled))
        case Sender() | SmartLink() | Template():
            return PatchedBool(id=thing.id, enabled=thing.enabled)
        case _:
            return PatchedFlag(id=thing.id, enabled=int(thing.enabled))


# -- lists of them --------------------------------------------------------------------------------------


def _item(thing: Named, clicked: int) -> object:
    match thing:
        case Campaign():
            user = CampaignUser(
                campaign_id=thing.id,
                user_id=thing.account_id,
                company_id=None if thing.is_default else thing.account_id,
            )
            return CampaignItem(
                enabled=thing.enabled,
                id=thing.id,
                is_default=int(thing.is_default),
                name=thing.name,
                start_date=timestamp(thing.start_date),
                end_date=timestamp(thing.end_date),
                user_list=(user,),
            )
        case Sender():
            return SenderItem(enabled=thing.enabled, id=thing.id, name=thing.name)
        case SenderList():
            return SenderListItem(
                enabled=thing.enabled, id=thing.id, name=thing.name, count=len(thing.sender_ids)
            )
        case SmartLink():
            return LinkItem(enabled=thing.enabled, id=thing.id, name=thing.name, url=thing.url)
        case LinkList():
            return LinkListItem(
                id=thing.id, name=thing.name, enabled=int(thing.enabled), conversion_count=clicked
            )
        case Spinner():
            return SpinnerItem(
                words=thing.words, enabled=thing.enabled, id=thing.id, name=thing.name
            )
        case Template():
            return TemplateItem(
                enabled=thing.enabled,
                id=thing.id,
                user_id=thing.account_id,
                name=thing.name,
                body=thing.text,
            )
        case Trigger():
            return TriggerItem(
                id=thing.id,
                name=thing.name,
                uuid=thing.uuid,
                enabled=int(thing.enabled),
                short_url=thing.url,
            )


# -- lists of senders and links ---------------------------------------------------------------------------


def _gathered(form: Form, answer: Gathered) -> object:
    kept = answer.list
    match form:
        case Form.IDS:
            return list(answer.added)
        case Form.DONE if not answer.dropped:
            return Refused(refusal=Refusal.NOT_FOUND)
        case Form.DONE:
            return True
        case Form.SENDERS:
            senders = [each for each in answer.members if isinstance(each, Sender)]
            return SendersOfList(
                id=kept.id,
                senders=tuple(ListedSender(sender_id=s.id, name=s.name) for s in senders),
            )
        case Form.LINKS:
            links = [each for each in answer.members if isinstance(each, SmartLink)]
            listed = tuple(ListedLink(link_id=each.id, url=each.url) for each in links)
            return [LinksOfList(id=kept.id, links=listed)]
        case Form.LINKS_ADDED:
            return GrownLinkList(
                enabled=kept.enabled,
                id=kept.id,
                name=kept.name,
                user_id=kept.account_id,
                company_id=kept.account_id,
            )
        case Form.LINKS_IMPORTED:
            return LinkListView(id=kept.id, name=kept.name, enabled=kept.enabled)
    if isinstance(kept, LinkList):
        return MadeLinkList(
            id=kept.id,
            name=kept.name,
            enabled=kept.enabled,
            link_list_length=len(kept.link_ids),
            warning=_warning(answer.unknown),
        )
    return SenderListView(
        id=kept.id, name=kept.name, enabled=kept.enabled, count=len(kept.sender_ids)
    )


def _warning(unknown: tuple[int, ...]) -> str:
    return f"There are no links {', '.join(map(str, unknown))}" if unknown else ""


def _conversion(answer: UrlConversion) -> LinkConversion:
    percent = 100 * answer.reached / answer.recipients if answer.recipients else 0.0
    percent = round(percent, _TO_HUNDREDTHS)
    return LinkConversion(
        conversion=int(percent) if percent.is_integer() else percent,
        total_recipients=answer.recipients,
        clicks=answer.clicks,
    )
