"""Log lines and traffic: kept once, cut at the moment asked for, and added up to known numbers."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.query.views.telemetry.percentiles import percentile
from shared.bus.routes import Frame, encode_frames
from shared.domain.rejections import Invalid
from shared.domain.service.prices import cost, cost_text, price_per_hour, price_text
from shared.kernel.time import format_rfc3339
from shared.queries.telemetry import AnalyticsDocument, GetServiceAnalytics, GetServiceLogs
from tests.views.test_services import ready, started, stopped
from tests.views.world import World

LOGS = GetServiceLogs(project="ada", name="api")


def lines(service: str, count: int, *, at: datetime, first: int = 0) -> bytes:
    return json.dumps(
        {
            "lines": [
                {
                    "service_id": service,
                    "project_id": "",
                    "replica_id": "r1",
                    "at": format_rfc3339(at + timedelta(milliseconds=n)),
                    "stream": "stdout",
                    "message": f"line {n}",
                    "seq": n,
                }
                for n in range(first, first + count)
            ]
        }
    ).encode()


async def hear(world: World, body: bytes) -> dict[str, Any]:
    return dict(json.loads(await world.ingest.hear_lines("lines.scheduler", body, {})))


async def test_the_newest_lines_are_shown_oldest_first_and_a_repeat_is_no_line(
    world: World,
) -> None:
    ada = await world.person("ada")
    service, _ = await world.service(ada.home, "api")
    await world.project()
    at = datetime.now(UTC) - timedelta(minutes=5)
    assert await hear(world, lines(service, 10, at=at)) == {"ok": True, "kept": 10}
    assert await hear(world, lines(service, 12, at=at)) == {"ok": True, "kept": 12}
    document = await world.shown(LOGS, ada)
    assert [line.message for line in document.items] == [f"line {n}" for n in range(12)]
    tail = await world.shown(GetServiceLogs(project="ada", name="api", tail=3), ada)
    assert [line.message for line in tail.items] == ["line 9", "line 10", "line 11"]
    assert (await world.shown(GetServiceLogs(project="ada", name="api", tail=0), ada)).items == ()
    since = GetServiceLogs(project="ada", name="api", since=tail.items[1].at)
    assert [line.message for line in (await world.shown(since, ada)).items] == ["line 11"]


async def test_lines_of_the_past_end_at_its_moment(world: World) -> None:
    ada = await world.person("ada")
    service, _ = await world.service(ada.home, "api")
    await world.project()
    now = datetime.now(UTC)
    await hear(world, lines(service, 3, at=now + timedelta(milliseconds=10)))
    document = await world.shown(LOGS, ada, as_of=now + timedelta(milliseconds=0))
    assert document.items == ()


async def test_hostile_lines_are_kept_as_text_and_cut(world: World) -> None:
    ada = await world.person("ada")
    service, _ = await world.service(ada.home, "api")
    await world.project()
    at = datetime.now(UTC) - timedelta(seconds=1)
    body = json.loads(lines(service, 2, at=at))
    body["lines"][0]["message"] = "nul \x00 here"
    body["lines"][1]["message"] = "x" * 100_000
    assert (await hear(world, json.dumps(body).encode()))["kept"] == 2
    first, second = (await world.shown(LOGS, ada)).items
    assert first.message == "nul \ufffd here"
    assert len(second.message) == 16_384


async def test_lines_that_are_none_or_have_no_place_are_refused(world: World) -> None:
    assert (await hear(world, b'{"lines": [{}]}'))["ok"] is False
    assert (await hear(world, b"nonsense"))["ok"] is False
    for at in (datetime.now(UTC) - timedelta(days=20), datetime.now(UTC) + timedelta(days=9)):
        assert await hear(world, lines("s", 1, at=at)) == {"ok": True, "kept": 0}


async def test_old_partitions_are_dropped_and_new_ones_made_ahead(world: World) -> None:
    today = datetime.now(UTC).date()
    await world.partitions.make("log_line", [today - timedelta(days=30)])
    await world.partitions.keep()
    rows = await world.reading.reader.rows(
        "select relname::text from pg_class"
        " where starts_with(relname, 'log_line_2') and relkind = 'r'"
    )
    days = sorted(row[0].removeprefix("log_line_") for row in rows)
    assert days == [f"{today + timedelta(days=n):%Y%m%d}" for n in (-1, 0, 1, 2)]


def frame(service: str, second: int, **changes: Any) -> Frame:
    fields: dict[str, Any] = {
        "edge_id": "e1",
        "service_id": service,
        "second": second,
        "area": 0.5,
        "n": 10,
        "classes": (0, 8, 0, 1, 1),
        "failed": 1,
        "aborted": 0,
        "refused": 0,
        "queued_max": 2,
        "wait_ms": 3,
        "bytes_in": 100,
        "bytes_out": 1000,
        "latency": (0, 0, 0, 10) + (0,) * 16,
        "latency_ms": 60,
        **changes,
    }
    return Frame(**fields)


async def test_analytics_add_up_the_frames_samples_and_replicas_of_the_period(
    world: World,
) -> None:
    ada = await world.person("ada")
    service, deployment = await world.service(ada.home, "api")
    replica = world.new_id()
    await world.happened(started(replica, service, ada.home, deployment), ready(replica, service))
    await world.project()
    end = datetime.now(UTC).replace(microsecond=0)
    start = end - timedelta(seconds=60)
    second = int(end.timestamp())
    frames = (
        frame(service, second - 20),
        frame(service, second - 10, latency=(0, 0, 0, 0, 0, 0, 0, 10) + (0,) * 12),
        frame(service, second - 10, edge_id="e2", classes=(0, 10, 0, 0, 0)),
        frame(service, second - 61),  # Before the period.
        frame(service, second),  # At its end, which is not in it.
        frame("another", second - 10),
    )
    for _ in range(2):  # Two processes hear them; a frame counts once.
        await world.ingest.hear_frames("frames.e1", encode_frames(frames))
    await world.ingest.flush_frames()
    await _sampled(world, service, replica, end=end)

    question = GetServiceAnalytics(project="ada", name="api", start=start, end=end)
    seen = await world.shown(question, ada)
    assert (seen.requests, seen.requests_per_second) == (30, 0.5)
    assert dict(seen.by_class) == {"1xx": 0, "2xx": 26, "3xx": 0, "4xx": 2, "5xx": 2}
    assert (seen.bytes_out, seen.concurrency_average) == (3000, 0.025)
    # 20 answers in [4, 8) ms and 10 in [64, 128) ms.
    assert (seen.latency_p50_ms, seen.latency_p95_ms) == (7.0, 118.4)
    assert (seen.replicas_current, seen.replicas_ready, seen.replicas_min) == (1, 1, 1)
    assert seen.cpu_utilization == pytest.approx(10 / (20 * 8))
    assert seen.memory_utilization == pytest.approx(0.5)
    # Of the samples that told of a GPU: the first told of none.
    assert seen.gpu_utilization == pytest.approx(0.5)
    assert seen.samples == 3
    assert seen.cost_per_hour_per_replica == price_text(PRICE)


async def test_each_figure_is_of_the_period_that_was_asked_for(world: World) -> None:
    ada = await world.person("ada")
    service, deployment = await world.service(ada.home, "api")
    replica = world.new_id()
    await world.happened(started(replica, service, ada.home, deployment))
    await world.project()
    end = datetime.now(UTC).replace(microsecond=0)
    second = int(end.timestamp())
    slow = (0,) * 10 + (40,) + (0,) * 9
    frames = (
        frame(service, second - 20),
        frame(service, second - 120, n=40, classes=(0, 0, 0, 0, 40), area=6.0, latency=slow),
    )
    await world.ingest.hear_frames("frames.e1", encode_frames(frames))
    await world.ingest.flush_frames()
    await _sampled(world, service, replica, end=end - timedelta(seconds=100))

    async def of(seconds_ago: int, length: int) -> AnalyticsDocument:
        start = end - timedelta(seconds=seconds_ago)
        until = start + timedelta(seconds=length)
        question = GetServiceAnalytics(project="ada", name="api", start=start, end=until)
        document: AnalyticsDocument = await world.shown(question, ada)
        return document

    now, before, whole = await of(60, 60), await of(180, 120), await of(180, 180)
    assert (now.requests, before.requests, whole.requests) == (10, 40, 50)
    fives = [dict(seen.by_class)["5xx"] for seen in (now, before, whole)]
    assert fives == [1, 40, 41]
    # All of one period in [4, 8) ms, all of the other in [512, 1024) ms.
    assert now.latency_p99_ms is not None and now.latency_p99_ms < 8
    assert before.latency_p50_ms is not None and 512 <= before.latency_p50_ms < 1024
    assert whole.latency_p50_ms is not None and 512 <= whole.latency_p50_ms < 1024
    assert before.concurrency_average == pytest.approx(6.0 / 120)
    assert (now.cpu_utilization, now.gpu_utilization, now.samples) == (None, None, 0)
    assert before.gpu_utilization == whole.gpu_utilization == pytest.approx(0.5)
    # No replica ran then, so nothing is paid for; how many run is of the moment of asking.
    assert (before.replica_seconds, before.cost_total) == (0.0, "0.0000")
    assert (before.replicas_current, before.replicas_max) == (1, whole.replicas_max)


PRICE = price_per_hour(gpu="none", gpu_count=1, cpu=8, memory_gb=32)


async def _sampled(world: World, service: str, replica: str, *, end: datetime) -> None:
    samples = [
        {
            "service_id": service,
            "replica_id": replica,
            "at": format_rfc3339(end - timedelta(seconds=ago)),
            "cpu_seconds": 100.0 + used,
            "memory_bytes": 16 * 1024**3,
            "cpu_limit": 8.0,
            "memory_limit": 32 * 1024**3,
            "gpu_share": gpu,
        }
        for ago, used, gpu in ((30, 0.0, None), (20, 4.0, 0.4), (10, 10.0, 0.6))
    ]
    body = json.dumps({"samples": samples}).encode()
    reply = json.loads(await world.ingest.hear_samples("samples.scheduler", body, {}))
    assert reply == {"ok": True, "kept": 3}


async def test_cost_is_the_time_that_replicas_ran(world: World) -> None:
    ada = await world.person("ada")
    service, deployment = await world.service(ada.home, "api")
    first, second = world.new_id(), world.new_id()
    await world.happened(
        started(first, service, ada.home, deployment),
        started(second, service, ada.home, deployment),
        stopped(first, service),
    )
    await world.project()
    end = datetime.now(UTC)
    rows = await world.reading.reader.rows(
        "select recorded_at from es.event where type in ('replica.started', 'replica.stopped')"
        " order by position"
    )
    start_of_first, start_of_second, stop_of_first = (row[0] for row in rows)
    ran = (stop_of_first - start_of_first) + (end - start_of_second)
    question = GetServiceAnalytics(
        project="ada", name="api", start=end - timedelta(hours=1), end=end
    )
    seen = await world.shown(question, ada)
    assert seen.replica_seconds == pytest.approx(ran.total_seconds(), abs=0.002)
    assert seen.cost_total == cost_text(cost(PRICE, seen.replica_seconds))
    assert (seen.requests, seen.latency_p99_ms, seen.cpu_utilization) == (0, None, None)


async def test_a_period_that_ends_before_it_starts_is_refused(world: World) -> None:
    ada = await world.person("ada")
    await world.service(ada.home, "api")
    await world.project()
    now = datetime.now(UTC)
    question = GetServiceAnalytics(
        project="ada", name="api", start=now, end=now - timedelta(hours=1)
    )
    refused = await world.refused(question, ada)
    assert isinstance(refused, Invalid)
    assert refused.field == "start"


@pytest.mark.parametrize(
    ("buckets", "share", "expected"),
    [
        ((), 0.5, None),
        ((0, 0, 0), 0.5, None),
        ((10,), 0.5, 0.5),
        ((0, 10), 0.5, 1.5),
        ((0, 0, 10), 1.0, 4.0),
        ((5, 0, 5), 0.5, 1.0),
        ((5, 0, 5), 0.75, 3.0),
    ],
)
def test_a_percentile_is_interpolated_inside_its_bucket(
    buckets: Sequence[int], share: float, expected: float | None
) -> None:
    assert percentile(buckets, share) == expected
