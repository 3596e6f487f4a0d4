"""How many numbers a second one Python thread validates and looks up.

    python -m benchmarks.number_rates

Prints the best of three passes over drawn numbers, libphonenumber's own rate beside it. Every
figure is of one process on one core; say which machine when you quote it.
"""

import random
import time
from collections.abc import Callable, Sequence
from functools import partial

import phonenumbers

from heliograph.model.number import country_of, parse_msisdn
from heliograph.model.prefixes import default_table

DRAWN = 200_000
DRAWN_FOR_LIBRARY = 5_000

# name, text before the drawn digits, how many are drawn, default region
FORMS = (
    ("BD mobile, MSISDN", "88018", 8, None),
    ("DE mobile, MSISDN", "49151", 8, None),
    ("DE fixed line, MSISDN", "4930", 8, None),
    ("US, MSISDN", "12125", 6, None),
    ("GB mobile, MSISDN", "447400", 6, None),
    ("IN mobile, MSISDN", "9198", 8, None),
    ("BD, plus sign", "+88018", 8, None),
    ("BD, plus and marks", "+880 18-", 8, None),
    ("BD, national", "018", 8, "BD"),
    ("DE, national", "0151", 8, "DE"),
    ("BD, invalid", "88010", 8, None),
)


def draw(before: str, digits: int, many: int) -> list[str]:
    dice = random.Random(7)
    return [before + "".join(dice.choices("0123456789", k=digits)) for _ in range(many)]


def rate_per_second(work: Callable[[str], object], texts: Sequence[str]) -> float:
    """The best of three passes, after one call to compile what is compiled on first use."""
    work(texts[0])
    best = float("inf")
    for _ in range(3):
        start = time.perf_counter()
        for text in texts:
            work(text)
        best = min(best, time.perf_counter() - start)
    return len(texts) / best


def library_judges(text: str, region: str | None) -> bool:
    written = text if region or text.startswith("+") else "+" + text
    return phonenumbers.is_valid_number(phonenumbers.parse(written, region))


def main() -> None:
    print(f"{'':24}{'heliograph':>14}{'phonenumbers':>14}   per second")
    for name, before, digits, region in FORMS:
        ours = rate_per_second(
            partial(parse_msisdn, default_region=region), draw(before, digits, DRAWN)
        )
        theirs = rate_per_second(
            partial(library_judges, region=region), draw(before, digits, DRAWN_FOR_LIBRARY)
        )
        print(f"{name:24}{ours:14,.0f}{theirs:14,.0f}")
    start = time.perf_counter()
    table = default_table()
    print(f"\nprefix table: {len(table):,} rows in {(time.perf_counter() - start) * 1e3:.0f} ms")
    for name, before, digits, _ in FORMS[:6]:
        msisdns = draw(before, digits, DRAWN)
        network = 1e9 / rate_per_second(table.find, msisdns)
        country = 1e9 / rate_per_second(country_of, msisdns)
        print(f"{name:24} network {network:5.0f} ns, country {country:5.0f} ns")


if __name__ == "__main__":
    main()
