"""Carriers that are called by HTTP: any vendor whose room has a client face (`dialects._shape.Upstream`)."""

from heliograph.carriers.http.link import QUEUE_SECONDS, HttpCarrier
from heliograph.carriers.http.terms import TERMS, Terms, terms_of

__all__ = ["QUEUE_SECONDS", "TERMS", "HttpCarrier", "Terms", "terms_of"]
