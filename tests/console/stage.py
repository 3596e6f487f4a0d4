"""A house in which something has happened: what the pages are looked at with."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote

from tests.acceptance.served import Client, Reply, eventually

HANDSET = "8801711000201"
NUMBER = "8809610000001"
SECONDS = 20
_GUESTS = (
    ("Ada", "Dhaka"), ("Bashir", "Sylhet"), ("Chitra", "Dhaka"), ("Dilip", "Khulna"),
    ("Esha", "Rajshahi"), ("Farid", "Dhaka"), ("Gita", "Barishal"), ("Hasan", "Sylhet"),
)  # fmt: skip
_FILE = "\n".join(f"88017110004{n:02},{name},{city}" for n, (name, city) in enumerate(_GUESTS))
_TEXTS = (
    ("+880171100021{}", "Your code is 4711. It is good for ten minutes."),
    ("+4915112345{}00", "Ihre Lieferung kommt heute zwischen 14 und 16 Uhr."),
    ("+1202555010{}", "Your table for four is ready at seven."),
)


async def happen(api: Client, hook: str) -> str:
    """Everything that pages show, once for a server; the id of a broadcast's report that is whole."""
    await _small_things(api, hook)
    for where, text in _TEXTS:
        for each in range(3):
            body = {"from": "Heliograph", "to": where.format(each), "text": text}
            await _made(api, "/v1/messages", body)
    await _made(api, "/v1/messages", {"from": "Heliograph", "to": "12", "text": "x"}, refused=True)
    await _made(api, "/v1/messages", {"from": "Nobody", "to": HANDSET, "text": "x"}, refused=True)
    await _talk(api)
    await _verify(api)
    return await _broadcast(api)


async def _small_things(api: Client, hook: str) -> None:
    await _made(api, "/v1/endpoints", {"url": hook, "events": ["*"]})
    service = await _made(api, "/v1/services", {"name": "Timetable"})
    word = {"number": NUMBER, "word": "BUS", "service": service.json["id"]}
    await _made(api, "/v1/keywords", word)
    await _made(
        api, "/v1/templates", {"name": "Delivery", "text": "Your parcel comes {{day}}, {{name}}."}
    )
    await _made(api, "/v1/senders", {"name": "BusLine"})
    await _made(api, "/v1/opt-outs", {"to": "8801711000299"})
    person = {"email": "amina@shop.example", "name": "Amina", "role": "marketer"}
    await _made(api, "/v1/people", person)


async def _talk(api: Client) -> None:
    where = f"/v1/simulator/handsets/{HANDSET}/messages"
    await _made(api, where, {"to": NUMBER, "text": "When does the bus to Sylhet leave?"})

    async def arrived() -> bool:
        return bool((await api.native("GET", "/v1/conversations")).json["items"])

    assert await eventually(arrived, "the handset is heard", within_seconds=SECONDS)
    reply = {"from": NUMBER, "to": HANDSET, "text": "At half past nine, from stand 4."}
    await _made(api, "/v1/messages", reply)
    await _made(api, where, {"to": NUMBER, "text": "Thank you!"})


async def _verify(api: Client) -> None:
    for each in range(3):
        handset = f"88017110005{each:02}"
        asked = {"to": f"+{handset}", "from": "Heliograph"}
        issued = await _made(api, "/v1/verify", asked)
        if each:  # two of three type it back
            code = await _read(api, handset, r"\b\d{6}\b")
            await _made(api, "/v1/verify/check", {"id": issued.json["id"], "code": code})


async def _read(api: Client, handset: str, wanted: str) -> str:
    """What the handset shows of this form, once it does."""

    async def look() -> str | None:
        seen = (await api.native("GET", f"/v1/simulator/handsets/{handset}")).json["messages"]
        found = (re.search(wanted, each["text"]) for each in seen)
        return next((each[0] for each in found if each), None)

    return str(await eventually(look, f"{wanted} on {handset}", within_seconds=SECONDS))


async def _broadcast(api: Client) -> str:
    url = f"{api.served.url}/healthz"
    link = (await _made(api, "/v1/links", {"name": "Timetable", "url": url})).json["id"]
    imported = await api.call(
        "POST",
        f"/v1/lists/import?name={quote('Regular guests')}&columns=to,first_name,custom1",
        _FILE.encode(),
        {"Authorization": f"Bearer {api.served.api_key}", "Content-Type": "text/csv"},
    )
    assert imported.status < 300, imported.body
    lists = (await api.native("GET", "/v1/lists")).json["items"]
    plan = {
        "name": "Winter timetable",
        "lists": [lists[0]["id"]],
        "from": "Heliograph",
        "text": "Hi {{first_name}}, the winter timetable: {{link:" + link.partition("_")[2] + "}}",
    }
    name: str = (await _made(api, "/v1/broadcasts", plan)).json["id"]

    async def whole() -> bool:
        found: Any = (await api.native("GET", f"/v1/broadcasts/{name}")).json
        sums = [each["sums"]["statuses"] for each in found["segments"]]
        return found["state"] == "finished" and sum(s.get("delivered", 0) for s in sums) == len(
            _GUESTS
        )

    assert await eventually(whole, "the broadcast has ended", within_seconds=SECONDS)
    for each in range(5):  # five of eight follow the link
        short = await _read(api, f"88017110004{each:02}", r"/l/\w+|/\w+$")
        browser = {
            "User-Agent": "Mozilla/5.0 (Linux; Android 16) Chrome/140.0 Mobile Safari/537.36"
        }
        assert (await api.call("GET", short, None, browser)).status == 200

    async def counted() -> bool:
        found = (await api.native("GET", f"/v1/broadcasts/{name}")).json
        return bool(found["segments"][0]["sums"]["clicked"])

    assert await eventually(counted, "clicks are counted", within_seconds=SECONDS)
    return name


async def _made(api: Client, path: str, body: object, *, refused: bool = False) -> Reply:
    reply = await api.native("POST", path, body)
    assert (reply.status >= 400) is refused, (path, reply.status, reply.body)
    return reply
