"""Everything small, in memory: accounts, credentials, senders, routes, rates, endpoints, numbers.

Loaded whole, replaced whole when the database announces a change; the hot path never asks the
database who somebody is or what something costs.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from typing import NamedTuple

from heliograph.flow.gathering import Gathering
from heliograph.flow.networks import may_call
from heliograph.model.account import (
    Account,
    AccountState,
    Credential,
    Endpoint,
    Number,
    Reply,
    SenderState,
    Service,
    Template,
)
from heliograph.model.command import Claim, Principal
from heliograph.model.ids import account_key
from heliograph.model.link import SmartLink
from heliograph.model.manners import Manners
from heliograph.model.prefixes import Network, PrefixTable, default_table
from heliograph.model.refusal import Refusal, Refused
from heliograph.model.replies import plain
from heliograph.model.route import Carrier, RateCard, Route, Side
from heliograph.model.secret import hash_secret
from heliograph.model.status import SETTLED, Status
from heliograph.model.tariff import Tariff
from heliograph.store.things import Snapshot

DEFAULT_EVENTS = frozenset({f"message.{status.word}" for status in SETTLED} | {"message.received"})
"""What an endpoint that names no events is told."""
SERVICE_EVENTS = DEFAULT_EVENTS | {f"message.{Status.SENT.word}"}
"""The same for the endpoint of a service."""
_WRONG = Refused(refusal=Refusal.UNAUTHENTICATED)


class Receiver(NamedTuple):
    """Whose a message from a handset is."""

    account_id: int
    service_id: int | None
    keyword: str | None


class Directory:
    """The snapshot in force. `replace` swaps it; readers never see half of one."""

    def __init__(
        self,
        server_key: bytes,
        now: Callable[[], datetime],
        *,
        session_dialects: Collection[str] = (),
        manners: Mapping[str, Manners] | None = None,
    ) -> None:
        """`session_dialects` are those whose customers stay connected and are told that way; `manners`
        says of forms how they want to be told."""
        self.gathering = Gathering(manners or {}, _wants)
        self._server_key = server_key
        self._session_dialects = frozenset(session_dialects)
        self._inbound_sessions: dict[int, int] = {}
        self._now = now
        self._keys: dict[int, bytes] = {}
        self._accounts: dict[int, Account] = {}
        self._credentials: dict[bytes, tuple[Credential, datetime | None]] = {}
        self._senders: dict[int, dict[str, set[str | None]]] = {}
        self._only_senders: dict[int, str] = {}
        self._permits: set[tuple[int, str]] = set()
        self._campaigns: dict[tuple[int, str], str] = {}
        self._numbers: dict[str, Number] = {}
        self._keywords: dict[tuple[str, str], Receiver] = {}
        self._sharing: dict[str, tuple[Receiver, ...]] = {}
        self._services: dict[tuple[int, int], Service] = {}
        self._templates: dict[tuple[int, str], Template] = {}
        self._links: dict[tuple[int, int], SmartLink] = {}
        self._replies: dict[tuple[int, str, int | None, str], Reply] = {}
        self._endpoints: dict[tuple[int, int], Endpoint] = {}
        self._listening: dict[tuple[int, str, int | None], tuple[Endpoint, ...]] = {}
        self._carriers: dict[int, Carrier] = {}
        self._carrier_names: dict[str, Carrier] = {}
        self._cards: dict[str, RateCard] = {}
        self._tariffs: dict[str, Tariff] = {}
        self._prefixes: PrefixTable = default_table()
        self._opt_outs: frozenset[int] = frozenset()
        self.routes: tuple[Route, ...] = ()

    def replace(self, snapshot: Snapshot) -> None:
        """Take a new snapshot."""
        self._accounts = {account.id: account for account in snapshot.accounts}
        self._credentials = _by_hash(snapshot)
        self._inbound_sessions = self._receivers(snapshot)
        self._senders = _approved_senders(snapshot)
        self._only_senders = {
            sender.account_id: sender.name
            for sender in snapshot.senders
            if sender.usable and len(self._senders[sender.account_id]) == 1
        }
        self._permits = {
            (permit.account_id, permit.code.lower())
            for permit in snapshot.permits
            if permit.state is SenderState.APPROVED
        }
        self._campaigns = {(p.account_id, plain(p.code)): p.code for p in snapshot.permits}
        self._numbers = {number.msisdn: number for number in snapshot.numbers}
        self._keywords = {
            (keyword.msisdn, plain(keyword.word)): Receiver(
                keyword.account_id, keyword.service_id, keyword.word
            )
            # Of two that people cannot tell apart ("PIZZA", "pizza!") the older counts.
            for keyword in sorted(snapshot.keywords, key=lambda each: -each.id)
        }
        self._sharing = _sharing(snapshot)
        self._services = {(s.account_id, s.id): s for s in snapshot.services}
        self._templates = {
            (t.account_id, t.name.casefold()): t for t in snapshot.templates if t.enabled
        }
        self._templates |= {(t.account_id, str(t.id)): t for t in snapshot.templates if t.enabled}
        self._links = {(each.account_id, each.id): each for each in snapshot.links}
        self._replies = {
            (r.account_id, r.kind, r.service_id, r.language): r for r in snapshot.replies
        }
        self._endpoints = {(e.account_id, e.id): e for e in snapshot.endpoints}
        self._listening = {}
        self.gathering.replace(snapshot.endpoints)
        self._carriers = {carrier.id: carrier for carrier in snapshot.carriers}
        self._carrier_names = {carrier.name: carrier for carrier in snapshot.carriers}
        self._cards = {card.name: card for card in snapshot.rate_cards}
        self._tariffs = {
            card.name: Tariff(rate for rate in snapshot.rates if rate.card == card.name)
            for card in snapshot.rate_cards
        }
        self._prefixes = PrefixTable(snapshot.prefixes) if snapshot.prefixes else default_table()
        self._opt_outs = frozenset(snapshot.opted_out_accounts)
        self.routes = tuple(sorted(snapshot.routes, key=lambda r: (r.position, r.id)))

    # -- who -----------------------------------------------------------------------------------

    def authenticate(self, claim: Claim, peer: str) -> Principal | Refused:
        """Who the caller is. The secret is found by its keyed hash: no time tells how near a guess was."""
        found = hash_secret(self._server_key, claim.dialect, claim.name, claim.secret)
        credential, until = self._credentials.get(found, (None, None))
        now = self._now()
        if credential is None:  # the hash is over dialect, name and secret: it found all three
            return _WRONG
        if credential.revoked_at is not None or (until is not None and until <= now):
            return _WRONG
        if credential.expires_at is not None and credential.expires_at <= now:
            return _WRONG
        if not may_call(credential, peer):
            return Refused(refusal=Refusal.ADDRESS_NOT_ALLOWED)
        account = self._accounts.get(credential.account_id)
        if account is None:
            return _WRONG
        if account.state is not AccountState.ACTIVE:
            return Refused(refusal=Refusal.ACCOUNT_SUSPENDED)
        service = self.service_of(credential)
        if service is not None and not service.active:
            return Refused(refusal=Refusal.SERVICE_INACTIVE)
        return Principal(account=account, credential=credential, key=self.key(account.id))

    def bearer(self, claim: Claim) -> Credential | None:
        """Whose secret it is, whether or not it is still good or may be used from there."""
        found = hash_secret(self._server_key, claim.dialect, claim.name, claim.secret)
        return self._credentials.get(found, (None, None))[0]

    def key(self, account_id: int) -> bytes:
        """The key that seals the account's ids."""
        key = self._keys.get(account_id)
        if key is None:
            key = self._keys[account_id] = account_key(self._server_key, account_id)
        return key

    def account(self, account_id: int) -> Account:
        """An account that is known to exist; one deleted since is given its defaults."""
        found = self._accounts.get(account_id)
        return found or Account(id=account_id, name="", state=AccountState.SUSPENDED)

    def has_account_named(self, name: str) -> bool:
        """Whether there is an account of this name."""
        return any(account.name == name for account in self._accounts.values())

    def owner(self, msisdn: str) -> int | None:
        """The account that has this number."""
        number = self._numbers.get(msisdn)
        return None if number is None else number.account_id

    def receiver(self, msisdn: str, text: str) -> Receiver | None:
        """Whose a message to this number is: the keyword's that it begins with, else the number's."""
        number = self._numbers.get(msisdn)
        if number is None:
            return None
        found = self.keyword(msisdn, text)
        return found or Receiver(number.account_id, number.service_id, None)

    def keyword(self, msisdn: str, text: str) -> Receiver | None:
        """Whose keyword a message begins with, whatever its case and the marks around it."""
        for word in text.split(maxsplit=3)[:3]:  # a bullet or an emoji may stand before it
            named = plain(word)
            if named:
                return self._keywords.get((msisdn, named)) or self._keywords.get(
                    (msisdn, named.partition(" ")[0])
                )
        return None

    def keyword_named(self, msisdn: str, words: str) -> Receiver | None:
        """Whose keyword on a number is written in these words, as `plain` has them."""
        return self._keywords.get((msisdn, words))

    def sharing(self, msisdn: str) -> tuple[Receiver, ...]:
        """Who may have written from a number: its owner and, on a shared one, who has a keyword on it."""
        return self._sharing.get(msisdn, ())

    def may_write_from(self, account_id: int, msisdn: str) -> bool:
        """Whether the number is the account's, or a shared one on which it has a keyword."""
        if self.owner(msisdn) == account_id:
            return True
        return any(each.account_id == account_id for each in self.sharing(msisdn))

    def campaign_named(self, account_id: int, words: str) -> str | None:
        """The code of the account's campaign that was written in these words, as `plain` has them."""
        return self._campaigns.get((account_id, words))

    def service(self, account_id: int, service_id: int | None) -> Service | None:
        """A service by its id."""
        return None if service_id is None else self._services.get((account_id, service_id))

    def reply(
        self, account_id: int, kind: str, service_id: int | None, language: str
    ) -> Reply | None:
        """The account's own answer to a word: the service's before the account's, the language's before
        the one for all."""
        for service in dict.fromkeys((service_id, None)):
            for tongue in (language, ""):
                found = self._replies.get((account_id, kind, service, tongue))
                if found is not None:
                    return found
        return None

    def service_of(self, credential: Credential) -> Service | None:
        """The service that a credential works for."""
        if credential.service_id is None:
            return None
        return self._services.get((credential.account_id, credential.service_id))

    def template(self, account_id: int, name: str) -> Template | None:
        """A template by its number or, whatever its case, its name."""
        return self._templates.get((account_id, name.strip().casefold()))

    def link(self, account_id: int, link_id: int) -> SmartLink | None:
        """A smart link by its number."""
        return self._links.get((account_id, link_id))

    def inbound_session(self, account_id: int) -> int | None:
        """The credential whose sessions are given the account's messages from handsets."""
        return self._inbound_sessions.get(account_id)

    def _receivers(self, snapshot: Snapshot) -> dict[int, int]:
        """The oldest credential of each account that stays connected and does not decline."""
        found: dict[int, int] = {}
        for entry in snapshot.credentials:
            credential = entry.credential
            if credential.dialect in self._session_dialects and (
                credential.settings.get("inbound", "yes") == "yes"
            ):
                found.setdefault(credential.account_id, credential.id)
        return found

    # -- may it --------------------------------------------------------------------------------

    def sender_approved(self, account_id: int, sender: str, country: str | None) -> bool:
        """Whether the account may use this sender towards that country."""
        countries = self._senders.get(account_id, {}).get(sender.lower())
        return countries is not None and (None in countries or country in countries)

    def sender_known(self, account_id: int, sender: str) -> bool:
        """Whether the account may use this sender anywhere."""
        return sender.lower() in self._senders.get(account_id, {})

    def sender_countries(self, account_id: int, sender: str) -> tuple[str, ...] | None:
        """Where a sender that is not the account's everywhere may be used; None for everywhere."""
        found = self._senders.get(account_id, {}).get(sender.lower(), {None})
        return None if None in found else tuple(sorted(each for each in found if each))

    def only_sender(self, account_id: int) -> str | None:
        """The sender of an account that has just one; used when a caller names none."""
        return self._only_senders.get(account_id)

    def campaign_approved(self, account_id: int, code: str) -> bool:
        """Whether the regulator approved this promotional campaign."""
        return (account_id, code.lower()) in self._permits

    def has_opt_outs(self, account_id: int) -> bool:
        """False spares the account's messages the look-up."""
        return account_id in self._opt_outs

    # -- where and how much --------------------------------------------------------------------

    def network(self, msisdn: str) -> Network | None:
        """Country and network by the longest known prefix."""
        return self._prefixes.find(msisdn)

    def price(self, account: Account, msisdn: str, mcc: str | None, mnc: str | None) -> int | None:
        """The account's price of one part, in micro-units; None where its card has none."""
        tariff = self._tariffs.get(account.rate_card)
        return tariff.price(msisdn, mcc, mnc, self._now()) if tariff else None

    def rate_of(
        self, account: Account, msisdn: str, mcc: str | None, mnc: str | None
    ) -> tuple[str, int] | None:
        """The same with what that line of the card is for, as `Tariff.rate` says it."""
        tariff = self._tariffs.get(account.rate_card)
        return tariff.rate(msisdn, mcc, mnc, self._now()) if tariff else None

    def rate_card(self, name: str) -> RateCard | None:
        """A card of the sell side by its name."""
        card = self._cards.get(name)
        return card if card is not None and card.side is Side.SELL else None

    def carrier(self, carrier_id: int) -> Carrier | None:
        """A carrier by its id."""
        return self._carriers.get(carrier_id)

    def carrier_named(self, name: str) -> Carrier | None:
        """A carrier by its name."""
        return self._carrier_names.get(name)

    @property
    def carriers(self) -> tuple[Carrier, ...]:
        """Every carrier."""
        return tuple(self._carriers.values())

    # -- whom to tell --------------------------------------------------------------------------

    def listening(
        self, account_id: int, event_type: str, service_id: int | None = None
    ) -> tuple[Endpoint, ...]:
        """The endpoints that want this type of event: the account's, and those of the service."""
        place = (account_id, event_type, service_id)
        known = self._listening.get(place)
        if known is None:
            known = self._listening[place] = tuple(
                endpoint
                for endpoint in self._endpoints.values()
                if endpoint.account_id == account_id
                and endpoint.service_id in (None, service_id)
                and endpoint.disabled_at is None
                and self.gathering.waits(endpoint) is None
                and _wants(endpoint, event_type)
            )
        return known

    def endpoint(self, account_id: int, endpoint_id: int) -> Endpoint | None:
        """One endpoint, disabled or not."""
        return self._endpoints.get((account_id, endpoint_id))


def _sharing(snapshot: Snapshot) -> dict[str, tuple[Receiver, ...]]:
    """Number → its owner, and where it is shared one entry for each other account with a keyword."""
    found = {
        n.msisdn: {n.account_id: Receiver(n.account_id, n.service_id, None)}
        for n in snapshot.numbers
    }
    shared = {number.msisdn for number in snapshot.numbers if number.shared}
    for keyword in snapshot.keywords:
        if keyword.msisdn in shared:
            receiver = Receiver(keyword.account_id, keyword.service_id, None)
            found[keyword.msisdn].setdefault(keyword.account_id, receiver)
    return {msisdn: tuple(each.values()) for msisdn, each in found.items()}


def _wants(endpoint: Endpoint, event_type: str) -> bool:
    usual = DEFAULT_EVENTS if endpoint.service_id is None else SERVICE_EVENTS
    return "*" in endpoint.events or event_type in (endpoint.events or usual)


def _by_hash(snapshot: Snapshot) -> dict[bytes, tuple[Credential, datetime | None]]:
    found: dict[bytes, tuple[Credential, datetime | None]] = {}
    for entry in snapshot.credentials:
        if entry.previous_hash is not None:
            found[entry.previous_hash] = (entry.credential, entry.previous_until)
        found[entry.credential.secret_hash] = (entry.credential, None)
    return found


def _approved_senders(snapshot: Snapshot) -> dict[int, dict[str, set[str | None]]]:
    found: dict[int, dict[str, set[str | None]]] = defaultdict(lambda: defaultdict(set))
    for sender in snapshot.senders:
        if sender.usable:
            found[sender.account_id][sender.name.lower()].add(sender.country)
    return {account_id: dict(names) for account_id, names in found.items()}
