"""Making the server key: once, readable by its owner alone, and never over another process's."""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from pathlib import Path
from typing import Final

KEY_BYTES: Final = 32


def make_key(file: Path) -> None:
    """Makes the key where nobody else can read it, and never over another process's."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = file.with_name(f".secret.key.{os.getpid()}")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as new:
            new.write(secrets.token_hex(KEY_BYTES) + "\n")
            new.flush()
            os.fsync(new.fileno())
        with suppress(FileExistsError):  # another process was first; its key is the one
            os.link(fresh, file)
    finally:
        fresh.unlink()
