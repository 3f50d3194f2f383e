"""From a read-only checkout to a tree that can be started: a copy of the project's user, and what
its dependencies need.

Installs run tenants' code, so they run in the same sandbox as replicas, with a cache of the
project and an exit to the configured indexes only. The result is kept per (project, commit,
command) and found again.
"""

import asyncio
import hashlib
import json
import logging
import os
import shutil
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from services.scheduler.runtimes.interface import BuildSpec, PreparationFailed, Prepared
from services.scheduler.runtimes.process.convention import NoWay, Plan, plan
from services.scheduler.runtimes.process.egress import EgressProxy
from services.scheduler.runtimes.process.enclosures import (
    PROXY_PORT,
    Enclosure,
    Program,
    base_environment,
)
from services.scheduler.runtimes.process.indexes import Indexes, find_indexes
from services.scheduler.runtimes.process.keepers import run_to_end
from services.scheduler.runtimes.process.sandbox import APP, CACHE, EGRESS, ENVIRONMENT, Mount

_log = logging.getLogger(__name__)
_LAST_LINES = 50
_PYTHON = """
if python -m pip --version >/dev/null 2>&1; then
    python -m venv --without-pip "$VENV"
    python -m pip --python "$VENV/bin/python" install --no-input --disable-pip-version-check "$@"
else
    python -m venv "$VENV"
    "$VENV/bin/python" -m pip install --no-input --disable-pip-version-check "$@"
fi
"""
_NODE = """
if [ -f package-lock.json ]; then npm ci --no-audit --no-fund
else npm install --no-audit --no-fund; fi
npm run build --if-present
"""


@dataclass(slots=True, kw_only=True)
class Preparation:
    """Builds of this machine; one at a time per result, few at once."""

    enclosure: Enclosure
    root: Path
    shims: Path
    sockets: Path
    builds_max: int = 2
    _places: asyncio.Semaphore = field(init=False)
    _locks: dict[Path, asyncio.Lock] = field(default_factory=dict)
    _indexes: Indexes | None = None

    def __post_init__(self) -> None:
        self._places = asyncio.Semaphore(self.builds_max)

    async def prepare(
        self, build: BuildSpec, uid: int | None, log: Callable[[str], None]
    ) -> Prepared | PreparationFailed:
        made = await asyncio.to_thread(plan, build.checkout, build.command)
        if isinstance(made, NoWay):
            return PreparationFailed(reason=made.reason)
        folder = self._folder(build)
        async with self._locks.setdefault(folder, asyncio.Lock()):
            if not (folder / "done.json").exists():
                async with self._places:
                    failed = await self._build(build, made, folder, uid, log)
                if failed is not None:
                    await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)
                    return failed
        venv = folder / "venv"
        return Prepared(
            command=made.command,
            how=made.how,
            tree=folder / "tree",
            environment=venv if venv.exists() else None,
        )

    async def discard(self, folder: Path) -> None:
        if not folder.is_relative_to(self.root / "prepared"):
            return
        async with self._locks.setdefault(folder, asyncio.Lock()):
            await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)
        self._locks.pop(folder, None)

    def _folder(self, build: BuildSpec) -> Path:
        mode = "isolated" if self.enclosure.isolated else "trusted"
        text = "\0".join((build.commit, build.command or "", mode, *build.packages))
        name = hashlib.blake2b(text.encode(), digest_size=12).hexdigest()
        return self.root / "prepared" / build.project_id / name

    async def _build(
        self,
        build: BuildSpec,
        made: Plan,
        folder: Path,
        uid: int | None,
        log: Callable[[str], None],
    ) -> PreparationFailed | None:
        await asyncio.to_thread(_copy_tree, build.checkout, folder, uid)
        steps = []
        python = _pip_arguments(made.python, build.packages)
        if python:
            (folder / "venv").mkdir()
            steps.append(("installing Python packages", _PYTHON, python))
        if made.node:
            steps.append(("installing Node packages", _NODE, ()))
        for title, script, arguments in steps:
            failed = await self._step(build, folder, uid, log, (title, script, arguments))
            if failed is not None:
                return failed
        (folder / "done.json").write_text(json.dumps({"how": made.how, "commit": build.commit}))
        return None

    async def _step(
        self,
        build: BuildSpec,
        folder: Path,
        uid: int | None,
        log: Callable[[str], None],
        step: tuple[str, str, tuple[str, ...]],
    ) -> PreparationFailed | None:
        title, script, arguments = step
        if self._indexes is None:
            self._indexes = await find_indexes(self.enclosure.settings.build_hosts)
        last: deque[str] = deque(maxlen=_LAST_LINES)

        def heard(line: str) -> None:
            last.append(line)
            log(line)

        log(title)
        places = await asyncio.to_thread(self._build_folders, build.project_id, folder, uid)
        program = self._program(folder, build.project_id, uid, (script, arguments), places)
        async with EgressProxy(path=places[2] / "proxy", allowed=self._indexes.destinations):
            ended = await run_to_end(self.enclosure.spec(program, detach=False), heard)
        await asyncio.to_thread(shutil.rmtree, places[0], ignore_errors=True)
        await asyncio.to_thread(shutil.rmtree, places[2], ignore_errors=True)
        if ended is not None and ended["code"] == 0:
            return None
        _log.info("build_failed", extra={"project": build.project_id, "commit": build.commit})
        why = "its keeper died" if ended is None else ended["detail"] or _exit_words(ended)
        return PreparationFailed(reason=f"{title} failed: {why}", last_lines=tuple(last))

    def _build_folders(
        self, project_id: str, folder: Path, uid: int | None
    ) -> tuple[Path, Path, Path]:
        """The keeper's own, the project's cache, and a short one for the proxy's socket."""
        keeper, cache = folder / "build", self.root / "caches" / project_id
        shutil.rmtree(keeper, ignore_errors=True)
        exit_folder = self.sockets / f"b{folder.name[:12]}"
        for place in (keeper, cache, exit_folder):
            place.mkdir(parents=True, exist_ok=True, mode=0o700)
        home = keeper / "home"
        home.mkdir()
        # Seen only inside the sandbox; outside, the closed folder above it keeps others out.
        exit_folder.chmod(0o711)
        for place in (cache, home, folder / "venv"):
            if uid is not None and place.exists():
                os.chown(place, uid, uid)
        return keeper, cache, exit_folder

    def _program(
        self,
        folder: Path,
        project_id: str,
        uid: int | None,
        work: tuple[str, tuple[str, ...]],
        places: tuple[Path, Path, Path],
    ) -> Program:
        settings, isolated = self.enclosure.settings, self.enclosure.isolated
        keeper, cache, exit_folder = places
        mounts = [
            Mount(kind="--bind", source=folder / "tree", target=APP),
            Mount(kind="--bind", source=cache, target=CACHE),
            Mount(kind="--ro-bind", source=exit_folder, target=EGRESS),
        ]
        if (folder / "venv").exists():
            mounts.append(Mount(kind="--bind", source=folder / "venv", target=ENVIRONMENT))
        assert self._indexes is not None  # noqa: S101 - set by the only caller
        for path in self._indexes.paths:
            mounts.append(Mount(kind="--ro-bind", source=path, target=os.fspath(path)))
        script, arguments = work
        return Program(
            folder=keeper,
            name=f"build-{folder.name}",
            argv=("/bin/sh", "-euc", script, "build", *arguments),
            environment=self._environment(folder, keeper / "home", cache, isolated=isolated),
            directory=folder / "tree",
            mounts=tuple(mounts),
            uid=uid,
            cpu=os.cpu_count() or 1,
            memory_bytes=settings.build_memory_mb * 1024**2,
            disk_bytes=settings.build_disk_bytes_max,
            pids=settings.pids_max,
            seconds_max=settings.build_seconds_max,
            proxy=exit_folder,
            watched=(folder, cache),
            labels={"project_id": project_id},
        )

    def _environment(
        self, folder: Path, home: Path, cache: Path, *, isolated: bool
    ) -> dict[str, str]:
        shown = CACHE if isolated else os.fspath(cache)
        environment = base_environment(isolated=isolated, shims=self.shims, home=home, venv=None)
        environment |= {
            "VENV": ENVIRONMENT if isolated else os.fspath(folder / "venv"),
            "PIP_CACHE_DIR": f"{shown}/pip",
            "npm_config_cache": f"{shown}/npm",
            "npm_config_update_notifier": "false",
        }
        if isolated:
            proxy = f"http://127.0.0.1:{PROXY_PORT}"
            for name in ("HTTP_PROXY", "HTTPS_PROXY"):
                environment |= {name: proxy, name.lower(): proxy}
        if self._indexes is not None:
            environment |= dict(self._indexes.environment)
        return environment


def _pip_arguments(
    listed: tuple[str, ...] | None, packages: tuple[str, ...]
) -> tuple[str, ...] | None:
    """All in one run: only then are versions found that go together."""
    return (*(listed or ("--",)), *packages) if packages else listed


def _exit_words(ended: dict[str, object]) -> str:
    if ended["oom"]:
        return "out of memory"
    return (
        f"exit code {ended['code']}" if ended["code"] is not None else f"signal {ended['signal']}"
    )


def _copy_tree(checkout: Path | None, folder: Path, uid: int | None) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True, mode=0o700)
    tree = folder / "tree"
    if checkout is None:
        tree.mkdir()
    else:
        shutil.copytree(checkout, tree, symlinks=True)
    for parent, folders, files in os.walk(tree):
        _open_for_owner(Path(parent), uid)
        for name in files:
            _open_for_owner(Path(parent) / name, uid)
        for name in folders:
            if (Path(parent) / name).is_symlink():
                _open_for_owner(Path(parent) / name, uid)


def _open_for_owner(path: Path, uid: int | None) -> None:
    if not path.is_symlink():
        path.chmod(path.stat().st_mode | 0o200)
    if uid is not None:
        os.chown(path, uid, uid, follow_symlinks=False)
