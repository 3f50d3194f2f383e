"""The scheduler's door to repositories: the newest commit of a branch, and a read-only checkout
per (project, commit).

Everything slow or hostile happens in a thread with time-outs or in a limited child process; the
event loop only waits.
"""

import asyncio
import json
import logging
import os
import shutil
import stat
import sys
import tempfile
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import services
from services.scheduler.repositories.address import (
    LOGIN_REFUSED,
    UNKNOWN_BRANCH,
    UNKNOWN_COMMIT,
    UNKNOWN_REPOSITORY,
    Location,
    RepositoryRefused,
    is_branch_name,
    locate,
    refused,
)
from services.scheduler.repositories.limits import RepositoryLimits
from services.scheduler.repositories.remote import (
    RemoteBroken,
    RemoteLocked,
    RemoteMissing,
    choose_head,
    read_refs,
)

_log = logging.getLogger(__name__)
_SOURCE_ROOT = Path(services.__file__).parents[1]
_HEAD_SECONDS = 45.0


class RepositoryUnavailable(Exception):
    """The git base could not be asked, or we could not write: no verdict about the repository.
    Try again later.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkout:
    commit: str
    subject: str
    folder: Path


@dataclass(slots=True, kw_only=True)
class Repositories:
    """`base` is the operator's git base (folder or http(s) URL); checkouts are kept under
    `folder`.
    """

    base: str
    folder: Path
    limits: RepositoryLimits = field(default_factory=RepositoryLimits)
    children_max: int = 2
    _children: asyncio.Semaphore = field(init=False)

    def __post_init__(self) -> None:
        self._children = asyncio.Semaphore(self.children_max)

    async def head_of(self, repository: str, branch: str | None) -> str | RepositoryRefused:
        """The commit a branch points at now (40 hex digits). Cheap: no object is fetched."""
        location = await self._locate(repository, branch)
        if isinstance(location, RepositoryRefused):
            return location
        try:
            async with asyncio.timeout(_HEAD_SECONDS):
                refs = await asyncio.to_thread(read_refs, location)
        except RemoteMissing:
            return UNKNOWN_REPOSITORY
        except RemoteLocked:
            return LOGIN_REFUSED
        except (RemoteBroken, TimeoutError, OSError) as error:
            raise RepositoryUnavailable(f"{repository}: {error}") from error
        head = choose_head(refs, branch)
        return UNKNOWN_BRANCH if head is None else head.decode()

    async def check_out(
        self, project_id: str, repository: str, branch: str | None, *, commit: str | None = None
    ) -> Checkout | RepositoryRefused:
        """Fetch the branch's newest commit, or that one, and write its tree; nothing stays behind
        when it is refused."""
        location = await self._locate(repository, branch)
        if isinstance(location, RepositoryRefused):
            return location
        return await self.check_out_at(project_id, location, branch, commit=commit)

    async def check_out_at(
        self, project_id: str, location: Location, branch: str | None, *, commit: str | None = None
    ) -> Checkout | RepositoryRefused:
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        scratch = Path(tempfile.mkdtemp(prefix=".fetch-", dir=self.folder))
        try:
            async with self._children:
                answer = await self._run_child(location, branch, commit, scratch)
            return await asyncio.to_thread(self._settle, project_id, scratch, answer)
        finally:
            await asyncio.to_thread(_remove, scratch)

    async def _locate(self, repository: str, branch: str | None) -> Location | RepositoryRefused:
        if branch is not None and not is_branch_name(branch):
            return UNKNOWN_BRANCH
        return await asyncio.to_thread(locate, self.base, repository)

    async def _run_child(
        self, location: Location, branch: str | None, commit: str | None, scratch: Path
    ) -> dict[str, str]:
        child = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "services.scheduler.repositories.child",
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env=_child_environment(scratch),
            cwd=_SOURCE_ROOT,
            start_new_session=True,
        )
        request = {
            "kind": location.kind,
            "place": location.place,
            # On its standard input: neither its arguments nor its environment show it.
            "login": None if location.login is None else asdict(location.login),
            "branch": branch,
            "commit": commit,
            "scratch": os.fspath(scratch),
            "limits": asdict(self.limits),
        }
        try:
            async with asyncio.timeout(self.limits.time_seconds):
                output, _ = await child.communicate(json.dumps(request).encode())
        except TimeoutError:
            return {"refused": "took too long"}
        finally:
            if child.returncode is None:
                child.kill()
                await child.wait()
        return _read_answer(output, child.returncode)

    def _settle(
        self, project_id: str, scratch: Path, answer: dict[str, str]
    ) -> Checkout | RepositoryRefused:
        if "commit" not in answer:
            return _refusal(answer)
        folder = self.folder / project_id / answer["commit"]
        folder.parent.mkdir(exist_ok=True, mode=0o700)
        if not folder.exists():
            _make_read_only(scratch / "tree")
            try:
                (scratch / "tree").rename(folder)
                folder.chmod(0o555)
            except OSError:
                # Another check-out of the same commit was first; both trees are equal.
                if not folder.exists():
                    raise
        return Checkout(commit=answer["commit"], subject=answer["subject"], folder=folder)

    async def forget(self, project_id: str, commit: str) -> None:
        """Remove a checkout nobody runs any more."""
        folder = self.folder / project_id / commit
        await asyncio.to_thread(_remove, folder)


def _child_environment(scratch: Path) -> dict[str, str]:
    # An empty environment: the scheduler's own holds secrets, and git settings of the operator's
    # account are not ours.
    kept = {
        name: os.environ[name] for name in ("SSL_CERT_FILE", "SSL_CERT_DIR") if name in os.environ
    }
    return {
        **kept,
        "HOME": os.fspath(scratch),
        "PATH": os.defpath,
        "LANG": "C.UTF-8",
        "GIT_CONFIG_NOSYSTEM": "1",
    }


def _read_answer(output: bytes, returncode: int | None) -> dict[str, str]:
    try:
        answer: Any = json.loads(output)
    except ValueError:
        _log.warning("repository_child_died", extra={"returncode": returncode})
        # Killed by its own limits: SIGXCPU, SIGXFSZ, or no memory left even to say so.
        return {"refused": "too large"}
    return {str(key): str(value) for key, value in answer.items()}


def _refusal(answer: dict[str, str]) -> RepositoryRefused:
    if answer.get("unknown") == "repository":
        return UNKNOWN_REPOSITORY
    if answer.get("unknown") == "login":
        return LOGIN_REFUSED
    if answer.get("unknown") == "branch":
        return UNKNOWN_BRANCH
    if answer.get("unknown") == "commit":
        return UNKNOWN_COMMIT
    if "refused" in answer:
        return refused(answer["refused"])
    raise RepositoryUnavailable(answer.get("broken", "no answer"))


def _make_read_only(tree: Path) -> None:
    for folder, _, _ in os.walk(tree, topdown=False):
        if Path(folder) != tree:
            Path(folder).chmod(stat.S_IRUSR | stat.S_IXUSR | 0o055)


def _remove(folder: Path) -> None:
    for parent, _, _ in os.walk(folder):
        os.chmod(parent, 0o700)
    shutil.rmtree(folder, ignore_errors=True)
