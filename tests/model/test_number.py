"""The fast path must agree with libphonenumber wherever it is asked the same question."""

import random
import string

import phonenumbers
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from phonenumbers import PhoneMetadata

from heliograph.model.number import (
    InvalidNumber,
    InvalidSender,
    NumberFault,
    Sender,
    SenderFault,
    SenderKind,
    classify_sender,
    country_of,
    is_msisdn,
    parse_msisdn,
)

REGIONS = sorted(phonenumbers.SUPPORTED_REGIONS)
ROBI = "8801844909020"


def fault_of(text: str, default_region: str | None = None) -> NumberFault:
    refused = parse_msisdn(text, default_region=default_region)
    assert isinstance(refused, InvalidNumber)
    assert refused.sentence.endswith(".")
    return refused.fault


def library_reads(text: str, region: str | None = None) -> tuple[str, str | None] | None:
    """What libphonenumber makes of a text: the digits and the country, or None if invalid."""
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    country = phonenumbers.region_code_for_number(number)
    digits = f"{number.country_code}{phonenumbers.national_significant_number(number)}"
    return digits, None if country == "001" else country


def examples() -> list[tuple[str | None, str, str]]:
    """(region, calling code, national digits) of every example number of every type."""
    found: list[tuple[str | None, str, str]] = []
    for region in REGIONS:
        for kind in range(11):
            number = phonenumbers.example_number_for_type(region, kind)
            if number is not None:
                national = phonenumbers.national_significant_number(number)
                found.append((region, str(number.country_code), national))
    for code in phonenumbers.COUNTRY_CODES_FOR_NON_GEO_REGIONS:
        number = phonenumbers.example_number_for_non_geo_entity(code)
        assert number is not None
        found.append((None, str(code), phonenumbers.national_significant_number(number)))
    return found


EXAMPLES = examples()


def altered(digits: str, dice: random.Random) -> str:
    """The digits after up to three changes, insertions or losses."""
    chars = list(digits)
    for _ in range(dice.choice((0, 1, 1, 2, 3))):
        at = dice.randrange(len(chars)) if chars else 0
        cut = dice.choice((0, 1, 1, 1))
        chars[at : at + cut] = dice.choice(("", *string.digits * 3))
    return "".join(chars)


def agrees(text: str, region: str | None = None) -> bool:
    wanted = library_reads(text, region)
    found = parse_msisdn(text, default_region=region)
    if wanted is None:
        return isinstance(found, InvalidNumber)
    return found == wanted[0] and is_msisdn(wanted[0]) and country_of(wanted[0]) == wanted[1]


def test_every_example_number_of_every_region_is_read_as_the_library_reads_it() -> None:
    disagreed = [e for e in EXAMPLES if not agrees(f"+{e[1]}{e[2]}")]
    assert len(EXAMPLES) > 1000
    assert disagreed == []


def test_altered_international_numbers_are_judged_as_the_library_judges_them() -> None:
    dice = random.Random(20260101)
    texts = [f"+{code}{altered(n, dice)}" for _, code, n in EXAMPLES for _ in range(6)]
    assert [text for text in texts if not agrees(text)] == []
    assert (
        0.3 < sum(library_reads(text) is not None for text in texts[::10]) * 10 / len(texts) < 0.9
    )


def test_altered_national_numbers_are_judged_as_the_library_judges_them() -> None:
    dice = random.Random(20260102)
    disagreed = []
    for region, _, national in EXAMPLES:
        metadata = PhoneMetadata.metadata_for_region(region or "", None)
        if metadata is None or region is None:
            continue
        text = (metadata.national_prefix or "") + altered(national, dice)
        read_abroad = isinstance(parse_msisdn(text), str) or text.startswith("00")
        if not read_abroad and not agrees(text, region):
            disagreed.append((region, text))
    assert disagreed == []


@pytest.mark.parametrize("region", ["BD", "DE", "US", "GB", "IT", "RU", "KZ", "BR", "AR", "IN"])
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_any_digits_behind_a_calling_code_are_judged_as_the_library_judges_them(
    region: str, data: st.DataObject
) -> None:
    code = phonenumbers.country_code_for_region(region)
    national = data.draw(st.text(string.digits, min_size=2, max_size=14))
    assert agrees(f"+{code}{national}")


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(EXAMPLES), st.sampled_from([None, *REGIONS]))
def test_a_canonical_number_stays_itself_whatever_the_default_region(
    example: tuple[str | None, str, str], region: str | None
) -> None:
    digits = parse_msisdn(f"+{example[1]}{example[2]}")
    assert isinstance(digits, str)
    assert parse_msisdn(digits, default_region=region) == digits


@settings(max_examples=500, deadline=None)
@given(st.text(max_size=80), st.sampled_from([None, "BD", "US"]))
def test_any_text_gives_canonical_digits_or_a_reason(text: str, region: str | None) -> None:
    found = parse_msisdn(text, default_region=region)
    if isinstance(found, InvalidNumber):
        assert found.fault in NumberFault
    else:
        assert is_msisdn(found)


@pytest.mark.parametrize(
    "written",
    [
        "8801844909020",
        "+8801844909020",
        "+880 1844-909020",
        "008801844909020",
        "00880 1844 909020",
        "+880 (0) 1844 909.020",
        " +880/1844/909020\n",
        "+৮৮০১৮৪৪৯০৯০২০",
        "٨٨٠١٨٤٤٩٠٩٠٢٠",
        "\uff0b\uff18\uff18\uff10 1844909020",
        "\u202a+880\u00a01844\u2011909020\u202c",
    ],
)
def test_an_international_form_needs_no_region(written: str) -> None:
    assert parse_msisdn(written) == ROBI


@pytest.mark.parametrize("written", ["01844909020", "01844-909020", "০১৮৪৪৯০৯০২০", "1844909020"])
def test_a_national_form_is_read_with_its_region(written: str) -> None:
    assert parse_msisdn(written, default_region="BD") == ROBI


def test_a_national_form_without_region_has_no_known_country() -> None:
    assert fault_of("01844909020") is NumberFault.UNKNOWN_COUNTRY


def test_the_dialling_prefix_of_the_region_is_understood() -> None:
    assert parse_msisdn("011 880 1844 909020", default_region="US") == ROBI
    assert parse_msisdn("(212) 555-0123", default_region="US") == "12125550123"


def test_a_region_without_numbering_plan_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(ValueError, match="'XX' is not a region"):
        parse_msisdn("01844909020", default_region="XX")


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", NumberFault.NOT_A_NUMBER),
        ("+", NumberFault.NOT_A_NUMBER),
        ("hello", NumberFault.NOT_A_NUMBER),
        ("++8801844909020", NumberFault.NOT_A_NUMBER),
        ("8801844909020,8801844909021", NumberFault.NOT_A_NUMBER),
        ("1-800-FLOWERS", NumberFault.NOT_A_NUMBER),
        ("+88018", NumberFault.TOO_SHORT),
        ("+880184490902012345", NumberFault.TOO_LONG),
        ("8" * 10_000, NumberFault.TOO_LONG),
        ("+0123456789", NumberFault.UNKNOWN_COUNTRY),
        ("+999123456789", NumberFault.UNKNOWN_COUNTRY),
        ("+8801044909020", NumberFault.INVALID_FOR_COUNTRY),
    ],
)
def test_an_invalid_number_has_its_reason(text: str, fault: NumberFault) -> None:
    assert fault_of(text) is fault


@pytest.mark.parametrize("text", ["+8801844909020", "٨٨٠١٨٤٤٩٠٩٠٢٠", "01844909020", "", "0"])
def test_only_canonical_digits_are_an_msisdn(text: str) -> None:
    assert not is_msisdn(text)


def test_digits_that_only_differ_by_a_leading_zero_have_no_calling_code() -> None:
    assert is_msisdn("4915112345678")
    assert not is_msisdn("04915112345678")


@pytest.mark.parametrize(
    ("msisdn", "country"),
    [
        (ROBI, "BD"),
        ("4915112345678", "DE"),
        ("12125550123", "US"),
        ("14165550123", "CA"),
        ("18765550123", "JM"),
        ("77012345678", "KZ"),
        ("79161234567", "RU"),
        ("447781123456", "GG"),
        ("447400123456", "GB"),
        ("3906698123456", "VA"),
        ("38344123456", "XK"),
        ("8810123456789", None),
        ("999123", None),
        ("", None),
    ],
)
def test_a_number_belongs_to_one_country(msisdn: str, country: str | None) -> None:
    assert country_of(msisdn) == country


@pytest.mark.parametrize(
    ("text", "kind", "canonical"),
    [
        ("+880 1844-909020", SenderKind.MSISDN, ROBI),
        ("16216", SenderKind.SHORT_CODE, "16216"),
        ("১৬২১৬", SenderKind.SHORT_CODE, "16216"),
        (" Heliograph ", SenderKind.ALPHANUMERIC, "Heliograph"),
        ("A1", SenderKind.ALPHANUMERIC, "A1"),
        ("Ärzte & Co.", SenderKind.ALPHANUMERIC, "Ärzte & Co."),
    ],
)
def test_a_sender_has_one_kind(text: str, kind: SenderKind, canonical: str) -> None:
    assert classify_sender(text) == Sender(kind=kind, text=canonical)


def test_a_sender_may_be_a_national_number_of_the_default_region() -> None:
    found = classify_sender("01844909020", default_region="BD")
    assert found == Sender(kind=SenderKind.MSISDN, text=ROBI)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("  ", SenderFault.EMPTY),
        ("Heliographic", SenderFault.TOO_LONG),
        ("হেলিওগ্রাফ", SenderFault.FOREIGN_CHARACTER),
        ("Euro€", SenderFault.FOREIGN_CHARACTER),
        ("& !", SenderFault.NO_LETTER),
        ("12", SenderFault.NOT_A_NUMBER),
        ("8801044909020", SenderFault.NOT_A_NUMBER),
        ("+16216", SenderFault.NOT_A_NUMBER),
    ],
)
def test_an_invalid_sender_has_its_reason(text: str, fault: SenderFault) -> None:
    refused = classify_sender(text)
    assert isinstance(refused, InvalidSender)
    assert refused.fault is fault
    assert refused.sentence.endswith(".")
