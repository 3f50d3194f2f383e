"""What only the process engine has: a keeper per replica, and sockets whose paths are short."""

import contextlib
import os
from pathlib import Path

from tests.runtimes.engine import eventually, get, is_running
from tests.runtimes.process_engine import ProcessEngine, open_process_engine


async def test_killing_the_keeper_ends_the_replica_and_is_seen(
    process_engine: ProcessEngine,
) -> None:
    seen = await process_engine.start()
    child = await get(seen.address, "/child")
    assert child > 0
    everything = process_engine.everything_of(seen)
    assert len(everything) >= 4
    os.kill(process_engine.keeper(), 9)
    ended = await process_engine.ended()
    assert ended.exit is not None
    assert not ended.exit.asked

    async def all_gone() -> bool:
        return not any(is_running(pid) for pid in everything)

    await eventually(all_gone)


async def test_secrets_are_not_in_the_keepers_environment(process_engine: ProcessEngine) -> None:
    secret = "s3cret-" + "canary"
    await process_engine.start(environment={"TOKEN": secret})
    with contextlib.suppress(PermissionError):  # closed even to its own user
        assert secret not in Path(f"/proc/{process_engine.keeper()}/environ").read_text()


async def test_the_longest_id_at_the_deepest_root_still_has_an_address(tmp_path: Path) -> None:
    deep = tmp_path / ("d" * 100)
    deep.mkdir()
    engine = await open_process_engine(deep, "auto")
    try:
        seen = await engine.start("r" * 64)
        assert await get(seen.address, "/health") == "ok"
        assert len(seen.address.removeprefix("unix@")) < 108
    finally:
        await engine.close()
