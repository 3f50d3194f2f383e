"""Lines of a service: a plain tail that says where a script goes on; in the past only the tail."""

import json
import re
from html import unescape

import httpx

from shared.domain.rejections import NotFound
from shared.queries import telemetry
from tests.console.scene import PATH
from tests.surfaces.stubs import DEPLOYMENT, MOMENT, SERVICE_ID, Gateway

REPLICA = "ab" * 12


def line(number: int, message: str, replica: str = REPLICA) -> telemetry.NumberedLine:
    return telemetry.NumberedLine(
        number=number, at=MOMENT, replica_id=replica, stream="stdout", message=message
    )


def listed(page: str) -> list[str]:
    return re.findall(r"<code>([^<]*)</code></li>", page)


async def test_the_page_ends_with_the_number_that_a_follower_begins_after(
    visitor: httpx.AsyncClient, gateway: Gateway
) -> None:
    feed = telemetry.LogFeed(lines=(line(7, "one"), line(9, "two")), seen=9)
    gateway.dispatch.answers[telemetry.FollowServiceLogs] = feed
    page = (await visitor.get(f"{PATH}/logs")).text
    assert listed(page) == ["one", "two"]
    assert f'data-lines="/ops/v1/services/{SERVICE_ID}/logs/stream" data-after="9"' in page


async def test_in_the_past_nothing_is_followed(
    visitor: httpx.AsyncClient, gateway: Gateway
) -> None:
    gateway.dispatch.asked.clear()
    page = (await visitor.get(f"{PATH}/logs?as_of=39")).text
    assert "data-lines=" not in page
    assert "1 lines before this moment" in page
    asked = [a for a in gateway.dispatch.asked if isinstance(a.question, telemetry.GetServiceLogs)]
    assert [each.moment.position for each in asked] == [40]


async def test_filters_hold_for_what_is_there_and_for_what_comes(
    visitor: httpx.AsyncClient, gateway: Gateway
) -> None:
    other = "cd" * 12
    lines = (line(1, "GET /a"), line(2, "get /b", other), line(3, "other"))
    gateway.dispatch.answers[telemetry.FollowServiceLogs] = telemetry.LogFeed(lines=lines, seen=3)
    page = (await visitor.get(f"{PATH}/logs?q=get&replica={other}")).text
    assert listed(page) == ["get /b"]
    assert f'data-text="get" data-replica="{other}"' in page
    keys = [
        re.findall(r'id="(lines-\w+)"', (await visitor.get(f"{PATH}/logs{query}")).text)
        for query in ("", "?q=get", "?q=get&replica=x", "?tz=Asia/Tokyo", "")
    ]
    assert len({*map(tuple, keys)}) == 4
    assert keys[0] == keys[-1]


async def test_replicas_and_rollouts_have_names(
    visitor: httpx.AsyncClient, gateway: Gateway
) -> None:
    lines = (line(1, "replica's"), line(2, "rollout's", DEPLOYMENT.id))
    gateway.dispatch.answers[telemetry.FollowServiceLogs] = telemetry.LogFeed(lines=lines, seen=2)
    page = (await visitor.get(f"{PATH}/logs")).text
    names = re.search(r'data-names="([^"]+)"', page)
    assert names is not None
    assert json.loads(unescape(names[1])) == {REPLICA: "r0·abab", DEPLOYMENT.id: "d-1"}
    assert f'title="{DEPLOYMENT.id}">d-1</span>' in page


async def test_who_may_not_read_them_is_told_what_it_takes(
    visitor: httpx.AsyncClient, gateway: Gateway
) -> None:
    gateway.dispatch.answers[telemetry.FollowServiceLogs] = NotFound(kind="service", key="x")
    page = (await visitor.get(f"{PATH}/logs")).text
    assert "that needs <code>service.logs</code>" in page
    assert "data-lines=" not in page
