"""The parts of a house on a real PostgreSQL, as the flow's tests have them."""

from tests.flow.conftest import parts

__all__ = ["parts"]
