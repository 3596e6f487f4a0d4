"""Who hears the carriers and tells them what they may ask for."""

from __future__ import annotations

from heliograph.flow.open import Open
from heliograph.flow.receive import Receive
from heliograph.flow.report import Report


class Ear:
    """A `Hear` of the flow: receipts to report, messages to receive, open ids from the store."""

    def __init__(self, report: Report, receive: Receive, still_open: Open) -> None:
        self.receipts = report.receipts
        self.arrivals = receive.arrivals
        self.open_ids = still_open.ids
