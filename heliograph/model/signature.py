"""Signs and verifies webhooks by Standard Webhooks 1.0, symmetric scheme `v1` (HMAC-SHA256).

The signature covers `{id}.{timestamp}.{body}`, so neither a replayed time nor a swapped id passes.
Pure: the random bytes of a new secret and the present time come in as arguments. The hashes that
secrets of late have keyed are kept in memory. It must never log a secret, compare signatures other
than in constant time, or sign a body that is not, byte for byte, the one that is sent.

Source: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

import binascii
import hmac
import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Final

__all__ = [
    "SECRET_BYTES_MAX",
    "SECRET_BYTES_MIN",
    "TOLERANCE_SECONDS",
    "InvalidSecretError",
    "decode_secret",
    "encode_secret",
    "sign",
    "verify",
]

SECRET_BYTES_MIN: Final = 24
SECRET_BYTES_MAX: Final = 64
TOLERANCE_SECONDS: Final = 300
"""How far a timestamp may be from now.

The specification asks for a tolerance; its libraries use five minutes.
"""

_SECRET_PREFIX: Final = "whsec_"  # noqa: S105 (a prefix, not a secret)
_SCHEME: Final = "v1,"
_SECRETS_KEPT: Final = 1024
_UNIX_SECONDS: Final = re.compile(r"[0-9]{1,12}", re.ASCII)
# A full stop in the id would let one signed text be read as two different pairs of id and
# timestamp.
_WEBHOOK_ID: Final = re.compile(r"[!-\-/-~]{1,256}", re.ASCII)


class InvalidSecretError(ValueError):
    """The text is not `whsec_` and the base64 of 24 to 64 bytes."""


def encode_secret(random_bytes: bytes) -> str:
    """The form in which a customer gets a secret: `whsec_` and base64.

    `random_bytes`: 24 to 64 bytes from a cryptographic source. Raises InvalidSecretError for any
    other length.
    """
    _require_secret_length(random_bytes)
    return _SECRET_PREFIX + binascii.b2a_base64(random_bytes, newline=False).decode("ascii")


def decode_secret(secret: str) -> bytes:
    """The key within a secret. Raises InvalidSecretError, whose text never holds the secret."""
    if not secret.startswith(_SECRET_PREFIX):
        raise InvalidSecretError(f"a webhook secret starts with {_SECRET_PREFIX}")
    try:
        key = binascii.a2b_base64(secret[len(_SECRET_PREFIX) :], strict_mode=True)
    except ValueError:
        # From None: the chained error would carry characters of the secret into a log.
        raise InvalidSecretError(f"after {_SECRET_PREFIX} a webhook secret is base64") from None
    _require_secret_length(key)
    return key


def sign(*, webhook_id: str, timestamp_seconds: int, body: bytes, secrets: Sequence[str]) -> str:
    """The value of the `webhook-signature` header: one `v1,<base64>` per secret, spaces between.

    `secrets` are `whsec_…` texts, the current one first; during a rotation the old one follows.
    `timestamp_seconds` is the Unix time of this attempt, the value of `webhook-timestamp`. Raises
    InvalidSecretError for a secret that is none, ValueError for an empty list, a negative time or
    an id that holds a full stop, a space or anything but printable ASCII.
    """
    if not secrets:
        raise ValueError("a webhook is signed with at least one secret")
    if timestamp_seconds < 0:
        raise ValueError("a webhook timestamp is Unix time and not negative")
    if not _WEBHOOK_ID.fullmatch(webhook_id):
        raise ValueError("a webhook id is printable ASCII without space or full stop")
    content = _signed_content(webhook_id, str(timestamp_seconds), body)
    return " ".join([_signature(secret, content) for secret in secrets])


def verify(
    *,
    webhook_id: str,
    timestamp: str,
    body: bytes,
    signature: str,
    secrets: Iterable[str],
    now_seconds: float,
    tolerance_seconds: float = TOLERANCE_SECONDS,
) -> bool:
    """True only if one of the signatures was made with one of the secrets and the time is near.

    `webhook_id`, `timestamp` and `signature` are the header values as received; whatever they hold,
    nothing is raised. `now_seconds` is the present Unix time. Signatures of other schemes (`v1a`)
    are passed over. Raises InvalidSecretError for a secret of ours that is none.
    """
    if not _UNIX_SECONDS.fullmatch(timestamp) or not _WEBHOOK_ID.fullmatch(webhook_id):
        return False
    if abs(now_seconds - int(timestamp)) > tolerance_seconds:
        return False
    content = _signed_content(webhook_id, timestamp, body)
    expected = [_signature(secret, content).encode() for secret in secrets]
    candidates = [part.encode("utf-8", "replace") for part in signature.split(" ")]
    # Every pair is compared, also after a match: the time taken says nothing about which secret or
    # which entry fitted.
    matches = [
        hmac.compare_digest(ours, theirs)
        for ours in expected
        for theirs in candidates
        if theirs.startswith(_SCHEME.encode())
    ]
    return any(matches)


def _signed_content(webhook_id: str, timestamp: str, body: bytes) -> bytes:
    return b"%b.%b.%b" % (webhook_id.encode("ascii"), timestamp.encode("ascii"), body)


@lru_cache(maxsize=_SECRETS_KEPT)
def _keyed(secret: str) -> hmac.HMAC:
    """To be copied: what a secret costs is paid once."""
    return hmac.new(decode_secret(secret), digestmod="sha256")


def _signature(secret: str, content: bytes) -> str:
    keyed = _keyed(secret).copy()
    keyed.update(content)
    return _SCHEME + binascii.b2a_base64(keyed.digest(), newline=False).decode("ascii")


def _require_secret_length(key: bytes) -> None:
    if not SECRET_BYTES_MIN <= len(key) <= SECRET_BYTES_MAX:
        raise InvalidSecretError(
            f"a webhook secret has {SECRET_BYTES_MIN} to {SECRET_BYTES_MAX} bytes, not {len(key)}"
        )
