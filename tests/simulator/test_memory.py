"""The journal: what a network still knows after its process was killed."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from heliograph.model.report import Declined, Dispatch, Taken
from heliograph.model.status import Status
from heliograph.simulator import JournalError, Network, NetworkSettings
from heliograph.simulator.journal import Journal, Uttered

Make = Callable[..., Dispatch]
FAR = 1e6
CALM = NetworkSettings()


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    return tmp_path / "network" / "journal"


def opened(journal: Path) -> Network:
    network = Network(carrier_id=1, journal=journal)
    network.open()
    return network


def as_killed_now(journal: Path) -> Path:
    """What a kill at this instant would leave behind."""
    return Path(shutil.copy(journal, journal.with_name("left-behind")))


def test_pending_receipts_and_counts_survive_a_kill(dispatch: Make, journal: Path) -> None:
    network = opened(journal)
    answers = network.submit([dispatch(message_id=i, parts=2) for i in (1, 2)], 0.0)
    network.submit([dispatch(message_id=2)], 0.0)
    names = [name for _, _, o in answers if isinstance(o, Taken) for name in o.carrier_ids]
    after = opened(as_killed_now(journal))
    assert [after.submissions_of(i) for i in (1, 2, 3)] == [1, 2, 0]
    receipts = after.take_receipts(FAR, 500)[1]
    assert set(names) < {receipt.carrier_message_id for receipt in receipts}
    assert len(receipts) == 5
    assert len(after.handsets.of("8801844909020")) == 3
    network.close()
    after.close()


def test_what_was_acknowledged_is_not_told_again_but_is_still_on_the_handset(
    dispatch: Make, journal: Path
) -> None:
    network = opened(journal)
    network.submit([dispatch(message_id=i, text=f"{i}") for i in (1, 2, 3)], 0.0)
    numbers, receipts = network.take_receipts(FAR, 2)
    network.acknowledge(numbers[:1])
    after = opened(as_killed_now(journal))
    assert len(after.handsets.of("8801844909020")) == 1
    told = {receipt.carrier_message_id for receipt in after.take_receipts(FAR, 500)[1]}
    assert receipts[0].carrier_message_id not in told
    assert receipts[1].carrier_message_id in told
    assert len(told) == 2
    assert {shown.text for shown in after.handsets.of("8801844909020")} == {"1", "2", "3"}
    network.close()
    after.close()


def test_refusals_are_counted_and_lost_receipts_stay_lost(dispatch: Make, journal: Path) -> None:
    network = opened(journal)
    network.submit([dispatch("8801700000005"), dispatch("8801700000012", message_id=2)], 0.0)
    assert network.take_receipts(FAR, 500) == ([], [])
    after = opened(as_killed_now(journal))
    assert [after.submissions_of(i) for i in (1, 2)] == [1, 1]
    assert after.pending == 0
    assert len(after.handsets.of("8801700000012")) == 1
    network.close()
    after.close()


def test_magic_counts_go_on_after_a_kill(dispatch: Make, journal: Path) -> None:
    network = opened(journal)
    network.submit([dispatch("8801700000006")], 0.0)
    after = opened(as_killed_now(journal))
    outcomes = [after.submit([dispatch("8801700000006")], 0.0)[0][2] for _ in range(2)]
    assert [type(outcome) for outcome in outcomes] == [Declined, Taken]
    network.close()
    after.close()


def test_inbound_messages_survive_a_kill(dispatch: Make, journal: Path) -> None:
    network = opened(journal)
    network.send_inbound("8801844909020", "26969", "one", now=1.0, body=b"\x00\xff")
    network.send_inbound("8801844909020", "26969", "two", now=2.0)
    network.submit([dispatch("8801700000019")], 3.0)
    network.acknowledge(network.take_arrivals(1.5, 1)[0])
    after = opened(as_killed_now(journal))
    assert [arrival.text for arrival in after.take_arrivals(FAR, 500)[1]] == ["two", "STOP"]
    network.close()
    after.close()


def test_new_numbers_and_ids_do_not_meet_old_ones(dispatch: Make, journal: Path) -> None:
    network = opened(journal)
    network.submit([dispatch(message_id=i) for i in range(10)], 0.0)
    network.acknowledge(network.take_receipts(FAR, 500)[0])
    after = opened(as_killed_now(journal))
    before = {int(r) for r in _names(network, dispatch)}
    assert before == {int(r) for r in _names(after, dispatch)}
    network.close()
    after.close()


def _names(network: Network, make: Make) -> tuple[str, ...]:
    outcome = network.submit([make()], 0.0)[0][2]
    assert isinstance(outcome, Taken)
    return outcome.carrier_ids


def test_a_torn_last_line_is_cut_off(dispatch: Make, journal: Path) -> None:
    network = opened(journal)
    network.submit([dispatch(message_id=1)], 0.0)
    whole = journal.stat().st_size
    network.submit([dispatch(message_id=2)], 0.0)
    network.close()
    os.truncate(journal, whole + 20)
    after = opened(journal)
    assert [after.submissions_of(i) for i in (1, 2)] == [1, 0]
    assert journal.stat().st_size == whole
    after.submit([dispatch(message_id=3)], 0.0)
    after.close()
    again = opened(journal)
    assert [again.submissions_of(i) for i in (1, 2, 3)] == [1, 0, 1]
    again.close()


def test_an_unreadable_line_is_an_error(journal: Path) -> None:
    journal.parent.mkdir()
    journal.write_bytes(b"[]\n")
    network = Network(carrier_id=1, journal=journal)
    with pytest.raises(JournalError, match="line 1"):
        network.open()
    journal.write_bytes(b"")
    opened(journal).close()


def test_two_networks_cannot_hold_one_journal(journal: Path) -> None:
    network = opened(journal)
    with pytest.raises(JournalError, match="cannot hold"):
        opened(journal)
    network.close()
    opened(journal).close()


def test_a_network_that_cannot_write_declines_and_owes_nothing(
    dispatch: Make, journal: Path
) -> None:
    network = opened(journal)
    network.close()
    ((_, _, outcome),) = network.submit([dispatch()], 0.0)
    assert isinstance(outcome, Declined)
    assert not network.send_inbound("8801844909020", "26969", "hi", now=0.0)
    assert network.pending == 0


def test_opening_again_does_not_owe_twice(dispatch: Make, journal: Path) -> None:
    network = opened(journal)
    network.submit([dispatch()], 0.0)
    network.close()
    network.open()
    network.open()
    assert network.pending == 1
    network.close()
    network.close()


def test_a_large_journal_is_compacted_without_losing_counts_or_debts(
    dispatch: Make, journal: Path
) -> None:
    network = opened(journal)
    for i in range(200):
        network.submit([dispatch("8801700000019", message_id=i % 20, text="x" * 200)], float(i))
    network.acknowledge(network.take_receipts(FAR, 190)[0])
    expected = network.take_receipts(FAR, 500)[1]
    network.close()
    large = journal.stat().st_size
    compacting = Network(carrier_id=1, journal=journal, compact_bytes=1000)
    compacting.open()
    compacting.close()
    assert journal.stat().st_size < large / 2
    after = opened(journal)
    assert {after.submissions_of(i) for i in range(20)} == {10}
    assert list(after.take_receipts(FAR, 500)[1]) == list(expected)
    assert len(after.take_arrivals(FAR, 500)[1]) == 200
    used = {int(receipt.carrier_message_id) for receipt in expected}
    assert int(_names(after, dispatch)[0]) > max(used)
    after.close()


def test_a_failed_compaction_leaves_the_journal_as_it_is(journal: Path) -> None:
    held = Journal(journal)
    held.open()
    journal.with_name("journal.new").mkdir()
    with pytest.raises(JournalError, match="compact"):
        held.rewrite(())
    assert list(held.replay()) == []
    held.append(())
    assert held.size_bytes == 0
    held.close()


_VICTIM = """
import os, signal, sys
from datetime import datetime, UTC
from pathlib import Path
from heliograph.model.account import TrafficClass
from heliograph.model.message import Encoding, Message
from heliograph.model.report import Dispatch
from heliograph.simulator import Network
network = Network(carrier_id=1, journal=Path(sys.argv[1]))
network.open()
message = Message(account_id=1, id=77, submission_id=None, dialect="native", sender="26969",
    recipient="8801844909020", text="Hello", encoding=Encoding.GSM7, parts=1,
    traffic_class=TrafficClass.OTP, valid_until=datetime(2030, 1, 1, tzinfo=UTC))
network.submit([Dispatch(message=message, attempt=1)], 0.0)
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_kill_minus_nine_loses_nothing_that_the_network_saw(journal: Path) -> None:
    victim = subprocess.run([sys.executable, "-c", _VICTIM, str(journal)], check=False, timeout=30)
    assert victim.returncode == -signal.SIGKILL
    network = opened(journal)
    assert network.submissions_of(77) == 1
    (receipt,) = network.take_receipts(FAR, 500)[1]
    assert receipt.status is Status.DELIVERED
    network.close()


def test_entries_come_back_as_they_were_written(journal: Path) -> None:
    held = Journal(journal)
    held.open()
    network = Network(carrier_id=1)
    network.send_inbound("1", "2", "ঢাকা\n", now=1.5, body=b"\x00")
    entry = Uttered(network._memory.arrivals.items()[0])
    held.append((entry, entry))
    assert list(held.replay()) == [entry, entry]
    held.close()
