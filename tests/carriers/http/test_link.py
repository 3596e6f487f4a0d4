"""A carrier called by HTTP keeps a carrier's manners, towards a real server on this machine."""

from __future__ import annotations

import asyncio
import json

import pytest
from aiohttp import web

from heliograph.carriers.http import HttpCarrier
from heliograph.model.account import TrafficClass
from heliograph.model.carrier import CarrierLink, Narrow
from heliograph.model.reason import Reason
from heliograph.model.report import Declined, Taken, Unknown
from heliograph.model.route import Carrier
from tests.carriers.http.conftest import Serve, Work
from tests.carriers.http.vendor import (
    HOOK,
    Answer,
    Hill,
    Room,
    cut,
    dispatch,
    never,
    one_after_the_other,
    quiet,
    reply,
)

TAKEN = reply(200, {"ids": ["a1"]})
NOBODY = "http://127.0.0.1:1"
DOWN = Declined(reason=Reason.CARRIER_DOWN)


def test_it_is_a_carrier_link() -> None:
    link: CarrierLink = Hill("http://127.0.0.1:1").link
    assert not link.up


def test_settings_that_cannot_be_used_are_told_at_once() -> None:
    for settings, fault in (
        ({"base_url": "x"}, "base_url is an address such as https://api.example.com"),
        ({"base_url": "http://x", "connections": "0"}, "connections takes 1 to 500"),
        ({"base_url": "http://x", "window": "1"}, "there is no setting window"),
    ):
        carrier = Carrier(id=7, name="hill", kind="vendor", settings=settings)
        with pytest.raises(ValueError, match=fault):
            HttpCarrier(carrier, Room(), report_url=lambda number: "")


async def test_a_message_is_called_once_with_our_hook_and_taken(serve: Serve, work: Work) -> None:
    vendor = await serve(send=TAKEN)
    hill = await work(vendor.url)
    assert await hill.send(dispatch(5)) == [Taken(carrier_ids=("a1",))]
    ((path, body, headers),) = vendor.requests
    assert (path, headers["x-sender"]) == ("/send", "26969")
    assert json.loads(body) == {"id": 5, "text": "Hello", "report": HOOK}


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (reply(200, b'{"ids": ["a\\u0000b"]}'), Taken(carrier_ids=("ab",))),
        (reply(200, b'{"ids": ["%b"]}' % (b"x" * 9000)), Taken(carrier_ids=("x" * 500,))),
        (reply(400), Declined(reason=Reason.DATA_ERROR, vendor_code="400")),
        (
            reply(429, Retry_After="7"),
            Declined(reason=Reason.THROTTLED, vendor_code="429", retry_after_seconds=7.0),
        ),
        (reply(502), Unknown(detail="HTTP 502")),
        (cut, Unknown(detail="The connection to 127.0.0.1 ended before its answer did.")),
    ],
)
async def test_an_answer_means_what_the_room_says_and_a_broken_one_is_unknown(
    serve: Serve, work: Work, answer: Answer, outcome: object
) -> None:
    hill = await work((await serve(send=answer)).url)
    assert await hill.send(dispatch()) == [outcome]


async def test_an_answer_that_the_room_cannot_read_is_unknown_and_tells_no_body(
    serve: Serve, work: Work
) -> None:
    hill = await work((await serve(send=reply(200, b"<html>"))).url)
    with quiet() as said:
        assert await hill.send(dispatch()) == [Unknown(detail="JSONDecodeError")]
    assert [each["event"] for each in said] == ["an attempt failed"]


async def test_a_vendor_that_does_not_answer_in_time_leaves_it_unknown(
    serve: Serve, work: Work
) -> None:
    vendor = await serve(send=never)
    hill = await work(vendor.url, timeout_seconds="0.2")
    assert await hill.send(dispatch()) == [Unknown(detail="127.0.0.1 did not answer in time.")]
    assert vendor.count("/send") == 1


async def test_what_was_surely_not_sent_is_declined(work: Work, serve: Serve) -> None:
    vendor = await serve(send=TAKEN)
    hill = await work(vendor.url)
    with quiet():
        assert await hill.send(dispatch(text="unspeakable")) == [
            Declined(reason=Reason.FACILITY_NOT_SUPPORTED)
        ]
        assert await hill.send(dispatch(text="a broken room")) == [
            Declined(reason=Reason.DATA_ERROR)
        ]
    assert await hill.send(dispatch(sender="a\nb")) == [Declined(reason=Reason.DATA_ERROR)]
    assert await hill.send(dispatch(valid_seconds=0)) == [Declined(reason=Reason.VALIDITY_EXPIRED)]
    assert vendor.requests == []
    assert hill.link.up
    await vendor.stop()
    assert await hill.send(dispatch()) == [DOWN]


async def test_no_more_calls_are_under_way_than_connections_and_the_urgent_go_first(
    serve: Serve, work: Work
) -> None:
    go_on = asyncio.Event()

    async def wait(request: web.Request) -> web.StreamResponse:
        await go_on.wait()
        return await TAKEN(request)

    vendor = await serve(send=wait)
    hill = await work(vendor.url, connections="2")
    assert isinstance(hill.link, Narrow)
    assert hill.link.most_under_way == 4
    slow = TrafficClass.PROMOTIONAL
    several = [dispatch(number, traffic_class=slow) for number in range(1, 5)]
    hill.link.submit(several, hill.desk.settle)
    await vendor.until(lambda: vendor.running == 2)
    hill.link.submit([dispatch(9, traffic_class=TrafficClass.OTP)], hill.desk.settle)
    go_on.set()
    await hill.desk.wait(5)
    assert vendor.most_running == 2
    order = [json.loads(body)["id"] for _, body, _ in vendor.requests]
    assert sorted(order[:2]) == [1, 2]
    assert 9 in order[2:4]


async def test_what_waits_too_long_for_a_connection_is_declined_as_throttled(
    serve: Serve, work: Work
) -> None:
    url, options = (await serve(send=never)).url, {"queue_seconds": 0.05}
    hill = await work(url, options=options, connections="1", timeout_seconds="0.5")
    hill.link.submit([dispatch(1), dispatch(2)], hill.desk.settle)
    await hill.desk.wait(1)
    assert hill.desk.outcomes == [(2, Declined(reason=Reason.THROTTLED, retry_after_seconds=1.0))]


async def test_a_vendor_that_wants_silence_is_not_called_meanwhile(
    serve: Serve, work: Work
) -> None:
    vendor = await serve(send=reply(429, Retry_After="60"))
    hill = await work(vendor.url, options={"queue_seconds": 0.05})
    await hill.send(dispatch(1))
    (outcome,) = await hill.send(dispatch(2))
    assert isinstance(outcome, Declined)
    assert outcome.reason is Reason.THROTTLED
    assert 50 < (outcome.retry_after_seconds or 0) <= 60
    assert vendor.count("/send") == 1


async def test_after_three_misses_it_is_down_until_a_probe_finds_the_vendor(
    serve: Serve, work: Work
) -> None:
    vendor = await serve(send=TAKEN)
    hill = await work(vendor.url)
    await vendor.stop()
    with quiet() as said:
        assert [(await hill.send(dispatch(n)))[0] for n in range(3)] == [DOWN] * 3
        assert not hill.link.up
        assert await hill.send(dispatch(4)) == [DOWN]
        hill.changed.clear()
        await vendor.start()
        await asyncio.wait_for(hill.changed.wait(), 10)
    assert hill.link.up
    assert hill.ups == [True, False, True]
    assert vendor.requests[0][0] == "/"
    assert await hill.send(dispatch(5)) == [Taken(carrier_ids=("a1",))]
    assert [each["event"] for each in said] == [
        "a carrier cannot be reached",
        "a carrier can be reached again",
    ]


async def test_a_vendor_that_answers_badly_is_still_up(serve: Serve, work: Work) -> None:
    hill = await work((await serve(send=reply(500))).url)
    for number in range(4):
        await hill.send(dispatch(number))
    assert hill.link.up


async def test_stopping_settles_what_is_open_and_twice_is_nothing(serve: Serve, work: Work) -> None:
    vendor = await serve(send=never)
    hill = await work(vendor.url, connections="1", timeout_seconds="0.3")
    hill.link.submit([dispatch(1), dispatch(2)], hill.desk.settle)
    await vendor.until(lambda: vendor.running == 1)
    await hill.link.stop()
    assert sorted(hill.desk.outcomes, key=lambda each: each[0]) == [
        (1, Unknown(detail="127.0.0.1 did not answer in time.")),
        (2, DOWN),
    ]
    await hill.link.stop()
    assert hill.ups == [True, False]
    assert await hill.send(dispatch(3)) == [DOWN]


async def test_an_outcome_is_never_told_from_within_submit(serve: Serve, work: Work) -> None:
    hill = await work((await serve(send=one_after_the_other(TAKEN))).url)
    await hill.link.stop()
    hill.link.submit([dispatch()], hill.desk.settle)
    assert hill.desk.outcomes == []
    await hill.desk.wait(1)


async def test_its_line_tells_what_was_called_what_was_too_much_and_what_went_wrong(
    serve: Serve, work: Work
) -> None:
    vendor = await serve(send=one_after_the_other(TAKEN, reply(429), cut))
    hill = await work(vendor.url, connections="3")
    for _ in range(3):
        await hill.send(dispatch())
    (line,) = hill.link.lines()
    assert (line.kind, line.up, line.window, line.under_way) == ("http", True, 3, 0)
    assert (line.submitted, line.throttled) == (3, 1)
    assert line.last_error == "The connection to 127.0.0.1 ended before its answer did."
    assert line.last_error_at is not None
