"""A whole house on a real PostgreSQL, and browsers and programs that call its HTTP door."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import aiohttp
import pytest_asyncio
from argon2 import PasswordHasher

from heliograph.config import Config
from heliograph.flow.passwords import Passwords
from heliograph.model.account import Account, Credential, Mode, Scope
from heliograph.model.person import Person, Role
from heliograph.model.secret import hash_secret, make_key
from heliograph.model.token import TOKEN_BYTES, csrf_of, hash_session, make_token
from heliograph.store import kept, people, sessions
from heliograph.wiring import House

PASSWORD = "correct horse battery staple"
QUICK = Passwords(PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))
"""argon2id without the cost: what costs is tried by itself."""


class Clock:
    """The time, which stands still until a test pushes it on."""

    def __init__(self) -> None:
        self.now = datetime.now(UTC)

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **span: float) -> None:
        """Move on by a timedelta's arguments."""
        self.now += timedelta(**span)


class Reply(NamedTuple):
    """An HTTP reply."""

    status: int
    headers: Any
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Browser:
    """Keeps the cookie and the CSRF token that it was given."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self.cookie = ""
        self.csrf = ""

    async def call(
        self, method: str, path: str, body: Any = None, /, *, csrf: str | None = None, **more: str
    ) -> Reply:
        """One request; `csrf` instead of the right one, `more` headers."""
        token = self.csrf if csrf is None else csrf
        headers = {"cookie": self.cookie} if self.cookie else {}
        headers |= {"x-csrf-token": token} if token else {}
        headers |= {name.replace("_", "-"): value for name, value in more.items()}
        reply = await self._place.call(method, path, body, headers)
        given = reply.headers.get("set-cookie")
        if given:
            self.cookie = given.partition(";")[0]
        if reply.status == 200 and b"csrf_token" in reply.body:
            self.csrf = reply.json["csrf_token"]
        return reply

    async def sign_in(self, email: str, password: str = PASSWORD) -> Reply:
        """With e-mail address and password."""
        return await self.call("POST", "/v1/session", {"email": email, "password": password})


class Place:
    """The house, with one customer's account beside the operator's."""

    def __init__(self, house: House, clock: Clock, client: aiohttp.ClientSession) -> None:
        self.house = house
        self.clock = clock
        self.client = client
        self.operators = Account(id=0, name="House")
        self.shop = Account(id=0, name="Shop")

    async def furnish(self) -> None:
        async with self.house.database.transaction() as link:
            self.operators = await kept.insert(link, self.house.vault, self.operators)
            self.shop = await kept.insert(link, self.house.vault, self.shop)
        await self.house.reload()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.house.door.port}"

    async def call(
        self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None
    ) -> Reply:
        """One request."""
        url = self.url + path
        data = None if body is None else json.dumps(body).encode()
        typed = {} if body is None else {"content-type": "application/json"}
        async with self.client.request(
            method,
            url,
            data=data,
            headers=typed | (headers or {}),
            allow_redirects=False,
            skip_auto_headers=("content-type",),
        ) as reply:
            streams = reply.content_type == "text/event-stream"
            return Reply(reply.status, reply.headers, b"" if streams else await reply.read())

    def browser(self) -> Browser:
        """Nobody yet."""
        return Browser(self)

    async def person(
        self, role: Role, *, operator: bool = False, email: str | None = None
    ) -> Person:
        """Somebody with the password of these tests."""
        account = self.operators if operator else self.shop
        hashed = await self.house.entrance.keep.passwords.hash(PASSWORD)
        assert isinstance(hashed, str)
        async with self.house.database.transaction() as link:
            return await people.insert_person(
                link,
                account_id=account.id,
                email=email or f"{role}@{account.name.lower()}.example",
                name=f"The {role}",
                role=role,
                operator=operator,
                password_hash=hashed,
                at=self.clock(),
            )

    async def signed_in(self, person: Person) -> Browser:
        """A browser with a session of theirs, without asking for the password."""
        token = make_token(self.house.entrance.keep.random_bytes(TOKEN_BYTES))
        now = self.clock()
        async with self.house.database.transaction() as link:
            await sessions.insert_session(
                link,
                person,
                token_hash=hash_session(self.house.key, token),
                whole=True,
                at=now,
                ends_at=now + timedelta(days=1),
                address="",
                agent="",
            )
        browser = self.browser()
        browser.cookie = f"heliograph_session={token}"
        browser.csrf = csrf_of(self.house.key, token)
        return browser

    async def key(self, *scopes: Scope, account: Account | None = None) -> dict[str, str]:
        """The headers of a program with a key."""
        secret = make_key(Mode.LIVE, self.house.entrance.keep.random_bytes(32))
        credential = Credential(
            account_id=(account or self.shop).id,
            id=0,
            dialect="native",
            name="",
            secret_hash=hash_secret(self.house.key, "native", "", secret),
            hint=secret[-4:],
            scopes=scopes,
            label="program",
            created_at=self.clock(),
        )
        async with self.house.database.transaction() as link:
            await kept.insert(link, self.house.vault, credential)
        await self.house.reload()
        return {"authorization": f"Bearer {secret}"}

    async def log(self, account: Account) -> list[Any]:
        """The rows of the audit log, oldest first."""
        async with self.house.database.link() as link:
            return list(
                await link.fetch(
                    "select * from audit_entry where account_id = $1 order by id", account.id
                )
            )


@pytest_asyncio.fixture(loop_scope="session")
async def place(database_dsn: str, tmp_path: Path) -> AsyncIterator[Place]:
    """A house that runs."""
    clock = Clock()
    config = Config(data=tmp_path, database=database_dsn, port=0, trusted_proxies=("127.0.0.1/32",))
    house = House(config, now=clock)
    await house.start()
    object.__setattr__(house.entrance.keep, "passwords", QUICK)
    try:
        async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as client:
            made = Place(house, clock, client)
            await made.furnish()
            yield made
    finally:
        await house.stop()
