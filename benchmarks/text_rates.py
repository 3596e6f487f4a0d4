"""How long the text room takes per message: choosing an encoding, cutting into parts, joining them.
Prints microseconds per call and calls per second on one core, the best of several runs. It must
never touch anything but `heliograph.text`, so the figures are of that room alone.

Run: python benchmarks/text_rates.py
"""

import timeit
from collections.abc import Callable
from functools import partial
from typing import Final

from heliograph.text import choose, decode_gsm7, encode_gsm7, join, pack_septets, segment

_CALLS: Final = 20_000
_RUNS: Final = 5

_LATIN: Final = (
    "Your appointment is confirmed for Monday at 10:30. Reply STOP to opt out, or call us on"
    " 0800 12345."
)
_ACCENTS: Final = "Größe wählen: très à la mode, señor, Ångström und Übermut bis 20:00 in Zürich."
_EXTENDED: Final = "Only 12 € today [offer 7], see {shop} ~ really | truly, 15 € from tomorrow."
_CYRILLIC: Final = "Ваша встреча подтверждена на понедельник в 10:30. До встречи!"
_TURKISH: Final = "Şifreniz değişti, işlem başarıyla tamamlandı. Güle güle kullanın. " * 2
_TYPOGRAPHIC: Final = "It’s “ready” – collect your order today… before we close at six. " * 2


def _cases() -> dict[str, Callable[[], object]]:
    long_latin = _LATIN * 4
    long_choice = choose(long_latin)
    parts = segment(long_latin, long_choice, reference=7)
    octets = encode_gsm7(_LATIN)
    return {
        f"choose, {len(_LATIN)} ASCII characters": partial(choose, _LATIN),
        f"choose, {len(_ACCENTS)} characters with accents": partial(choose, _ACCENTS),
        f"choose, {len(_EXTENDED)} characters with 10 escapes": partial(choose, _EXTENDED),
        f"choose, {len(_CYRILLIC)} Cyrillic characters": partial(choose, _CYRILLIC),
        f"choose, {len(long_latin)} ASCII characters (3 parts)": partial(choose, long_latin),
        f"choose, national, {len(_TURKISH)} Turkish characters": partial(
            choose, _TURKISH, allow_national=True
        ),
        f"choose, smart, {len(_TYPOGRAPHIC)} typographic characters": partial(
            choose, _TYPOGRAPHIC, smart=True
        ),
        "segment, 1 ASCII part": partial(segment, _LATIN, choose(_LATIN), reference=7),
        "segment, 1 Cyrillic part": partial(segment, _CYRILLIC, choose(_CYRILLIC), reference=7),
        "segment, 3 ASCII parts": partial(segment, long_latin, long_choice, reference=7),
        "join, 3 ASCII parts": partial(join, parts),
        "encode_gsm7, 99 ASCII characters": partial(encode_gsm7, _LATIN),
        "decode_gsm7, 99 octets": partial(decode_gsm7, octets),
        "pack_septets, 99 septets": partial(pack_septets, octets),
    }


def main() -> None:
    """Measure every case and print one line each."""
    for name, call in _cases().items():
        seconds = min(timeit.repeat(call, number=_CALLS, repeat=_RUNS)) / _CALLS
        print(f"{name:<52} {seconds * 1e6:8.2f} us {1 / seconds:12,.0f}/s")


if __name__ == "__main__":
    main()
