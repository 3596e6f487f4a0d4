"""The network's promises, with the clock turned by hand."""

from collections.abc import Callable, Sequence

import msgspec
import pytest

from heliograph.model.message import Extra
from heliograph.model.reason import Reason
from heliograph.model.report import Declined, Dispatch, Outcome, Receipt, Taken
from heliograph.simulator import Handsets, IdForm, Network, NetworkSettings

Make = Callable[..., Dispatch]
FAR = 1e6
ROUGH = NetworkSettings(
    seed=3,
    undelivered_share=0.3,
    refused_share=0.1,
    duplicate_share=0.2,
    early_share=0.2,
    lost_share=0.1,
    reverse_share=0.5,
)
AT_ONCE = NetworkSettings(
    response_median_ms=0, response_p99_ms=0, receipt_median_ms=0, receipt_p99_ms=0
)


def essence(
    answers: Sequence[tuple[float, Dispatch, Outcome]], receipts: Sequence[Receipt]
) -> tuple[list[object], list[object]]:
    return [(due, outcome) for due, _, outcome in answers], list(receipts)


def test_a_run_with_the_same_seed_is_the_same_to_the_last_receipt(dispatch: Make) -> None:
    runs = []
    for _ in range(2):
        network = Network(carrier_id=1, settings=ROUGH)
        batch = [dispatch(str(8801711000000 + i % 50), message_id=i, parts=2) for i in range(500)]
        answers = network.submit(batch, 0.0)
        runs.append(essence(answers, network.take_receipts(FAR, 10_000)[1]))
    assert runs[0] == runs[1]


def test_interleaving_does_not_change_what_becomes_of_each_recipient(dispatch: Make) -> None:
    batch = [dispatch(str(8801711000000 + i), message_id=i) for i in range(300)]
    one, other = (Network(carrier_id=1, settings=ROUGH) for _ in range(2))
    forward = {d.message.id: type(o) for _, d, o in one.submit(batch, 0.0)}
    backward = {d.message.id: type(o) for _, d, o in other.submit(batch[::-1], 50.0)}
    assert forward == backward
    assert set(forward.values()) == {Taken, Declined}


def test_receipts_come_in_the_order_of_their_times_and_never_before_their_response(
    dispatch: Make,
) -> None:
    settings = NetworkSettings(seed=1)
    network = Network(carrier_id=1, settings=settings)
    batch = [dispatch(str(8801711000000 + i), message_id=i) for i in range(300)]
    answered = {
        outcome.carrier_ids[0]: due
        for due, _, outcome in network.submit(batch, 0.0)
        if isinstance(outcome, Taken)
    }
    receipts = network.take_receipts(FAR, 1000)[1]
    times = [receipt.at.timestamp() for receipt in receipts]
    assert times == sorted(times)
    assert all(r.at.timestamp() >= answered[r.carrier_message_id] for r in receipts)
    assert len(receipts) == 300


def test_nothing_is_handed_out_before_it_is_due_nor_more_than_asked(dispatch: Make) -> None:
    network = Network(carrier_id=1, settings=AT_ONCE)
    network.submit([dispatch(message_id=i) for i in range(5)], 100.0)
    assert network.take_receipts(99.9, 500) == ([], [])
    assert len(network.take_receipts(100.0, 3)[1]) == 3
    assert len(network.take_receipts(100.0, 3)[1]) == 2
    assert network.receipts_due() is None


def test_a_receipt_stays_owed_until_it_is_acknowledged(dispatch: Make) -> None:
    network = Network(carrier_id=1, settings=AT_ONCE)
    network.submit([dispatch()], 0.0)
    first = network.take_receipts(1.0, 500)[1]
    network.close()
    numbers, again = network.take_receipts(1.0, 500)
    assert again == first
    assert len(network.handsets.of("8801844909020")) == 1
    network.acknowledge(numbers)
    network.close()
    assert network.pending == 0


def test_an_inbound_message_stays_owed_until_it_is_acknowledged() -> None:
    network = Network(carrier_id=1)
    assert network.send_inbound("8801844909020", "26969", "START", now=5.0, body=b"\x01")
    assert network.arrivals_due() == 5.0
    (arrival,) = network.take_arrivals(5.0, 500)[1]
    assert (arrival.sender, arrival.recipient, arrival.body) == ("8801844909020", "26969", b"\x01")
    network.close()
    numbers, again = network.take_arrivals(5.0, 500)
    assert again == [arrival]
    network.acknowledge(numbers)
    assert network.pending == 0


@pytest.mark.parametrize(
    ("form", "receipt_form", "read", "base"),
    [
        (IdForm.DECIMAL, None, "decimal", 10),
        (IdForm.HEX, IdForm.DECIMAL_PADDED, "mixed", 16),
        (IdForm.HEX_UPPER, IdForm.HEX, "case", 16),
    ],
)
def test_ids_may_be_written_otherwise_in_the_receipt(
    dispatch: Make, form: IdForm, receipt_form: IdForm | None, read: str, base: int
) -> None:
    settings = NetworkSettings(id_form=form, receipt_id_form=receipt_form)
    network = Network(carrier_id=1, settings=settings)
    ((_, _, outcome),) = network.submit([dispatch(parts=2)], 1.7e9)
    assert isinstance(outcome, Taken)
    given = [int(name, base) for name in outcome.carrier_ids]
    receipt_base = 10 if receipt_form in {None, IdForm.DECIMAL_PADDED} else 16
    receipts = network.take_receipts(2e9, 500)[1]
    assert [int(receipt.carrier_message_id, receipt_base) for receipt in receipts] == given


def test_ids_are_unique_and_do_not_come_back_in_a_later_network(dispatch: Make) -> None:
    names: list[str] = []
    for start in (1.7e9, 1.7e9 + 60):
        network = Network(carrier_id=1)
        for second in range(3):
            batch = [dispatch(message_id=i, parts=3) for i in range(100)]
            for _, _, outcome in network.submit(batch, start + second):
                assert isinstance(outcome, Taken)
                names += outcome.carrier_ids
    assert len(names) == len(set(names)) == 1800


def test_settings_change_from_the_next_submission_on(dispatch: Make) -> None:
    network = Network(carrier_id=1)
    assert isinstance(network.submit([dispatch()], 0.0)[0][2], Taken)
    network.configure(NetworkSettings(refused_share=1.0))
    assert isinstance(network.submit([dispatch()], 0.0)[0][2], Declined)
    assert network.settings.refused_share == 1.0


def test_a_network_that_owes_too_much_throttles(dispatch: Make) -> None:
    network = Network(carrier_id=1, most_pending=0)
    ((_, _, outcome),) = network.submit([dispatch()], 0.0)
    assert isinstance(outcome, Declined)
    assert outcome.reason is Reason.THROTTLED


def test_submissions_are_counted_whatever_the_answer_and_within_bounds(dispatch: Make) -> None:
    network = Network(carrier_id=1, settings=NetworkSettings(refused_share=0.5), most_remembered=10)
    network.submit([dispatch(message_id=i) for i in (1, 2, 2)], 0.0)
    assert [network.submissions_of(i) for i in (1, 2, 3)] == [1, 2, 0]
    network.submit([dispatch(message_id=i) for i in range(100, 110)], 0.0)
    assert [network.submissions_of(i) for i in (1, 2, 100)] == [0, 0, 1]


def test_networks_can_share_handsets(dispatch: Make) -> None:
    handsets = Handsets()
    for carrier_id in (1, 2):
        network = Network(carrier_id=carrier_id, settings=AT_ONCE, handsets=handsets)
        network.submit([dispatch(message_id=carrier_id)], 0.0)
        network.take_receipts(1.0, 500)
    assert [shown.message_id for shown in handsets.of("8801844909020")] == [1, 2]


def test_a_handset_shows_a_call_with_what_was_said_and_played(dispatch: Make) -> None:
    call = dispatch(message_id=1)
    extra = Extra(channel="voice", media_url="https://example.com/a.mp3", language="bn")
    message = msgspec.structs.replace(call.message, text="Good morning", extra=extra)
    network = Network(carrier_id=1, settings=AT_ONCE)
    network.submit([msgspec.structs.replace(call, message=message), dispatch(message_id=2)], 0.0)
    network.take_receipts(1.0, 500)
    shown, short = sorted(network.handsets.of(message.recipient), key=lambda each: each.message_id)
    assert (shown.channel, shown.text) == ("voice", "Good morning")
    assert shown.media_url == "https://example.com/a.mp3"
    assert (short.channel, short.media_url) == ("sms", None)
