"""From a repository to a read-only tree, and everything that is refused on the way."""

import asyncio
import hashlib
import os
import threading
import zlib
from collections.abc import Iterator
from pathlib import Path
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest
from dulwich.objects import Blob, Commit, ObjectID, Tree
from dulwich.refs import Ref
from dulwich.repo import Repo
from dulwich.server import DictBackend
from dulwich.web import make_wsgi_chain

from services.scheduler.repositories.address import RepositoryRefused
from services.scheduler.repositories.fetch import Checkout, Repositories, RepositoryUnavailable
from services.scheduler.repositories.limits import RepositoryLimits

FILE = 0o100644
LINK = 0o120000
FOLDER = 0o040000
SUBMODULE = 0o160000
SMALL = RepositoryLimits(
    time_seconds=20, file_bytes=8 * 1024**2, tree_bytes=16 * 1024**2, paths_max=500, depth_max=20
)


def commit_tree(
    repository: Repo, tree: Tree, branch: str = "main", parents: list[str] | None = None
) -> str:
    repository.object_store.add_object(tree)
    commit = Commit()
    commit.tree = tree.id
    commit.parents = [ObjectID(parent.encode()) for parent in parents or []]
    commit.author = commit.committer = b"A <a@example.org>"
    commit.author_time = commit.commit_time = 1_700_000_000
    commit.author_timezone = commit.commit_timezone = 0
    commit.message = b"first line\n\nmore"
    repository.object_store.add_object(commit)
    repository.refs[Ref(f"refs/heads/{branch}".encode())] = commit.id
    return commit.id.decode()


def blob(repository: Repo, content: bytes) -> ObjectID:
    made = Blob.from_string(content)
    repository.object_store.add_object(made)
    return made.id


def tree_of(repository: Repo, *entries: tuple[bytes, int, ObjectID]) -> Tree:
    tree = Tree()
    for name, mode, sha in entries:
        tree.add(name, mode, sha)
    repository.object_store.add_object(tree)
    return tree


@pytest.fixture
def repository(tmp_path: Path) -> Repo:
    return Repo.init_bare(os.fspath(tmp_path / "base" / "acme" / "api.git"), mkdir=True)


@pytest.fixture(autouse=True)
def acme(tmp_path: Path) -> None:
    (tmp_path / "base" / "acme").mkdir(parents=True, exist_ok=True)


@pytest.fixture
def repositories(tmp_path: Path, acme: None) -> Repositories:
    return Repositories(base=str(tmp_path / "base"), folder=tmp_path / "out", limits=SMALL)


async def refusal(repositories: Repositories, branch: str | None = "main") -> str:
    answer = await repositories.check_out("p1", "acme/api", branch)
    assert isinstance(answer, RepositoryRefused), answer
    left = [path for path in repositories.folder.rglob("*") if not path.is_dir()]
    assert left == [], "a refused repository leaves nothing on disk"
    return answer.reason


async def test_a_branch_is_written_as_a_read_only_tree_of_its_commit(
    repository: Repo, repositories: Repositories
) -> None:
    folder = tree_of(
        repository,
        (b"run.sh", 0o100755, blob(repository, b"#!/bin/sh\n")),
        (b"up", LINK, blob(repository, b"../app.py")),
    )
    tree = tree_of(
        repository, (b"app.py", FILE, blob(repository, b"print(1)\n")), (b"bin", FOLDER, folder.id)
    )
    commit = commit_tree(repository, tree)

    assert await repositories.head_of("acme/api", "main") == commit
    answer = await repositories.check_out("p1", "acme/api", "main")

    assert isinstance(answer, Checkout)
    assert (answer.commit, answer.subject) == (commit, "first line")
    assert answer.folder == repositories.folder / "p1" / commit
    assert (answer.folder / "bin" / "up").read_text() == "print(1)\n"
    assert (answer.folder / "app.py").stat().st_mode & 0o777 == 0o444
    assert (answer.folder / "bin" / "run.sh").stat().st_mode & 0o777 == 0o555
    assert await repositories.check_out("p1", "acme/api", None) == answer


async def test_unknown_names_are_told_apart(repository: Repo, repositories: Repositories) -> None:
    commit_tree(repository, tree_of(repository, (b"a", FILE, blob(repository, b""))))
    missing = await repositories.check_out("p1", "acme/none", "main")
    assert missing == RepositoryRefused(reason="unknown repository")
    assert await repositories.head_of("acme/none", None) == missing
    assert await refusal(repositories, "x;touch${IFS}pwn") == "unknown branch"
    assert await refusal(repositories, "--upload-pack=x") == "unknown branch"


@pytest.mark.parametrize(
    ("name", "mode", "content", "rule"),
    [
        (b"link", LINK, b"/etc/passwd", "absolute symlink"),
        (b"link", LINK, b"../../etc/passwd", "climbing symlink"),
        (b"link", LINK, b".git/config", "name like .git"),
        (b".GIT", FILE, b"x", "name like .git"),
        (b"git~1", FILE, b"x", "name like .git"),
        (b".git ", FILE, b"x", "name like .git"),
        (".g\u200cit".encode(), FILE, b"x", "name like .git"),
        (b"..", FILE, b"x", "path climbs"),
        (b"a\\b", FILE, b"x", "bad name"),
        (b"device", 0o020000, b"x", "unknown kind of file"),
    ],
)
async def test_a_tree_that_would_leave_its_folder_is_refused(
    repository: Repo,
    repositories: Repositories,
    name: bytes,
    mode: int,
    content: bytes,
    rule: str,
) -> None:
    commit_tree(repository, tree_of(repository, (name, mode, blob(repository, content))))
    assert await refusal(repositories) == f"repository_refused: {rule}"


async def test_links_that_climb_only_together_are_refused(
    repository: Repo, repositories: Repositories
) -> None:
    inner = tree_of(
        repository,
        (b"leap", LINK, blob(repository, b"top/../secret")),
        (b"top", LINK, blob(repository, b"..")),
    )
    commit_tree(repository, tree_of(repository, (b"a", FOLDER, inner.id)))
    assert await refusal(repositories) == "repository_refused: climbing symlink"


async def test_hooks_under_another_spelling_of_git_are_refused(
    repository: Repo, repositories: Repositories
) -> None:
    hooks = tree_of(repository, (b"post-checkout", 0o100755, blob(repository, b"#!/bin/sh\n")))
    git = tree_of(repository, (b"hooks", FOLDER, hooks.id))
    commit_tree(repository, tree_of(repository, (b".GIT", FOLDER, git.id)))
    assert await refusal(repositories) == "repository_refused: name like .git"


async def test_a_submodule_is_left_empty_and_the_rest_is_written(
    repository: Repo, repositories: Repositories
) -> None:
    modules = b'[submodule "s"]\n\tpath = s\n\turl = file:///etc\n'
    tree = tree_of(
        repository,
        (b".gitmodules", FILE, blob(repository, modules)),
        (b"app.py", FILE, blob(repository, b"")),
        (b"s", SUBMODULE, ObjectID(b"1" * 40)),
    )
    commit_tree(repository, tree)
    answer = await repositories.check_out("p1", "acme/api", "main")
    assert isinstance(answer, Checkout)
    assert list((answer.folder / "s").iterdir()) == []


async def test_a_tree_bomb_is_stopped_by_the_count_of_paths(
    repository: Repo, tmp_path: Path
) -> None:
    """At once, by a count without writing: these are ten thousand million paths."""
    repositories = Repositories(
        base=str(tmp_path / "base"), folder=tmp_path / "out", limits=RepositoryLimits()
    )
    tree = tree_of(repository, (b"f", FILE, blob(repository, b"x")))
    for _ in range(10):
        tree = tree_of(repository, *((str(i).encode(), FOLDER, tree.id) for i in range(10)))
    commit_tree(repository, tree)
    async with asyncio.timeout(10):
        assert await refusal(repositories) == "repository_refused: too many paths"


async def test_a_deep_tree_is_refused(repository: Repo, repositories: Repositories) -> None:
    tree = tree_of(repository, (b"f", FILE, blob(repository, b"x")))
    for _ in range(30):
        tree = tree_of(repository, (b"d", FOLDER, tree.id))
    commit_tree(repository, tree)
    assert await refusal(repositories) == "repository_refused: folders too deep"


async def test_a_big_file_of_zeros_is_refused(repository: Repo, repositories: Repositories) -> None:
    sha = blob(repository, bytes(9 * 1024**2))
    commit_tree(repository, tree_of(repository, (b"zeros", FILE, sha)))
    assert await refusal(repositories) == "repository_refused: file too large"


async def test_zeros_that_do_not_fit_in_memory_are_refused(
    repository: Repo, tmp_path: Path
) -> None:
    size = 600 * 1024**2
    header, chunk = f"blob {size}\0".encode(), bytes(1024**2)
    digest, packer = hashlib.sha1(header, usedforsecurity=False), zlib.compressobj(1)
    packed = [packer.compress(header)]
    for _ in range(size // len(chunk)):
        digest.update(chunk)
        packed.append(packer.compress(chunk))
    packed.append(packer.flush())
    name = digest.hexdigest()
    folder = Path(repository.path) / "objects" / name[:2]
    folder.mkdir(exist_ok=True)
    (folder / name[2:]).write_bytes(b"".join(packed))
    commit_tree(repository, tree_of(repository, (b"zeros", FILE, ObjectID(name.encode()))))
    limits = RepositoryLimits(memory_bytes=512 * 1024**2)
    tight = Repositories(base=str(tmp_path / "base"), folder=tmp_path / "out", limits=limits)
    assert await refusal(tight) == "repository_refused: too large"


async def test_a_broken_repository_is_refused_and_says_so(
    repository: Repo, repositories: Repositories
) -> None:
    commit_tree(repository, tree_of(repository, (b"a", FILE, ObjectID(b"2" * 40))))
    assert await refusal(repositories) == "repository_refused: broken object"


async def test_two_check_outs_at_once_give_the_same_tree(
    repository: Repo, repositories: Repositories
) -> None:
    commit_tree(repository, tree_of(repository, (b"a", FILE, blob(repository, b"x"))))
    first, second = await asyncio.gather(
        repositories.check_out("p1", "acme/api", None),
        repositories.check_out("p1", "acme/api", None),
    )
    assert isinstance(first, Checkout)
    assert first == second


class _Silent(WSGIRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """The test's own output stays readable."""


@pytest.fixture
def served(repository: Repo) -> Iterator[str]:
    application = make_wsgi_chain(DictBackend({b"/acme/api": repository}))  # type: ignore[arg-type]  # dict is invariant
    server = make_server("127.0.0.1", 0, application, handler_class=_Silent)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


async def test_a_repository_over_http_is_fetched(
    repository: Repo, served: str, tmp_path: Path
) -> None:
    tree = tree_of(repository, (b"app.py", FILE, blob(repository, b"print(2)\n")))
    commit = commit_tree(repository, tree)
    remote = Repositories(base=served, folder=tmp_path / "out", limits=SMALL)
    assert await remote.head_of("acme/api", "main") == commit
    answer = await remote.check_out("p1", "acme/api", "main")
    assert isinstance(answer, Checkout)
    assert (answer.folder / "app.py").read_text() == "print(2)\n"
    assert not (answer.folder / ".git").exists()
    unknown = await remote.check_out("p1", "acme/api", "nope")
    assert unknown == RepositoryRefused(reason="unknown branch")


@pytest.mark.parametrize("by", ["folder", "http"])
async def test_a_commit_that_is_no_branchs_end_is_checked_out_by_its_name(
    repository: Repo, repositories: Repositories, served: str, tmp_path: Path, by: str
) -> None:
    first = commit_tree(
        repository, tree_of(repository, (b"app.py", FILE, blob(repository, b"print(1)\n")))
    )
    newer = tree_of(repository, (b"app.py", FILE, blob(repository, b"print(2)\n")))
    commit_tree(repository, newer, parents=[first])
    remote = Repositories(base=served, folder=tmp_path / "out", limits=SMALL)
    chosen = repositories if by == "folder" else remote
    answer = await chosen.check_out("p1", "acme/api", "main", commit=first)
    assert isinstance(answer, Checkout)
    assert answer.commit == first
    assert (answer.folder / "app.py").read_text() == "print(1)\n"
    gone = await chosen.check_out("p1", "acme/api", "main", commit="1" * 40)
    assert gone == RepositoryRefused(reason="unknown commit")


async def test_a_base_that_does_not_answer_is_no_verdict_about_the_repository(
    tmp_path: Path,
) -> None:
    remote = Repositories(base="http://127.0.0.1:9", folder=tmp_path / "out", limits=SMALL)
    with pytest.raises(RepositoryUnavailable):
        await remote.head_of("acme/api", "main")


async def test_a_redirecting_base_is_not_followed(tmp_path: Path, served: str) -> None:
    def redirect(environ: object, start_response: object) -> list[bytes]:
        assert callable(start_response)
        start_response("302 Found", [("Location", f"{served}/acme/api/info/refs")])
        return []

    server = make_server("127.0.0.1", 0, redirect, handler_class=_Silent)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        base = f"http://127.0.0.1:{server.server_port}"
        remote = Repositories(base=base, folder=tmp_path / "out", limits=SMALL)
        with pytest.raises(RepositoryUnavailable):
            await remote.head_of("acme/api", "main")
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
