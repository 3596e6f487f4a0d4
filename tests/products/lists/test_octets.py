"""What is brought is read and given back, once."""

from __future__ import annotations

import os
import tempfile
import threading

import pytest

from heliograph.products.lists.octets import octets_of


def test_a_part_is_read_after_its_owner_has_closed_the_file() -> None:
    with tempfile.TemporaryFile() as file:
        file.write(b"0123456789")
        octets = octets_of(file, 2, 6)
    assert octets.read() == b"2345"
    octets.seek(0)
    octets.close()
    with pytest.raises(ValueError, match="closed"):
        octets.read(1)


def test_two_who_close_at_once_give_the_descriptor_back_once() -> None:
    """The second would close whatever file has its number by then."""
    faults: list[OSError] = []
    for _ in range(300):
        with tempfile.TemporaryFile() as file:
            octets = octets_of(file)
        together = threading.Barrier(4)

        def end(octets=octets, together=together) -> None:
            together.wait()
            try:
                octets.close()
            except OSError as fault:
                faults.append(fault)

        threads = [threading.Thread(target=end) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        with open(os.devnull, "rb") as other:
            assert os.fstat(other.fileno())
    assert faults == []
