"""SMPP out: carriers reached as an ESME, by SMPP 3.4 or 5.0.

`profile` reads a carrier's settings, `encode` makes submit_sm of messages, `receipts` and `codes` read what
comes back, `pending` holds one attempt, `bind` one connection, `hearing` what the SMSC brings, `link` all of
them. Nothing here may know the flow or the store, or decide whether a message is sent again.

query_sm is not used: it asks by the SMSC's message id, and an attempt whose outcome is uncertain is one
whose id never came.
"""

from heliograph.carriers.smpp.link import QUEUE_SECONDS, SmppCarrier
from heliograph.carriers.smpp.profile import SETTINGS, Profile, profile_of, settings_markdown

__all__ = [
    "QUEUE_SECONDS",
    "SETTINGS",
    "Profile",
    "SmppCarrier",
    "profile_of",
    "settings_markdown",
]
