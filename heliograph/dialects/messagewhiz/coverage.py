"""What the vendor's reference documents (seeds/004), line by line, and what became of it here."""

from __future__ import annotations

from typing import Final

from heliograph.dialects._shape import Covered
from heliograph.dialects.messagewhiz._coverage_lists import LISTS
from heliograph.dialects.messagewhiz._coverage_looking import LOOKING
from heliograph.dialects.messagewhiz._coverage_sending import SENDING
from heliograph.dialects.messagewhiz._coverage_things import THINGS

COVERAGE: Final[tuple[Covered, ...]] = (*THINGS, *LISTS, *SENDING, *LOOKING)
