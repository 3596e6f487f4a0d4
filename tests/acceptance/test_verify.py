"""A code goes to a handset and comes back, and appears nowhere else, in no answer and no log."""

from __future__ import annotations

import re

from tests.acceptance.served import Client, Served, eventually

HANDSET = "8801755500222"


async def _shown(client: Client) -> str | None:
    screen = (await client.native("GET", f"/v1/simulator/handsets/{HANDSET}")).json
    found = (
        re.search(r"\b(\d{6})\b", screen["messages"][-1]["text"]) if screen["messages"] else None
    )
    return found[1] if found else None


async def test_a_code_comes_back_and_is_told_to_nobody_else(served: Served, client: Client):
    issued = await client.native("POST", "/v1/verify", {"to": f"+{HANDSET}", "from": "Heliograph"})
    assert issued.status == 201
    code = await eventually(lambda: _shown(client), "a code", within_seconds=20)
    verification, message = issued.json["id"], issued.json["message"]
    wrong = await client.native("POST", "/v1/verify/check", {"id": verification, "code": "none"})
    assert (wrong.status, wrong.json["valid"], wrong.json["attempts_left"]) == (200, False, 4)
    right = await client.native("POST", "/v1/verify/check", {"id": verification, "code": code})
    assert right.json == {"valid": True, "status": "approved", "attempts_left": 0}
    again = await client.native("POST", "/v1/verify/check", {"to": HANDSET, "code": code})
    assert (again.json["valid"], again.json["status"]) == (False, "approved")

    await client.delivered(message)
    pages = [
        f"/v1/messages/{message}", f"/v1/messages?to={HANDSET}", f"/v1/verify/{verification}",
        "/v1/verify/guard", "/v1/orphans", f"/v1/conversations/{HANDSET}?sender=Heliograph",
    ]  # fmt: skip
    told = [(await client.native("GET", page)).body.decode() for page in pages]
    for text in (*told, served.said()):
        # Ids and times may have the digits in them, but no word is the code.
        assert code not in re.findall(r"\b\d{6}\b", re.sub(r'"[^" ]*\.\d{6}Z"', "", text))
