"""What holds in every room, whoever its vendor is: nothing raises, nothing blames us for a caller's fault."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heliograph.dialects._shape import Ask, Dialect, HttpReply, HttpRequest
from heliograph.doors import DIALECTS
from heliograph.model.command import SendMessages
from heliograph.model.refusal import Fault, Refusal, Refused
from tests.conformance.rooms import KEY, ROOMS, recorded

REQUESTS = [(room, name, request) for room in ROOMS for name, request in recorded(room)]
"""The native room has none: its table of operations is tested in its own folder."""
_ROOM = st.sampled_from(DIALECTS)


def _reply_to(dialect: Dialect, request: HttpRequest, refused: Refused) -> HttpReply:
    asked = dialect.read(request)
    if isinstance(asked, HttpReply):
        return asked
    return dialect.write(request, asked, refused, KEY)


@pytest.mark.parametrize("room", [name for name in ROOMS if name != "native"])
def test_a_room_has_recorded_requests_and_owns_their_paths(room):
    found = list(recorded(room))
    assert found
    for name, request in found:
        owners = [dialect.name for dialect in DIALECTS if dialect.owns(request.path)]
        assert owners == [room], (name, owners)


@pytest.mark.parametrize(("room", "name", "request_"), REQUESTS, ids=lambda each: str(each)[:30])
def test_every_no_has_a_reply_in_the_rooms_own_words(room, name, request_):
    for refusal in Refusal:
        reply = _reply_to(ROOMS[room], request_, Refused(refusal=refusal, field="recipient"))
        assert isinstance(reply, HttpReply), (name, refusal)
        assert reply.status < 500 or refusal.fault is Fault.HOUSE, (name, refusal, reply.status)
        if reply.content_type.startswith("application/json"):
            msgspec.json.decode(reply.body)


@pytest.mark.parametrize(("room", "name", "request_"), REQUESTS, ids=lambda each: str(each)[:30])
def test_what_never_became_a_command_is_refused_as_well(room, name, request_):
    for refusal in Refusal:
        reply = ROOMS[room].refuse(request_, Refused(refusal=refusal))
        assert isinstance(reply, HttpReply), (name, refusal)
        assert reply.status < 500 or refusal.fault is Fault.HOUSE, (name, refusal, reply.status)


@settings(max_examples=400, deadline=None)
@given(data=st.data(), seen=st.sampled_from(REQUESTS))
def test_a_request_that_was_mangled_on_its_way_is_answered(data, seen):
    room, _, request = seen
    fields = {"path": request.path, "query": request.query}
    body = request.body
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.integers(0, len(body)))
        cut = data.draw(st.integers(0, 8))
        body = body[:place] + data.draw(st.binary(max_size=6)) + body[place + cut :]
    which = data.draw(st.sampled_from(["path", "query"]))
    text = fields[which]
    place = data.draw(st.integers(0, len(text)))
    piece = data.draw(st.text(st.characters(min_codepoint=33, max_codepoint=255), max_size=4))
    fields[which] = text[:place] + piece + text[place + data.draw(st.integers(0, 3)) :]
    dropped = data.draw(st.sampled_from([*request.headers, None]))
    mangled = msgspec.structs.replace(
        request,
        method=data.draw(st.sampled_from([request.method, "GET", "POST", "PUT", "DELETE"])),
        headers={name: text for name, text in request.headers.items() if name != dropped},
        body=body,
        **fields,
    )
    dialect = ROOMS[room]
    assert dialect.label(mangled.method, mangled.path)
    reply = _reply_to(dialect, mangled, Refused(refusal=Refusal.INVALID_FIELD, field="text"))
    assert reply.status < 500


@settings(max_examples=400, deadline=None)
@given(
    dialect=_ROOM,
    path=st.text(st.characters(min_codepoint=33, max_codepoint=255), max_size=40),
    query=st.text(st.characters(min_codepoint=33, max_codepoint=255), max_size=60),
    body=st.binary(max_size=200),
    kind=st.sampled_from(
        ["application/json", "application/x-www-form-urlencoded", "multipart/form-data", "", "x/y"]
    ),
)
def test_noise_is_read_without_harm(dialect, path, query, body, kind):
    request = HttpRequest(
        method="POST", path=path, query=query, headers={"content-type": kind}, body=body, id=1
    )
    dialect.owns(path)
    asked = dialect.read(request)
    assert isinstance(asked, Ask) or asked.status < 500


def test_no_two_rooms_want_the_same_path():
    for room, name, request in REQUESTS:
        assert sum(dialect.owns(request.path) for dialect in DIALECTS) == 1, (room, name)


@pytest.mark.parametrize("room", [name for name in ROOMS if name != "native"])
def test_looking_whether_a_page_is_there_sends_nothing(room):
    for name, request in recorded(room):
        asked = ROOMS[room].read(msgspec.structs.replace(request, method="HEAD"))
        assert isinstance(asked, HttpReply) or not isinstance(asked.command, SendMessages), name
