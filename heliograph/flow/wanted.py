"""What a configuration file wants there to be, and what it may lead to outside of itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TypeVar

import msgspec

from heliograph.flow.soundness import Known
from heliograph.model.account import (
    Account,
    Credential,
    Endpoint,
    Keyword,
    Number,
    Permit,
    Sender,
    Service,
    Template,
)
from heliograph.model.route import Carrier, Rate, RateCard, Route

Pointing = Credential | Number | Endpoint | Keyword
"""Things that point to a service."""
_P = TypeVar("_P", Credential, Number, Endpoint, Keyword)


@dataclass(frozen=True, kw_only=True)
class WantedCard:
    """A rate card; `rates` are all its prices, None leaves them alone."""

    card: RateCard
    rates: tuple[Rate, ...] | None


@dataclass(frozen=True, kw_only=True)
class WantedCredential:
    """A credential; a secret of None is made when the credential is."""

    credential: Credential
    secret: str | None


@dataclass(frozen=True, kw_only=True)
class WantedAccount:
    """An account and its own (with account id 0). An empty secret of an endpoint is to be made."""

    account: Account
    credentials: tuple[WantedCredential, ...]
    senders: tuple[Sender, ...]
    permits: tuple[Permit, ...]
    numbers: tuple[Number, ...]
    endpoints: tuple[Endpoint, ...]
    services: tuple[Service, ...] = ()
    """Under negative ids, by which the file's other things point to them."""
    keywords: tuple[Keyword, ...] = ()
    templates: tuple[Template, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Declaration:
    """What a file wants there to be. Routes come with the name of their account."""

    cards: tuple[WantedCard, ...]
    carriers: tuple[Carrier, ...]
    accounts: tuple[WantedAccount, ...]
    routes: tuple[tuple[Route, str | None], ...]


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """What a file may lead to outside of itself."""

    known: Known
    variable: Callable[[str], str | None]
    """A variable of the environment."""
    read_text: Callable[[str], str]
    """A file named in the file; raises OSError."""


def pointing(wanted: WantedAccount, known: Mapping[str, int]) -> WantedAccount:
    """The account's things with the ids of services that there are already."""
    ids = {each.id: known.get(each.name.lower(), each.id) for each in wanted.services}

    def pointed(thing: _P) -> _P:
        at = thing.service_id
        return msgspec.structs.replace(thing, service_id=None if at is None else ids[at])

    return replace(
        wanted,
        credentials=tuple(replace(w, credential=pointed(w.credential)) for w in wanted.credentials),
        numbers=tuple(map(pointed, wanted.numbers)),
        endpoints=tuple(map(pointed, wanted.endpoints)),
        keywords=tuple(map(pointed, wanted.keywords)),
    )
