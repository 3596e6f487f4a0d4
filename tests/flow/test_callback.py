"""Where the reports of a single message go, and of which statuses."""

from __future__ import annotations

import msgspec
import pytest

from heliograph.flow.callback import (
    endpoint_of,
    service_callback,
    service_of,
    url_callback,
    url_of,
)
from heliograph.model.account import Endpoint, Service
from heliograph.model.command import Accepted, AcceptedItem, SendMessages
from heliograph.model.status import Status
from tests.flow.conftest import Parts, draft
from tests.flow.working import working

_WISH = (Status.DELIVERED, Status.FAILED)


@pytest.mark.parametrize(
    ("statuses", "status", "told"),
    [
        ((), Status.QUEUED, True),
        ((), Status.DELIVERED, True),
        (_WISH, Status.DELIVERED, True),
        (_WISH, Status.FAILED, True),
        (_WISH, Status.SENT, False),
    ],
)
def test_a_service_is_told_of_what_was_asked_for(
    statuses: tuple[Status, ...], status: Status, told: bool
) -> None:
    callback = service_callback(7, statuses)
    assert service_of(callback, status) == (7 if told else None)
    assert endpoint_of(callback, status) is None


def test_a_url_keeps_its_colons_whatever_the_wish() -> None:
    url = "https://a.example:8443/x?a=b:c"
    for statuses in ((), _WISH):
        callback = url_callback(url, statuses)
        assert url_of(callback) == url
        assert service_of(callback, Status.DELIVERED) is None
    assert endpoint_of(url_callback(url, _WISH), Status.SENT) is None
    assert endpoint_of(url_callback(url, _WISH), Status.FAILED) == 0


async def test_the_endpoints_of_a_service_hear_of_the_statuses_that_a_message_names(
    parts: Parts,
) -> None:
    service = await parts.insert(Service(account_id=parts.account.id, id=0, name="shop"))
    await parts.insert(
        Endpoint(
            account_id=parts.account.id,
            id=0,
            url="https://a.example/",
            service_id=service.id,
            secret="whsec_eA==",
        )
    )
    principal = parts.principal()
    credential = msgspec.structs.replace(principal.credential, service_id=service.id)
    caller = msgspec.structs.replace(principal, credential=credential)
    async with working(parts) as works:
        wishes = ((), (Status.DELIVERED,))
        command = SendMessages(drafts=tuple(draft(callback_statuses=wish) for wish in wishes))
        answer = await works.accept.send(caller, command, "native")
        assert isinstance(answer, Accepted)
        items = [item for item in answer.items if isinstance(item, AcceptedItem)]
        link = await works.given(2)
        for place, item in enumerate(items):
            link.took(place, f"id-{place}")
            await works.status(item, Status.SENT)
            await works.hear(Status.DELIVERED, f"id-{place}")
        await works.called(3)
    heard = {
        item.message_id: [e.status for _, e, _ in works.calls if e.message_id == item.message_id]
        for item in items
    }
    assert list(heard.values()) == [[Status.SENT, Status.DELIVERED], [Status.DELIVERED]]
