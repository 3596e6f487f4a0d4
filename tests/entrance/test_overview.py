"""The overview and the states of carriers at the real door: whose they are, and who may look."""

from __future__ import annotations

import pytest

from heliograph.model.person import Role
from tests.entrance.conftest import Place

STATES = ("/v1/overview/house", "/v1/carriers/states")


@pytest.mark.parametrize("role", [Role.OWNER, Role.FINANCE, Role.VIEWER])
async def test_everybody_sees_the_overview_of_the_own_account_alone(place: Place, role: Role):
    browser = await place.signed_in(await place.person(role))
    told = await browser.call("GET", "/v1/overview")
    assert told.status == 200
    assert len(told.json["minutes"]) == 60
    assert told.json["spent_today"] == [{"currency": "EUR", "amount": "0"}]
    assert told.json["carriers"] == []
    other = f"/v1/overview?account=acct_{place.operators.id}"
    for path in (other, *STATES):
        assert (await browser.call("GET", path)).status == 403, path


async def test_operators_see_other_accounts_the_house_and_its_carriers(place: Place):
    browser = await place.signed_in(await place.person(Role.VIEWER, operator=True))
    theirs = f"/v1/overview?account=acct_{place.shop.id}"
    for path in (theirs, *STATES):
        assert (await browser.call("GET", path)).status == 200, path
    assert (await browser.call("GET", "/v1/overview?account=acct_999999")).status == 404
    assert (await browser.call("GET", "/v1/carriers/car_999999/state")).status == 404


async def test_a_carrier_is_told_of_by_the_process_that_has_it(place: Place):
    owner = await place.signed_in(await place.person(Role.OWNER, operator=True))
    body = {"name": "sim", "kind": "simulated", "window": 20, "settings": {"wire": "smpp"}}
    made = await owner.call("POST", "/v1/carriers", body)
    assert made.status == 201, made.body
    await place.house.observing.sweeper.sweep()
    told = (await owner.call("GET", f"/v1/carriers/{made.json['id']}/state")).json
    (process,) = told["processes"]
    assert (told["name"], told["window"], process["process"]) == ("sim", 20, place.house.node)
    assert [each["kind"] for each in process["connections"]] == ["transceiver"]
