"""What every engine promises about a replica, from its start to its record's end."""

import asyncio
import contextlib
import json
import os
import signal
import time
from dataclasses import replace
from pathlib import Path

from services.scheduler.runtimes.interface import Labels, Prepared
from tests.runtimes.engine import (
    Engine,
    eventually,
    get,
    is_running,
    open_engine,
    post,
    tree_of,
)

GIVEN = {"PATH", "HOME", "LANG", "PYTHONUNBUFFERED", "PORT"}


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
    assert set(given) == GIVEN | {"GREETING"}
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
    first = await engine.runtime.lines("r1")
    assert [line.message for line in first.lines] == ["listening"]
    before = time.time()
    await get(seen.address, "/say", text="häst", times=3)

    async def all_there() -> bool:
        return len(await engine.messages()) == 5

    await eventually(all_there)
    page = await engine.runtime.lines("r1", after=first.cursor)
    spoken = [line.message for line in page.lines if line.stream == "stdout"]
    assert spoken == ["häst 0", "häst 1", "häst 2"]
    assert [line.message for line in page.lines if line.stream == "stderr"] == ["told"]
    assert all(before - 1 < line.timestamp.timestamp() < time.time() + 1 for line in page.lines)
    short = await engine.runtime.lines("r1", limit=2)
    rest = await engine.runtime.lines("r1", after=short.cursor)
    assert len(short.lines) + len(rest.lines) == 5
    assert (await engine.runtime.lines("r1", after=rest.cursor)).lines == ()


async def test_a_long_line_is_cut_and_a_flood_is_counted_instead_of_kept(engine: Engine) -> None:
    seen = await engine.start()
    await get(seen.address, "/say", text="x", wide=3 * 1024**2)
    await get(seen.address, "/say", text="flood", times=20_000)
    await engine.runtime.stop("r1", grace_seconds=5)
    messages = await engine.messages()
    cut = next(message for message in messages if message.startswith("xx"))
    assert cut.endswith(" [line cut]")
    assert len(cut) < 17 * 1024
    assert len(messages) < 15_000
    assert any(message.endswith(" lines dropped") for message in messages)


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
    await engine.start(prepared=Prepared(command=("no-such-program",), how="x"), is_web=False)
    ended = await engine.ended()
    assert ended.exit is not None
    assert ended.exit.code == 127
    assert any("cannot start" in message for message in await engine.messages())


async def test_killing_the_keeper_ends_the_replica_and_is_seen(engine: Engine) -> None:
    seen = await engine.start()
    child = await get(seen.address, "/child")
    assert child > 0
    folder = engine.runtime.root / "replicas" / "r1"
    state = json.loads((folder / "state.json").read_text())
    everything = tree_of(state["keeper"])
    assert len(everything) >= 4
    os.kill(state["keeper"], signal.SIGKILL)
    ended = await engine.ended()
    assert ended.exit is not None
    assert not ended.exit.asked

    async def all_gone() -> bool:
        return not any(is_running(pid) for pid in everything)

    await eventually(all_gone)


async def test_stopping_lets_an_answer_under_way_finish(engine: Engine) -> None:
    seen = await engine.start()
    answer = asyncio.create_task(get(seen.address, "/slow", seconds=0.6))
    await asyncio.sleep(0.2)
    await engine.runtime.stop("r1", grace_seconds=6)
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
    await engine.runtime.stop("r1", grace_seconds=0.5)
    assert 0.4 < time.monotonic() - began < 4
    ended = await engine.observed()
    assert ended.exit is not None
    assert (ended.exit.signal, ended.exit.asked) == (signal.SIGKILL, True)


async def test_stopping_by_force_waits_for_nothing(engine: Engine) -> None:
    await engine.start(environment={"STUBBORN": "1"})
    began = time.monotonic()
    await engine.runtime.stop("r1", grace_seconds=60, force=True)
    assert time.monotonic() - began < 4
    assert (await engine.observed()).exit is not None


async def test_a_child_in_its_own_session_is_gone_after_stop(engine: Engine) -> None:
    seen = await engine.start()
    await get(seen.address, "/child")
    state = json.loads((engine.runtime.root / "replicas" / "r1" / "state.json").read_text())
    everything = tree_of(state["keeper"])
    await engine.runtime.stop("r1", grace_seconds=3)

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
    # Without control groups and without a user of its own nothing bounds them: that is what
    # `trusted` means.
    bounded = engine.runtime.enclosure.isolated or engine.runtime.enclosure.places.limits_memory
    seen = await engine.start(memory_mb=2048)
    got = await get(seen.address, "/fork", max=900 if bounded else 5)
    assert got["count"] < 600
    assert (got["error"] is not None) == bounded


async def test_more_on_disk_than_granted_ends_it_and_says_so(engine: Engine) -> None:
    engine.runtime.settings = replace(engine.runtime.settings, disk_bytes_max=16 * 1024**2)
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


async def test_a_new_scheduler_adopts_what_the_old_one_started(
    engine: Engine, tmp_path: Path
) -> None:
    seen = await engine.start(environment={"SAME": "yes"})
    second = await open_engine(tmp_path, engine.runtime.settings.isolation)
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
    await second.runtime.stop("r1", grace_seconds=3)
    ended = await engine.observed()
    assert ended.exit is not None
    assert ended.exit.asked


async def test_starting_the_same_replica_twice_at_once_starts_one(engine: Engine) -> None:
    prepared = await engine.prepared()
    first, second = await asyncio.gather(
        engine.start(prepared=prepared), engine.start(prepared=prepared)
    )
    assert first.pid == second.pid
    assert len(await engine.runtime.list()) == 1


async def test_what_a_replica_writes_is_not_seen_by_the_next(engine: Engine) -> None:
    prepared = await engine.prepared()
    one = await engine.start("r1", prepared=prepared)
    two = await engine.start("r2", prepared=prepared)
    assert await get(one.address, "/write", file="left") == ["app.py", "left"]
    assert await get(two.address, "/write", file="other") == ["app.py", "other"]
    assert prepared.tree is not None
    assert os.listdir(prepared.tree) == ["app.py"]


async def test_secrets_are_in_no_file_and_no_argument(engine: Engine) -> None:
    secret = "s3cret-" + "canary"
    await engine.start(environment={"TOKEN": secret})
    state = json.loads((engine.runtime.root / "replicas" / "r1" / "state.json").read_text())
    for pid in tree_of(state["keeper"]):
        assert secret not in Path(f"/proc/{pid}/cmdline").read_text()
    with contextlib.suppress(PermissionError):  # closed even to its own user
        assert secret not in Path(f"/proc/{state['keeper']}/environ").read_text()
    for path in engine.runtime.root.rglob("*"):
        if path.is_file() and not path.is_symlink():
            assert secret.encode() not in path.read_bytes(), path


async def test_a_forgotten_replica_leaves_nothing_and_a_running_one_is_not_forgotten(
    engine: Engine,
) -> None:
    seen = await engine.start()
    await engine.runtime.forget("r1")
    assert (await engine.observed()).exit is None
    await engine.runtime.stop("r1", grace_seconds=3)
    await engine.runtime.forget("r1")
    await engine.runtime.forget("r1")
    assert await engine.runtime.list() == []
    assert list((engine.runtime.root / "replicas").iterdir()) == []
    assert not Path(seen.address.removeprefix("unix@")).exists()
    groups = engine.runtime.enclosure.places.groups("r1", cpu=1, memory_bytes=1, pids=1)
    assert not any(Path(str(group["folder"])).exists() for group in groups)


async def test_the_longest_id_at_the_deepest_root_still_has_an_address(tmp_path: Path) -> None:
    deep = tmp_path / ("d" * 100)
    deep.mkdir()
    engine = await open_engine(deep, "auto")
    try:
        seen = await engine.start("r" * 64)
        assert await get(seen.address, "/health") == "ok"
        assert len(seen.address.removeprefix("unix@")) < 108
    finally:
        await engine.close()


async def test_unknown_replicas_are_no_error(engine: Engine) -> None:
    for name in ("none", "../../etc", ""):
        await engine.runtime.stop(name, grace_seconds=1)
        await engine.runtime.forget(name)
        assert (await engine.runtime.lines(name)).lines == ()
