from __future__ import annotations

import base64
import json
from urllib.parse import quote, quote_plus

import pytest

from heliograph.model.mask import MASK, in_digits, mask, mask_octets

SECRETS = ("hg_live_0123456789abcdefghijABCDEFGHIJ0123456789", 'pä s/w+"r\\d%=', "ab1")
NAME = "shop@example.com"


def _every_percent(secret: str) -> str:
    return "".join(f"%{octet:02x}" for octet in secret.encode())


def _basic(secret: str) -> str:
    return base64.b64encode(f"{NAME}:{secret}".encode()).decode()


FORMS = {
    "as it is": lambda secret: secret,
    "percent": lambda secret: quote(secret, safe=""),
    "percent, lower case": lambda secret: quote(secret, safe="").replace("%2F", "%2f"),
    "form": quote_plus,
    "every octet": _every_percent,
    "twice": lambda secret: quote(quote(secret, safe=""), safe=""),
    "JSON": lambda secret: json.dumps(secret)[1:-1],
    "JSON in UTF-8": lambda secret: json.dumps(secret, ensure_ascii=False)[1:-1],
    "JSON, all escaped": lambda secret: "".join(f"\\u{ord(c):04X}" for c in secret),
    "JSON with \\/": lambda secret: json.dumps(secret)[1:-1].replace("/", "\\/"),
    "Basic": _basic,
    "Basic, percent": lambda secret: quote(_basic(secret), safe=""),
    "base64 of it alone": lambda secret: base64.b64encode(secret.encode()).decode(),
    "base64, for URLs": lambda secret: base64.urlsafe_b64encode(secret.encode()).decode(),
}


@pytest.mark.parametrize("secret", SECRETS)
@pytest.mark.parametrize("form", FORMS)
def test_a_secret_is_taken_out_however_it_is_written(form: str, secret: str) -> None:
    written = FORMS[form](secret)
    assert mask(f"?to=880&x={written}&text=Hello", NAME, secret) == f"?to=880&x={MASK}&text=Hello"
    assert mask(f'{{"x": "{written}", "y": 1}}', NAME, secret) == f'{{"x": "{MASK}", "y": 1}}'


def test_base64_with_the_secret_anywhere_goes_as_a_whole() -> None:
    for before in ("", "a", "ab", "abc"):
        word = base64.b64encode(f"{before}{SECRETS[0]}zz".encode()).decode()
        assert mask(f"<{word}>", NAME, SECRETS[0]) == f"<{MASK}>"


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("a=1&Password=x%20y&api_key=z&to=5", f"a=1&Password={MASK}&api_key={MASK}&to=5"),
        ("a=1&%70assword=x", f"a=1&%70assword={MASK}"),
        ("/smsAPI&apitoken=abc&to=5", f"/smsAPI&apitoken={MASK}&to=5"),
        ('{"apiKey": "a\\"b", "to": "5"}', f'{{"apiKey": "{MASK}", "to": "5"}}'),
        ('{"token": 12, "Authorization":"Basic eA=="}', f'{{"token": "{MASK}", "Authorization":"{MASK}"}}'),
        ('{"secrets": ["a", "b"], "to": "5"}', f'{{"secrets": "{MASK}", "to": "5"}}'),
        ('{"to": "5", "password": "is cut he', f'{{"to": "5", "password": "{MASK}"'),
        (
            '--x\r\nContent-Disposition: form-data; name="apitoken"\r\n\r\nabc\r\n--x\r\n\r\n5\r\n--x--',
            f'--x\r\nContent-Disposition: form-data; name="apitoken"\r\n\r\n{MASK}\r\n--x\r\n\r\n5\r\n--x--',
        ),
        ("text=My+password+is+gone&to=5", "text=My+password+is+gone&to=5"),
        (
            '{"url": "https://me:pw@shop.example/x?a=1&token=abc", "at": "a@b.example"}',
            f'{{"url": "https://{MASK}@shop.example/x?a=1&token={MASK}", "at": "a@b.example"}}',
        ),
        (
            "url=https%3A%2F%2Fme%3Ap%C3%BC@shop.example%2Fx&mail=a@b.example",
            f"url=https%3A%2F%2F{MASK}@shop.example%2Fx&mail=a@b.example",
        ),
        (
            "url=https%3a%2f%2fme%3apw%40shop.example%2fx&mail=a%40b.example",
            f"url=https%3a%2f%2f{MASK}%40shop.example%2fx&mail=a%40b.example",
        ),
        ("to=5&url=https://shop.example/a@b", "to=5&url=https://shop.example/a@b"),
        ('{"text": "the token is 5", "tokenless": true}', None),
    ],
)  # fmt: skip
def test_fields_that_are_secret_by_their_name_are_taken_out(text: str, left: str | None) -> None:
    if left is None:
        assert '"text": "the token is 5"' in mask(text, "", "")
    else:
        assert mask(text, "", "") == left


def test_octets_that_are_no_text_are_masked_before_they_are_written_down() -> None:
    for written in (SECRETS[1].encode(), SECRETS[1].encode("utf-16-le")):
        shown = mask_octets(b"\xff\x00" + written + b"\x01", "", SECRETS[1])
        assert in_digits(shown) == f"ff00{MASK}01"


def test_what_has_nothing_to_hide_stays_as_it_is() -> None:
    text = '{"to": "+8801844909020", "text": "50% off: a\\nb +1", "idempotency": "k"}'
    assert mask(text, "", SECRETS[0]) == text
