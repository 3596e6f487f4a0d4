"""One running product for the tests that only call it; those that kill or stop it start their own."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.acceptance.served import Client, Served

QUICK = {"simulator": "seed=7,receipt_median_ms=20,receipt_p99_ms=50"}
"""A simulated network that reports at once."""


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def served(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Served]:
    """The product, started as a user would."""
    product = Served(tmp_path_factory.mktemp("served") / "data", QUICK)
    await product.start()
    yield product
    await product.terminate()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def client(served: Served) -> AsyncIterator[Client]:
    """Somebody who calls it."""
    caller = Client(served)
    yield caller
    await caller.close()
