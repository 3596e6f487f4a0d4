from heliograph.dialects._shape import Ask, HttpReply, HttpRequest
from heliograph.edge.ask import ask
from heliograph.model import command as c
from heliograph.model.refusal import Refusal, Refused

REQUEST = HttpRequest(method="GET", path="/", query="", headers={})


class Vendor:
    """A dialect without scopes or streams, which answers in one word."""

    name = "vendor"

    def __init__(self, asked: Ask | HttpReply) -> None:
        self._asked = asked

    def owns(self, path: str) -> bool:
        return True

    def body_limit(self, method: str, path: str) -> int:
        return 0

    def spools(self, method: str, path: str) -> bool:
        return False

    def label(self, method: str, path: str) -> str:
        return "all"

    def read(self, request: HttpRequest) -> Ask | HttpReply:
        return self._asked

    def write(
        self, request: HttpRequest, ask: Ask, answer: c.Answer | Refused, key: bytes
    ) -> HttpReply:
        word = answer.refusal.code if isinstance(answer, Refused) else "ok"
        return HttpReply(status=200, body=f"{word} {len(key)}".encode())

    def refuse(self, request: HttpRequest, refused: Refused) -> HttpReply:
        return HttpReply(status=200, body=b"refused " + refused.refusal.code.encode())


async def reply_to(desk, asked: Ask | HttpReply) -> bytes:
    reply = await ask(desk, Vendor(asked), REQUEST)
    assert isinstance(reply, HttpReply)
    return reply.body


def claim(secret: str) -> c.Claim:
    return c.Claim(dialect="vendor", name="", secret=secret)


async def test_what_the_room_answers_itself_goes_out_as_it_is(desk):
    assert await reply_to(desk, HttpReply(status=200, body=b"own")) == b"own"
    assert not desk.peers


async def test_who_names_nobody_is_refused(desk):
    said = await reply_to(desk, Ask(claim=None, command=c.GetBalance()))
    assert said == b"refused unauthenticated"


async def test_a_stranger_is_answered_without_a_key_to_seal_with(desk):
    said = await reply_to(desk, Ask(claim=claim("wrong"), command=c.GetBalance()))
    assert said == b"unauthenticated 0"


async def test_a_door_without_scopes_asks_for_none(desk):
    said = await reply_to(desk, Ask(claim=claim("hg_live_read"), command=c.GetBalance()))
    assert said == b"ok 32"


async def test_the_rooms_verdict_is_given_to_who_is_known_and_nothing_is_performed(desk):
    verdict = Refused(refusal=Refusal.INVALID_FIELD)
    known = Ask(claim=claim("hg_live_all"), command=c.GetBalance(), verdict=verdict)
    unknown = Ask(claim=claim("wrong"), command=c.GetBalance(), verdict=verdict)
    assert await reply_to(desk, known) == b"invalid_field 32"
    assert await reply_to(desk, unknown) == b"unauthenticated 0"
    assert not desk.performed


async def test_a_dialect_that_cannot_stream_gets_the_desks_answer(desk):
    said = await reply_to(desk, Ask(claim=claim("hg_live_all"), command=c.WatchEvents()))
    assert said == b"not_found 32"
