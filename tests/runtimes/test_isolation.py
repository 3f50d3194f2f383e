"""Whether tenants' code is isolated: tried at each start, and never given up silently."""

import os
from dataclasses import replace
from pathlib import Path

import pytest

from services.scheduler.runtimes.process import places
from services.scheduler.runtimes.process.identity import Identities, uid_for_trials
from services.scheduler.runtimes.process.probe import Found, IsolationRequired, find_enclosure
from services.scheduler.runtimes.process.settings import ProcessSettings
from tests.runtimes.process_engine import ProcessEngine

LABEL = "chronoplane-test"
BROKEN = Path("/bin/false")


@pytest.fixture
def settings(isolated: ProcessEngine, tmp_path: Path) -> ProcessSettings:
    """On a machine that can isolate."""
    root = tmp_path / "tried"
    places.make_root(root)
    places.make_shims(root)
    return ProcessSettings(root=root)


async def found(settings: ProcessSettings) -> Found:
    return await find_enclosure(settings, LABEL)


async def test_what_was_isolated_once_is_never_run_without(settings: ProcessSettings) -> None:
    broken = replace(settings, bubblewrap=BROKEN)
    assert not (await found(broken)).enclosure.isolated
    assert (await found(settings)).enclosure.isolated
    with pytest.raises(IsolationRequired, match=r"any more.*CHRONOPLANE_ISOLATION=trusted"):
        await found(broken)
    assert not (await found(replace(broken, isolation="trusted"))).enclosure.isolated
    assert not (await found(broken)).enclosure.isolated


async def test_isolation_that_is_asked_for_and_not_there_is_said(settings: ProcessSettings) -> None:
    with pytest.raises(IsolationRequired, match="cannot isolate tenant code"):
        await found(replace(settings, bubblewrap=BROKEN, isolation="isolated"))


def test_every_user_finds_python_whatever_our_umask_closes(tmp_path: Path) -> None:
    """A Debian has `python3` alone: the name `python` is there only by this folder."""
    before = os.umask(0o077)
    try:
        shims = places.make_shims(tmp_path)
    finally:
        os.umask(before)
    assert shims.stat().st_mode & 0o777 == 0o755
    assert (shims / "python").resolve().is_file()


def identities(folder: Path, owner: str = "one", count: int = 5) -> Identities:
    return Identities(file=folder / f"{owner}.json", first=1000, count=count, owner=owner)


def test_a_project_keeps_its_id_and_none_gets_that_of_trials(tmp_path: Path) -> None:
    given = [identities(tmp_path).uid_of(f"p{number}") for number in range(4)]
    assert sorted(given) == [1000, 1001, 1002, 1003]
    assert uid_for_trials(1000, 5) == 1004
    assert [identities(tmp_path).uid_of(f"p{number}") for number in range(4)] == given
    with pytest.raises(OSError, match="all user ids"):
        identities(tmp_path).uid_of("p4")


def test_stacks_side_by_side_begin_at_places_of_their_own(tmp_path: Path) -> None:
    firsts = {identities(tmp_path, f"stack{n}", 65_536).uid_of("p") for n in range(8)}
    assert len(firsts) == 8
