"""What a job wrote, as a commit of its project's repository. Blocking; runs in a thread.

The files are a stranger's, but nothing of him runs any more: what is no plain file or harmless
link is left out, and what is too large is refused. Done twice it is done once: the commit of a job
is kept under a ref of its own before any branch moves."""

import os
import stat
from dataclasses import dataclass
from pathlib import Path

from dulwich.index import commit_tree
from dulwich.objects import Blob, Commit, ObjectID
from dulwich.refs import Ref
from dulwich.repo import Repo

from services.scheduler.executions.repositories import MAIN, ensure
from services.scheduler.repositories.checkout import TreeRefused, check_name, link_target
from services.scheduler.repositories.limits import RepositoryLimits

Entry = tuple[int, ObjectID]
Files = dict[bytes, Entry]
# Left behind by programs, and wanted by nobody.
LEFT_OUT = frozenset({b"__pycache__", b".ipynb_checkpoints"})
TRIES = 8


class ResultsRefused(Exception):
    """In words for people."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Results:
    """`commit` is the input's where nothing changed. `note` is for the log."""

    commit: str
    branch: str
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What the commit says of the job. `commit` is its input; `is_own`: of this repository."""

    job_id: str
    number: int
    title: str
    command: str
    author: str
    ended_at: float
    commit: str
    is_own: bool
    is_isolated: bool


def commit_results(folder: Path, work: Path, tree: Path, told: Told) -> Results:
    """`tree` is the checkout that the work began with. Raises ResultsRefused."""
    ensure(folder)
    with Repo(os.fspath(folder)) as repository:
        mark = Ref(f"refs/jobs/{told.job_id}".encode())
        changed, deleted, left_out = _changes(repository, work, tree)
        note = f"; left out: {', '.join(left_out[:5])}" if left_out else ""
        if not changed and not deleted:
            return Results(commit=told.commit, branch="", note=f"nothing changed{note}")
        if (done := _done(repository, mark, told)) is not None:
            return _told(*done, note)
        for _ in range(TRIES):
            branch, parent = _place(repository, told, changed, deleted)
            commit = _commit(repository, parent, changed, deleted, told)
            repository.refs[mark] = commit
            if _move(repository, branch, parent, commit):
                return _told(commit, branch, note)
    raise ResultsRefused("the branch moved again and again")


def _aside(told: Told) -> Ref:
    return Ref(f"refs/heads/results/job-{told.number}".encode())


def _done(repository: Repo, mark: Ref, told: Told) -> tuple[ObjectID, Ref] | None:
    """The commit that was made before a crash, where a branch has it."""
    done = repository.refs.read_ref(mark)
    if done is None:
        return None
    commit = ObjectID(done)
    found = (b for b in (MAIN, _aside(told)) if _reaches(repository, b, commit))
    return next(((commit, branch) for branch in found), None)


def _told(commit: ObjectID, branch: Ref, note: str) -> Results:
    name = branch.removeprefix(b"refs/heads/").decode()
    text = f"results are commit {commit.decode()[:12]} of {name}{note}"
    return Results(commit=commit.decode(), branch=name, note=text)


def _place(
    repository: Repo, told: Told, changed: Files, deleted: set[bytes]
) -> tuple[Ref, ObjectID]:
    """The branch and the commit that the results follow. Where `main` went on and touched the same
    files, nobody's work is overwritten: they get a branch of their own."""
    head = repository.refs[MAIN]
    aside = _aside(told)
    origin = ObjectID(told.commit.encode()) if told.is_own else head
    if told.is_isolated:
        return aside, origin
    if head == origin:
        return MAIN, head
    before, now = _files(repository, origin), _files(repository, head)
    touched = changed.keys() | deleted
    if any(before.get(path) != now.get(path) for path in touched):
        return aside, origin
    return MAIN, head


def _commit(
    repository: Repo, parent: ObjectID, changed: Files, deleted: set[bytes], told: Told
) -> ObjectID:
    files = {p: entry for p, entry in _files(repository, parent).items() if p not in deleted}
    for path in changed:
        # What was a folder is a file now, or the other way round.
        for other in [p for p in files if p.startswith(path + b"/") or path.startswith(p + b"/")]:
            del files[other]
    files |= changed
    entries = [(path, sha, mode) for path, (mode, sha) in sorted(files.items())]
    commit = Commit()
    commit.tree = commit_tree(repository.object_store, entries)
    commit.parents = [parent]
    commit.author = commit.committer = _author(told.author)
    # Of the job's end, so that the same results are the same commit however often it is made.
    commit.author_time = commit.commit_time = int(told.ended_at)
    commit.author_timezone = commit.commit_timezone = 0
    commit.encoding = b"UTF-8"
    title = (told.title or told.command).splitlines()[0][:72]
    text = f"Job {told.number}: {title}\n\nCommand: {told.command}\nJob: {told.job_id}\n"
    commit.message = text.encode()
    repository.object_store.add_object(commit)
    return commit.id


def _author(handle: str) -> bytes:
    name = "".join(c for c in handle if c.isalnum() or c in "-_.") or "nobody"
    return f"{name} <{name}@localhost>".encode()


def _move(repository: Repo, branch: Ref, parent: ObjectID, commit: ObjectID) -> bool:
    if branch == MAIN:
        return repository.refs.set_if_equals(branch, parent, commit)
    return repository.refs.add_if_new(branch, commit)


def _reaches(repository: Repo, branch: Ref, commit: ObjectID) -> bool:
    head = repository.refs.read_ref(branch)
    if head is None:
        return False
    walker = repository.get_walker(include=[ObjectID(head)], max_entries=1000)
    return any(entry.commit.id == commit for entry in walker)


def _files(repository: Repo, commit_id: ObjectID) -> Files:
    commit = repository.object_store[commit_id]
    if not isinstance(commit, Commit):
        raise ResultsRefused("the input is no commit of this repository")
    entries = repository.object_store.iter_tree_contents(commit.tree)
    return {entry.path: (entry.mode, entry.sha) for entry in entries}


def _changes(repository: Repo, work: Path, tree: Path) -> tuple[Files, set[bytes], list[str]]:
    limits = RepositoryLimits()
    root, origin = os.fsencode(work), os.fsencode(tree)
    changed: Files = {}
    seen: set[bytes] = set()
    left_out: list[str] = []
    size = 0
    for path, mode in _walk(root, limits):
        try:
            content = _content(root, path, mode)
        except TreeRefused as why:
            left_out.append(f"{path.decode(errors='replace')} ({why})")
            continue
        seen.add(path)
        if _same(os.path.join(origin, path), mode, content):
            continue
        if len(content) > limits.file_bytes:
            raise ResultsRefused(f"{path.decode(errors='replace')[:200]} is too large")
        size += len(content)
        if size > limits.tree_bytes:
            raise ResultsRefused("they are too large")
        blob = Blob.from_string(content)
        repository.object_store.add_object(blob)
        changed[path] = (_git_mode(mode), blob.id)
    there = {path for path, _ in _walk(origin, limits)}
    gone = {path for path in there - seen if not os.path.lexists(os.path.join(root, path))}
    return changed, gone, left_out


def _walk(root: bytes, limits: RepositoryLimits) -> list[tuple[bytes, int]]:
    found: list[tuple[bytes, int]] = []
    for parent, folders, files in os.walk(root):
        base = b"" if parent == root else parent[len(root) + 1 :] + b"/"
        links = [name for name in folders if os.path.islink(os.path.join(parent, name))]
        kept = [name for name in folders if name not in LEFT_OUT and name.lower() != b".git"]
        folders[:] = sorted(name for name in kept if name not in links)
        for name in sorted([*files, *links]):
            mode = os.lstat(os.path.join(parent, name)).st_mode
            if stat.S_ISREG(mode) or stat.S_ISLNK(mode):
                found.append((base + name, mode))
        if len(found) > limits.paths_max:
            raise ResultsRefused("there are too many files")
        if base.count(b"/") >= limits.depth_max:
            raise ResultsRefused("folders are too deep")
    return found


def _content(root: bytes, path: bytes, mode: int) -> bytes:
    parts = tuple(path.split(b"/"))
    for part in parts:
        check_name(part)
    place = os.path.join(root, path)
    if stat.S_ISLNK(mode):
        target = link_target(os.readlink(place), parts)
        real = os.path.realpath(place)
        if real != os.path.realpath(root) and not real.startswith(os.path.realpath(root) + b"/"):
            raise TreeRefused("climbing symlink")
        return target
    with os.fdopen(os.open(place, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC), "rb") as file:
        return file.read(RepositoryLimits().file_bytes + 1)


def _same(place: bytes, mode: int, content: bytes) -> bool:
    try:
        known = os.lstat(place).st_mode
    except (FileNotFoundError, NotADirectoryError):
        return False
    if _git_mode(known) != _git_mode(mode):
        return False
    if stat.S_ISLNK(known):
        return os.readlink(place) == content
    with open(place, "rb") as file:
        return file.read() == content


def _git_mode(mode: int) -> int:
    if stat.S_ISLNK(mode):
        return 0o120000
    return 0o100755 if mode & 0o100 else 0o100644
