"""Readers of what messages from handsets and events find their way by: services, keywords, numbers,
endpoints; and of templates.

Same rules as in `_things`: what a codec cannot know is left for the desk.
"""

from __future__ import annotations

from heliograph.dialects.native import _wire_things as things
from heliograph.dialects.native import _wire_two_way as two_way
from heliograph.dialects.native._asked import Asked, plain_id
from heliograph.model.account import Endpoint, Keyword, Number, Service, Template


def service(asked: Asked, number: int) -> Service:
    """A service."""
    body: two_way.ServiceBody = asked.body
    return Service(
        account_id=0,
        id=number,
        name=body.name,
        description=body.description,
        active=body.active,
        sender=body.sender,
    )


def keyword(asked: Asked, number: int) -> Keyword:
    """A keyword."""
    body: two_way.KeywordBody = asked.body
    return Keyword(
        account_id=0,
        id=number,
        msisdn=body.number,
        word=body.word,
        service_id=_service_id(body.service),
    )


def template(asked: Asked, number: int) -> Template:
    """A template."""
    body: two_way.TemplateBody = asked.body
    return Template(account_id=0, id=number, name=body.name, text=body.text, enabled=body.enabled)


def number_of_account(asked: Asked, number: int) -> Number:
    """A number for messages from handsets."""
    body: things.NumberBody = asked.body
    return Number(
        account_id=0,
        id=number,
        msisdn=body.msisdn,
        country=body.country,
        service_id=_service_id(body.service),
        features=body.features,
        shared=body.shared,
    )


def endpoint(asked: Asked, number: int) -> Endpoint:
    """A webhook endpoint; its secret is the desk's to make or to keep."""
    body: things.EndpointBody = asked.body
    return Endpoint(
        account_id=0,
        id=number,
        url=body.url,
        dialect=body.dialect,
        events=body.events,
        service_id=_service_id(body.service),
        settings=body.settings,
    )


def _service_id(text: str | None) -> int | None:
    return plain_id(text, "svc", "/service")
