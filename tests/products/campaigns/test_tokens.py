"""A token stands for what the table says; what stands for nothing is an error of the text."""

from __future__ import annotations

from itertools import count

import pytest

from heliograph.model.link import OPT_OUT_LINK, OWN_LINK, ShortLink
from heliograph.model.lists import Fields
from heliograph.model.refusal import Refusal, Refused
from heliograph.products.campaigns.tokens import (
    Compiled,
    Expanded,
    Expander,
    Recipe,
    compile_text,
)

BASE = "https://go.example/l/"
ZOE = Fields(
    first_name="Zoë", last_name="Doe", url="https://a.example/x", custom2="two", gender="f"
)
RECIPE = Recipe(spinners={3: ("Hi", "Hey")}, link_lists={2: (5, 6)})


def expander(text: str) -> Expander:
    compiled = compile_text(text)
    assert isinstance(compiled, Compiled), compiled
    codes = (f"code{number}" for number in count(1))
    return Expander(
        compiled,
        RECIPE,
        base=BASE,
        lifetime_seconds=60,
        make_code=codes.__next__,
        make_uuid=lambda: "a-guid",
        choose=lambda words: words[-1],
    )


def expanded(text: str, ordinal: int = 0) -> Expanded | Refused:
    return expander(text).expand(ordinal, ZOE, "2253")


@pytest.mark.parametrize(
    ("text", "becomes"),
    [
        ("sample {shorten_url} $(x)", "sample {shorten_url} $(x)"),
        ("{{first_name}} {{last_name}}/{{ custom2 }}", "Zoë Doe/two"),
        ("{{custom}}{{custom1}}{{custom3}}{{custom4}}{{email}}|{{gender}}{{url}}", "|fhttps://a.example/x"),
        ("{{word_spinner:3}} {{random_symbol}}", "Hey 9"),
        ("{{link:5}} {{link_5}} {{ callback_link : 5 }}", f"{BASE}code1 {BASE}code1 {BASE}code1"),
        ("{{link:5}} {{link:6}}", f"{BASE}code1 {BASE}code2"),
        ("{{shorten_url}}", f"{BASE}code1"),
        ("{{unsubscription_link}}", f"{BASE}u/code1"),
        ("{{callback}} {{verification_code}}", "a-guid 2253"),
    ],
)  # fmt: skip
def test_each_token_becomes_what_it_stands_for(text: str, becomes: str):
    made = expanded(text)
    assert isinstance(made, Expanded)
    assert made.text == becomes


def test_what_a_recipient_says_is_never_read_as_a_token():
    made = expander("{{first_name}}").expand(0, Fields(first_name="{{link:5}}"))
    assert made == Expanded("{{link:5}}", ())


def test_short_links_say_where_they_lead():
    made = expanded("{{link:5}}{{shorten_url}}{{unsubscription_link}}")
    assert isinstance(made, Expanded)
    assert made.short_links == (
        ShortLink(code="code1", link_id=5, lifetime_seconds=60),
        ShortLink(
            code="code2", link_id=OWN_LINK, lifetime_seconds=60, target="https://a.example/x"
        ),
        ShortLink(code="code3", link_id=OPT_OUT_LINK, lifetime_seconds=60),
    )


def test_a_link_list_is_spread_evenly():
    spread = expander("{{link_list:2}}")
    ids = [spread.expand(ordinal, ZOE).short_links[0].link_id for ordinal in range(10)]
    assert ids == [5, 6] * 5


@pytest.mark.parametrize(
    "text",
    [
        "{{nonsense}}", "{{link}}", "{{link:x}}", "{{link:0}}", "{{link:99999999999}}", "{{first_name:3}}",
        "{{link_list:}}", "{{", "{{first name}}", "a {{first_name} b", "{{FIRST_NAME}}", "{{word_spinner}}",
    ],
)  # fmt: skip
def test_a_token_that_stands_for_nothing_is_an_error(text: str):
    refused = compile_text(text)
    assert isinstance(refused, Refused)
    assert (refused.refusal, refused.field) == (Refusal.INVALID_FIELD, "text")


@pytest.mark.parametrize(
    ("url", "refusal"),
    [
        ("", Refusal.MISSING_FIELD),
        ("javascript:alert(1)", Refusal.INVALID_FIELD),
        ("https://", Refusal.INVALID_FIELD),
        ("https://a.example/\r\nset-cookie: x", Refusal.INVALID_FIELD),
        ("https://[", Refusal.INVALID_FIELD),
        ("a.example", Refusal.INVALID_FIELD),
    ],
)
def test_who_has_no_url_gets_no_shortened_one(url: str, refusal: Refusal):
    made = expander("{{shorten_url}}").expand(0, Fields(url=url))
    assert isinstance(made, Refused)
    assert made.refusal is refusal
