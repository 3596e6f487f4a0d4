"""What is told of how things go, and to whom what is not."""

from __future__ import annotations

import json

from heliograph.dialects._shape import Ask
from heliograph.dialects.native._operations import BY_ID
from heliograph.dialects.native.write import write
from heliograph.model import command as c
from heliograph.model.overview import CarrierStates
from tests.dialects.native.observed import CARRIER, OVERVIEW


def _told(make, form, answer):
    operation = BY_ID[form]
    ask = Ask(claim=None, command=c.GetBalance(), form=form)
    return json.loads(write(make(operation.method, operation.path), ask, answer, b"").body)


def test_an_overview_names_every_state_and_what_has_no_end_has_no_share(make):
    told = _told(make, "getOverview", OVERVIEW)
    assert told["states"]["delivered"] == 1
    assert told["states"]["queued"] == 0
    assert told["by_carrier"][0]["delivered_share"] == round(2 / 3, 4)
    assert told["by_carrier"][0]["to_handset"] == {
        "messages": 2, "mean_ms": 15, "p50_ms": 12, "p95_ms": 19,
    }  # fmt: skip
    assert "country" not in told["by_country"][1]
    assert "delivered_share" not in told["by_country"][1]
    assert told["spent_today"] == [{"currency": "EUR", "amount": "0.0126"}]


def test_an_account_is_told_whether_a_carrier_works_and_nothing_of_its_connections(make):
    told = _told(make, "getOverview", OVERVIEW)
    assert told["carriers"] == [{"carrier": "car_3", "name": "sim", "state": "partly"}]
    assert "RINVPASWD" not in json.dumps(told)


def test_the_operator_is_told_of_processes_and_connections_and_of_their_sums(make):
    told = _told(make, "getCarrierState", CarrierStates(items=(CARRIER,), one=True))
    sums = {name: told[name] for name in ("state", "waiting", "window", "submitted_per_second")}
    assert sums == {"state": "partly", "waiting": 2, "window": 40, "submitted_per_second": 25.0}
    line = told["processes"][0]["connections"][0]
    assert (line["up"], line["last_error"]) == (False, "bind refused: ESME_RINVPASWD")
    assert told["processes"][0]["process"] == 4
