"""Vendors and carriers that end with the test."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any

import pytest

from tests.carriers.http.vendor import Answer, Hill, Vendor

Serve = Callable[..., Awaitable[Vendor]]
Work = Callable[..., Awaitable[Hill]]


@pytest.fixture
async def ending() -> AsyncIterator[AsyncExitStack]:
    """What is to be stopped when the test is over."""
    async with AsyncExitStack() as stack:
        yield stack


@pytest.fixture
def serve(ending: AsyncExitStack) -> Serve:
    """`await serve(send=answer, **{"look/a": answer})` starts a vendor."""

    async def start(**answers: Answer) -> Vendor:
        vendor = Vendor({f"/{path}" if path != "rest" else "*": a for path, a in answers.items()})
        ending.push_async_callback(vendor.stop)
        await vendor.start()
        return vendor

    return start


@pytest.fixture
def work(ending: AsyncExitStack) -> Work:
    """`await work(url, **settings)` starts a carrier."""

    async def start(url: str, **options: Any) -> Hill:
        hill = Hill(url, **options)
        ending.push_async_callback(hill.link.stop)
        await hill.start()
        return hill

    return start
