"""The bus is started again once there is room, after its disk was full, and only then."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from deploy.local.bus import FULL_BYTES, ROOM_BYTES, BusDisk

LINE = b"[1] [ERR] Filestore [EVENTS] Critical write error: no space left on device\n"

Free = Callable[[int], None]


class Usage(NamedTuple):
    total: int
    used: int
    free: int


@pytest.fixture
def free(monkeypatch: pytest.MonkeyPatch) -> Free:
    def set_free(count: int) -> None:
        monkeypatch.setattr("deploy.local.bus.shutil.disk_usage", lambda _: Usage(0, 0, count))

    set_free(ROOM_BYTES)
    return set_free


def test_a_disk_with_room_is_left_alone(tmp_path: Path, free: Free) -> None:
    disk = BusDisk(tmp_path, tmp_path / "nats.log")
    assert [disk.is_due() for _ in range(3)] == [False] * 3


def test_after_a_full_disk_it_is_due_once_there_is_room(tmp_path: Path, free: Free) -> None:
    disk = BusDisk(tmp_path, tmp_path / "nats.log")
    free(FULL_BYTES - 1)
    assert not disk.is_due()
    free(ROOM_BYTES - 1)
    assert not disk.is_due()
    free(ROOM_BYTES)
    assert disk.is_due()
    assert not disk.is_due()


def test_a_full_moment_that_nobody_saw_is_known_by_the_servers_word(
    tmp_path: Path, free: Free
) -> None:
    log_file = tmp_path / "nats.log"
    log_file.write_bytes(LINE)  # Of an earlier start: no news.
    disk = BusDisk(tmp_path, log_file)
    assert not disk.is_due()
    with log_file.open("ab") as written:
        written.write(LINE[:30])
        written.flush()
        assert not disk.is_due()
        written.write(LINE[30:])
    assert disk.is_due()
    assert not disk.is_due()
    log_file.write_bytes(LINE)  # Rotated, and said again: shorter than what was read.
    assert disk.is_due()
