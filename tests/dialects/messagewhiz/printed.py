"""What the house says where the vendor's reference prints an answer: the same things, in our own words."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime

from heliograph.model.account import Sender, SenderState, Template
from heliograph.model.campaign import (
    Broadcast,
    BroadcastEstimate,
    BroadcastKind,
    Broadcasts,
    BroadcastStarted,
    BroadcastState,
    Campaign,
    EstimatedRecipient,
    LinkList,
    Segment,
    SegmentSums,
    SenderList,
    Spinner,
    TokenUse,
    Trigger,
)
from heliograph.model.command import Answer, Done, Saved
from heliograph.model.keeping import Browsed, Gathered, NumberedIssued, UrlConversion
from heliograph.model.link import SmartLink
from heliograph.model.lists import (
    Fields,
    Filled,
    ImportState,
    ListDownload,
    ListImport,
    Lists,
    Preview,
    Recipient,
    RecipientList,
)
from heliograph.model.verify import CodeChecked, VerifyStatus

COMPANY = 3182
"""Also the printed user's number here: the house has no users below an account."""
_AT = datetime(2019, 8, 5, 13, 20, 4, tzinfo=UTC)


def _day(text: str) -> datetime:
    return datetime.fromisoformat(text)


# -- entities -----------------------------------------------------------------------------------------

_CAMPAIGN = Campaign(
    account_id=COMPANY,
    id=46279,
    name="CampaignName",
    start_date=_day("2020-07-22T21:00:00Z"),
    end_date=_day("2020-09-25T21:00:00Z"),
)
_MOVED = Campaign(
    account_id=COMPANY,
    id=46279,
    name="CampaignName",
    start_date=_day("2020-07-22T21:00:00Z"),
    end_date=_day("2021-03-25T21:00:00Z"),
)
_DEFAULT = Campaign(account_id=COMPANY, id=34641, name="Default campaign", is_default=True)


def _sender(number: int, name: str) -> Sender:
    return Sender(account_id=COMPANY, id=number, name=name, state=SenderState.APPROVED)


def _senders(number: int, name: str, *ids: int, enabled: bool = True) -> SenderList:
    return SenderList(account_id=COMPANY, id=number, name=name, sender_ids=ids, enabled=enabled)


def _link(number: int, name: str, url: str, **others: str) -> SmartLink:
    return SmartLink(account_id=COMPANY, id=number, name=name, url=url, **others)


def _links(number: int, name: str, *ids: int) -> LinkList:
    return LinkList(account_id=COMPANY, id=number, name=name, link_ids=ids)


_WORDS = ("wo", "three", "spinner", "greeetinnngsss", "four", "test", "one", "five")


def _spinner(name: str = "Fit32", *, enabled: bool = True) -> Spinner:
    return Spinner(account_id=COMPANY, id=10520, name=name, words=_WORDS, enabled=enabled)


def _template(number: int, name: str, text: str) -> Template:
    return Template(account_id=3191, id=number, name=name, text=text)


def _trigger(name: str) -> Trigger:
    return Trigger(
        account_id=COMPANY,
        id=5677,
        name=name,
        uuid="1fbea646-7d1e-4475-9f50-26aec1bf3482",
        url="http://0nz0.com/jBR4d",
    )


_ENTITIES: Mapping[str, Answer] = {
    "campaign_make": Saved(thing=_CAMPAIGN),
    "campaign_list": Browsed(items=(_CAMPAIGN, _DEFAULT)),
    "campaign_put": Saved(thing=_MOVED),
    "campaign_patch": Saved(thing=_MOVED),
    "campaign_delete": Saved(thing=_CAMPAIGN),
    "sender_make": Saved(thing=_sender(28938892, "FirstSender")),
    "sender_list": Browsed(items=(_sender(28938892, "FirstSender"), _sender(28905672, "test"))),
    "sender_put": Saved(thing=_sender(28905672, "TestSender")),
    "sender_delete": Saved(thing=_sender(28938891, "x")),
    "senderlist_make": Gathered(list=_senders(5456, "FirstSenderList", 1, 2)),
    "senderlist_add": Gathered(list=_senders(5456, "x"), added=(28899614, 28899615)),
    "senderlist_list": Browsed(
        items=(_senders(5456, "FirstSenderList", 1, 2), _senders(5455, "SenderList", 1))
    ),
    "senderlist_senders": Gathered(
        list=_senders(5456, "x"),
        members=(_sender(28905674, "test2"), _sender(28938892, "FirstSender")),
    ),
    "senderlist_put": Gathered(list=_senders(5456, "New", 1, 2)),
    "senderlist_patch": Saved(thing=_senders(5456, "x")),
    "senderlist_delete": Saved(thing=_senders(5457, "x", enabled=False)),
    "senderlist_drop": Gathered(list=_senders(5456, "x"), dropped=(28905674,)),
    "link_make": Saved(
        thing=_link(
            165655,
            "Link1",
            "http://foot1.com",
            bot_redirect="http://foot32.com/desktop",
            preview_url="http://foot12.com",
        )
    ),
    "link_list": Browsed(
        items=(
            _link(165655, "Link1", "http://foot1.com"),
            _link(146746, "test", "https://sms.messagewhiz.com/app/workspace/links"),
        )
    ),
    "link_put": Saved(thing=_link(165655, "FirstLink", "http://foot1.com")),
    "link_delete": Saved(thing=_link(165655, "x", "http://foot1.com")),
    "conversion": UrlConversion(recipients=1, reached=1, clicks=1),
    "linklist_make": Gathered(list=_links(6940, "FirstLinkList", 311)),
    "linklist_add": Gathered(list=_links(6940, "x", 146746), added=(146746,)),
    "linklist_import": Gathered(list=_links(7077, "FirstLinkList", 1)),
    "linklist_bulk": Gathered(list=_links(6940, "FirstLinkList", 1, 2)),
    "linklist_list": Browsed(items=(_links(6943, "LinksList"),)),
    "linklist_links": Gathered(
        list=_links(6941, "x"),
        members=(
            _link(146746, "a", "https://google.com"),
            _link(146747, "b", "https://youtube.com"),
        ),
    ),
    "linklist_patch": Saved(thing=_links(6944, "x")),
    "linklist_delete": Saved(thing=_links(6941, "x")),
    "linklist_drop": Gathered(list=_links(6940, "x"), dropped=(146746,)),
    "spinner_make": Saved(thing=_spinner()),
    "spinner_list": Browsed(items=(_spinner(),)),
    "spinner_put": Saved(thing=_spinner("FirstSpinner")),
    "spinner_patch": Saved(thing=_spinner(enabled=False)),
    "spinner_delete": Saved(thing=_spinner(enabled=False)),
    "template_make": Saved(thing=_template(46126, "FirstTemplate", "HI!")),
    "template_list": Browsed(
        items=(
            _template(46126, "FirstTemplate", "HI!"),
            _template(46125, "1", "Test test {shorten_url}"),
        )
    ),
    "template_put": Saved(thing=_template(46126, "AnotherTemplateName", "HI!")),
    "template_delete": Saved(thing=_template(46126, "x", "HI!")),
    "trigger_make": Saved(thing=_trigger("newTrigger")),
    "trigger_list": Browsed(items=(_trigger("newTrigger"),)),
    "trigger_put": Saved(thing=_trigger("#")),
    "trigger_delete": Saved(thing=_trigger("#")),
}

# -- lists --------------------------------------------------------------------------------------------


def _list(number: int, name: str, count: int, **others: object) -> RecipientList:
    fields = {"account_id": COMPANY, "created_at": _AT, "changed_at": _AT, **others}
    return RecipientList(id=number, name=name, count=count, **fields)


def _import(number: int, made: RecipientList | None = None) -> ListImport:
    return ListImport(
        id=1,
        state=ImportState.DONE,
        list=number,
        made=made,
        total_bytes=99,
        total=4,
        inserted=4,
        started_at=_AT,
    )


_PEOPLE = (
    (6593333311, "Anthony"),
    (6593333322, "Bob"),
    (6593333333, "Jonathan"),
    (6593333344, "Alex"),
)


def _download(kept: RecipientList, *members: tuple[int, str]) -> ListDownload:
    async def pages() -> AsyncIterator[tuple[Recipient, ...]]:
        for place, (number, name) in enumerate(members):
            yield (Recipient(position=place, msisdn=str(number), fields=Fields(first_name=name)),)

    return ListDownload(list=kept, pages=pages())


_HEADING = ("phone_number", "first_name")


def _preview(rows: tuple[tuple[str, ...], ...], *numbers: bool) -> Preview:
    none = (False,) * len(numbers)
    return Preview(
        rows=rows,
        total=4,
        header=True,
        all_numbers=numbers,
        exceeds_50=none,
        exceeds_255=none,
        exceeds_5000=none,
    )


def lists() -> Mapping[str, Answer]:
    """Answers about lists; a download can be read but once."""
    people = _list(267628, "FirstRecipientList", 4, columns=("first_name",))
    numbers = ((380502327265, ""), (380502222233, ""), (380643333322, ""))
    suppressed = _list(21534, "FirstUnsubscribeList", 3, suppression=True)
    return {
        "recipients_import": _import(267628),
        "recipients_replace": _import(267891),
        "recipients_numbers": Filled(
            list=_list(267888, "x", 2), total=2, inserted=2, duplicate=0, wrong=0, refused=()
        ),
        "recipients_add": Filled(
            list=_list(267891, "x", 5), total=1, inserted=1, duplicate=0, wrong=0, refused=()
        ),
        "recipients_preview": _preview(
            (_HEADING, *((str(number), name) for number, name in _PEOPLE)), True, False
        ),
        "recipients_lists": Lists(
            items=(
                _list(267891, "SecondRecipientList", 4),
                _list(267888, "ManuallyAddedList", 2),
                _list(267628, "FirstRecipientList", 4),
                _list(222345, "ev", 1),
            ),
            more=False,
        ),
        "recipients_members": _download(people, *_PEOPLE),
        "recipients_list_numbers": _download(people, *_PEOPLE),
        "recipients_download": _download(people, *_PEOPLE),
        "recipients_patch": _list(267891, "EditingList", 5),
        "recipients_delete": Done(),
        "unsubscribers_import": _import(123, _list(123, "FirstRecipientList", 10, account_id=1)),
        "unsubscribers_make": Filled(
            list=_list(21534, "FirstUnsubscribeList", 1),
            total=1,
            inserted=1,
            duplicate=0,
            wrong=0,
            refused=(),
        ),
        "unsubscribers_preview": _preview(
            (("phone_number",), *((str(number),) for number, _ in _PEOPLE)), True
        ),
        "unsubscribers_add": Filled(
            list=suppressed, total=2, inserted=2, duplicate=0, wrong=0, refused=()
        ),
        "unsubscribers_lists": Lists(items=(suppressed,), more=False),
        "unsubscribers_members": _download(suppressed, numbers[2], numbers[0], numbers[1]),
        "unsubscribers_download": _download(suppressed, *numbers),
        "unsubscribers_replace": _import(21534, _list(21534, "FirstUnsubscribeList", 4)),
        "unsubscribers_patch": _list(21534, "x", 4, enabled=False),
        "unsubscribers_delete": Done(),
    }


# -- broadcasts ---------------------------------------------------------------------------------------

_SEGMENT = Segment(
    account_id=COMPANY,
    id=1,
    broadcast_id=111,
    position=2,
    state=BroadcastState.WAITING,
    text="sample",
    size=1,
    submission_id=7,
    send_at=_day("2021-06-25T14:02:50Z"),
    utc_offset_minutes=180,
    created_at=_day("2021-06-25T14:02:50Z"),
    sums=SegmentSums(price_micros=33_600),
)
_LISTED = Broadcast(
    account_id=123,
    id=200,
    name="sample broadcast",
    kind=BroadcastKind.BASE,
    state=BroadcastState.WAITING,
    dialect="messagewhiz",
    campaign_id=1,
    text="sample message",
    send_at=_day("2041-03-07T11:41:55Z"),
    send_now=False,
    estimated_count=8,
    created_at=_AT,
    note="1",
    segments=(
        Segment(
            account_id=123,
            id=1,
            broadcast_id=200,
            position=1,
            state=BroadcastState.WAITING,
            text="sample message",
            submission_id=7,
            send_at=None,
            created_at=_AT,
            sums=SegmentSums(price_micros=105_000),
        ),
    ),
)
_REPORTED = Broadcast(
    account_id=123,
    id=123123,
    name="",
    kind=BroadcastKind.BASE,
    state=BroadcastState.FINISHED,
    dialect="messagewhiz",
    campaign_id=1,
    text="sample message",
    created_at=_AT,
    segments=(
        Segment(
            account_id=123,
            id=1,
            broadcast_id=123123,
            position=1,
            state=BroadcastState.FINISHED,
            text="sample message",
            submission_id=7,
            send_at=None,
            created_at=_AT,
            sums=SegmentSums(recipients=1, statuses={"delivered": 1}),
        ),
    ),
)
HASH = (
    "8572aeb3624293a238cd2d7cd901fb61743e3a435e50e00d631a410cb0044d39"
    "dd4a53be35e040974f88c7e3799ab1f8d1629455c260a87b0fa48da547c7ffcb"
)
_ESTIMATE = BroadcastEstimate(
    currency="EUR",
    recipients=1,
    messages=1,
    parts=1,
    price_micros=33_600,
    exact=True,
    looked_at=1,
    skipped={},
    first_segment=1,
    first_messages=1,
    first_parts=1,
    first_price_micros=33_600,
    tokens=(TokenUse(name="random_symbol", count=0, replacement="h"),),
    sample=(
        EstimatedRecipient(
            msisdn="3852004823",
            fields={
                "email": "email@gmail.com",
                "custom": "Custom",
                "url": "https://google.com",
                "first_name": "John",
                "last_name": "Doe",
            },
            mcc="111",
            mnc="222",
            country=None,
            sender=None,
            text="sample",
            parts=1,
            encoding="gsm7",
            price_micros=33_600,
            refused=None,
        ),
    ),
    hash=HASH,
)


def _started(broadcast_id: int, segment_id: int = 1) -> BroadcastStarted:
    return BroadcastStarted(broadcast_id=broadcast_id, segment_id=segment_id)


_BROADCASTS: Mapping[str, Answer] = {
    "estimate": _ESTIMATE,
    "legacy_single": _started(123),
    "legacy_tiny": _started(123),
    "legacy_base": _started(48133462),
    "legacy_smart": _started(123),
    "single": _started(331, 493),
    "base": _started(333, 494),
    "smart": _started(333, 495),
    "combined": _started(333, 495),
    "segment": _SEGMENT,
    "otp": NumberedIssued(id=123),
    "verification": CodeChecked(valid=True, status=VerifyStatus.APPROVED),
    "list": Broadcasts(items=(_LISTED,), more=False, account_name="sample company"),
    "report": _REPORTED,
}


def answers() -> Mapping[str, Answer]:
    """By the name of the recorded request."""
    return {**_ENTITIES, **lists(), **_BROADCASTS}
