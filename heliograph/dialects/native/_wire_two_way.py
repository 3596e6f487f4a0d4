"""What is sent to make or change services, keywords and templates."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from heliograph.dialects.native._wire_things import Name, ServiceId
from heliograph.dialects.native.wire import Body, exactly


class ServiceBody(Body, frozen=True, kw_only=True):
    """A workspace: credentials, endpoints, numbers and keywords point to it."""

    name: Name
    description: Annotated[str, Meta(max_length=4_000)] = ""
    active: Annotated[
        bool, Meta(description="Credentials of an inactive service may do nothing.")
    ] = True
    sender: (
        Annotated[
            str, Meta(min_length=1, max_length=20, description="Used when a caller names none.")
        ]
        | None
    ) = None


class KeywordBody(Body, frozen=True, kw_only=True):
    """A first word by which messages to one number are told apart."""

    number: Annotated[
        str,
        Meta(max_length=64, description="Of the account, or a shared one.", examples=["16222"]),
    ]
    word: Annotated[str, Meta(pattern=exactly(r"\S{1,40}"), max_length=40, examples=["JOIN"])]
    service: ServiceId = None


class TemplateBody(Body, frozen=True, kw_only=True):
    """A text with `{{name}}` in it, named by callers instead of sent by them."""

    name: Name
    text: Annotated[str, Meta(min_length=1, max_length=4_000, examples=["Your code is {{code}}"])]
    enabled: Annotated[bool, Meta(description="False: no message may use it.")] = True
