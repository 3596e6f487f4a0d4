"""What campaigns, sender lists, link lists, spinners and triggers must be like to be kept."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final
from uuid import UUID

from heliograph.flow.fields import invalid, moment_faults, name_faults, storable
from heliograph.model.campaign import Campaign, LinkList, SenderList, Spinner, Trigger
from heliograph.model.refusal import Refused

__all__ = [
    "campaign_faults",
    "link_list_faults",
    "sender_list_faults",
    "spinner_faults",
    "trigger_faults",
]

_MOST_MEMBERS: Final = 10_000
_MOST_WORDS: Final = 1_000
_LONGEST_WORD: Final = 200
_LARGEST_ID: Final = 2**31 - 1


def campaign_faults(campaign: Campaign, _: object) -> Iterator[Refused]:
    """Everything that is wrong with a campaign."""
    yield from name_faults("name", campaign.name)
    start, end = campaign.start_date, campaign.end_date
    for name, moment in (("start_date", start), ("end_date", end)):
        if moment is not None:
            yield from moment_faults(name, moment)
    if start is not None and end is not None and start.tzinfo and end.tzinfo and end < start:
        yield invalid("end_date", "A campaign does not end before it starts.")


def sender_list_faults(senders: SenderList, _: object) -> Iterator[Refused]:
    """Everything that is wrong with a sender list."""
    yield from name_faults("name", senders.name)
    yield from _ids_faults("sender_ids", senders.sender_ids)


def link_list_faults(links: LinkList, _: object) -> Iterator[Refused]:
    """Everything that is wrong with a link list."""
    yield from name_faults("name", links.name)
    yield from _ids_faults("link_ids", links.link_ids)


def spinner_faults(spinner: Spinner, _: object) -> Iterator[Refused]:
    """Everything that is wrong with a spinner."""
    yield from name_faults("name", spinner.name)
    if not 1 <= len(spinner.words) <= _MOST_WORDS:
        yield invalid("words", f"A spinner has 1 to {_MOST_WORDS} words.")
    for word in spinner.words:
        if len(word) > _LONGEST_WORD or not storable(word):
            yield invalid("words", f"A word has at most {_LONGEST_WORD} characters, none NUL.")
            return


def trigger_faults(trigger: Trigger, _: object) -> Iterator[Refused]:
    """Everything that is wrong with a trigger."""
    yield from name_faults("name", trigger.name)
    if trigger.uuid:
        try:
            UUID(trigger.uuid)
        except ValueError:
            yield invalid("uuid", "It is a GUID, or empty to be given one.")


def _ids_faults(field: str, ids: tuple[int, ...]) -> Iterator[Refused]:
    if len(ids) > _MOST_MEMBERS:
        yield invalid(field, f"At most {_MOST_MEMBERS:,} of them.")
    if any(not 0 < each <= _LARGEST_ID for each in ids):
        yield invalid(field, "There is no such id.")
