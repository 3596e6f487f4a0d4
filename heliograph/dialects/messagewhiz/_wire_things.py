"""Views of what is kept, as MessageWhiz prints them: entities, and lists of recipients and unsubscribers.

As in `wire`, the order of attributes is the order of the printed answers, and the type of `enabled` is
that of the entity. Source: seeds/004; facts 3.1 and 3.3.
"""

from __future__ import annotations

import msgspec

# -- entities ---------------------------------------------------------------------------------------


class CampaignView(msgspec.Struct, frozen=True, kw_only=True):
    """A campaign that was made or put."""

    id: int
    is_default: int
    name: str
    start_date: str | None
    end_date: str | None
    enabled: bool


class CampaignUser(msgspec.Struct, frozen=True, kw_only=True):
    """Who may use a campaign."""

    campaign_id: int
    user_id: int
    company_id: int | None


class CampaignItem(msgspec.Struct, frozen=True, kw_only=True):
    """A campaign in the list."""

    enabled: bool
    id: int
    is_default: int
    name: str
    start_date: str | None
    end_date: str | None
    user_list: tuple[CampaignUser, ...] = msgspec.field(name="userList")


class SenderView(msgspec.Struct, frozen=True, kw_only=True):
    """A sender that was made or put."""

    id: int
    name: str
    enabled: bool


class SenderItem(msgspec.Struct, frozen=True, kw_only=True):
    """A sender in the list."""

    enabled: bool
    id: int
    name: str


class SenderListView(msgspec.Struct, frozen=True, kw_only=True):
    """A sender list that was made or put."""

    id: int
    name: str
    enabled: bool
    count: int


class SenderListItem(msgspec.Struct, frozen=True, kw_only=True):
    """A sender list in the list of them."""

    enabled: bool
    id: int
    name: str
    count: int


class ListedSender(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A sender in a sender list."""

    sender_id: int
    name: str


class SendersOfList(msgspec.Struct, frozen=True, kw_only=True):
    """Answer to GET /senderList/{id}/senders."""

    id: int
    senders: tuple[ListedSender, ...]


class LinkView(msgspec.Struct, frozen=True, kw_only=True):
    """A link that was put."""

    id: int
    name: str
    url: str
    enabled: bool


class MadeLink(msgspec.Struct, frozen=True, kw_only=True):
    """A link that was made."""

    id: int
    name: str
    url: str
    enabled: bool
    type: int = 0
    platform_based_links: dict[str, str]


class LinkItem(msgspec.Struct, frozen=True, kw_only=True):
    """A link in the list."""

    enabled: bool
    id: int
    name: str
    url: str


class LinkConversion(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Answer to /details/linkConversion."""

    conversion: int | float
    """Percent of the recipients who clicked."""
    total_recipients: int
    clicks: int


class MadeLinkList(msgspec.Struct, frozen=True, kw_only=True):
    """A link list that was made."""

    id: int
    name: str
    enabled: bool
    link_list_length: int = msgspec.field(name="linkListLength")
    warning: str


class LinkListView(msgspec.Struct, frozen=True, kw_only=True):
    """A link list that was made or put by a file."""

    id: int
    name: str
    enabled: bool


class GrownLinkList(msgspec.Struct, frozen=True, kw_only=True):
    """A link list to which new links were added."""

    enabled: bool
    id: int
    name: str
    user_id: int
    company_id: int


class LinkListItem(msgspec.Struct, frozen=True, kw_only=True):
    """A link list in the list of them."""

    id: int
    name: str
    enabled: int
    conversion_count: int = msgspec.field(name="conversionCount")


class ListedLink(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A link in a link list."""

    link_id: int
    url: str


class LinksOfList(msgspec.Struct, frozen=True, kw_only=True):
    """Answer to GET /LinkList/{id}/links, alone in an array."""

    id: int
    links: tuple[ListedLink, ...]


class SpinnerView(msgspec.Struct, frozen=True, kw_only=True):
    """A word spinner that was made or put."""

    name: str
    words: tuple[str, ...]
    enabled: bool
    id: int


class SpinnerItem(msgspec.Struct, frozen=True, kw_only=True):
    """A word spinner in the list."""

    words: tuple[str, ...]
    enabled: bool
    id: int
    name: str


class TemplateView(msgspec.Struct, frozen=True, kw_only=True):
    """A template that was made or put."""

    id: int
    name: str
    body: str
    enabled: bool


class TemplateItem(msgspec.Struct, frozen=True, kw_only=True):
    """A template in the list."""

    enabled: bool
    id: int
    user_id: int
    name: str
    body: str


class TriggerView(msgspec.Struct, frozen=True, kw_only=True):
    """A trigger that was made."""

    id: int
    name: str
    uuid: str
    enabled: int
    short_url: str
    trigger_type_id: int = 1


class PutTrigger(msgspec.Struct, frozen=True, kw_only=True):
    """A trigger that was put."""

    id: int
    name: str
    uuid: str
    enabled: int
    short_url: str


class TriggerItem(msgspec.Struct, frozen=True, kw_only=True):
    """A trigger in the list. Names with a point in them are the vendor's."""

    id: int
    name: str
    uuid: str
    enabled: int
    short_url: str
    trigger_type_id: int = 1
    details: None = None
    date: None = None
    flight_number: None = msgspec.field(default=None, name="flight_details.flight_number")
    arrival_date: None = msgspec.field(default=None, name="flight_details.arrival_date")


class PatchedFlag(msgspec.Struct, frozen=True, kw_only=True):
    """Answer to a PATCH where the flag is a number."""

    id: int
    enabled: int


class PatchedBool(msgspec.Struct, frozen=True, kw_only=True):
    """Answer to a PATCH where the flag is a boolean."""

    id: int
    enabled: bool


class PatchedSpinner(msgspec.Struct, frozen=True, kw_only=True):
    """Answer to a PATCH of a spinner."""

    enabled: int


# -- lists of recipients and of unsubscribers ---------------------------------------------------------


class Imported(msgspec.Struct, frozen=True, kw_only=True):
    """A recipient list that came from a file."""

    inserted: int
    total: int
    wrong: int
    duplicate: int
    recipient_list_id: int


class FilledView(msgspec.Struct, frozen=True, kw_only=True):
    """A recipient list that was given numbers."""

    inserted: int
    wrong: int
    duplicate: int
    total: int
    recipient_list_id: int
    count: int


class RenamedList(msgspec.Struct, frozen=True, kw_only=True):
    """Answer to a PATCH of a recipient list."""

    name: str
    enabled: bool
    count: int


class RecipientListItem(msgspec.Struct, frozen=True, kw_only=True):
    """A recipient list in the list of them."""

    id: int
    name: str
    enabled: int
    count: int


class UnsubscribeListView(msgspec.Struct, frozen=True, kw_only=True):
    """An unsubscribe list that was made or put."""

    enabled: bool
    id: int
    name: str
    company_id: int
    unsubscribers_amount: int
    user_id: int


class UnsubscribeListItem(msgspec.Struct, frozen=True, kw_only=True):
    """An unsubscribe list in the list of them."""

    id: int
    name: str
    enabled: int
    unsubscribers_amount: int


class MembersAdded(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Numbers that were put on an unsubscribe list."""

    inserted: int
    already_exists: int
    not_valid: int


class PreviewView(msgspec.Struct, frozen=True, kw_only=True):
    """What a file looks like; one flag for each column."""

    data: tuple[tuple[str, ...], ...]
    is_all_num: tuple[bool, ...] = msgspec.field(name="isAllNum")
    is_exceed_length_50: tuple[bool, ...] = msgspec.field(name="isExceedLength50")
    is_exceed_length_255: tuple[bool, ...] = msgspec.field(name="isExceedLength255")
    is_exceed_length_5000: tuple[bool, ...] = msgspec.field(name="isExceedLength5000")


class Phone(msgspec.Struct, frozen=True):
    """A number on an unsubscribe list: a text, unlike those of recipients."""

    phone_number: str
