"""The room offers what the edge expects of a dialect."""

from __future__ import annotations

import pytest

from heliograph.dialects import mimsms
from heliograph.dialects._shape import Dialect
from heliograph.dialects.mimsms import DIALECT

KIB = 1024


def test_the_public_names_are_these() -> None:
    assert set(mimsms.__all__) == {"DIALECT", "MiMSMS"}
    dialect: Dialect = mimsms.MiMSMS()
    assert dialect.name == DIALECT.name == "mimsms"


@pytest.mark.parametrize(
    ("name", "kib"),
    [
        ("SMS", 256),
        ("Send", 256),
        ("balancecheck", 256),
        ("unknown", 256),
        ("DSMS", 2048),
        ("OneToMany", 2048),
        ("sendonetomany", 2048),
    ],
)
def test_bodies_are_limited_by_what_the_endpoint_takes(name: str, kib: int) -> None:
    path = f"/api/SmsSending/{name}"
    assert DIALECT.body_limit("POST", path) == kib * KIB
    assert DIALECT.spools("POST", path) is False


def test_labels_are_the_vendors_names_and_few() -> None:
    roots = "/api/SmsSending/", "/api/IncomingApi/"
    names = {"SMS", "OneToMany", "DSMS", "Send", "SendOneToMany", "Balance", "balanceCheck"}
    names |= {"DlrApi", "PullSMS"}
    assert {
        DIALECT.label("GET", root + name.upper()) for root in roots for name in [*names, "x"]
    } == names | {"unknown"}
