"""Writes the pages of `docs/` that are drawn from tables, and part of NOTICE, and tells which are stale.

    python -m tools.docs           writes them
    python -m tools.docs --check   changes nothing; exit status 1 names every page that is stale

The tables are the dialects' own: what a page says of an endpoint was asked of its reader, not written
down a second time. It must never hold a fact about a wire that the room itself does not have; only the
words about MiMSMS's fields are here, and a field without words stops the run.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

from heliograph.carriers.http import TERMS, Terms
from heliograph.config import configuration_markdown
from heliograph.dialects._shape import Covered, Dialect
from heliograph.dialects.imiconnect import coverage as imiconnect_coverage
from heliograph.dialects.messagewhiz import coverage as messagewhiz_coverage
from heliograph.dialects.mimsms import codes, wire
from heliograph.dialects.mimsms import coverage as mimsms_coverage
from heliograph.dialects.mimsms import read as mimsms
from heliograph.dialects.mitto import coverage as mitto_coverage
from heliograph.dialects.native._operations import OPERATIONS
from heliograph.dialects.smsapi import codes as smsapi
from heliograph.dialects.smsapi import coverage as smsapi_coverage
from heliograph.doors import DIALECTS
from heliograph.links import UPSTREAMS
from heliograph.model.command import SendMessages
from heliograph.model.refusal import Refusal
from heliograph.simulator import magic_table
from heliograph.smpp import smpp_markdown
from tools import notice
from tools.roles import roles_page

DOCS: Final = Path(__file__).parent.parent / "docs"
_WRITTEN: Final = "<!-- Written by `python -m tools.docs` from the rooms' own tables. -->"
_SETTINGS: Final = "## Settings"
_MAGIC: Final = re.compile(r"^\| Recipient ends in \|.*?(?=\n\n)", re.MULTILINE | re.DOTALL)

_COVERAGE: Final[Mapping[str, tuple[Covered, ...]]] = {
    "mimsms": mimsms_coverage.COVERAGE,
    "smsapi": smsapi_coverage.COVERAGE,
    "imiconnect": imiconnect_coverage.COVERAGE,
    "mitto": mitto_coverage.COVERAGE,
    "messagewhiz": messagewhiz_coverage.COVERAGE,
}
"""What each vendor documents, line by line, by the dialect's name."""
_FIELDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "UserName": "The credential's name, an e-mail address. Also by HTTP Basic.",
        "Apikey": "The credential's secret. Also by HTTP Basic.",
        "MobileNumber": "An MSISDN with or without plus; a comma list where the table above says so.",
        "CampaignId": "With P the code of an approved permit, else 210. With T and D passed over.",
        "SenderName": "An approved sender of the account, else 208.",
        "TransactionType": "The table above; anything else is 207.",
        "Message": "The text; empty is 205, with more parts than the account may send 209.",
        "trxnId": "As it was given by the answer to a call; one stands for all messages of a call.",
        "SmsData": "A list of objects with `MobNumber` and `Message`.",
    }
)


def main(arguments: list[str]) -> int:
    """Write the pages, or with `--check` compare them; 1 when one is stale."""
    if arguments not in ([], ["--check"]):
        sys.stderr.write("usage: python -m tools.docs [--check]\n")
        return 2
    stale = [file for file, text in pages() if not file.exists() or _read(file) != text]
    if arguments:
        for file in stale:
            sys.stderr.write(f"{file} is stale: run python -m tools.docs\n")
        return 1 if stale else 0
    wanted = dict(pages())
    for file in stale:
        file.write_text(wanted[file], encoding="utf-8")
        sys.stdout.write(f"{file} written\n")
    return 0


def pages() -> Iterator[tuple[Path, str]]:
    """Each page's file and what it should hold."""
    yield DOCS / "configuration.md", configuration_markdown()
    simulator = DOCS / "simulator.md"
    yield simulator, with_magic_table(_read(simulator))
    yield DOCS / "smpp.md", smpp_markdown()
    yield DOCS / "dialects.md", dialects_page(DIALECTS)
    yield DOCS / "roles.md", roles_page()
    carriers = DOCS / "http-carriers.md"
    yield carriers, with_settings(_read(carriers))
    yield notice.NOTICE, notice.with_packages(_read(notice.NOTICE), _read(notice.LOCK))


def with_magic_table(page: str) -> str:
    """The page about the simulator with the table of magic numbers that holds now."""
    if len(_MAGIC.findall(page)) != 1:
        raise ValueError("docs/simulator.md has not one table of magic numbers")
    return _MAGIC.sub(lambda _: magic_table(), page)


def with_settings(page: str) -> str:
    """The page about carriers called by HTTP with the settings that hold now, below its last heading."""
    story, mark, _ = page.partition(_SETTINGS)
    if not mark:
        raise ValueError("docs/http-carriers.md has no place for the settings")
    usual = Terms()
    every = (
        (
            f"`{name}`",
            f"{getattr(usual, name):g}",
            f"{term.least:g} to {term.most:g}",
            term.sentence,
        )
        for name, term in TERMS.items()
    )
    lines = [mark, "", _WRITTEN, "", "### Every kind", ""]
    lines += _table(("setting", "default", "takes", "what it is"), every)
    for kind, upstream in UPSTREAMS.items():
        own = ((f"`{name}`", sentence) for name, sentence in upstream.settings.items())
        lines += [f"### `{kind}`", "", *_table(("setting", "what it is"), own)]
    return story + "\n".join(lines).rstrip() + "\n"


def _read(file: Path) -> str:
    return file.read_text(encoding="utf-8")


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> list[str]:
    lines = (f"| {' | '.join(row)} |" for row in (head, ("---",) * len(head), *rows))
    return [*lines, ""]


# -- dialects -------------------------------------------------------------------------------------


def dialects_page(dialects: tuple[Dialect, ...]) -> str:
    """`docs/dialects.md`: what each door understands, answers and refuses."""
    matrices = {"native": _native, "mimsms": _mimsms, "smsapi": _smsapi}
    lines = ["# Dialects: what each door understands", "", _WRITTEN, ""]
    lines += [
        "An HTTP request belongs to the first of these that owns its path. Each has its room in",
        "`heliograph/dialects/`; `docs/adding-a-dialect.md` says how another is added.",
        "",
    ]
    lines += [f"* [{dialect.name}](#{dialect.name})" for dialect in dialects]
    for dialect in dialects:
        docstring = sys.modules[type(dialect).__module__].__doc__ or ""
        title, _, story = docstring.strip().partition("\n")
        lines += ["", f"## {dialect.name}", "", title, story.rstrip(), ""]
        if dialect.name in matrices:
            lines += matrices[dialect.name]()
        lines += _coverage(_COVERAGE.get(dialect.name, ()))
    return "\n".join(lines).rstrip() + "\n"


def _coverage(covered: Iterable[Covered]) -> list[str]:
    """A table for each section: what the vendor documents, and what became of it."""
    sections: dict[str, list[Covered]] = {}
    for each in covered:
        sections.setdefault(each.section, []).append(each)
    lines: list[str] = []
    for section, found in sections.items():
        rows = ((each.item, each.state, each.note) for each in found)
        lines += [f"### {section}", "", *_table(("Documented", "", "Note"), rows)]
    return lines


def _native() -> list[str]:
    rows = (
        (
            f"`{operation.method} {operation.path}`",
            operation.summary,
            operation.scope.value,
            "yes" if operation.idempotent else "",
        )
        for operation in OPERATIONS
    )
    problems = (
        (str(refusal.value.http_status), f"`{refusal.value.code}`", refusal.value.sentence)
        for refusal in Refusal
    )
    return [
        "### Operations",
        "",
        "Parameters, bodies and replies are in the OpenAPI description that the server gives at",
        "`/openapi.json` and shows at `/docs`.",
        "",
        *_table(("Request", "What it does", "Scope", "Idempotency-Key"), rows),
        "### Problems",
        "",
        "A refusal is a problem document (RFC 9457) with one of these codes.",
        "",
        *_table(("HTTP", "Code", "What it means"), problems),
    ]


class _Watched(dict[str, object]):
    """Fields that remember which of them a reader asked for."""

    def __init__(self, values: Mapping[str, object]) -> None:
        super().__init__(values)
        self.asked: list[str] = []

    def get(self, name: str, default: object = None) -> object:
        if name not in self.asked:
            self.asked.append(name)
        return super().get(name, default)


_ONE_NUMBER: Final = "8801844909020"
_TWO_NUMBERS: Final = "8801844909020,8801844909021"
_DONE: Final = "done"


def _ask(endpoint: mimsms.Endpoint, kind: str, number: str) -> tuple[str, list[str]]:
    """What an endpoint makes of a complete request, and the fields it looked at."""
    fields = _Watched(
        {
            "mobilenumber": number,
            "campaignid": "EID-2027",
            "sendername": "Heliograph",
            "transactiontype": kind,
            "message": "Hello",
            "trxnid": wire.trxn_id_of_sealed(b"", 1),
            "smsdata": [{"MobNumber": _ONE_NUMBER, "Message": "Hello"}],
        }
    )
    wanted = endpoint.read(fields)
    if isinstance(wanted, Refusal):
        return codes.verdict_of(wanted).code, fields.asked
    if wanted.verdict is not None:
        return codes.verdict_of(wanted.verdict.refusal).code, fields.asked
    if isinstance(wanted.command, SendMessages) and number == _TWO_NUMBERS:
        split = len(wanted.command.drafts) == 2
        return _DONE if split else codes.verdict_of(Refusal.INVALID_RECIPIENT).code, fields.asked
    return _DONE, fields.asked


def _mimsms_endpoint(path: str, endpoint: mimsms.Endpoint) -> tuple[str, ...]:
    """A row of the table of endpoints; notes the fields' spelling."""
    _, asked = _ask(endpoint, "T", _ONE_NUMBER)
    spelling = {name.lower(): name for name in _FIELDS}
    # Who calls is read before the endpoint's own fields, the same everywhere.
    fields = ", ".join(f"`{spelling[name]}`" for name in ("username", "apikey", *asked))
    cells = ["", "", "", ""]
    if "transactiontype" in asked:
        cells = [_ask(endpoint, kind, _ONE_NUMBER)[0] for kind in "TPD"]
        listed = "mobilenumber" in asked
        kinds = [kind for kind in "TPD" if _ask(endpoint, kind, _TWO_NUMBERS)[0] == _DONE]
        cells.append(", ".join(kinds) if listed else "by `SmsData`")
    return (f"`{path}`", " ".join(endpoint.methods), *cells, fields)


def _mimsms() -> list[str]:
    own = {path: row for path, row in mimsms.ENDPOINTS.items() if path.endswith("/" + row.name)}
    endpoints = [_mimsms_endpoint(path, row) for path, row in own.items()]
    head = ("Path", "Methods", "T", "P", "D", "Comma list with", "Fields")
    fields = ((f"`{name}`", _DONE, words) for name, words in _FIELDS.items())
    return [
        "### Endpoints",
        "",
        "Every endpoint of the document and of the vendor's collection is done. A number is the code",
        "with which a transaction type is refused.",
        "",
        *_table(head, endpoints),
        "### Fields",
        "",
        *_table(("Field", "", "How it is read"), fields),
        "### Codes in answers",
        "",
        "Every code of the document's error map is used.",
        "",
        *_table(("Code", "Status", "Text", "HTTP", "Told for"), _mimsms_codes()),
        "### Delivery reports (DlrApi)",
        "",
        "The last column is what a row means when MiMSMS is the carrier.",
        "",
        *_table(("operatorStatus", "dlrCode", "Told for", "Read as"), _mimsms_operators()),
    ]


def _mimsms_codes() -> Iterator[tuple[str, ...]]:
    told: dict[codes.Verdict, list[str]] = {}
    for refusal, verdict in codes.VERDICTS.items():
        told.setdefault(verdict, []).append(f"`{refusal.value.code}`")
    told.setdefault(codes.NO_SUCH_PATH, []).append("a path that is not there")
    texts = f"{codes.SENT_TEXT}, {codes.SENT_LIST_TEXT}"
    states = f"{codes.SUCCESS_STATUS}, {codes.OK_STATUS}, {codes.NO_DATA_STATUS}"
    yield (codes.SUCCESS_CODE, states, texts, "200", "what was done")
    for verdict in sorted(told):
        yield (
            verdict.code,
            verdict.status,
            verdict.text,
            str(verdict.http_status),
            ", ".join(told[verdict]),
        )


def _mimsms_operators() -> Iterator[tuple[str, ...]]:
    told: dict[codes.Operator, list[str]] = {}
    for reason, operator in codes.OPERATORS.items():
        if operator is not None:
            told.setdefault(operator, []).append(f"`{reason.word}`")
    for operator, outcome in codes.OUTCOMES.items():
        words = told.get(operator, [])
        if operator == codes.DELIVERED:
            words = ["delivered"]
        if operator == codes.UNDELIVERED:
            words = [*words, "every end without a row of its own"]
        read = f"{outcome.status.word} (`{outcome.reason.word}`)"
        yield (operator.status, operator.dlr_code, ", ".join(words), read)
    yield (codes.PENDING.status, codes.PENDING.dlr_code, "what has not ended", "no outcome yet")


def _smsapi() -> list[str]:
    kinds = (
        (
            f"`{word}`",
            kind.channel,
            kind.encoding.name.lower(),
            "yes" if kind.flash else "",
        )
        for word, kind in smsapi.KINDS.items()
    )
    told: dict[str, list[str]] = {}
    for refusal, text in smsapi.TEXTS.items():
        told.setdefault(text, []).append(f"`{refusal.value.code}`")
    for field, text in smsapi.FIELD_TEXTS.items():
        told.setdefault(text, []).append(f"a missing or wrong {field}")
    rows = ((f"`{text}`", ", ".join(reasons)) for text, reasons in told.items())
    return [
        "### Types",
        "",
        *_table(("type", "Channel", "Encoding", "Flash"), kinds),
        "### Messages of errors",
        "",
        *_table(("message", "Told for"), rows),
    ]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
