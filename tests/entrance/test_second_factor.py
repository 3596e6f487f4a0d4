"""The second factor: how it begins, how it is given, and that no code is good twice."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from pyotp import TOTP

from heliograph.flow.second_factor import step_of
from heliograph.model.person import Person, Role
from tests.entrance.conftest import PASSWORD, Browser, Place

URL = "/v1/session/second-factor"
RFC_SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
"""The ASCII text 12345678901234567890, RFC 6238, appendix B."""


@pytest.mark.parametrize(
    ("seconds", "code"),
    [(59, "287082"), (1111111109, "081804"), (1234567890, "005924"), (20000000000, "353130")],
)
def test_codes_are_those_of_the_standard(seconds: int, code: str):
    at = datetime.fromtimestamp(seconds, UTC)
    assert step_of(RFC_SECRET, code, at) == seconds // 30
    assert step_of(RFC_SECRET, f"{code[:3]} {code[3:]}", at) == seconds // 30
    assert step_of(RFC_SECRET, "000000", at) is None


def _code(place: Place, secret: str, ahead: int = 0) -> str:
    return TOTP(secret).at(place.clock() + timedelta(seconds=30 * ahead))


async def _with_second_factor(place: Place, person: Person) -> tuple[Browser, str, list[str]]:
    browser = place.browser()
    await browser.sign_in(person.email)
    begun = (await browser.call("POST", f"{URL}/begin", {"password": PASSWORD})).json
    assert begun["uri"].startswith("otpauth://totp/Heliograph:")
    confirmed = await browser.call(
        "POST", f"{URL}/confirm", {"code": _code(place, begun["secret"])}
    )
    assert confirmed.status == 200, confirmed.body
    return browser, begun["secret"], confirmed.json["recovery_codes"]


async def test_it_counts_once_a_first_code_was_shown(place: Place):
    person = await place.person(Role.OWNER)
    other = await place.signed_in(person)
    browser = place.browser()
    await browser.sign_in(person.email)
    assert (await browser.call("POST", f"{URL}/begin", {"password": "wrong one"})).status == 403
    assert (await browser.call("POST", f"{URL}/confirm", {"code": "1"})).status == 409
    begun = (await browser.call("POST", f"{URL}/begin", {"password": PASSWORD})).json
    assert (await place.browser().sign_in(person.email)).json["state"] == "signed_in"
    assert (await browser.call("POST", f"{URL}/confirm", {"code": "000000"})).status == 403
    former = browser.cookie
    code = {"code": _code(place, begun["secret"])}
    confirmed = (await browser.call("POST", f"{URL}/confirm", code)).json
    assert len(set(confirmed["recovery_codes"])) == 10
    assert confirmed["person"]["second_factor"] is True
    assert browser.cookie != former
    assert (await other.call("GET", "/v1/session")).status == 401
    assert (await browser.call("POST", f"{URL}/begin", {"password": PASSWORD})).status == 409
    async with place.house.database.link() as link:
        kept = str(await link.fetch("select * from person"))
    assert begun["secret"] not in kept
    assert not any(each in kept for each in confirmed["recovery_codes"])


async def test_without_the_code_the_password_opens_nothing(place: Place):
    person = await place.person(Role.OWNER)
    _, secret, _ = await _with_second_factor(place, person)
    place.clock.forward(seconds=60)
    browser = place.browser()
    half = await browser.sign_in(person.email)
    assert half.json.keys() == {"state", "expires_at"}
    assert (await browser.call("GET", "/v1/session")).status == 401
    assert (await browser.call("GET", "/v1/people")).status == 401
    assert (await browser.call("POST", URL, {"code": "000000"})).status == 401
    former = browser.cookie
    entered = await browser.call("POST", URL, {"code": _code(place, secret)})
    assert entered.json["state"] == "signed_in"
    assert browser.cookie != former
    assert (await browser.call("GET", "/v1/people")).status == 200


async def test_no_code_is_good_twice(place: Place):
    person = await place.person(Role.OWNER)
    _, secret, _ = await _with_second_factor(place, person)
    seen = place.browser()
    await seen.sign_in(person.email)
    used = {"code": _code(place, secret)}  # it was shown when it was confirmed
    assert (await seen.call("POST", URL, used)).status == 401
    place.clock.forward(seconds=60)
    fresh, older = {"code": _code(place, secret)}, {"code": _code(place, secret, -1)}
    assert (await seen.call("POST", URL, fresh)).status == 200
    again = place.browser()
    await again.sign_in(person.email)
    assert (await again.call("POST", URL, fresh)).status == 401
    assert (await again.call("POST", URL, older)).status == 401


async def test_a_recovery_code_is_good_once_however_it_is_typed(place: Place):
    person = await place.person(Role.OWNER)
    _, _, codes = await _with_second_factor(place, person)
    for expected in (200, 401):
        browser = place.browser()
        await browser.sign_in(person.email)
        typed = {"recovery_code": codes[3].lower().replace("-", " ")}
        assert (await browser.call("POST", URL, typed)).status == expected


async def test_guesses_at_the_code_are_slowed_down_in_every_session(place: Place):
    person = await place.person(Role.OWNER)
    _, secret, _ = await _with_second_factor(place, person)
    place.clock.forward(seconds=60)
    statuses = []
    for number in range(6):
        browser = place.browser()
        await browser.sign_in(person.email)
        statuses.append((await browser.call("POST", URL, {"code": f"00000{number}"})).status)
    assert statuses == [401] * 5 + [429]
    assert (await browser.call("POST", URL, {"code": _code(place, secret)})).status == 429


async def test_the_code_is_waited_for_five_minutes(place: Place):
    person = await place.person(Role.OWNER)
    _, secret, _ = await _with_second_factor(place, person)
    browser = place.browser()
    await browser.sign_in(person.email)
    place.clock.forward(minutes=5, seconds=1)
    assert (await browser.call("POST", URL, {"code": _code(place, secret)})).status == 401
    assert (await place.browser().call("POST", URL, {"code": "123456"})).status == 401


async def test_it_ends_with_the_password(place: Place):
    person = await place.person(Role.OWNER)
    browser, _, _ = await _with_second_factor(place, person)
    assert (await browser.call("POST", f"{URL}/end", {"password": "wrong one"})).status == 403
    assert (await browser.call("POST", f"{URL}/end", {"password": PASSWORD})).status == 200
    assert (await place.browser().sign_in(person.email)).json["state"] == "signed_in"
