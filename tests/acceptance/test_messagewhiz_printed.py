"""Every request that MessageWhiz's reference prints, sent to the running product: its answer has the printed
fields in the printed order with the printed types, and docs/messagewhiz-replay.md shows both side by side."""

from __future__ import annotations

import difflib

from tests.acceptance.served import Served
from tools.replay import PAGE, replay
from tools.replay_page import page_of, unlike


async def test_every_printed_request_has_an_answer_like_the_printed_one(served: Served) -> None:
    done = await replay(served.url, served.api_key)
    assert len(done) == 80
    faults = [f"{each.name}: {fault}" for each in done for fault in unlike(each)]
    assert not faults, "\n".join(faults)
    page, kept = page_of(done), PAGE.read_text("utf-8")
    stale = list(difflib.unified_diff(kept.split("\n"), page.split("\n"), "kept", "now", n=1))
    assert not stale, "\n".join(["run python -m tools.replay", *stale[:60]])
