"""What a credential may choose, and what becomes of values that it may not have."""

from heliograph.edge.smpp.settings import SETTINGS, faults, read_terms
from heliograph.model.account import TrafficClass


def test_every_default_is_a_value_that_its_setting_may_have() -> None:
    assert faults({name: setting.default for name, setting in SETTINGS.items()}) == []


def test_without_settings_the_defaults_hold() -> None:
    terms = read_terms({})
    assert (terms.max_binds, terms.delivery_window, terms.alphabet) == (10, 10, "gsm")
    assert terms.receipt_text
    assert terms.receipt_tlvs
    assert not terms.decimal_ids
    assert terms.traffic_class is TrafficClass.TRANSACTIONAL


def test_each_setting_that_cannot_be_is_told() -> None:
    found = faults({"windows": "1", "window": "-1", "alphabet": "ebcdic", "max_binds": "0"})
    assert found == [
        "There is no setting “windows”.",
        "“max_binds” is a number from 1 to 1000.",
        "“window” is a number from 0 to 512.",
        "“alphabet” is gsm or gsm_packed or latin1 or ascii.",
    ]


def test_who_wants_ids_of_ten_digits_is_told_what_to_take() -> None:
    (sentence,) = faults({"id_form": "decimal10"})
    assert sentence.startswith("“id_form” is hex or decimal. There are no ids of at most 10 digits")


def test_a_value_that_cannot_be_counts_as_the_default() -> None:
    terms = read_terms({"max_binds": "many", "class": "otp", "alphabet": "ebcdic"})
    assert (terms.max_binds, terms.alphabet) == (10, "gsm")
    assert terms.traffic_class is TrafficClass.OTP
