"""Messages are searched and exported at the real door: one's own alone, by keys and by people."""

from __future__ import annotations

import csv
import io

from heliograph.model.account import Account, Scope
from heliograph.model.ids import id_at
from heliograph.model.person import Role
from tests.entrance.conftest import Place

COUNT = 2_500
"""More than an export reads at once."""


async def _fill(place: Place, account: Account, sender: str) -> None:
    async with place.house.database.link() as link:
        await link.execute(
            "insert into message (account_id, id, price_micros, valid_until, updated_at, status,"
            " charge, encoding, parts, traffic_class, priority, flash, test, dialect, sender,"
            " recipient, text) select $1::bigint, $2::bigint + n, 0, now(), now(),"
            " case when n % 2 = 0 then 7 else 11 end, 1, 1, 1, 2, 0, false, false, 'smpp', $3::text,"
            " (8801712000000 + n)::text, '=1+' || n from generate_series(1, $4::integer) n",
            account.id,
            id_at(place.clock()),
            sender,
            COUNT,
        )


async def test_an_export_is_whole_and_ones_own(place: Place) -> None:
    await _fill(place, place.shop, "Shop")
    await _fill(place, place.operators, "House")
    key = await place.key(Scope.READ)
    said = await place.call("GET", "/v1/messages/export", headers=key)
    assert said.status == 200
    assert said.headers["content-type"] == "text/csv; charset=utf-8"
    assert 'filename="messages.csv"' in said.headers["content-disposition"]
    rows = list(csv.DictReader(io.StringIO(said.body.decode(), newline="")))
    assert {row["from"] for row in rows} == {"Shop"}
    assert [row["to"] for row in rows] == [str(8801712000000 + n) for n in range(COUNT, 0, -1)]
    assert rows[0]["text"] == f"'=1+{COUNT}"
    viewer = await place.signed_in(await place.person(Role.VIEWER))
    some = await viewer.call("GET", "/v1/messages/export?status=failed&dialect=smpp&text=1%2B24")
    assert {row.split(",")[4] for row in some.body.decode().splitlines()[1:]} == {"failed"}
    head = await place.call("HEAD", "/v1/messages/export", headers=key)
    assert (head.status, head.body) == (200, b"")


async def test_pages_of_a_search_join_and_no_cursor_opens_elsewhere(place: Place) -> None:
    await _fill(place, place.shop, "Shop")
    key = await place.key(Scope.READ)
    theirs = await place.key(Scope.READ, account=place.operators)
    seen: list[str] = []
    query = "/v1/messages?status=delivered,failed&country=&limit=200"
    assert (await place.call("GET", query, headers=key)).status == 422
    query = query.replace("&country=", "")
    page = (await place.call("GET", query, headers=key)).json
    while True:
        seen += [item["to"] for item in page["items"]]
        assert page["searched_to"] is None
        if page["next"] is None:
            break
        before = f"{query}&before={page['next']}"
        assert (await place.call("GET", before, headers=theirs)).json["items"] == []
        page = (await place.call("GET", before, headers=key)).json
    assert seen == [str(8801712000000 + n) for n in range(COUNT, 0, -1)]
