"""Where a job's files come from: its project's own repository, or the one it is linked to.

Every project has a bare repository of its own, made at its first job. A linked one lies under the
operator's git base, like those of services, or at a git server that the operator names: no other
place is ever asked."""

import asyncio
import os
import time
from dataclasses import dataclass
from pathlib import Path

from dulwich.objects import Commit, ObjectID, Tag, Tree
from dulwich.refs import Ref
from dulwich.repo import Repo

from services.scheduler.repositories.address import (
    LOGIN_REFUSED,
    UNKNOWN_BRANCH,
    UNKNOWN_REPOSITORY,
    Location,
    RepositoryRefused,
    locate,
)
from services.scheduler.repositories.fetch import (
    Checkout,
    Repositories,
    RepositoryUnavailable,
)
from services.scheduler.repositories.linked import linked
from services.scheduler.repositories.remote import (
    RemoteBroken,
    RemoteLocked,
    RemoteMissing,
    choose_head,
    read_refs,
)
from shared.domain.execution.commands import GitRef
from shared.queries.executions import ProjectWork

MAIN = Ref(b"refs/heads/main")
REFS_SECONDS = 45.0
_OWN = "own"


@dataclass(slots=True, kw_only=True)
class JobRepositories:
    """`git_base` as of services, `servers` besides; `own` has the bare repositories, `checkouts`
    the trees."""

    git_base: str
    servers: tuple[str, ...]
    own: Path
    checkouts: Path

    def folder_of(self, project_id: str) -> Path:
        return self.own / _OWN / f"{project_id}.git"

    async def check_out(
        self, project: ProjectWork, ref: GitRef | None, commit: str
    ) -> Checkout | RepositoryRefused:
        """The tree of a commit, or of the newest commit of a ref. Raises RepositoryUnavailable."""
        location = await self._location(project)
        if isinstance(location, RepositoryRefused):
            return location
        found = commit or await self._resolve(location, ref or project.repository_ref)
        if isinstance(found, RepositoryRefused):
            return found
        folder = self.checkouts / project.id / found
        if await asyncio.to_thread(_touch, folder):
            return Checkout(commit=found, subject="", folder=folder)
        repositories = Repositories(base=self.git_base, folder=self.checkouts)
        return await repositories.check_out_at(project.id, location, None, commit=found)

    async def _location(self, project: ProjectWork) -> Location | RepositoryRefused:
        if project.repository is None:
            await asyncio.to_thread(ensure, self.folder_of(project.id))
            return await asyncio.to_thread(locate, str(self.own), f"{_OWN}/{project.id}")
        name = project.repository.removeprefix(f"{self.git_base.rstrip('/')}/")
        name = name.removeprefix("file://").removesuffix(".git").strip("/")
        if "://" in name or "@" in name:
            return linked(project.repository, self.servers, project.credential)
        return await asyncio.to_thread(locate, self.git_base, name)

    async def _resolve(self, location: Location, ref: GitRef | None) -> str | RepositoryRefused:
        try:
            async with asyncio.timeout(REFS_SECONDS):
                return await asyncio.to_thread(_resolved, location, ref)
        except RemoteMissing:
            return UNKNOWN_REPOSITORY
        except RemoteLocked:
            return LOGIN_REFUSED
        except (RemoteBroken, TimeoutError, OSError) as error:
            raise RepositoryUnavailable(f"{location.place}: {error}") from error

    def unused(self, older_than: float) -> list[Path]:
        """Checkouts that none has asked for lately; a job that needs one again gets it anew."""
        if not self.checkouts.is_dir():
            return []
        before = time.time() - older_than
        return [
            folder
            for project in self.checkouts.iterdir()
            if project.is_dir() and not project.name.startswith(".")
            for folder in project.iterdir()
            if folder.stat().st_mtime < before
        ]


def ensure(folder: Path) -> None:
    """A repository with one empty commit, the same for every project; blocking."""
    if (folder / "HEAD").exists() and (folder / "refs" / "heads" / "main").exists():
        return
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if (folder / "HEAD").exists():
        repository = Repo(os.fspath(folder))
    else:
        repository = Repo.init_bare(os.fspath(folder), default_branch=b"main")
    with repository:
        if MAIN not in repository.refs:
            repository.refs.add_if_new(MAIN, _first(repository))


def _first(repository: Repo) -> ObjectID:
    tree, commit = Tree(), Commit()
    commit.tree = tree.id
    commit.author = commit.committer = b"Chronoplane <chronoplane@localhost>"
    commit.author_time = commit.commit_time = 0
    commit.author_timezone = commit.commit_timezone = 0
    commit.encoding = b"UTF-8"
    commit.message = b"An empty project\n"
    repository.object_store.add_object(tree)
    repository.object_store.add_object(commit)
    return commit.id


def _resolved(location: Location, ref: GitRef | None) -> str | RepositoryRefused:
    if ref is not None and ref.kind == "commitId":
        return ref.value
    refs = read_refs(location)
    if ref is None or ref.kind == "head":
        found = choose_head(refs, None)
    elif ref.kind == "branches":
        found = choose_head(refs, ref.value)
    else:
        name = ref.value if ref.value.startswith("refs/") else f"refs/tags/{ref.value}"
        text = name.encode()
        found = refs.get(text + b"^{}", refs.get(text))
    if found is None:
        return UNKNOWN_BRANCH
    return (_peeled(location.place, found) if location.kind == "folder" else found).decode()


def _peeled(place: str, found: ObjectID) -> ObjectID:
    """An annotated tag is an object of its own, which leads to its commit."""
    with Repo(place) as repository:
        for _ in range(8):
            held = repository.object_store[found]
            if not isinstance(held, Tag):
                break
            found = held.object[1]
    return found


def _touch(folder: Path) -> bool:
    """Whether it is there; then it counts as used now."""
    if not folder.is_dir():
        return False
    os.utime(folder)
    return True
