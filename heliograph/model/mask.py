"""Takes secrets out of a request before it is kept.

A secret is found by its value, however it is written: as it is, percent-encoded (some or all of it), as a
JSON string's escapes, in base64 at any place (`Basic`). Beyond that, values whose field's name says that
they are secret are taken out. It must never leave a part of a secret, and rather takes out too much.
"""

from __future__ import annotations

import base64
import re
from functools import lru_cache
from typing import Final
from urllib.parse import quote, unquote

__all__ = ["MASK", "in_digits", "mask", "mask_octets", "reach_of"]

MASK: Final = "•••"
_PLAIN: Final = re.compile(r"[A-Za-z0-9._~\-]+", re.ASCII)
_UNUSUAL: Final = re.compile(
    r"%25|%(?:2[DEde]|3[0-9]|[46][1-9A-Fa-f]|[57][0-9Aa]|5[Ff]|7[Ee])|\\u00", re.ASCII
)
"""An escape of a character that needs none."""
_LONGEST_FORM: Final = 24
"""Characters that one character of a secret may be written in."""
_TELLTALE: Final = ("pass", "pwd", "token", "secret", "key", "authori", "credential")
_WORDS: Final = (
    r"passw|passphrase|pwd|token|secret|api[-_ .]?key|service[-_ .]?key|access[-_ .]?key|authori[sz]ation"
    r"|credential"
)
_NAME: Final = re.compile(rf"{_WORDS}|^pass$|^key$", re.IGNORECASE)
_KEY: Final = re.compile(r'"([^"\\]{1,100})"\s*:\s*')
_VALUE: Final = re.compile(
    r'"(?:[^"\\]|\\.)*(?:"|\\?$)|\[[^\]]*(?:\]|$)|\{[^}]*(?:\}|$)|[^\s,}\]"]+', re.DOTALL
)
_PART: Final = re.compile(
    rf'(name="?[^"\r\n]{{0,60}}(?:{_WORDS})[^\r\n]{{0,200}}\r?\n(?:[^\r\n]{{1,200}}\r?\n){{0,8}}\r?\n)(.*?)(?=\r?\n--|$)',
    re.IGNORECASE | re.DOTALL,
)
_USER: Final = re.compile(
    r"((?::|%3A)(?://|%2F%2F))(?:[^/?&\"\s@%]|%(?!2F|40)..)+(@|%40)", re.IGNORECASE
)
"""Who is named in an address, with a password or without."""
_INNER: Final = re.compile(
    rf'([?&][^=&?"\s]{{0,60}}(?:{_WORDS})[^=&?"\s]{{0,40}}=)[^&"\s\\]+', re.IGNORECASE
)
"""A parameter of an address within JSON."""
_SHORTEST_CORE: Final = 6
"""Characters of base64 that are looked for wherever they are."""


def reach_of(name: str, secret: str) -> int:
    """How long a secret may be when it is written at its longest."""
    return (len(name) + len(secret) + 1) * _LONGEST_FORM


def mask(text: str, name: str, secret: str) -> str:
    """The text of a request without its caller's secret, and without fields that are secret by name."""
    if secret:
        text = _by_value(text, name, secret)
    if "//" in text or "%2F%2F" in text or "%2f%2f" in text:
        text = _USER.sub(rf"\1{MASK}\2", text)
    lower = text.lower()
    if "%" in lower:
        return _by_name(text)
    for word in _TELLTALE:
        if word in lower:
            return _by_name(text)
    return text


def mask_octets(octets: bytes, name: str, secret: str) -> str:
    """The same for octets that are no text: a character for each, and the masks between them."""
    text = octets.decode("latin-1")
    if secret:
        for codec in ("utf-8", "utf-16-le", "utf-16-be"):
            written = secret.encode(codec, "surrogatepass").decode("latin-1")
            text = text.replace(written, MASK)
    return mask(text, name, secret)


def in_digits(masked: str) -> str:
    """What `mask_octets` gave, in hexadecimal around the masks."""
    return MASK.join(piece.encode("latin-1").hex() for piece in re.split(f"{MASK[0]}+", masked))


def _by_value(text: str, name: str, secret: str) -> str:
    text = text.replace(secret, MASK)
    cores, around, plain = _encoded(name, secret)
    escaped = "%" in text or "\\" in text
    unusual = _UNUSUAL.search(text) is not None if plain and escaped else escaped
    if unusual or (not plain and "+" in text):
        text = _written(secret).sub(MASK, text)
    for core in cores:  # a loop, since this is done for every message
        if core in text:
            return around.sub(MASK, text)
    return text


@lru_cache(maxsize=512)
def _written(secret: str) -> re.Pattern[str]:
    """The secret with each of its characters written in any way."""
    return re.compile("".join(map(_character, secret)))


def _character(character: str) -> str:
    utf8 = character.encode("utf-8", "surrogatepass")
    utf16 = character.encode("utf-16-be", "surrogatepass").hex()
    units = [utf16[place : place + 4] for place in range(0, len(utf16), 4)]
    backslash = r"(?:\\|%(?:25)*5[Cc])"
    ways = [
        re.escape(character),
        "(?i:" + "".join(f"%(?:25)*{octet:02x}" for octet in utf8) + ")",
        "(?i:" + "".join(f"{backslash}+u{unit}" for unit in units) + ")",
    ]
    if not character.isalnum():
        octet = f"%(?:25)*{ord(character):02x}" if character.isascii() else re.escape(character)
        ways.append(f"{backslash}(?:{re.escape(character)}|(?i:{octet}))")
    if character == " ":
        ways.append(r"\+|%(?:25)*2[Bb]")
    return f"(?:{'|'.join(ways)})"


@lru_cache(maxsize=512)
def _encoded(name: str, secret: str) -> tuple[tuple[str, ...], re.Pattern[str], bool]:
    """What the secret is in base64, wherever it begins in what was encoded; a whole word with that; and
    whether nobody needs to escape it."""
    octets = secret.encode("utf-8", "surrogatepass")
    found = set()
    for before in range(3):
        whole = base64.b64encode(b"\0" * before + octets).decode("ascii")
        # The first and the last characters have bits of what is before and behind.
        start = (before * 8 + 5) // 6
        core = whole[start : (before + len(octets)) * 8 // 6]
        found.add(core)
    pair = f"{name}:{secret}".encode("utf-8", "surrogatepass")
    if min(map(len, found)) < _SHORTEST_CORE:
        found = {base64.b64encode(each).decode("ascii").rstrip("=") for each in (octets, pair)}
    found |= {core.replace("+", "-").replace("/", "_") for core in found}
    found |= {core.replace("/", "\\/") for core in found}
    found |= {quote(core, safe="") for core in found}
    found |= {re.sub("%..", lambda each: each[0].lower(), core) for core in found}
    cores = tuple(sorted(found))
    word = r"(?:[A-Za-z0-9+/_\-]|\\/|%2[BbFf])*"
    end = "(?:=|%3[Dd]){0,2}"
    around = re.compile(f"{word}(?:{'|'.join(map(re.escape, cores))}){word}{end}")
    return cores, around, _PLAIN.fullmatch(secret) is not None


def _by_name(text: str) -> str:
    if text[:1] in "{[" or text.lstrip()[:1] in ("{", "["):
        return _INNER.sub(rf"\1{MASK}", _json(text))
    if text.startswith("--"):
        return _PART.sub(rf"\1{MASK}", text)
    if "=" not in text:
        return text
    return "".join(map(_pair, re.split(r"([&?;\r\n])", text)))


def _json(text: str) -> str:
    """An object or an array, perhaps cut off."""
    pieces, done = [], 0
    for key in _KEY.finditer(text):
        if key.start() < done or not _NAME.search(key[1]):
            continue
        value = _VALUE.match(text, key.end())
        if value is not None:
            pieces += [text[done : key.end()], f'"{MASK}"']
            done = value.end()
    return "".join((*pieces, text[done:]))


def _pair(text: str) -> str:
    """`name=value` of a form, a query or a path."""
    name, equals, value = text.partition("=")
    if not equals or not value or not _NAME.search(unquote(name)):
        return text
    return f"{name}={MASK}"
