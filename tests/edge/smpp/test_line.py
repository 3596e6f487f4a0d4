"""What waits for a customer goes out in order, to whoever has room, or comes back at once."""

from __future__ import annotations

from heliograph.edge.smpp.line import Delivery, Line
from heliograph.edge.smpp.settings import read_terms
from heliograph.smpp import DeliverSm, DeliverSmResp, LossReason, Request


class Receiver:
    """Takes as many deliveries as it is told to have room for."""

    version = 0x34

    def __init__(self, left: int) -> None:
        self.left = left
        self.given: list[Delivery] = []

    def room(self) -> int:
        return self.left

    def give(self, delivery: Delivery) -> bool:
        self.left -= 1
        self.given.append(delivery)
        return True


def _pdu(version: int) -> Request:
    del version
    return DeliverSm()


async def test_deliveries_go_round_the_sessions_that_have_room() -> None:
    line, full = Line(7, read_terms({})), Receiver(0)
    first, second = Receiver(2), Receiver(2)
    for receiver in (full, first, second):
        line.join(receiver)
    calls = [line.deliver(_pdu) for _ in range(6)]
    assert [len(each.given) for each in (full, first, second)] == [0, 2, 2]
    assert line.waiting == 2
    full.left = 5
    line.pump()
    assert (line.waiting, len(full.given)) == (0, 2)
    for receiver in (full, first, second):
        for delivery in receiver.given:
            delivery.answered(DeliverSmResp())
    assert all([(await call).ok for call in calls])


async def test_what_waits_comes_back_when_the_last_session_leaves() -> None:
    line, receiver = Line(7, read_terms({})), Receiver(1)
    line.join(receiver)
    given, waiting = line.deliver(_pdu), line.deliver(_pdu)
    receiver.given[0].lost(LossReason.CLOSED)
    line.leave(receiver)
    assert (await given).absent
    assert (await waiting).absent


async def test_a_delivery_that_was_not_answered_in_time_is_a_try() -> None:
    line, receiver = Line(7, read_terms({})), Receiver(1)
    line.join(receiver)
    call = line.deliver(_pdu)
    receiver.given[0].lost(LossReason.TIMED_OUT)
    called = await call
    assert (called.ok, called.absent, called.error) == (False, False, "deliver_sm: timed out")


def test_throughput_is_what_the_settings_say_now() -> None:
    line = Line(7, read_terms({"per_second": "2"}))
    assert [line.may_submit(1) for _ in range(3)] == [True, True, False]
    line.agree(read_terms({}))
    assert line.may_submit(1000)
    line.agree(read_terms({"per_second": "2"}))
    assert line.may_submit(255)
    assert not line.may_submit(1)
