"""Longest prefix wins, nothing unreadable slips through, and the shipped table is right."""

import io
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heliograph.model.prefixes import (
    CSV_COLUMNS,
    Network,
    PrefixTable,
    RowError,
    default_table,
    from_csv,
    to_csv,
)

HEADER = "prefix,country,mcc,mnc,network\n"
BANGLADESH = Network(country="BD", mcc="470", mnc=None, name=None)
ROBI = Network(country="BD", mcc="470", mnc="02", name="Robi")


def table_from(text: str) -> PrefixTable:
    table = from_csv(io.StringIO(text))
    assert isinstance(table, PrefixTable), table
    return table


def errors_from(text: str) -> list[RowError]:
    errors = from_csv(io.StringIO(text))
    assert isinstance(errors, list)
    return errors


def test_the_longest_prefix_wins() -> None:
    table = PrefixTable([("880", BANGLADESH), ("88018", ROBI)])
    assert table.find("8801844909020") is ROBI
    assert table.find("8801744909020") is BANGLADESH
    assert table.find("88018") is ROBI
    assert table.find("8801") is BANGLADESH


def test_a_number_under_no_prefix_has_no_network() -> None:
    table = PrefixTable([("880", BANGLADESH)])
    assert table.find("4915112345678") is None
    assert table.find("") is None


@given(
    st.dictionaries(st.text("0123", min_size=1, max_size=6), st.sampled_from([ROBI, BANGLADESH])),
    st.text("0123", max_size=8),
)
def test_a_look_up_is_that_of_the_longest_matching_row(
    rows: dict[str, Network], msisdn: str
) -> None:
    fitting = [prefix for prefix in rows if msisdn.startswith(prefix)]
    wanted = rows[max(fitting, key=len)] if fitting else None
    assert PrefixTable(rows.items()).find(msisdn) == wanted


NETWORKS = st.builds(
    Network,
    country=st.sampled_from(["BD", "DE", "XK"]),
    mcc=st.sampled_from(["470", "262"]),
    mnc=st.sampled_from([None, "01", "001"]),
    name=st.none() | st.text(string.ascii_letters + 'äé",; ', min_size=1).map(str.strip),
).filter(lambda network: network.name != "")


@given(st.dictionaries(st.text(string.digits, min_size=1, max_size=9), NETWORKS))
def test_a_written_table_reads_back_equal(rows: dict[str, Network]) -> None:
    file = io.StringIO()
    to_csv(PrefixTable(rows.items()), file)
    assert dict(table_from(file.getvalue()).rows()) == rows


def test_columns_may_come_in_any_order_and_case_as_spreadsheets_write_them() -> None:
    table = table_from("\ufeffNetwork; MNC;MCC;Prefix;COUNTRY\r\n\r\nRobi;02;470;+88018; bd\r\n")
    assert table.find("8801844909020") == ROBI
    assert len(table) == 1


def test_equal_networks_are_one_object() -> None:
    table = table_from(HEADER + "88018,BD,470,02,Robi\n88016,BD,470,02,Robi\n")
    assert table.find("88018") is table.find("88016")


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        ("88x,BD,470,02,Robi", "The prefix '88x' is not 1 to 15 digits."),
        (",BD,470,02,Robi", "The prefix '' is not 1 to 15 digits."),
        ("88018,BGD,470,02,Robi", "The country 'BGD' is not an ISO 3166-1 alpha-2 code."),
        ("88018,BD,47,02,Robi", "The MCC '47' is not three digits."),
        (
            "88018,BD,470,2,Robi",
            "The MNC '2' is not two or three digits; leading zeros count.",
        ),
        ("88018,BD,,02,Robi", "The MNC '02' stands without an MCC."),
        ("88018,BD,470", "The row has 3 cells; the header has 5."),
        ("880,BD,470,02,Robi", "The prefix 880 has another network on line 2."),
    ],
)
def test_a_wrong_row_is_named_by_its_line(row: str, sentence: str) -> None:
    errors = errors_from(f"{HEADER}880,BD,470,,\n\n{row}\n")
    assert errors == [RowError(line=4, sentence=sentence)]


def test_every_wrong_row_is_named_up_to_a_hundred() -> None:
    assert [e.line for e in errors_from(HEADER + "x,BD,,,\n880,BD,,,\ny,BD,,,\n")] == [2, 4]
    assert len(errors_from(HEADER + "x,BD,,,\n" * 500)) == 100


@pytest.mark.parametrize(
    ("header", "sentences"),
    [
        ("", [f"The column {name!r} is missing." for name in CSV_COLUMNS]),
        (
            "prefix,country,mmc,mnc,network",
            ["The column 'mcc' is missing.", "The column 'mmc' is not known."],
        ),
        ("prefix,country,mcc,mnc,network,mcc", ["The column 'mcc' appears twice."]),
    ],
)
def test_a_wrong_header_is_explained(header: str, sentences: list[str]) -> None:
    assert errors_from(header) == [RowError(line=1, sentence=text) for text in sentences]


def test_a_cell_without_end_is_an_error_and_not_a_crash() -> None:
    errors = errors_from(HEADER + '880,BD,470,,"' + "x" * 200_000 + "\n")
    assert [error.sentence[:16] for error in errors] == ["This is not CSV:"]


@pytest.mark.parametrize(
    ("msisdn", "country", "mcc", "mnc", "name"),
    [
        ("8801344909020", "BD", "470", "01", "Grameenphone"),
        ("8801744909020", "BD", "470", "01", "Grameenphone"),
        ("8801844909020", "BD", "470", "02", "Robi"),
        ("8801944909020", "BD", "470", "03", "Banglalink"),
        ("8801444909020", "BD", "470", "03", "Banglalink"),
        ("8801544909020", "BD", "470", "04", "TeleTalk"),
        ("8801644909020", "BD", "470", "07", "Airtel (Robi)"),
        ("880288712345", "BD", "470", None, None),
        ("4915112345678", "DE", "262", "01", "T-Mobile"),
        ("491721234567", "DE", "262", "02", "Vodafone"),
        ("491771234567", "DE", "262", "03", "Eplus"),
        ("491761234567", "DE", "262", "07", "O2"),
        ("493012345678", "DE", "262", None, None),
        ("447700123456", "GB", "234", "39", "Gamma Telecom"),
        ("447802123456", "GB", "234", "10", "O2"),
        ("447781123456", "GG", "234", "55", "Sure"),
        ("41791234567", "CH", "228", "01", "Swisscom"),
        ("41762345678", "CH", "228", "02", "Sunrise"),
        ("41781234567", "CH", "228", "03", "Salt"),
        ("905321234567", "TR", "286", "01", "Turkcell"),
        ("905421234567", "TR", "286", "02", "Vodafone"),
        ("905051234567", "TR", "286", "03", "Turk Telekom"),
        ("919812345678", "IN", "404", None, "Idea"),
        ("12125550123", "US", "310", None, None),
        ("14165550123", "CA", "302", None, None),
        ("77771234567", "KZ", "401", "01", "Beeline"),
    ],
)
def test_the_shipped_table_knows_its_networks(
    msisdn: str, country: str, mcc: str, mnc: str | None, name: str | None
) -> None:
    found = default_table().find(msisdn)
    assert found == Network(country=country, mcc=mcc, mnc=mnc, name=name)


def test_the_shipped_table_has_an_mcc_in_every_row() -> None:
    rows = list(default_table().rows())
    assert len(rows) > 20_000
    assert [prefix for prefix, network in rows if network.mcc is None] == []


def test_the_shipped_table_has_no_number_of_no_country() -> None:
    assert default_table().find("881012345678") is None
