"""One-time passwords by the clock (RFC 6238): six digits of thirty seconds, as authenticator apps show them.

A code of the step before or after is taken too, for clocks differ. Which step it was comes back, since no
step may be used twice.
"""

from __future__ import annotations

import base64
import hmac
from datetime import datetime
from typing import Final

from pyotp import TOTP

__all__ = ["SECRET_BYTES", "make_secret", "step_of", "uri_of"]

SECRET_BYTES: Final = 20
"""RFC 4226, section 4, R6."""
STEP_SECONDS: Final = 30
_ISSUER: Final = "Heliograph"
_NEIGHBOURS: Final = (0, -1, 1)


def make_secret(random_bytes: bytes) -> str:
    """Base32 of 20 bytes."""
    return base64.b32encode(random_bytes).decode("ascii")


def uri_of(secret: str, email: str) -> str:
    """`otpauth://totp/…`, which apps read from a QR code."""
    return TOTP(secret).provisioning_uri(name=email, issuer_name=_ISSUER)


def step_of(secret: str, code: str, now: datetime) -> int | None:
    """The time step whose code this is; None for a wrong one."""
    given = "".join(code.split()).encode("utf-8", "replace")
    totp, step = TOTP(secret), int(now.timestamp()) // STEP_SECONDS
    found = None
    for neighbour in _NEIGHBOURS:
        if hmac.compare_digest(totp.generate_otp(step + neighbour).encode(), given):
            found = step + neighbour
    return found
