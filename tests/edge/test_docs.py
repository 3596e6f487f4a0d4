import re

from openapi_spec_validator import validate

from heliograph.model.refusal import Refusal


async def test_the_description_is_served(house):
    async with house.call("GET", "/openapi.json", key=None) as reply:
        document = await reply.json()
    validate(document)


async def test_the_first_page_says_where_things_are(house):
    async with house.call("GET", "/", key=None) as reply:
        page = await reply.text()
        assert reply.headers["x-content-type-options"] == "nosniff"
    for path in re.findall(r'href="([^"]+)"', page):
        async with house.call("GET", path, key=None) as reply:
            assert reply.status == 200, path


async def test_the_documentation_needs_no_other_host_and_no_inline_script(house):
    async with house.call("GET", "/docs", key=None) as reply:
        page = await reply.text()
        policy = reply.headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "<script>" not in page
    assets = re.findall(r'(?:src|href)="([^"]+)"', page)
    assert len(assets) == 4
    for path in assets:
        assert path.startswith("/docs/")
        async with house.call("GET", path, key=None) as reply:
            assert reply.status == 200, path


async def test_pages_take_no_other_method_and_leave_their_folder_to_nobody(house):
    async with house.call("POST", "/docs", key=None) as reply:
        assert reply.status == 405
        assert (await reply.json(content_type=None))["code"] == "method_not_allowed"
    reply = await house.raw(
        b"GET /docs/assets/..%2f..%2f__init__.py HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"
    )
    assert reply.startswith(b"HTTP/1.1 404")


async def test_the_type_of_every_problem_is_a_page_that_explains_it(house):
    for refusal in Refusal:
        async with house.call("GET", f"/problems/{refusal.code}", key=None) as reply:
            assert refusal.sentence in await reply.text()
    async with house.call("GET", "/problems/none", key=None) as reply:
        assert reply.status == 404


async def test_swagger_ui_is_given_the_description_in_the_version_that_it_knows(house):
    async with house.call("GET", "/docs/start.js", key=None) as reply:
        path = re.findall(r'url: "([^"]+)"', await reply.text())[0]
    async with house.call("GET", path, key=None) as reply:
        older = await reply.json()
    async with house.call("GET", "/openapi.json", key=None) as reply:
        current = await reply.json()
    assert older["openapi"] == "3.0.3"
    validate(older)
    assert older["paths"].keys() == current["paths"].keys()
    text = older["components"]["schemas"]["MessageBody"]["properties"]["send_at"]
    assert (text["type"], text["nullable"]) == ("string", True)
