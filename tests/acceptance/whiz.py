"""Somebody who calls the MessageWhiz door as a customer of that vendor does."""

from __future__ import annotations

from typing import Any

from tests.acceptance.served import Client, Reply, eventually

PEOPLE = (
    b'"phone_number";"first_name";"url"\n"8801712350001";"Anthony";"https://a.example/1"\n'
    b'"8801712350002";"Bob";"https://a.example/2"\n"8801712350003";"Eve";"https://a.example/3"\n'
)
_BOUNDARY = "b0undary"


class Whiz:
    """Calls the door with a key."""

    def __init__(self, client: Client, key: str, sender_name: str, account: str) -> None:
        self.client = client
        self.key = key
        self.sender_name = sender_name
        self.account = account
        """Its id in the native API."""

    @classmethod
    async def of_its_own(cls, client: Client, name: str) -> Whiz:
        """With an account that nobody else uses."""

        async def made(path: str, **body: object) -> Any:
            reply = await client.native("POST", path, body)
            assert reply.status in (200, 201), reply
            return reply.json

        account = (await made("/v1/accounts", name=name))["id"]
        await made(f"/v1/accounts/{account}/fund", amount="1000", why="a trial")
        await made(f"/v1/senders?account={account}", name="Heliograph", state="approved")
        credential = await made(
            f"/v1/credentials?account={account}",
            dialect="messagewhiz",
            scopes=["send", "read", "manage"],
        )
        return cls(client, credential["secret"], "Heliograph", account)

    async def call(self, method: str, path: str, body: object = None) -> Reply:
        """JSON both ways. Header names in any case will do."""
        return await self.client.call(method, path, body, {"apiKey": self.key})

    async def ask(self, method: str, path: str, body: object = None) -> Any:
        """The result in the envelope of a success."""
        reply = await self.call(method, path, body)
        assert reply.status == 200, (path, reply)
        whole = reply.json
        assert (whole["errorCode"], whole["errorMessage"], whole["errorType"]) == (0, "", "")
        assert isinstance(whole["executionTime"], float)
        return whole["result"]

    async def upload(self, method: str, path: str, doc: bytes, **fields: str) -> Reply:
        """A file and fields beside it."""
        parts = [
            f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="{n}"\r\n\r\n{v}\r\n'.encode()
            for n, v in fields.items()
        ]
        head = (
            f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="doc"; filename="x.csv"\r\n'
            "Content-Type: text/csv\r\n\r\n"
        )
        body = b"".join([head.encode(), doc, b"\r\n", *parts, f"--{_BOUNDARY}--\r\n".encode()])
        kind = f"multipart/form-data; boundary={_BOUNDARY}"
        headers = {"apikey": self.key, "Content-Type": kind}
        return await self.client.call(method, path, body, headers)

    async def sender_id(self) -> int:
        """The demo's sender."""
        found = await self.ask("GET", f"/api/3/sender?filter=name={self.sender_name}")
        return int(found[0]["id"])

    async def campaign_id(self) -> int:
        """The account's own campaign."""
        found = await self.ask("GET", "/api/3/campaign?filter=name=Default campaign")
        assert found[0]["is_default"] == 1
        return int(found[0]["id"])

    async def report(self, broadcast_id: int, **wanted: int) -> list[dict[str, int]]:
        """The delivery report, once its counts are these."""

        async def look() -> Any:
            found = await self.ask("POST", "/api/3/DeliveryReport", {"bid": broadcast_id})
            return found if found and wanted.items() <= found[0].items() else None

        found: list[dict[str, int]] = await eventually(look, f"{wanted}", within_seconds=30)
        return found

    async def screen(self, msisdn: str) -> list[str]:
        """What a handset shows."""
        reply = await self.client.native("GET", f"/v1/simulator/handsets/{msisdn}")
        return [each["text"] for each in reply.json["messages"]]


MAPPING = '{"0":"phone_number", "1":"first_name", "2":"url"}'


async def people(whiz: Whiz, name: str) -> int:
    reply = await whiz.upload("POST", "/api/3/RecipientList", PEOPLE, mapping=MAPPING, name=name)
    assert reply.status == 200, reply
    result = reply.json["result"]
    counts = {n: result[n] for n in ("inserted", "total", "wrong", "duplicate")}
    assert counts == {"inserted": 3, "total": 3, "wrong": 0, "duplicate": 0}
    return int(result["recipient_list_id"])
