"""A request on its way through a reader: its fields, the numbers in its path, and what is made of it."""

from __future__ import annotations

from io import BytesIO
from typing import Final, NamedTuple

from heliograph.dialects import _forms
from heliograph.dialects._multipart import parts_of
from heliograph.dialects._shape import HttpRequest
from heliograph.dialects._spool import Octets, octets_of
from heliograph.dialects.messagewhiz import _lenient
from heliograph.dialects.messagewhiz._fields import LARGEST_ID, Fields, UnusableError, missing
from heliograph.dialects.messagewhiz.wire import Form
from heliograph.model.command import Command
from heliograph.model.lists import ListFile, Overlong
from heliograph.model.refusal import Refusal, Refused

PAGE: Final = 10
_JSON_BYTES: Final = 8 * 1024 * 1024
"""Where a file may come it may be larger; JSON is read whole."""
_LARGEST_PAGE: Final = 1000
_FURTHEST: Final = 10_000_000


class Wanted(NamedTuple):
    """What a reader made of a request."""

    command: Command
    form: Form


class Doc(NamedTuple):
    """The file of a multipart body."""

    octets: Octets
    start: int
    end: int
    request: HttpRequest

    def listed(self, mapping: dict[int, str] | None, *, truncate: bool) -> ListFile:
        """The same as the product takes it."""
        file = self.request.spool or BytesIO(self.request.body)
        return ListFile(
            file=file,
            start=self.start,
            end=self.end,
            mapping=mapping,
            overlong=Overlong.TRUNCATE if truncate else Overlong.FAIL,
        )


class Call:
    """One request. What cannot be read raises `UnusableError`."""

    __slots__ = ("body", "doc", "path", "query", "request")

    def __init__(self, request: HttpRequest, path: tuple[str, ...]) -> None:
        """`path` are the numbers in the path, as they were written."""
        self.request = request
        self.path = path
        self.query = _query(request)
        self.doc: Doc | None = None
        self.body = self._body()

    def id(self) -> int:
        """The entity that the path names. Beyond what ids can be there is none."""
        digits = self.path[0]
        return int(digits) if len(digits) <= 10 and int(digits) <= LARGEST_ID else LARGEST_ID

    def need_doc(self) -> Doc:
        """The file that must be there."""
        if self.doc is None:
            raise missing("doc")
        return self.doc

    @property
    def start(self) -> int:
        """Items to skip."""
        return min(self.query.whole("start", most=2**31) or 0, _FURTHEST)

    @property
    def limit(self) -> int:
        """Items to fetch; 10 unless asked otherwise, 1,000 at most."""
        asked = self.query.whole("limit", most=2**31)
        return PAGE if not asked else min(asked, _LARGEST_PAGE)

    @property
    def enabled(self) -> bool | None:
        """Whether enabled or disabled ones are asked for; enabled ones by default."""
        flag = self.query.flag("enabled")
        return True if flag is None else flag

    def _body(self) -> Fields:
        request = self.request
        content_type = request.headers.get("content-type", "")
        media = _forms.media_type(content_type)
        if media == "multipart/form-data":
            octets = octets_of(request)
            parts = parts_of(octets, content_type, files=("doc",))
            if isinstance(parts, _forms.Malformed):
                raise _malformed(parts)
            part = parts.files.get("doc") or next(iter(parts.files.values()), None)
            if part is not None:
                self.doc = Doc(octets, part.start, part.end, request)
            return Fields(parts.fields)
        body = request.body if request.spool is None else request.spool.read(_JSON_BYTES + 1)
        if request.spool is not None and len(body) > _JSON_BYTES:
            raise UnusableError(Refused(refusal=Refusal.TOO_LARGE))
        if request.method in ("GET", "DELETE") or not body.strip():
            return Fields({})
        if media == "application/x-www-form-urlencoded" and not body.lstrip().startswith(b"{"):
            pairs = _forms.urlencoded_pairs(body)
            if isinstance(pairs, _forms.Malformed):
                raise _malformed(pairs)
            return Fields(dict(pairs))
        members = _lenient.json_object(body)
        if isinstance(members, _forms.Malformed):
            raise _malformed(members)
        return Fields(members)


def _query(request: HttpRequest) -> Fields:
    pairs = _forms.query_pairs(request.query)
    if isinstance(pairs, _forms.Malformed):
        raise _malformed(pairs)
    return Fields(dict(pairs))


def _malformed(what: _forms.Malformed) -> UnusableError:
    return UnusableError(Refused(refusal=Refusal.MALFORMED, detail=what.what))
