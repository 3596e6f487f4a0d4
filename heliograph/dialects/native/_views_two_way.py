"""What the native API shows of services, keywords and templates."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Final

from msgspec import Meta

from heliograph.dialects.native._ids import plain
from heliograph.dialects.native._wire_replies import View
from heliograph.model.account import Keyword, Service, Template

ServiceRef = Annotated[str, Meta(examples=["svc_3"])]


class ServiceView(View, frozen=True, kw_only=True):
    """A workspace within the account."""

    id: ServiceRef
    name: str
    description: str
    active: bool
    sender: str | None = None


class KeywordView(View, frozen=True, kw_only=True):
    """A first word by which messages to one number are told apart."""

    id: Annotated[str, Meta(examples=["kw_4"])]
    number: str
    word: str
    service: ServiceRef | None = None


class TemplateView(View, frozen=True, kw_only=True):
    """A text that callers name."""

    id: Annotated[str, Meta(examples=["tpl_2"])]
    name: str
    text: str
    enabled: bool


def service_ref(service_id: int | None) -> str | None:
    """The service that something points to."""
    return None if service_id is None else plain("svc", service_id)


def service_view(thing: Service) -> View:
    """A service."""
    return ServiceView(
        id=plain("svc", thing.id),
        name=thing.name,
        description=thing.description,
        active=thing.active,
        sender=thing.sender,
    )


def keyword_view(thing: Keyword) -> View:
    """A keyword."""
    return KeywordView(
        id=plain("kw", thing.id),
        number=thing.msisdn,
        word=thing.word,
        service=service_ref(thing.service_id),
    )


def template_view(thing: Template) -> View:
    """A template."""
    return TemplateView(
        id=plain("tpl", thing.id), name=thing.name, text=thing.text, enabled=thing.enabled
    )


TWO_WAY_VIEWS: Final[dict[type[Any], Callable[[Any], View]]] = {
    Service: service_view,
    Keyword: keyword_view,
    Template: template_view,
}
"""How things of this module are shown."""
