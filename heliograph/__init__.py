"""Heliograph: a self-hosted SMS platform. Any API in, any carrier out, nothing lost on the way."""

from typing import Final

RELEASE: Final = "0.1.0"
"""The version of the whole house; the package metadata has the same."""
