"""Prepared directories of environments: the least recently used go, none that a job uses."""

import os
import time
from pathlib import Path

import pytest

from services.scheduler.executions.kept import FRESH_SECONDS, Kept


@pytest.fixture
def kept(tmp_path: Path) -> Kept:
    return Kept(prepared=tmp_path / "prepared", uses=tmp_path / "uses", most=2)


def made(kept: Kept, name: str, *, hours_ago: float) -> Path:
    folder = kept.prepared / "env" / name
    (folder / "venv").mkdir(parents=True)
    (folder / "done.json").write_text("{}")
    at = time.time() - hours_ago * 3600
    os.utime(folder / "done.json", (at, at))
    return folder


def test_too_many_go_from_the_least_recently_used_on(kept: Kept) -> None:
    assert kept.superfluous(()) == []
    folders = [made(kept, f"d{age}", hours_ago=age) for age in (4, 3, 2, 1)]
    assert kept.superfluous(()) == folders[:2]
    kept.touch(folders[0] / "venv")
    assert kept.superfluous(()) == folders[1:3]


def test_what_a_job_uses_stays_until_it_is_over(kept: Kept) -> None:
    old, *others = (made(kept, f"d{age}", hours_ago=age) for age in (9, 3, 2))
    kept.use("j1", old / "venv")
    at = time.time() - 9 * 3600
    os.utime(old / "done.json", (at, at))
    assert kept.superfluous({"j1"}) == [others[0]]
    kept.free("j1")
    assert kept.superfluous({"j1"}) == [old]


def test_a_job_that_is_over_and_was_never_freed_holds_nothing(kept: Kept) -> None:
    old = made(kept, "d9", hours_ago=9)
    for age in (3, 2):
        made(kept, f"d{age}", hours_ago=age)
    kept.use("crashed", old / "venv")
    at = time.time() - 9 * 3600
    os.utime(old / "done.json", (at, at))
    assert kept.superfluous({"another"}) == [old]
    assert list(kept.uses.iterdir()) == []


def test_what_was_just_prepared_and_what_is_being_prepared_stay(kept: Kept) -> None:
    for number in range(4):
        made(kept, f"d{number}", hours_ago=(FRESH_SECONDS - 60) / 3600)
    (kept.prepared / "env" / "unfinished").mkdir()
    assert kept.superfluous(()) == []
