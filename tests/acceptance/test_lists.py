"""Lists through the front door: a file up, members down, and a process that dies in the middle."""

from __future__ import annotations

from pathlib import Path

from tests.acceptance.served import Client, Served, eventually

BOUNDARY = "b0undary"
NUMBERS = [str(8801712000000 + n) for n in range(200_000)]


def form(**parts: bytes) -> bytes:
    """A multipart body; the part `file` has a file name."""
    pieces = [
        b'--%s\r\nContent-Disposition: form-data; name="%s"%s\r\n\r\n%s\r\n'
        % (
            BOUNDARY.encode(),
            name.encode(),
            b'; filename="a.csv"' if name == "file" else b"",
            content,
        )
        for name, content in parts.items()
    ]
    return b"".join(pieces) + b"--%s--\r\n" % BOUNDARY.encode()


async def test_a_file_goes_up_in_a_form_and_comes_down_as_it_was(client: Client):
    text = "to;first_name\n" + "".join(f"{each};Zoë\n" for each in NUMBERS[:20_000])
    body = form(name=b"big", file=text.encode("utf-16"))
    headers = {"Content_Type": f"multipart/form-data; boundary={BOUNDARY}"}
    made = await client.native("POST", "/v1/lists/import", body, **headers)
    assert made.status == 200, made.body
    assert (made.json["state"], made.json["inserted"]) == ("done", 20_000)
    down = await client.native("GET", f"/v1/lists/{made.json['list']}/download")
    assert down.body.decode() == text.replace(";", ",").replace("\n", "\r\n")
    again = await client.native(
        "POST", f"/v1/lists/{made.json['list']}/import", down.body, Content_Type="text/csv"
    )
    assert (again.json["inserted"], again.json["duplicate"]) == (0, 20_000)


async def test_a_kill_during_an_import_leaves_the_list_as_it_was(tmp_path: Path):
    product = Served(tmp_path / "data")
    client = Client(product)
    await product.start()
    try:
        made = await client.native(
            "POST", "/v1/suppressions", {"name": "stop", "numbers": NUMBERS[:3]}
        )
        path = f"/v1/suppressions/{made.json['list']['id']}"
        before = (await client.native("GET", path)).json
        body = "\n".join(NUMBERS).encode()
        begun = await client.native(
            "POST", f"{path}/import?replace=true&wait=false", body, Content_Type="text/csv"
        )
        assert begun.status == 202
        place = {name.lower(): value for name, value in begun.headers.items()}["location"]

        async def under_way() -> bool:
            return (await client.native("GET", place)).json["inserted"] > 0

        await eventually(under_way, "some of it is stored", within_seconds=20, every=0.01)
        await product.kill()
        await product.start()
        ended = (await client.native("GET", place)).json
        assert (ended["state"], ended["problem"][:11]) == ("failed", "The process")
        assert 0 < ended["inserted"] < 200_000
        assert (await client.native("GET", path)).json == before
    finally:
        await product.kill()
        await client.close()
