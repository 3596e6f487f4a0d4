"""Which mobile network a number was issued to: longest prefix to country, MCC, MNC and name.

A table is made of rows the operator can export, edit and import as CSV; `default_table` is the one
shipped in `data/prefixes.csv`, derived by `tools/make_prefixes.py`. A prefix tells who was given a
range of numbers, never who serves a ported number today. An MNC nobody could establish is None:
this module must never invent one, and must never skip a row it cannot read.
"""

import csv
from collections.abc import Iterable, Iterator
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Final, TextIO

import msgspec
import pycountry

if TYPE_CHECKING:
    import _csv

__all__ = [
    "CSV_COLUMNS",
    "Network",
    "PrefixTable",
    "RowError",
    "default_table",
    "from_csv",
    "to_csv",
]

CSV_COLUMNS: Final = ("prefix", "country", "mcc", "mnc", "network")
_MOST_ERRORS: Final = 100  # a wrong separator spoils every row; nobody reads a million sentences


class Network(msgspec.Struct, frozen=True, kw_only=True):
    """A mobile network, or a country at large when only that much is known.

    `country` is ISO 3166-1 alpha-2; `mcc` three digits and `mnc` two or three (ITU-T E.212, leading
    zeros matter); what is not known is None.
    """

    country: str
    mcc: str | None
    mnc: str | None
    name: str | None


class RowError(msgspec.Struct, frozen=True, kw_only=True):
    """What is wrong with one line of an imported CSV; lines count from 1, the header included."""

    line: int
    sentence: str


class PrefixTable:
    """Prefixes of MSISDNs to networks; never changes once built.

    `find` tries only the lengths that occur under a number's first three digits, longest first.
    """

    __slots__ = ("_lengths", "_networks", "_short_lengths")

    def __init__(self, rows: Iterable[tuple[str, Network]]) -> None:
        """Build from (prefix digits, network) pairs; of equal prefixes the last one stays."""
        self._networks: dict[str, Network] = dict(rows)
        short = {len(prefix) for prefix in self._networks if len(prefix) < 3}
        lengths: dict[str, set[int]] = {}
        for prefix in self._networks:
            if len(prefix) >= 3:
                lengths.setdefault(prefix[:3], set(short)).add(len(prefix))
        self._short_lengths = tuple(sorted(short, reverse=True))
        self._lengths = {lead: tuple(sorted(of, reverse=True)) for lead, of in lengths.items()}

    def find(self, msisdn: str) -> Network | None:
        """The network of the longest prefix that the MSISDN (digits, no plus) begins with."""
        networks = self._networks
        for length in self._lengths.get(msisdn[:3], self._short_lengths):
            network = networks.get(msisdn[:length])
            if network is not None:
                return network
        return None

    def rows(self) -> Iterator[tuple[str, Network]]:
        """Every (prefix, network) pair in the order of the prefixes as text."""
        for prefix in sorted(self._networks):
            yield prefix, self._networks[prefix]

    def __len__(self) -> int:
        return len(self._networks)


def from_csv(file: Iterable[str]) -> PrefixTable | list[RowError]:
    """Read a table from CSV lines with the header names of `CSV_COLUMNS`, in any order and case.

    Commas or semicolons separate; a byte order mark and blank lines are passed over; `mcc`, `mnc`
    and `network` may be empty. Gives every error found (the first hundred), or the table.
    """
    lines = iter(file)
    header = next(lines, "").removeprefix("\ufeff")
    delimiter = ";" if ";" in header and "," not in header else ","
    columns = [name.strip().lower() for name in next(csv.reader([header], delimiter=delimiter), [])]
    faults = _faults_in_header(columns)
    if faults:
        return faults
    order = [columns.index(name) for name in CSV_COLUMNS]
    return _read_rows(csv.reader(lines, delimiter=delimiter), order)


def to_csv(table: PrefixTable, file: TextIO) -> None:
    """Write the table as CSV that `from_csv` reads back to an equal table."""
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(CSV_COLUMNS)
    for prefix, network in table.rows():
        known = (network.country, network.mcc, network.mnc, network.name)
        writer.writerow((prefix, *(text or "" for text in known)))


@cache
def default_table() -> PrefixTable:
    """The table that ships with Heliograph, read on first use."""
    path = resources.files("heliograph.model") / "data" / "prefixes.csv"
    with path.open(encoding="utf-8") as file:
        table = from_csv(file)
    if isinstance(table, list):
        raise ValueError(  # noqa: TRY004  (a damaged file, not a wrong type)
            f"prefixes.csv is damaged: line {table[0].line}: {table[0].sentence}"
        )
    return table


def _faults_in_header(columns: list[str]) -> list[RowError]:
    faults = [f"The column {name!r} is missing." for name in CSV_COLUMNS if name not in columns]
    faults += [f"The column {name!r} is not known." for name in columns if name not in CSV_COLUMNS]
    faults += [f"The column {n!r} appears twice." for n in CSV_COLUMNS if columns.count(n) > 1]
    return [RowError(line=1, sentence=sentence) for sentence in faults]


def _read_rows(reader: "_csv.Reader", order: list[int]) -> PrefixTable | list[RowError]:
    rows: dict[str, Network] = {}
    lines: dict[str, int] = {}
    known: dict[tuple[str, ...], Network] = {}
    errors: list[RowError] = []
    try:
        for cells in reader:
            if len(errors) == _MOST_ERRORS:
                break
            if not any(cells):
                continue
            line = reader.line_num + 1
            row = _read_row(cells, order, known)
            if isinstance(row, str):
                errors.append(RowError(line=line, sentence=row))
                continue
            prefix, network = row
            first = lines.setdefault(prefix, line)
            if rows.setdefault(prefix, network) != network:
                sentence = f"The prefix {prefix} has another network on line {first}."
                errors.append(RowError(line=line, sentence=sentence))
    except csv.Error as refusal:
        errors.append(RowError(line=reader.line_num + 1, sentence=f"This is not CSV: {refusal}."))
    return errors or PrefixTable(rows.items())


def _read_row(
    cells: list[str], order: list[int], known: dict[tuple[str, ...], Network]
) -> tuple[str, Network] | str:
    """One row, or what is wrong with it. Rows repeat their networks, so each is read once and
    kept in `known`: equal networks are one object."""
    if len(cells) != len(order):
        return f"The row has {len(cells)} cells; the header has {len(order)}."
    prefix_at, country_at, mcc_at, mnc_at, name_at = order
    prefix = cells[prefix_at].strip().removeprefix("+")
    if not _is_digits(prefix, 1, 15):
        return f"The prefix {prefix!r} is not 1 to 15 digits."
    texts = (cells[country_at], cells[mcc_at], cells[mnc_at], cells[name_at])
    network = known.get(texts)
    if network is None:
        read = _read_network(*map(str.strip, texts))
        if isinstance(read, str):
            return read
        network = known[texts] = read
    return prefix, network


def _read_network(country: str, mcc: str, mnc: str, name: str) -> Network | str:
    country = country.upper()
    if country not in _countries():
        return f"The country {country!r} is not an ISO 3166-1 alpha-2 code."
    if mcc and not _is_digits(mcc, 3, 3):
        return f"The MCC {mcc!r} is not three digits."
    if mnc and not _is_digits(mnc, 2, 3):
        return f"The MNC {mnc!r} is not two or three digits; leading zeros count."
    if mnc and not mcc:
        return f"The MNC {mnc!r} stands without an MCC."
    return Network(country=country, mcc=mcc or None, mnc=mnc or None, name=name or None)


def _is_digits(text: str, shortest: int, longest: int) -> bool:
    return shortest <= len(text) <= longest and text.isascii() and text.isdigit()


@cache
def _countries() -> frozenset[str]:
    """ISO 3166-1, and what libphonenumber uses beside it: Kosovo by the code the EU gave it,
    Ascension and Tristan da Cunha by codes ISO reserves for them."""
    return frozenset({country.alpha_2 for country in pycountry.countries} | {"XK", "AC", "TA"})
