"""Tokens in texts: `{{first_name}}`, `{{link:5}}` and the like, compiled once and put in per recipient.

Names and syntax are those of seed 004 ("Estimate Broadcast"), and the native ones. An unknown token is
an error of the text: it must never be in somebody's SMS. Pure: what is drawn by lot, codes and
addresses come as functions. What the seed does not say was settled so: `callback` is a GUID of this
message; `callback_link:ID` is `link:ID` (its target learns the code where the link has a
`code_parameter`); `random_symbol` is a lower-case letter or a digit; a recipient without a value for a
name gets nothing in its place, but one without a `url` gets no message with `shorten_url`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from enum import Enum
from typing import Final, NamedTuple
from urllib.parse import urlsplit

import msgspec

from heliograph.model.link import OPT_OUT_LINK, OWN_LINK, ShortLink
from heliograph.model.lists import FIELDS, Fields
from heliograph.model.refusal import Refusal, Refused

__all__ = [
    "TOKENS",
    "Compiled",
    "Expanded",
    "Expander",
    "Kind",
    "Needs",
    "Piece",
    "Recipe",
    "SenderChoice",
    "compile_text",
]

_TOKEN: Final = re.compile(r"\{\{\s*(\w+)\s*(?::\s*(\w+)\s*)?\}\}")
_OLD_LINK: Final = re.compile(r"link_(\d{1,9})")
_SYMBOLS: Final = "abcdefghijklmnopqrstuvwxyz0123456789"
_LARGEST_ID: Final = 2**31 - 1
_SCHEMES: Final = frozenset({"http", "https"})


class Kind(Enum):
    """What stands in the place of a token."""

    FIELD = "field"
    SYMBOL = "random_symbol"
    SPINNER = "word_spinner"
    LINK = "link"
    LINK_LIST = "link_list"
    OPT_OUT = "unsubscription_link"
    SHORTEN = "shorten_url"
    CALLBACK = "callback"
    CALLBACK_LINK = "callback_link"
    CODE = "verification_code"


_NAMED: Final = dict.fromkeys(FIELDS, Kind.FIELD) | {
    kind.value: kind for kind in Kind if kind is not Kind.FIELD
}
_NUMBERED: Final = frozenset({Kind.SPINNER, Kind.LINK, Kind.LINK_LIST, Kind.CALLBACK_LINK})
TOKENS: Final = tuple(_NAMED)
"""Every name that a token can have."""


class Piece(NamedTuple):
    """A token of the text."""

    kind: Kind
    name: str
    number: int


class Needs(NamedTuple):
    """Ids that the tokens of a text name."""

    links: frozenset[int]
    link_lists: frozenset[int]
    spinners: frozenset[int]


class Compiled(msgspec.Struct, frozen=True):
    """A text in pieces: what stands as it is, and tokens."""

    pieces: tuple[str | Piece, ...]

    @property
    def tokens(self) -> tuple[Piece, ...]:
        """In the order of the text."""
        return tuple(piece for piece in self.pieces if isinstance(piece, Piece))

    @property
    def needs(self) -> Needs:
        """What must exist."""

        def ids(*kinds: Kind) -> frozenset[int]:
            return frozenset(piece.number for piece in self.tokens if piece.kind in kinds)

        return Needs(ids(Kind.LINK, Kind.CALLBACK_LINK), ids(Kind.LINK_LIST), ids(Kind.SPINNER))

    def has(self, *kinds: Kind) -> bool:
        """Whether there is a token of these kinds."""
        return any(piece.kind in kinds for piece in self.tokens)

    @property
    def has_links(self) -> bool:
        """Whether its messages have short links in them."""
        return self.has(Kind.LINK, Kind.LINK_LIST, Kind.CALLBACK_LINK, Kind.SHORTEN, Kind.OPT_OUT)


class SenderChoice(msgspec.Struct, frozen=True, array_like=True):
    """A sender of a broadcast, as it was approved when that was accepted."""

    name: str
    countries: tuple[str, ...] | None = None
    """None means every country."""


class Recipe(msgspec.Struct, frozen=True):
    """What the tokens of a broadcast's text stand for, and who it is from, as all that was when it was
    accepted."""

    senders: tuple[SenderChoice, ...] = ()
    spinners: dict[int, tuple[str, ...]] = {}
    link_lists: dict[int, tuple[int, ...]] = {}


class Expanded(NamedTuple):
    """One recipient's text."""

    text: str
    short_links: tuple[ShortLink, ...]


def compile_text(text: str) -> Compiled | Refused:
    """The text in pieces, or what is wrong with its tokens."""
    pieces: list[str | Piece] = []
    at = 0
    for found in _TOKEN.finditer(text):
        if found.start() > at:
            pieces.append(text[at : found.start()])
        piece = _piece(found[1], found[2])
        if isinstance(piece, Refused):
            return piece
        pieces.append(piece)
        at = found.end()
    if at < len(text):
        pieces.append(text[at:])
    stray = [piece for piece in pieces if isinstance(piece, str) and "{{" in piece]
    if stray:
        return _no("The text has “{{” that begins no token.")
    return Compiled(tuple(pieces))


def _piece(name: str, parameter: str | None) -> Piece | Refused:
    old = _OLD_LINK.fullmatch(name)
    if old is not None and parameter is None:
        name, parameter = Kind.LINK.value, old[1]
    kind = _NAMED.get(name)
    if kind is None:
        return _no(f"There is no token {{{{{name}}}}}.")
    if kind not in _NUMBERED:
        if parameter is not None:
            return _no(f"The token {{{{{name}}}}} has no parameter.")
        return Piece(kind, name, 0)
    if parameter is None or not parameter.isdecimal() or not 0 < int(parameter) <= _LARGEST_ID:
        return _no(f"The token {{{{{name}}}}} needs a number, as in {{{{{name}:5}}}}.")
    return Piece(kind, name, int(parameter))


class Expander:
    """Puts one broadcast's tokens in, a few microseconds a recipient."""

    def __init__(
        self,
        compiled: Compiled,
        recipe: Recipe,
        *,
        base: str,
        lifetime_seconds: int,
        make_code: Callable[[], str],
        make_uuid: Callable[[], str],
        choose: Callable[[Sequence[str]], str],
    ) -> None:
        """`base` is what stands before a short link's code, with the slash at its end."""
        self._pieces = compiled.pieces
        self._recipe = recipe
        self._base = base
        self._lifetime = lifetime_seconds
        self._make_code = make_code
        self._make_uuid = make_uuid
        self._choose = choose

    def expand(self, ordinal: int, fields: Fields, code: str = "") -> Expanded | Refused:
        """One recipient's text. `ordinal` counts recipients, so that link lists are spread evenly."""
        out: list[str] = []
        minted: dict[int, ShortLink] = {}
        for piece in self._pieces:
            if isinstance(piece, str):
                out.append(piece)
            elif piece.kind is Kind.FIELD:
                out.append(getattr(fields, piece.name))
            else:
                word = self.word(piece, ordinal, fields, minted, code)
                if isinstance(word, Refused):
                    return word
                out.append(word)
        return Expanded("".join(out), tuple(minted.values()))

    def word(
        self,
        piece: Piece,
        ordinal: int,
        fields: Fields,
        minted: dict[int, ShortLink],
        code: str,
    ) -> str | Refused:
        """What stands in the place of one token. `minted` are the short links of this message so far."""
        match piece.kind:
            case Kind.FIELD:
                name: str = getattr(fields, piece.name)
                return name
            case Kind.LINK | Kind.CALLBACK_LINK:
                return self._base + self._mint(piece.number, minted)
            case Kind.LINK_LIST:
                ids = self._recipe.link_lists[piece.number]
                return self._base + self._mint(ids[ordinal % len(ids)], minted)
            case Kind.SPINNER:
                return self._choose(self._recipe.spinners[piece.number])
            case Kind.SYMBOL:
                return self._choose(_SYMBOLS)
            case Kind.OPT_OUT:
                return f"{self._base}u/{self._mint(OPT_OUT_LINK, minted)}"
            case Kind.SHORTEN:
                refused = _target_fault(fields.url)
                if refused is not None:
                    return refused
                return self._base + self._mint(OWN_LINK, minted, fields.url)
            case Kind.CALLBACK:
                return self._make_uuid()
            case _:
                return code

    def _mint(self, link_id: int, minted: dict[int, ShortLink], target: str | None = None) -> str:
        short = minted.get(link_id)
        if short is None:
            short = minted[link_id] = ShortLink(
                code=self._make_code(),
                link_id=link_id,
                lifetime_seconds=self._lifetime,
                target=target,
            )
        return short.code


def _target_fault(url: str) -> Refused | None:
    if not url:
        return Refused(refusal=Refusal.MISSING_FIELD, field="url")
    try:
        parts = urlsplit(url)
    except ValueError:
        parts = urlsplit("")
    sound = url.isascii() and url.isprintable() and " " not in url
    if sound and parts.netloc and parts.scheme.lower() in _SCHEMES:
        return None
    return Refused(
        refusal=Refusal.INVALID_FIELD,
        field="url",
        detail="A link that is to be shortened is an http or https URL in ASCII.",
    )


def _no(sentence: str) -> Refused:
    return Refused(refusal=Refusal.INVALID_FIELD, field="text", detail=sentence)
