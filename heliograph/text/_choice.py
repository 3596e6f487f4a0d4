"""Which encoding a text takes and what that costs, explained. The fewest parts win; between equals
the one more phones can read: plain GSM7, then UCS2, then GSM7 with national tables. It must never
change a text on its own: smart replacements are asked for, kept only if they save a part, and listed.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from typing import Final

from heliograph.text._capacity import Encoding, cut, limits
from heliograph.text._errors import TextError, UnencodableError
from heliograph.text._gsm7 import DEFAULT_ALPHABET, alphabet, attempt, compact, expand, septets
from heliograph.text._national import LANGUAGES, LOCKING, SINGLE
from heliograph.text._smart import Replacement, plain, replacements
from heliograph.text._ucs2 import encode_ucs2


@dataclass(frozen=True, kw_only=True, slots=True)
class Choice:
    """How a text will travel, and why.

    Units are septets (GSM7, an extension character counting two), UTF-16 code units (UCS2) or octets
    (binary). `units` are those of the whole text, `unit_limit` what each part holds, `chars_left` the
    units still free in the last part. `locking` and `single` are national language identifiers, 0 for
    the default tables. `first_non_gsm` is the first character that plain GSM7 lacks. `replaced` lists
    what smart encoding changed; `segment` then makes the same changes.
    """

    encoding: Encoding
    parts: int
    units: int
    unit_limit: int
    chars_left: int
    locking: int = 0
    single: int = 0
    first_non_gsm: str | None = None
    replaced: tuple[Replacement, ...] = ()


def _one_part_gsm7(units: int) -> Choice:
    return Choice(
        encoding=Encoding.GSM7, parts=1, units=units, unit_limit=160, chars_left=160 - units
    )


_SHORT_GSM7: Final = tuple(map(_one_part_gsm7, range(161)))


@lru_cache(maxsize=4096)
def _one_part_ucs2(units: int, first_non_gsm: str | None) -> Choice:
    """Remembered by its few facts, not by text: building the struct costs more than the analysis."""
    return Choice(
        encoding=Encoding.UCS2,
        parts=1,
        units=units,
        unit_limit=70,
        chars_left=70 - units,
        first_non_gsm=first_non_gsm,
    )


def choose(
    text: str,
    *,
    allow_national: bool = False,
    languages: Iterable[int] = LANGUAGES,
    smart: bool = False,
    force: Encoding | str | None = None,
    wide_reference: bool = False,
) -> Choice:
    """The encoding for `text`.

    `allow_national` considers the shift tables of `languages`. `smart` allows typographic characters
    to be replaced if that saves a part (or makes a forced GSM7 possible). `force` names one encoding
    (not "binary"; see `choose_binary`). `wide_reference` counts parts with the 16-bit concatenation
    element; give `segment` the same. Raises UnencodableError for what no allowed encoding carries,
    such as a lone surrogate, and TextError for a `force` or language that does not exist.
    """
    if force is None and not allow_national:
        choice = _plain_or_ucs2(text, wide_reference)
        if not smart or choice.parts == 1 or choice.encoding is Encoding.GSM7:
            return choice
    wanted = _Wanted(
        national=_tables(tuple(languages)) if allow_national or force else (),
        force=_text_encoding(force),
        wide_reference=wide_reference,
    )
    return _smart_choice(text, wanted) if smart else _best(text, wanted)


def choose_binary(octets: bytes, *, wide_reference: bool = False) -> Choice:
    """The same account for 8-bit data; its units are octets."""
    return _measured(octets, Encoding.BINARY, wide_reference)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Wanted:
    """What the caller allows: pairs of locking and single shift tables, one encoding, a width."""

    national: tuple[tuple[int, int], ...]
    force: Encoding | None
    wide_reference: bool


def _text_encoding(force: Encoding | str | None) -> Encoding | None:
    if force is None:
        return None
    if force not in {Encoding.GSM7, Encoding.GSM7_NATIONAL, Encoding.UCS2}:
        raise TextError(f"{force!r} is not an encoding of text")
    return Encoding(force)


def _plain_or_ucs2(text: str, wide_reference: bool) -> Choice:
    coded = attempt(text, DEFAULT_ALPHABET)
    if isinstance(coded, int):
        return _in_ucs2(text, wide_reference, text[coded])
    units = septets(coded)
    if units <= 160:
        return _SHORT_GSM7[units]
    return _measured(expand(coded), Encoding.GSM7, wide_reference)


def _in_ucs2(text: str, wide_reference: bool, first_non_gsm: str | None) -> Choice:
    octets = encode_ucs2(text)
    if len(octets) <= 140:
        return _one_part_ucs2(len(octets) // 2, first_non_gsm)
    return _measured(octets, Encoding.UCS2, wide_reference, first_non_gsm=first_non_gsm)


def _measured(
    body: bytes,
    encoding: Encoding,
    wide_reference: bool,
    tables: tuple[int, int] = (0, 0),
    first_non_gsm: str | None = None,
) -> Choice:
    """The choice of `encoding` for a body already in it, cut as `segment` will cut it."""
    locking, single = tables
    alone, of_several = limits(encoding, wide_reference, locking, single)
    ends = cut(body, encoding, alone, of_several)
    width = 2 if encoding is Encoding.UCS2 else 1
    limit = alone if len(ends) == 1 else of_several
    last_start = ends[-2] if len(ends) > 1 else 0
    return Choice(
        encoding=encoding,
        parts=len(ends),
        units=len(body) // width,
        unit_limit=limit,
        chars_left=limit - (ends[-1] - last_start) // width,
        locking=locking,
        single=single,
        first_non_gsm=first_non_gsm,
    )


def _best(text: str, wanted: _Wanted) -> Choice:
    """The best choice for `text` as it stands."""
    match wanted.force:
        case Encoding.GSM7:
            octets = expand(compact(text, DEFAULT_ALPHABET))
            return _measured(octets, Encoding.GSM7, wanted.wide_reference)
        case Encoding.UCS2:
            return _in_ucs2(text, wanted.wide_reference, _first_non_gsm(text))
        case Encoding.GSM7_NATIONAL:
            return _forced_national(text, wanted)
    choice = _plain_or_ucs2(text, wanted.wide_reference)
    if choice.parts == 1 or choice.first_non_gsm is None:
        return choice
    national = _best_national(text, wanted, choice.first_non_gsm)
    return national if national and national.parts < choice.parts else choice


def _smart_choice(text: str, wanted: _Wanted) -> Choice:
    """The best choice, with replacements if they save a part or make the forced alphabet do."""
    try:
        choice = _best(text, wanted)
    except UnencodableError:
        if not wanted.force:
            raise
        choice = None
    if choice and (choice.parts == 1 or choice.first_non_gsm is None):
        return choice
    replaced = replacements(text)
    if not replaced and choice:
        return choice
    try:
        smart = _best(plain(text), wanted)
    except UnencodableError as error:
        raise _in_original(error, text) from None
    if choice and smart.parts >= choice.parts:
        return choice
    return replace(smart, replaced=replaced)


def _in_original(error: UnencodableError, text: str) -> UnencodableError:
    """The same error with the place in the text as it came: replacements move what follows them."""
    position = text.find(error.character)
    return UnencodableError(error.character, max(position, 0), error.alphabet)


def _forced_national(text: str, wanted: _Wanted) -> Choice:
    first = _first_non_gsm(text)
    choice = _best_national(text, wanted, first)
    if choice is None:
        raise _national_obstacle(text, wanted, first)
    return choice


def _first_non_gsm(text: str) -> str | None:
    coded = attempt(text, DEFAULT_ALPHABET)
    return text[coded] if isinstance(coded, int) else None


def _national_obstacle(text: str, wanted: _Wanted, first: str | None) -> TextError:
    """The character that stops the pair of tables that gets furthest."""
    obstacles = []
    for tables in wanted.national:
        try:
            compact(text, alphabet(*tables))
        except UnencodableError as error:
            obstacles.append(error)
    if not obstacles:
        return TextError(f"no national language to carry {first!a}")
    return max(obstacles, key=lambda obstacle: obstacle.position)


def _best_national(text: str, wanted: _Wanted, first_non_gsm: str | None) -> Choice | None:
    """Among all pairs of tables that hold `text`: fewest parts, then fewest header octets."""
    fitting = _national_choices(text, wanted, first_non_gsm)
    return min(fitting, key=_national_cost, default=None)


def _national_cost(choice: Choice) -> tuple[int, int, int]:
    return choice.parts, bool(choice.locking) + bool(choice.single), choice.units


def _national_choices(text: str, wanted: _Wanted, first: str | None) -> Iterator[Choice]:
    for tables in wanted.national:
        if first is not None and first not in _repertoire(*tables):
            continue
        coded = attempt(text, alphabet(*tables))
        if isinstance(coded, int):
            continue
        yield _measured(expand(coded), Encoding.GSM7_NATIONAL, wanted.wide_reference, tables, first)


@cache
def _repertoire(locking: int, single: int) -> frozenset[str]:
    """A quick first look: most texts that no national table holds show it in their first letter."""
    letters = alphabet(locking, single)
    return frozenset(letters.base) | frozenset(letters.shifted)


@cache
def _tables(languages: tuple[int, ...]) -> tuple[tuple[int, int], ...]:
    """Per language: its single shift table, its locking table, and both."""
    pairs: list[tuple[int, int]] = []
    for language in languages:
        if language not in SINGLE:
            raise TextError(f"there is no national language {language}")
        pairs.append((0, language))
        if language in LOCKING:
            pairs += [(language, 0), (language, language)]
    return tuple(pairs)
