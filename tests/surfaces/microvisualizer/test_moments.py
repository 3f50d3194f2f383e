"""`at`: which moment a read is of, and what is no moment."""

from datetime import UTC, datetime, timedelta

import pytest

from services.gateway.moments import Moment
from tests.surfaces.microvisualizer.contract import conforms
from tests.surfaces.microvisualizer.office import AT, ask
from tests.surfaces.stubs import MOMENT, Gateway

READS = [
    "/services",
    "/services/pay",
    "/services/pay/raw",
    "/graph",
    "/graph/mermaid",
    "/graph/svg",
    "/entities",
]
OURS = ["", "/history", "/public-share-token"]
NOON = datetime(2026, 3, 18, 11, tzinfo=UTC)


@pytest.mark.parametrize("path", [*READS, *OURS])
@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-03-18T11:00:00Z", Moment(time=NOON)),
        ("2026-03-18T12:00:00%2B01:00", Moment(time=NOON)),
        ("2026-03-18T12:00:00+01:00", Moment(time=NOON)),
        ("2026-03-18T11:00:00.000001Z", Moment(time=NOON + timedelta(microseconds=1))),
        ("2026-03-18T12:00:00.000005Z", Moment(time=MOMENT)),
        ("2026-03-18T12:00:00.000006Z", Moment()),
        ("2999-01-01T00:00:00Z", Moment()),
    ],
)
async def test_every_read_is_of_its_moment_and_the_future_is_now(
    gateway: Gateway, path: str, text: str, moment: Moment
) -> None:
    response = await ask(gateway, "GET", f"{AT}{path}?at={text}")
    assert response.status_code == 200, response.text
    assert gateway.dispatch.asked[0].moment == moment


@pytest.mark.parametrize("path", READS)
@pytest.mark.parametrize(
    "query",
    [
        "at=",
        "at=yesterday",
        "at=2026-03-18",
        "at=17",
        "at=2026-13-01T00:00:00Z",
        "at=2026-03-18T11:00:00Z&at=2026-03-18T11:00:00Z",
        "at=2026-03-18T11:00:00Z&as_of=3",
        "as_of=soon",
        "as_of=1&as_of=2",
    ],
)
async def test_what_is_no_single_moment_is_a_bad_request(
    gateway: Gateway, path: str, query: str
) -> None:
    response = await gateway.ask("GET", f"{AT}{path}?{query}")
    assert (response.status_code, response.json()["code"]) == (400, "bad_request")
    conforms(response.json(), "ErrorResponse")
    assert gateway.dispatch.asked == []


async def test_a_position_of_the_log_is_a_moment_too(gateway: Gateway) -> None:
    await ask(gateway, "GET", f"{AT}/services?as_of=17")
    assert gateway.dispatch.asked[0].moment == Moment(position=17)
    headers = {"Chronoplane-As-Of": "18"}
    response = await ask(gateway, "GET", f"{AT}/graph", headers=headers)
    assert gateway.dispatch.asked[2].moment == Moment(position=18)
    assert response.headers["log-position"] == "40"


async def test_writes_belong_to_now(gateway: Gateway) -> None:
    for method, path in (("DELETE", f"{AT}/services/pay"), ("POST", f"{AT}/services")):
        response = await ask(gateway, method, f"{path}?as_of=17", json={"name": "x"})
        assert response.status_code == 400
        assert gateway.dispatch.sent == []
