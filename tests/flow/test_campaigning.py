"""Campaigns and what texts are made of: what they must be like, and how they are kept."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from heliograph.flow.soundness import Known, faults
from heliograph.model.account import Template
from heliograph.model.campaign import (
    DEFAULT_CAMPAIGN,
    Campaign,
    LinkList,
    SenderList,
    Spinner,
    Trigger,
)
from heliograph.store import kept
from tests.flow.conftest import START, Parts

KNOWN = Known(check_url=lambda url: None, dialects=frozenset(), carrier_kinds=frozenset())
OWN = {"account_id": 1, "id": 0, "name": "n"}


@pytest.mark.parametrize(
    ("thing", "field"),
    [
        (Campaign(**OWN, start_date=START, end_date=START + timedelta(days=1)), None),
        (Campaign(**OWN, start_date=START, end_date=START - timedelta(days=1)), "end_date"),
        (Campaign(**OWN, start_date=START.replace(tzinfo=None)), "start_date"),
        (Campaign(**OWN | {"name": " "}), "name"),
        (SenderList(**OWN, sender_ids=(1, 2)), None),
        (SenderList(**OWN, sender_ids=(0,)), "sender_ids"),
        (SenderList(**OWN, sender_ids=(1,) * 10_001), "sender_ids"),
        (LinkList(**OWN, link_ids=(2**31,)), "link_ids"),
        (Spinner(**OWN, words=("Hi",)), None),
        (Spinner(**OWN), "words"),
        (Spinner(**OWN, words=("x" * 201,)), "words"),
        (Spinner(**OWN, words=("a\0",)), "words"),
        (Trigger(**OWN), None),
        (Trigger(**OWN, uuid="nonsense"), "uuid"),
    ],
)
def test_what_they_must_be_like(thing, field):
    found = faults(thing, KNOWN)
    assert [each.field for each in found] == ([] if field is None else [field])


async def test_every_account_has_a_default_campaign_that_stays(parts: Parts):
    async with parts.database.transaction() as link:
        (first,) = await kept.page(link, parts.vault, Campaign, parts.account.id, after=0, limit=9)
        assert (first.name, first.is_default, first.enabled) == (DEFAULT_CAMPAIGN, True, True)
        assert not await kept.remove(link, Campaign, parts.account.id, first.id)


async def test_a_trigger_is_given_its_uuid_and_a_code_that_stay(parts: Parts):
    own = {"account_id": parts.account.id, "id": 0}
    async with parts.database.transaction() as link:
        made = await kept.insert(link, parts.vault, Trigger(**own, name="a"))
        other = await kept.insert(link, parts.vault, Trigger(**own, name="b"))
        renamed = Trigger(account_id=made.account_id, id=made.id, name="c")
        changed = await kept.update(link, parts.vault, renamed)
    assert UUID(made.uuid) != UUID(other.uuid)
    assert len(made.code) == 20
    assert made.code != other.code
    assert changed is not None
    assert (changed.name, changed.uuid, changed.code) == ("c", made.uuid, made.code)


async def test_a_name_is_free_again_once_its_thing_is_disabled(parts: Parts):
    own = {"account_id": parts.account.id, "id": 0, "name": "same"}
    for kind in (Campaign, SenderList, Spinner, Trigger):
        async with parts.database.transaction() as link:
            await kept.insert(link, parts.vault, kind(**own, enabled=False))
            await kept.insert(link, parts.vault, kind(**own))
        with pytest.raises(kept.TakenError), kept.rules():
            async with parts.database.transaction() as link:
                await kept.insert(link, parts.vault, kind(**own))


async def test_a_template_that_is_disabled_is_not_found_by_messages(parts: Parts):
    template = Template(account_id=parts.account.id, id=0, name="t", text="Hi", enabled=False)
    async with parts.database.transaction() as link:
        await kept.insert(link, parts.vault, template)
    await parts.reload()
    assert parts.directory.template(parts.account.id, "t") is None
