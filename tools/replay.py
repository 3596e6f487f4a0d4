"""Replays every request that MessageWhiz's reference prints (seed 004, `tests/vectors/messagewhiz`) against a
running `serve --demo`, and puts each answer beside the printed one.

    python -m tools.replay            starts a server, writes docs/messagewhiz-replay.md, ends the server
    python -m tools.replay --check    changes nothing; exit status 1 when the page is stale or an answer is
                                      unlike the printed one
    … --data DIR                      with the server that runs on this data directory

The directory's `demo.json` says where the server listens and which key is the operator's. An account of
its own is made for every replay. What the reference takes for granted is made
first; numbers of things are this house's, and where a printed recipient is nobody's number somebody else
is written to. It must never send anything that is not printed under the name of what is.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from secrets import randbelow, token_hex
from tempfile import TemporaryDirectory
from time import monotonic
from typing import Any, Final, NamedTuple, TypeVar

import aiohttp

from tools.replay_page import Exchange, page_of, unlike

VECTORS: Final = Path(__file__).parent.parent / "tests" / "vectors" / "messagewhiz"
PAGE: Final = Path(__file__).parent.parent / "docs" / "messagewhiz-replay.md"
RECIPIENT: Final = "8801712399001"
_ACCOUNT: Final = "MessageWhiz replay"
_PATIENCE_SECONDS: Final = 30.0
_LOOK_SECONDS: Final = 0.05
_START_SECONDS: Final = 60.0
_LAST_LINE: Final = b"Ctrl-C stops."
_ORDER: Final = """
campaign_make campaign_list campaign_put campaign_patch campaign_delete
recipients_import recipients_numbers recipients_preview recipients_lists recipients_members
recipients_list_numbers recipients_download recipients_add recipients_patch recipients_replace
recipients_delete
sender_make sender_list sender_put sender_delete
senderlist_make senderlist_add senderlist_list senderlist_senders senderlist_put senderlist_patch
senderlist_delete senderlist_drop
unsubscribers_import unsubscribers_make unsubscribers_preview unsubscribers_add unsubscribers_lists
unsubscribers_members unsubscribers_download unsubscribers_replace unsubscribers_patch
unsubscribers_delete
link_make link_list link_put conversion
linklist_make linklist_add linklist_import linklist_bulk linklist_list linklist_links linklist_patch
linklist_drop linklist_replace linklist_delete link_delete
spinner_make spinner_list spinner_put spinner_patch spinner_delete
template_make template_list template_put template_delete
trigger_make trigger_list trigger_put trigger_delete
estimate legacy_single legacy_tiny legacy_base legacy_smart single base smart segment combined
list report otp verification
"""
ORDER: Final = tuple(re.findall(r"\w+", _ORDER))
"""Such that what one makes is there for the next, and what is removed is removed last."""
_IDS: Final = re.compile(
    r'("(?:campaign_id|sender_ids?|recipient_list_ids|broadcast_id|bid|senderIds|ids|linkIds)"\s*:\s*)'
    r'(\[[^\]]*\]|"[^"]*"|\d+)'
)
_RECIPIENT: Final = re.compile(r'("recipient"\s*:\s*")\d+')
_RECIPIENTS: Final = {"380100001010": "8801712399001", "380100001011": "8801712399002"}
_PRINTED_PHONE: Final = "2605876689"
_T = TypeVar("_T")


class Printed(NamedTuple):
    """A request as the reference has it."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes


class Reply(NamedTuple):
    """What the server says."""

    status: int
    body: bytes

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


def printed_requests() -> dict[str, Printed]:
    """Every request of the reference by its name here."""
    return {file.stem: _printed(file.read_bytes()) for file in sorted(VECTORS.glob("*.http"))}


def _printed(octets: bytes) -> Printed:
    head, _, body = octets.replace(b"\r\n", b"\n").partition(b"\n\n")
    first, *lines = head.decode("latin-1").split("\n")
    method, _, rest = first.partition(" ")
    path, _, query = (rest.rpartition(" HTTP/")[0] or rest).partition("?")
    pairs = (line.partition(":") for line in lines if line)
    headers = {name.strip().lower(): value.strip() for name, _, value in pairs}
    return Printed(method, path, query, headers, body)


def printed_answer(name: str) -> str | None:
    """The printed answer; None where none is printed."""
    for ending in ("reply.json", "reply.csv"):
        file = VECTORS / f"{name}.{ending}"
        if file.exists():
            return file.read_text(encoding="utf-8")
    return None


class Replay:
    """Sends what is printed, and knows which of our numbers stand for the printed ones."""

    def __init__(self, session: aiohttp.ClientSession, url: str, operator_key: str) -> None:
        self._session = session
        self._url = url
        self._bearer = {"Authorization": f"Bearer {operator_key}"}
        self._key = ""
        self._requests = printed_requests()
        # Nobody else's, so that no code of another replay is on its screen.
        self._phone = f"88017{randbelow(10_000):04d}9001"
        self.ours: dict[str, int] = {}
        """The printed number → ours."""

    async def run(self) -> list[Exchange]:
        """All of it, in an account of its own."""
        if set(ORDER) != set(self._requests):
            raise ValueError("the order names other requests than are printed")
        await self._open_account()
        await self._prepare()
        done: list[Exchange] = []
        for name in ORDER:
            await self._before(name)
            reply = await self._send(name)
            printed = printed_answer(name)
            if printed is not None and not name.endswith("_download"):
                self._learn(json.loads(printed), reply.json)
            done.append(
                Exchange(
                    name=name,
                    request=(VECTORS / f"{name}.http").read_bytes().decode("utf-8"),
                    printed=printed,
                    status=reply.status,
                    answer=reply.body.decode("utf-8"),
                    ours=dict(self.ours),
                )
            )
        return done

    # -- what the reference takes for granted ---------------------------------------------------

    async def _open_account(self) -> None:
        account = (await self._operate("/v1/accounts", name=f"{_ACCOUNT} {token_hex(4)}"))["id"]
        await self._operate(f"/v1/accounts/{account}/fund", amount="1000", why="a replay")
        for name in ("Heliograph", "sender", "My sender"):
            await self._operate(f"/v1/senders?account={account}", name=name, state="approved")
        credential = await self._operate(
            f"/v1/credentials?account={account}",
            dialect="messagewhiz",
            scopes=["send", "read", "manage"],
        )
        self._key = credential["secret"]

    async def _prepare(self) -> None:
        found = await self._ask("GET", "/api/3/campaign?filter=name=Default campaign")
        sender = await self._ask("GET", "/api/3/sender?filter=name=Heliograph")
        self.ours |= {"1": found[0]["id"], "23": sender[0]["id"]}
        for path, printed in (
            ("campaign", (46317,)),
            ("sender", (28905672, 28905674, 28938891, 28899614, 28899615)),
            ("senderList", (5455, 5457)),
            ("LinkList", (6941, 6943, 6944)),
            ("unsubscribeList", (21567,)),
        ):
            for number in printed:
                made = await self._ask("POST", f"/api/3/{path}", {"name": f"P{number}"})
                self.ours[str(number)] = made["id"]
        for number in (311, 146746, 146747):
            body = {"name": f"printed {number}", "url": f"https://{number}.example"}
            self.ours[str(number)] = (await self._ask("POST", "/api/3/link", body))["id"]
        ids = {"ids": [self.ours["146746"], self.ours["146747"]]}
        await self._ask("POST", f"/api/3/LinkList/{self.ours['6941']}/links", ids)
        people = [RECIPIENT, "8801712399002", "8801712399003"]
        for number in (12, 288696, 267891, 222345):
            lists = {"name": f"printed {number}", "numbers": people}
            made = await self._ask("POST", "/api/3/recipientList/numbers", lists)
            self.ours[str(number)] = made["recipient_list_id"]

    async def _before(self, name: str) -> None:
        """What has to be so when a request is made."""
        ours = self.ours
        match name:
            case "spinner_put":  # printed with another number than its answer
                ours["10519"] = ours["10520"]
            case "estimate":  # a sender that was just made waits for the operator's approval
                ours["28938892"] = ours["23"]
                made = await self._ask("POST", "/api/3/campaign", {"name": "for broadcasts"})
                ours["46279"] = made["id"]
                ours["267628"] = ours["288696"]
            case "segment":
                ours["111"] = await self._smart_broadcast()
            case "list":
                await self._until("the broadcasts have ended", self._newest_ended)
            case "report":
                ours["123123"] = ours["331"]
                await self._until("the single message is delivered", self._single_delivered)

    async def _smart_broadcast(self) -> int:
        """One whose first segment has ended."""
        body = {
            "broadcast_type": 12,
            "campaign_id": self.ours["1"],
            "sender_ids": self.ours["23"],
            "recipient_list_ids": self.ours["12"],
            "message_body": "first",
            "eb_type": "manual",
            "first_segment_size": 1,
        }
        started = await self._ask("POST", "/api/3/Broadcast", body)
        number = int(started["broadcastID"])

        async def ended() -> bool:
            found = await self._ask("GET", f"/api/3/Broadcast/List?filter=id={number}")
            return bool(found[0]["dlr"]["delivered_count"] == 1)

        await self._until("the first segment is delivered", ended)
        return number

    async def _newest_ended(self) -> bool:
        newest = await self._ask("GET", "/api/3/Broadcast/List?limit=2")
        return all(each["dlr"]["delivered_count"] == each["recipient_count"] for each in newest)

    async def _single_delivered(self) -> bool:
        found = await self._ask("POST", "/api/3/DeliveryReport", {"bid": self.ours["331"]})
        return bool(found and found[0]["delivered"])

    async def _code(self) -> str:
        """What the handset shows of the one-time password."""

        async def shown() -> str | None:
            screen = await self._call("GET", f"/v1/simulator/handsets/{self._phone}", self._bearer)
            texts = [each["text"] for each in screen.json["messages"]]
            codes = [text for text in texts if text.startswith("verification code: ")]
            return codes[-1].rpartition(" ")[2] if codes else None

        return await self._until("the code comes", shown) or ""

    async def _until(self, what: str, look: Callable[[], Awaitable[_T]]) -> _T:
        deadline = monotonic() + _PATIENCE_SECONDS
        while not (found := await look()):
            if monotonic() > deadline:
                raise TimeoutError(what)
            await asyncio.sleep(_LOOK_SECONDS)
        return found

    # -- sending --------------------------------------------------------------------------------

    async def _send(self, name: str) -> Reply:
        """One printed request."""
        request = self._requests[name]
        path = re.sub(r"(?<=[/=])\d{3,}", self._our_number, request.path)
        query = re.sub(r"(?<==)\d{3,}", self._our_number, request.query)
        body = _IDS.sub(self._our_ids, request.body.decode())
        phone = self._phone if name in ("otp", "verification") else RECIPIENT
        body = _RECIPIENT.sub(rf"\g<1>{phone}", body)
        for nobody, somebody in _RECIPIENTS.items():
            body = body.replace(nobody, somebody)
        headers = {n: text for n, text in request.headers.items() if n != "host"}
        headers["apikey"] = self._key
        if name == "verification":
            path = path.replace(_PRINTED_PHONE, phone)
            body = json.dumps({"verification_code": int(await self._code())})
        target = f"{path}?{query}" if query else path
        return await self._call(request.method, target, headers, body.encode() if body else None)

    def _our_ids(self, printed: re.Match[str]) -> str:
        """The reference has number 1 for a campaign and, elsewhere, for a sender."""
        if "sender" in printed[1] and printed[2] == '"1"':
            return f'{printed[1]}"{self.ours["23"]}"'
        return printed[1] + re.sub(r"\d+", self._our_number, printed[2])

    def _our_number(self, printed: re.Match[str]) -> str:
        return str(self.ours.get(printed[0], printed[0]))

    def _learn(self, printed: Any, answer: Any) -> None:
        """Which of our numbers stands for a printed one."""
        if isinstance(printed, dict) and isinstance(answer, dict):
            for key in ("id", "recipient_list_id", "broadcastID"):
                if isinstance(printed.get(key), int) and key in answer:
                    self.ours.setdefault(str(printed[key]), answer[key])
            self._learn(printed.get("result"), answer.get("result"))

    async def _operate(self, path: str, **body: object) -> Any:
        """The operator's call of the native API."""
        headers = self._bearer | {"Content-Type": "application/json"}
        reply = await self._call("POST", path, headers, json.dumps(body).encode())
        if reply.status not in (200, 201):
            raise ValueError(f"{path}: {reply.status} {reply.body[:300]!r}")
        return reply.json

    async def _ask(self, method: str, path: str, body: object = None) -> Any:
        """The result of a call that is not printed."""
        headers = {"apikey": self._key, "Content-Type": "application/json"}
        data = None if body is None else json.dumps(body).encode()
        reply = await self._call(method, path, headers, data)
        if reply.status != 200:
            raise ValueError(f"{method} {path}: {reply.status} {reply.body[:300]!r}")
        return reply.json["result"]

    async def _call(
        self, method: str, target: str, headers: Mapping[str, str], body: bytes | None = None
    ) -> Reply:
        async with self._session.request(
            method, self._url + target, data=body, headers=headers
        ) as reply:
            return Reply(reply.status, await reply.read())


async def replay(url: str, operator_key: str) -> list[Exchange]:
    """Every printed request with its answer."""
    timeout = aiohttp.ClientTimeout(total=30)
    async with aiohttp.ClientSession(timeout=timeout) as session:
        return await Replay(session, url, operator_key).run()


async def _replay_at(data: Path) -> list[Exchange]:
    """With the server whose data directory this is."""
    known = json.loads((data / "demo.json").read_text("utf-8"))
    return await replay(known["base_url"], known["native"]["api_key"])


async def _replay_alone() -> list[Exchange]:
    """With a server that lives as long as the replay."""
    settings = {"HELIOGRAPH_SMPP_PORT": "0"}
    others = {name: text for name, text in os.environ.items() if "HELIOGRAPH_" not in name}
    with TemporaryDirectory() as home:
        data = Path(home) / "data"
        command = ("-m", "heliograph", "serve", "--demo", "--port", "0", "--data", str(data))
        server = await asyncio.create_subprocess_exec(
            sys.executable, *command, stdout=PIPE, stderr=DEVNULL, env=others | settings
        )
        try:
            async with asyncio.timeout(_START_SECONDS):
                while _LAST_LINE not in (line := await _line_of(server)):
                    if not line:
                        raise RuntimeError("the server did not start")
            return await _replay_at(data)
        finally:
            server.terminate()
            await server.wait()


async def _line_of(server: Process) -> bytes:
    return b"" if server.stdout is None else await server.stdout.readline()


def main(arguments: list[str]) -> int:
    """Write the page, or with `--check` compare it; 1 where an answer is unlike the printed one."""
    check = "--check" in arguments
    rest = [each for each in arguments if each != "--check"]
    if rest and (len(rest) != 2 or rest[0] != "--data"):
        sys.stderr.write("usage: python -m tools.replay [--check] [--data DIR]\n")
        return 2
    done = asyncio.run(_replay_at(Path(rest[1])) if rest else _replay_alone())
    page = page_of(done)
    faults = [f"{each.name}: {fault}" for each in done for fault in unlike(each)]
    if not check:
        PAGE.write_text(page, encoding="utf-8")
        sys.stdout.write(f"{PAGE} written, {len(done)} requests\n")
    elif page != PAGE.read_text("utf-8"):
        faults.append(f"{PAGE} is stale: run python -m tools.replay")
    sys.stderr.write("".join(f"{fault}\n" for fault in faults))
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
