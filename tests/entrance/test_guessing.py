"""Whoever guesses is slowed down, and learns nothing of who exists."""

from __future__ import annotations

import asyncio

import pytest
from argon2 import PasswordHasher

from heliograph.flow.passwords import MOST_WAITING, Passwords, password_fault
from heliograph.flow.throttle import REMEMBERED, Throttle, network_of
from heliograph.model.person import Role
from heliograph.model.refusal import Refusal, Refused
from tests.entrance.conftest import PASSWORD, Place


async def _try(place: Place, email: str, address: str = "192.0.2.1"):
    body = {"email": email, "password": "wrong horse battery"}
    return await place.call("POST", "/v1/session", body, {"x-forwarded-for": address})


async def test_whether_somebody_exists_shows_neither_in_words_nor_in_kind(place: Place):
    person = await place.person(Role.VIEWER)
    gone = await place.person(Role.OWNER, email="gone@shop.example")
    async with place.house.database.transaction() as link:
        await link.execute("update person set state = 'disabled' where id = $1", gone.id)
    replies = [await _try(place, each) for each in (person.email, gone.email, "nobody@x.example")]
    told = {(r.status, r.body, tuple(sorted(set(r.headers) - {"date"}))) for r in replies}
    assert len(told) == 1
    assert replies[0].status == 401
    right = await place.browser().sign_in(gone.email)
    assert (right.status, right.body) == (401, replies[0].body)


class Counted(PasswordHasher):
    """Remembers with what parameters it compared."""

    def __init__(self) -> None:
        super().__init__(time_cost=1, memory_cost=64, parallelism=1)
        self.compared: list[str] = []

    def verify(self, hash, password):  # noqa: A002 (the name that the base has)
        self.compared.append(hash.rpartition("$")[0].rpartition("$")[0])
        return super().verify(hash, password)


async def test_somebody_who_does_not_exist_costs_the_same_work():
    hasher = Counted()
    passwords = Passwords(hasher)
    kept = await passwords.hash("the right password")
    for hashed in (kept, None, "no hash at all"):
        assert await passwords.fits(hashed, "a guess") is False
    known, unknown, _ = hasher.compared
    assert known == unknown == "$argon2id$v=19$m=64,t=1,p=1"


async def test_hashing_is_argon2id_off_the_loop_and_has_a_queue_that_ends():
    passwords = Passwords()
    hashed = await passwords.hash(PASSWORD)
    assert hashed.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert not passwords.stale(hashed)
    assert passwords.stale(PasswordHasher(time_cost=1).hash(PASSWORD))
    small = Passwords(PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))
    tries = [small.hash(f"password {n}") for n in range(MOST_WAITING + 5)]
    answers = await asyncio.gather(*tries)
    busy = [each for each in answers if isinstance(each, Refused)]
    assert [each.refusal for each in busy] == [Refusal.UNAVAILABLE] * 5


async def test_the_same_password_composed_otherwise_fits():
    passwords = Passwords(PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))
    assert await passwords.fits(await passwords.hash("Grüße an alle"), "Grüße an alle")


@pytest.mark.parametrize(
    "password", ["short", "x" * 201, "aaaaaaaaaaaaaaaa", "Ada@Shop.Example.Org"]
)
def test_some_words_are_no_passwords(password: str):
    assert password_fault("password", password, "ada@shop.example.org") is not None
    assert password_fault("password", PASSWORD, "ada@shop.example.org") is None


async def test_guesses_at_one_address_are_slowed_down_from_everywhere(place: Place):
    person = await place.person(Role.VIEWER)
    for number in range(10):
        assert (await _try(place, person.email, f"192.0.2.{number}")).status == 401
    slow = await _try(place, person.email.upper(), "192.0.2.99")
    assert (slow.status, slow.json["code"]) == (429, "rate_limited")
    assert 0 < int(slow.headers["retry-after"]) <= 60
    assert (await place.browser().sign_in(person.email)).status == 429  # also for the right one
    stranger = [(await _try(place, "nobody@x.example")).status for _ in range(11)]
    assert stranger == [401] * 10 + [429]  # who does not exist is slowed down alike


async def test_guesses_from_one_place_are_slowed_down_for_everybody(place: Place):
    statuses = [
        (await _try(place, f"somebody{n}@x.example", f"2001:db8::{n}")).status for n in range(61)
    ]
    assert set(statuses[:60]) == {401}
    assert statuses[60] == 429
    assert (await _try(place, "other@x.example", "2001:db8:0:1::1")).status == 401


def test_a_throttle_gives_tries_back_with_time_and_forgets_the_oldest():
    now = 0.0
    throttle = Throttle(at_once=2, seconds_each=10, seconds=lambda: now)
    assert [throttle.take("a") for _ in range(2)] == [None, None]
    slow = throttle.take("a")
    assert slow is not None
    assert slow.retry_after_seconds == 10
    now = 10.0
    assert throttle.take("a") is None
    throttle.forgive("a")
    assert throttle.take("a") is None
    for number in range(REMEMBERED):
        throttle.take(str(number))
    assert len(throttle._buckets) == REMEMBERED
    assert throttle.take("a") is None


def test_one_customer_of_ipv6_is_one_place():
    assert network_of("2001:db8::1") == network_of("2001:db8::ffff:2")
    assert network_of("2001:db8::1") != network_of("2001:db8:0:1::1")
    assert network_of("::ffff:192.0.2.1") == network_of("192.0.2.1") == "192.0.2.1"
    assert network_of("a pipe") == "a pipe"
