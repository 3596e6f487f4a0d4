"""SMPP out: carriers reached as an ESME, by SMPP 3.4 or 5.0.

`profile` reads a carrier's settings, `encode` makes submit_sm of messages, `receipts` and `codes` read what
comes back, `pending` holds one attempt, `bind` one connection, `hearing` what the SMSC brings, `asking` what
it is asked for by query_sm, `link` all of them. Nothing here may know the flow or the store, or decide
whether a message is sent again.

query_sm asks by the SMSC's message id. So it settles what was taken and not reported on, and the parts that
were taken of a message whose other parts are uncertain; an attempt that was never answered has no id.
"""

from heliograph.carriers.smpp.link import SmppCarrier
from heliograph.carriers.smpp.profile import SETTINGS, Profile, profile_of, settings_markdown

__all__ = [
    "SETTINGS",
    "Profile",
    "SmppCarrier",
    "profile_of",
    "settings_markdown",
]
