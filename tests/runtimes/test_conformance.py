"""What every engine promises about a replica, from its start to its record's end."""

import asyncio
import contextlib
import os
import signal
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path

from services.scheduler.runtimes.interface import Labels, LogLine, StartFailed
from tests.runtimes.engine import Engine, eventually, get, is_running, post


async def test_a_replica_answers_at_its_address_with_its_labels(engine: Engine) -> None:
    seen = await engine.start()
    assert await get(seen.address, "/health") == "ok"
    assert seen.state == "running"
    assert seen.labels == Labels(
        service_id="s1", project_id="acme", deployment_id="d1", ordinal=0, generation=1
    )
    assert seen.pid is not None
    assert is_running(seen.pid)


async def test_the_environment_is_what_was_given_and_nothing_else(engine: Engine) -> None:
    os.environ["CHRONOPLANE_CANARY"] = "of-the-scheduler"
    try:
        seen = await engine.start(environment={"GREETING": "hei\nto lines ü", "PORT": "1"})
        given = await get(seen.address, "/environment")
    finally:
        del os.environ["CHRONOPLANE_CANARY"]
    assert set(given) == engine.given | {"GREETING"}
    assert given["GREETING"] == "hei\nto lines ü"
    assert given["PORT"] != "1"


async def test_large_bodies_pass_unchanged_both_ways(engine: Engine) -> None:
    seen = await engine.start()
    body = os.urandom(3 * 1024**2)
    assert await post(seen.address, body) == body


async def test_lines_are_kept_with_stream_and_time_and_are_read_on_from_a_cursor(
    engine: Engine,
) -> None:
    seen = await engine.start()
    first = await engine.any_runtime.lines("r1")
    assert [line.message for line in first.lines] == ["listening"]
    before = time.time()
    await get(seen.address, "/say", text="häst", times=3)

    async def all_there() -> bool:
        return len(await engine.messages()) == 5

    await eventually(all_there)
    page = await engine.any_runtime.lines("r1", after=first.cursor)
    spoken = [line.message for line in page.lines if line.stream == "stdout"]
    assert spoken == ["häst 0", "häst 1", "häst 2"]
    assert [line.message for line in page.lines if line.stream == "stderr"] == ["told"]
    assert all(before - 1 < line.timestamp.timestamp() < time.time() + 1 for line in page.lines)
    short = await engine.any_runtime.lines("r1", limit=2)
    rest = await engine.any_runtime.lines("r1", after=short.cursor)
    assert len(short.lines) + len(rest.lines) == 5
    assert (await engine.any_runtime.lines("r1", after=rest.cursor)).lines == ()


async def test_a_long_line_is_cut_and_a_flood_is_counted_where_it_is_not_kept(
    engine: Engine,
) -> None:
    seen = await engine.start()
    await get(seen.address, "/say", text="x", wide=3 * 1024**2)
    await get(seen.address, "/say", text="flood", times=20_000)
    await engine.any_runtime.stop("r1", grace_seconds=5)

    async def all_counted() -> bool:
        # An engine hands on what it still holds for a while after the end. It says a few lines of
        # its own beside the flood, which that takes along.
        dropped, kept = _flooded(await engine.lines())
        return 20_000 <= dropped + len(kept) <= 20_010

    await eventually(all_counted)
    lines = await engine.lines()
    cut = next(line.message for line in lines if line.message.startswith("xx"))
    assert cut.endswith(" [line cut]")
    assert len(cut) < 17 * 1024
    # A slow machine prints fewer a second than are kept of one.
    a_second = Counter(int(line.timestamp.timestamp()) for line in _flooded(lines)[1])
    assert max(a_second.values()) <= 2000


def _flooded(lines: list[LogLine]) -> tuple[int, list[LogLine]]:
    """How many were told to be dropped, and those of the flood that were kept."""
    told = [line.message for line in lines if line.message.endswith(" lines dropped")]
    kept = [line for line in lines if line.message.startswith("flood ")]
    return sum(int(each.split()[0]) for each in told), kept


async def test_a_killed_replica_is_seen_with_its_signal(engine: Engine) -> None:
    seen = await engine.start()
    assert seen.pid is not None
    os.kill(seen.pid, signal.SIGKILL)
    ended = await engine.ended()
    assert ended.state == "exited"
    assert ended.exit is not None
    assert (ended.exit.signal, ended.exit.code) == (signal.SIGKILL, None)
    assert not ended.exit.asked
    assert not ended.exit.oom


async def test_an_exit_is_seen_with_its_code(engine: Engine) -> None:
    seen = await engine.start()
    with contextlib.suppress(OSError, ValueError):  # the answer is cut off by the exit
        await get(seen.address, "/leave", code=3)
    ended = await engine.ended()
    assert ended.exit is not None
    assert (ended.exit.code, ended.exit.signal, ended.exit.asked) == (3, None, False)
    assert ended.exit.detail == "exited with code 3"


async def test_a_command_that_does_not_exist_ends_with_a_word_about_it(engine: Engine) -> None:
    good = await engine.prepared()
    bad = replace(good, command=("no-such-program",))
    started = await engine.try_start("r1", prepared=bad)
    if isinstance(started, StartFailed):
        assert "cannot be started" in started.reason
        assert "no-such-program" in started.reason
        assert await engine.any_runtime.list() == []
        return
    ended = await engine.ended()
    assert ended.exit is not None
    assert ended.exit.code == 127
    said = await engine.messages()
    assert any("cannot start" in line or "no-such-program failed" in line for line in said), said


async def test_stopping_lets_an_answer_under_way_finish(engine: Engine) -> None:
    seen = await engine.start()
    answer = asyncio.create_task(get(seen.address, "/slow", seconds=0.6))
    await asyncio.sleep(0.2)
    await engine.any_runtime.stop("r1", grace_seconds=6)
    assert await answer == "slept"
    ended = await engine.observed()
    assert ended.exit is not None
    assert (ended.exit.code, ended.exit.asked) == (0, True)
    assert "ending" in await engine.messages()


async def test_a_replica_that_ignores_the_request_is_killed_after_its_grace(
    engine: Engine,
) -> None:
    await engine.start(environment={"STUBBORN": "1"})
    began = time.monotonic()
    await engine.any_runtime.stop("r1", grace_seconds=0.5)
    assert 0.4 < time.monotonic() - began < 4
    ended = await engine.observed()
    assert ended.exit is not None
    assert (ended.exit.signal, ended.exit.asked) == (signal.SIGKILL, True)


async def test_stopping_by_force_waits_for_nothing(engine: Engine) -> None:
    await engine.start(environment={"STUBBORN": "1"})
    began = time.monotonic()
    await engine.any_runtime.stop("r1", grace_seconds=60, force=True)
    assert time.monotonic() - began < 4
    assert (await engine.observed()).exit is not None


async def test_a_child_in_its_own_session_is_gone_after_stop(engine: Engine) -> None:
    seen = await engine.start()
    await get(seen.address, "/child")
    everything = engine.everything_of(seen)
    assert len(everything) >= 3
    await engine.any_runtime.stop("r1", grace_seconds=3)

    async def all_gone() -> bool:
        return not any(is_running(pid) for pid in everything)

    await eventually(all_gone)


async def test_more_memory_than_granted_ends_it_and_says_out_of_memory(engine: Engine) -> None:
    seen = await engine.start(memory_mb=96)
    with contextlib.suppress(OSError, ValueError):  # it dies with the answer
        await get(seen.address, "/eat", mb=400, hold=6)
    ended = await engine.ended()
    assert ended.exit is not None
    assert ended.exit.oom
    assert "out of memory" in ended.exit.detail


async def test_children_are_bounded(engine: Engine) -> None:
    bounded = engine.bounds_children
    seen = await engine.start(memory_mb=2048)
    got = await get(seen.address, "/fork", max=900 if bounded else 5)
    assert got["count"] < 600
    assert (got["error"] is not None) == bounded


async def test_more_on_disk_than_granted_ends_it_and_says_so(engine: Engine) -> None:
    engine.limit_disk(16 * 1024**2)
    seen = await engine.start()
    await get(seen.address, "/fill", mb=40)
    ended = await engine.ended()
    assert ended.exit is not None
    assert ended.exit.detail == "wrote more than its disk limit"
    assert not ended.exit.asked


async def test_usage_is_measured(engine: Engine) -> None:
    await engine.start()

    async def measured() -> bool:
        seen = await engine.observed()
        return seen.memory_bytes > 5 * 1024**2 and seen.cpu_seconds > 0

    await eventually(measured)


async def test_a_new_scheduler_adopts_what_the_old_one_started(engine: Engine) -> None:
    seen = await engine.start(environment={"SAME": "yes"})
    second = await engine.again()
    adopted = await second.observed()
    assert (adopted.pid, adopted.address, adopted.labels, adopted.state) == (
        seen.pid,
        seen.address,
        seen.labels,
        "running",
    )
    again = await second.start(environment={"SAME": "no"})
    assert again.pid == seen.pid
    assert (await get(again.address, "/environment"))["SAME"] == "yes"
    await second.any_runtime.stop("r1", grace_seconds=3)
    ended = await engine.observed()
    assert ended.exit is not None
    assert ended.exit.asked
    await second.any_runtime.close()


async def test_starting_the_same_replica_twice_at_once_starts_one(engine: Engine) -> None:
    prepared = await engine.prepared()
    first, second = await asyncio.gather(
        engine.start(prepared=prepared), engine.start(prepared=prepared)
    )
    assert first.pid == second.pid
    assert len(await engine.any_runtime.list()) == 1


async def test_what_a_replica_writes_is_not_seen_by_the_next(engine: Engine) -> None:
    prepared = await engine.prepared()
    one = await engine.start("r1", prepared=prepared)
    two = await engine.start("r2", prepared=prepared)
    assert await get(one.address, "/write", file="left") == ["app.py", "left"]
    assert await get(two.address, "/write", file="other") == ["app.py", "other"]
    assert await engine.written_into(prepared) == []


async def test_secrets_are_in_no_file_and_no_argument(engine: Engine) -> None:
    secret = "s3cret-" + "canary"
    seen = await engine.start(environment={"TOKEN": secret})
    for pid in engine.everything_of(seen):
        assert secret not in Path(f"/proc/{pid}/cmdline").read_text()
    for path in engine.root.rglob("*"):
        if path.is_file() and not path.is_symlink():
            assert secret.encode() not in path.read_bytes(), path


async def test_a_forgotten_replica_leaves_nothing_and_a_running_one_is_not_forgotten(
    engine: Engine,
) -> None:
    seen = await engine.start()
    await engine.any_runtime.forget("r1")
    assert (await engine.observed()).exit is None
    await engine.any_runtime.stop("r1", grace_seconds=3)
    await engine.any_runtime.forget("r1")
    await engine.any_runtime.forget("r1")
    assert await engine.any_runtime.list() == []
    assert await engine.left_of(seen) == []


async def test_unknown_replicas_are_no_error(engine: Engine) -> None:
    for name in ("none", "../../etc", ""):
        await engine.any_runtime.stop(name, grace_seconds=1)
        await engine.any_runtime.forget(name)
        assert (await engine.any_runtime.lines(name)).lines == ()
