"""Who a caller is, what an account may do, and whom it wants to be told: all from memory."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from heliograph.flow.directory import Directory
from heliograph.model.account import (
    Account,
    AccountState,
    Credential,
    Endpoint,
    Keyword,
    Mode,
    Number,
    Permit,
    Sender,
    SenderState,
)
from heliograph.model.command import Claim, Principal
from heliograph.model.prefixes import Network
from heliograph.model.refusal import Refusal, Refused
from heliograph.model.route import Carrier, Rate, RateCard, Route, Side
from heliograph.model.secret import hash_secret
from heliograph.store.things import LiveCredential, Snapshot
from tests.flow.conftest import Clock

_KEY = bytes(range(32))
_NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
_SHOP = Account(id=1, name="shop")
_CLAIM = Claim(dialect="native", name="", secret="s3cret")
_WRONG = Refused(refusal=Refusal.UNAUTHENTICATED)
_PEER = "192.0.2.9"


def _credential(**words: Any) -> Credential:
    usual: dict[str, Any] = {
        "account_id": 1,
        "id": 7,
        "dialect": "native",
        "name": "",
        "secret_hash": b"",
        "hint": "",
        "created_at": _NOW,
    }
    made = Credential(**(usual | words))
    hashed = hash_secret(_KEY, made.dialect, made.name, "s3cret")
    return made if made.secret_hash else replace(made, secret_hash=hashed)


def _live(credential: Credential) -> LiveCredential:
    return LiveCredential(credential=credential, previous_hash=None, previous_until=None)


def _directory(*, clock: Clock | None = None, **parts: Any) -> Directory:
    small = "credentials senders permits numbers endpoints carriers routes"
    words = f"{small} rate_cards rates prefixes".split()
    usual: dict[str, Any] = dict.fromkeys(words, ())
    usual |= {"accounts": (_SHOP,), "opted_out_accounts": frozenset()}
    directory = Directory(_KEY, clock or Clock(_NOW))
    directory.replace(Snapshot(**(usual | parts)))
    return directory


def _signing_in(clock: Clock | None = None, **words: Any) -> Directory:
    return _directory(clock=clock, credentials=(_live(_credential(**words)),))


def _authenticated(found: Principal | Refused) -> Principal:
    assert isinstance(found, Principal), found
    return found


# -- who ----------------------------------------------------------------------------------------


def test_a_caller_is_known_by_its_secret_and_gets_its_accounts_key() -> None:
    directory = _signing_in(mode=Mode.TEST)
    found = _authenticated(directory.authenticate(_CLAIM, _PEER))
    assert (found.account, found.credential.id, found.test) == (_SHOP, 7, True)
    assert found.key == directory.key(1) != directory.key(2)


@pytest.mark.parametrize("change", [{"dialect": "mimsms"}, {"name": "x"}, {"secret": "other"}])
def test_any_other_claim_is_wrong_in_the_same_words(change: dict[str, str]) -> None:
    assert _signing_in().authenticate(replace(_CLAIM, **change), _PEER) == _WRONG


@pytest.mark.parametrize("name", ["shop@example.com", "büro@example.com"])
def test_addresses_are_compared_as_people_type_them(name: str) -> None:
    directory = _signing_in(dialect="mimsms", name=name)
    for written in (name, name.upper(), f" {name} "):
        claim = Claim(dialect="mimsms", name=written, secret="s3cret")
        assert _authenticated(directory.authenticate(claim, _PEER)).account is _SHOP


def test_other_names_are_compared_exactly() -> None:
    directory = _signing_in(dialect="mimsms", name="Büro")
    claim = Claim(dialect="mimsms", name="Büro", secret="s3cret")
    assert _authenticated(directory.authenticate(claim, _PEER)).account is _SHOP
    for written in ("büro", "Büro ", ""):
        assert directory.authenticate(replace(claim, name=written), _PEER) == _WRONG


def test_a_revoked_or_expired_credential_opens_nothing() -> None:
    clock = Clock(_NOW)
    expiring = _signing_in(clock, expires_at=_NOW + timedelta(seconds=1))
    assert isinstance(expiring.authenticate(_CLAIM, _PEER), Principal)
    clock.forward(seconds=1)
    assert expiring.authenticate(_CLAIM, _PEER) == _WRONG
    assert _signing_in(revoked_at=_NOW).authenticate(_CLAIM, _PEER) == _WRONG


def test_a_rotated_secret_works_until_its_overlap_ends() -> None:
    clock = Clock(_NOW)
    old = hash_secret(_KEY, "native", "", "s3cret")
    new = _credential(secret_hash=hash_secret(_KEY, "native", "", "fresh"))
    entry = LiveCredential(
        credential=new, previous_hash=old, previous_until=_NOW + timedelta(hours=1)
    )
    directory = _directory(clock=clock, credentials=(entry,))
    fresh = replace(_CLAIM, secret="fresh")
    assert isinstance(directory.authenticate(_CLAIM, _PEER), Principal)
    clock.forward(hours=1)
    assert directory.authenticate(_CLAIM, _PEER) == _WRONG
    assert isinstance(directory.authenticate(fresh, _PEER), Principal)


def test_a_suspended_account_is_told_so_only_with_its_secret() -> None:
    suspended = replace(_SHOP, state=AccountState.SUSPENDED)
    directory = _directory(accounts=(suspended,), credentials=(_live(_credential()),))
    assert directory.authenticate(_CLAIM, _PEER) == Refused(refusal=Refusal.ACCOUNT_SUSPENDED)
    assert directory.authenticate(replace(_CLAIM, secret="x"), _PEER) == _WRONG


def test_a_credential_whose_account_is_gone_opens_nothing() -> None:
    directory = _directory(accounts=(), credentials=(_live(_credential()),))
    assert directory.authenticate(_CLAIM, _PEER) == _WRONG
    assert directory.account(1).state is AccountState.SUSPENDED


@pytest.mark.parametrize(
    ("allowed", "denied", "peer", "may"),
    [
        ((), (), "anything", True),
        (("192.0.2.0/24",), (), "192.0.2.9", True),
        (("192.0.2.0/24",), (), "198.51.100.1", False),
        (("192.0.2.0/24", "2001:db8::/32"), (), "2001:db8::1", True),
        ((), ("192.0.2.9/32",), "192.0.2.9", False),
        ((), ("192.0.2.9/32",), "192.0.2.8", True),
        (("192.0.2.0/24",), ("192.0.2.9/32",), "192.0.2.9", False),
        (("192.0.2.0/24",), (), "", False),
        ((), ("192.0.2.0/24",), "unix socket", False),
        (("192.0.2.0/24",), (), "::ffff:192.0.2.9", True),
        ((), ("192.0.2.9/32",), "::ffff:192.0.2.9", False),
    ],
)
def test_network_lists_are_heeded(
    allowed: tuple[str, ...], denied: tuple[str, ...], peer: str, may: bool
) -> None:
    directory = _signing_in(allowed_networks=allowed, denied_networks=denied)
    found = directory.authenticate(_CLAIM, peer)
    assert isinstance(found, Principal) is may
    assert may or found == Refused(refusal=Refusal.ADDRESS_NOT_ALLOWED)


# -- may it -------------------------------------------------------------------------------------


def test_senders_are_one_whatever_their_case_and_hold_where_they_are_approved() -> None:
    approved = SenderState.APPROVED
    directory = _directory(
        senders=(
            Sender(account_id=1, id=1, name="Shop", state=approved, country="BD"),
            Sender(account_id=1, id=2, name="SHOP", state=approved, country="DE"),
            Sender(account_id=1, id=3, name="Later"),
        )
    )
    assert directory.sender_known(1, "sHoP")
    assert [directory.sender_approved(1, "shop", c) for c in ("BD", "DE", "FR", None)] == [
        True,
        True,
        False,
        False,
    ]
    assert not directory.sender_known(1, "Later")
    assert not directory.sender_known(2, "Shop")
    assert directory.only_sender(1) in {"Shop", "SHOP"}
    assert directory.only_sender(2) is None


def test_campaigns_numbers_and_opt_outs_belong_to_their_accounts() -> None:
    directory = _directory(
        permits=(
            Permit(account_id=1, id=1, code="Ok", state=SenderState.APPROVED),
            Permit(account_id=1, id=2, code="No"),
        ),
        numbers=(Number(account_id=1, id=1, msisdn="8801552146283"),),
        opted_out_accounts=frozenset({1}),
    )
    assert directory.campaign_approved(1, "OK")
    assert not directory.campaign_approved(1, "no")
    assert not directory.campaign_approved(2, "ok")
    assert (directory.owner("8801552146283"), directory.owner("880")) == (1, None)
    assert (directory.has_opt_outs(1), directory.has_opt_outs(2)) == (True, False)


# -- where and how much -------------------------------------------------------------------------


def test_prices_are_those_of_the_accounts_card_at_the_moment() -> None:
    clock = Clock(_NOW)
    cards = (
        RateCard(id=1, name="default", currency="EUR"),
        RateCard(id=2, name="bought", currency="EUR", side=Side.BUY),
    )
    listed = (
        Rate(card="default", price_micros=10),
        Rate(card="default", price_micros=20, effective_from=_NOW + timedelta(days=1)),
        Rate(card="bought", price_micros=1),
    )
    directory = _directory(clock=clock, rate_cards=cards, rates=listed)
    assert directory.price(_SHOP, "880", None, None) == 10
    clock.forward(days=1)
    assert directory.price(_SHOP, "880", None, None) == 20
    assert directory.price(replace(_SHOP, rate_card="none"), "880", None, None) is None
    assert directory.rate_card("default") == cards[0]
    assert directory.rate_card("bought") is None


def test_an_imported_numbering_table_replaces_the_one_that_ships() -> None:
    assert _directory().network("8801712345678") is not None
    own = Network(country="BD", mcc="470", mnc="99", name=None)
    directory = _directory(prefixes=(("88017", own),))
    assert directory.network("8801712345678") == own
    assert directory.network("4915112345678") is None


def test_carriers_and_routes_are_found_and_ordered() -> None:
    carriers = (Carrier(id=1, name="a", kind="x"), Carrier(id=2, name="b", kind="x"))
    routes = (Route(id=2, name="r2", position=1), Route(id=3, name="r3", position=0))
    directory = _directory(carriers=carriers, routes=routes)
    assert (directory.carrier(2), directory.carrier_named("a")) == (carriers[1], carriers[0])
    assert (directory.carrier(9), directory.carrier_named("z")) == (None, None)
    assert directory.carriers == carriers
    assert [route.id for route in directory.routes] == [3, 2]


# -- whom to tell -------------------------------------------------------------------------------


def test_endpoints_hear_what_they_asked_for() -> None:
    def hook(number: int, **words: Any) -> Endpoint:
        usual: dict[str, Any] = {"account_id": 1, "id": number, "url": "https://x"}
        return Endpoint(**(usual | words))

    directory = _directory(
        endpoints=(
            hook(1),
            hook(2, events=("*",)),
            hook(3, events=("message.sent",)),
            hook(4, events=("*",), disabled_at=_NOW),
            hook(5, account_id=2, events=("*",)),
        )
    )

    def heard(event: str) -> list[int]:
        return [endpoint.id for endpoint in directory.listening(1, event)]

    assert heard("message.sent") == [2, 3]
    assert heard("message.delivered") == heard("message.received") == [1, 2]
    assert heard("message.sent") == [2, 3]
    found = directory.endpoint(1, 4)
    assert found is not None
    assert found.disabled_at == _NOW
    assert directory.endpoint(1, 5) is None


def test_a_new_snapshot_replaces_the_old_one_whole() -> None:
    directory = _directory(
        endpoints=(Endpoint(account_id=1, id=1, url="https://x", events=("*",)),),
        credentials=(_live(_credential()),),
        opted_out_accounts=frozenset({1}),
    )
    assert directory.listening(1, "message.sent")
    directory.replace(_empty())
    assert directory.listening(1, "message.sent") == ()
    assert directory.authenticate(_CLAIM, _PEER) == _WRONG
    assert not directory.has_opt_outs(1)


def _empty() -> Snapshot:
    return Snapshot(
        accounts=(),
        credentials=(),
        senders=(),
        permits=(),
        numbers=(),
        endpoints=(),
        carriers=(),
        routes=(),
        rate_cards=(),
        rates=(),
        prefixes=(),
        opted_out_accounts=frozenset(),
    )


# -- keywords -----------------------------------------------------------------------------------


def _two_way() -> Directory:
    def keyword(number: int, word: str, account_id: int = 2, msisdn: str = "16222") -> Keyword:
        return Keyword(account_id=account_id, id=number, msisdn=msisdn, word=word)

    return _directory(
        numbers=(
            Number(account_id=1, id=1, msisdn="16222", shared=True),
            Number(account_id=1, id=2, msisdn="8809610000001"),
        ),
        keywords=(
            keyword(1, "PIZZA"),
            keyword(9, "pizza!", 3),
            keyword(3, "পিজা"),
            keyword(4, "Café-Bar"),
            keyword(5, "GONE", msisdn="16333"),
        ),
    )


@pytest.mark.parametrize(
    ("text", "owner"),
    [
        ("PIZZA", 2),
        ("pizza margherita", 2),
        ("“Pizza”, please", 2),
        ("- pizza", 2),
        ("pizza:2", 2),
        ("পিজা!", 2),
        ("cafe bar two seats", 1),  # a keyword is one word
        ("CAFÉ-BAR two seats", 2),
        ("pizzas", 1),
        ("one pizza", 1),
        ("", 1),
        ("...", 1),
    ],
)
def test_a_keyword_is_found_as_people_type_it(text: str, owner: int) -> None:
    found = _two_way().receiver("16222", text)
    assert found is not None
    assert (found.account_id, found.keyword is not None) == (owner, owner != 1)


def test_a_keyword_without_a_number_of_ours_finds_nobody() -> None:
    assert _two_way().receiver("16333", "gone") is None


def test_an_account_with_a_keyword_on_a_shared_number_may_write_from_it() -> None:
    directory = _two_way()
    may = [directory.may_write_from(account, "16222") for account in (1, 2, 3, 4)]
    assert may == [True, True, True, False]
    assert not directory.may_write_from(2, "8809610000001")
    assert [each.account_id for each in directory.sharing("16222")] == [1, 2, 3]
