async def test_a_house_that_lives_says_so(house):
    async with house.call("GET", "/healthz", key=None) as reply:
        assert (reply.status, await reply.text()) == (200, "alive\n")


async def test_a_house_that_cannot_serve_says_why(house):
    async with house.call("GET", "/readyz", key=None) as reply:
        assert reply.status == 200
    house.not_ready = "The database does not answer."
    async with house.call("GET", "/readyz", key=None) as reply:
        assert (reply.status, await reply.text()) == (503, "The database does not answer.\n")


async def test_metrics_are_in_the_form_of_prometheus(house):
    async with house.call("GET", "/v1/balance") as reply:
        await reply.read()
    async with house.call("GET", "/metrics", key=None) as reply:
        text = await reply.text()
    line = 'heliograph_http_requests_total{dialect="native",endpoint="getBalance",status="200"} 1.0'
    assert line in text


async def test_metrics_may_want_a_token(desk, build):
    house = build(desk, metrics_token="t0ken")
    await house.start()
    for key, status in ((None, 401), ("other", 401), ("é", 401), ("t0ken", 200)):
        async with house.call("GET", "/metrics", key=key) as reply:
            assert reply.status == status
    await house.stop()


async def test_unknown_paths_of_a_dialect_are_counted_under_one_name(house):
    for path in ("/v1/a", "/v1/b"):
        async with house.call("GET", path) as reply:
            assert reply.status == 404
    counted = house.count(
        "heliograph_http_requests_total", dialect="native", endpoint="other", status="404"
    )
    assert counted == 2
