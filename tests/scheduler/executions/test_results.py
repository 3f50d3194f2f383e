"""What a job wrote, as a commit: once, on the right branch, and never out of its folder."""

import os
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from dulwich.objects import Commit, ObjectID
from dulwich.refs import Ref
from dulwich.repo import Repo

from services.scheduler.executions.repositories import MAIN, JobRepositories, ensure
from services.scheduler.executions.results import Told, commit_results
from services.scheduler.repositories.address import RepositoryRefused
from shared.domain.execution.commands import GitRef
from shared.queries.executions import ProjectWork
from tests.support.git import push

TOLD = Told(
    job_id="1a" * 12, number=1, title="Train", command="train.py", author="ada", ended_at=1_000.0,
    commit="", is_own=True, is_isolated=False,
)  # fmt: skip


class Place:
    def __init__(self, folder: Path) -> None:
        self.repository, self.work = folder / "own.git", folder / "work"
        self.tree = folder / "tree"
        self.tree.mkdir()
        ensure(self.repository)
        self.input = self.head()

    def head(self, branch: Ref = MAIN) -> str:
        with Repo(str(self.repository)) as repository:
            return repository.get_refs()[branch].decode()

    def files(self, commit: str) -> dict[str, bytes]:
        with Repo(str(self.repository)) as repository:
            held = repository[ObjectID(commit.encode())]
            assert isinstance(held, Commit)
            entries = repository.object_store.iter_tree_contents(held.tree)
            return {e.path.decode(): repository[e.sha].as_raw_string() for e in entries}

    def wrote(self, number: int, **files: str) -> Told:
        """Work that began with the input; the folder as the job left it."""
        shutil.rmtree(self.work, ignore_errors=True)
        shutil.copytree(self.tree, self.work, symlinks=True)
        for name, text in files.items():
            (self.work / name).write_text(text)
        return replace(TOLD, number=number, job_id=f"{number:024x}", commit=self.input)

    def commit(self, told: Told) -> tuple[str, str]:
        results = commit_results(self.repository, self.work, self.tree, told)
        return results.commit, results.branch


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def test_nothing_new_is_no_commit(place: Place) -> None:
    assert place.commit(place.wrote(1)) == (place.input, "")


def test_results_follow_their_input_and_done_twice_are_done_once(place: Place) -> None:
    told = place.wrote(1, a="1", b="2")
    commit, branch = place.commit(told)
    assert (branch, place.head()) == ("main", commit)
    assert place.files(commit) == {"a": b"1", "b": b"2"}
    assert place.commit(told) == (commit, "main")
    assert place.head() == commit


def test_other_files_of_another_job_stay(place: Place) -> None:
    first, _ = place.commit(place.wrote(1, a="1"))
    second, branch = place.commit(place.wrote(2, b="2"))
    assert branch == "main"
    assert place.files(second) == {"a": b"1", "b": b"2"}
    with Repo(str(place.repository)) as repository:
        held = repository[ObjectID(second.encode())]
        assert isinstance(held, Commit) and held.parents == [first.encode()]


def test_the_same_file_of_another_job_is_not_overwritten(place: Place) -> None:
    first, _ = place.commit(place.wrote(1, a="1"))
    told = place.wrote(2, a="2")
    commit, branch = place.commit(told)
    assert (branch, place.head()) == ("results/job-2", first)
    assert place.files(commit) == {"a": b"2"}
    assert place.commit(told) == (commit, branch)


def test_isolated_results_leave_main_alone(place: Place) -> None:
    told = replace(place.wrote(1, a="1"), is_isolated=True)
    commit, branch = place.commit(told)
    assert (branch, place.head()) == ("results/job-1", place.input)
    assert place.head(Ref(b"refs/heads/results/job-1")) == commit


def test_what_was_deleted_is_gone_and_a_folder_may_become_a_file(place: Place) -> None:
    (place.tree / "d").mkdir()
    (place.tree / "d" / "x").write_text("x")
    (place.tree / "gone").write_text("g")
    first = place.wrote(1)
    base = place.tree.parent / "empty"
    base.mkdir()
    commit_results(place.repository, place.work, base, first)
    place.input = place.head()
    told = place.wrote(2)
    (place.work / "gone").unlink()
    shutil.rmtree(place.work / "d")
    (place.work / "d").write_text("file")
    commit, _ = place.commit(told)
    assert place.files(commit) == {"d": b"file"}


def test_links_out_pipes_and_git_folders_are_left_out(place: Place) -> None:
    told = place.wrote(1, kept="k")
    os.symlink("/etc/passwd", place.work / "absolute")
    os.symlink("../../secret", place.work / "climbing")
    os.symlink("kept", place.work / "fine")
    os.mkfifo(place.work / "pipe")
    for name in (".git", "__pycache__", ".GIT"):
        (place.work / name).mkdir()
        (place.work / name / "x").write_text("x")
    commit, _ = place.commit(told)
    assert place.files(commit) == {"kept": b"k", "fine": b"kept"}


async def test_a_project_without_a_link_has_a_repository_of_its_own(tmp_path: Path) -> None:
    repositories = JobRepositories(
        git_base=str(tmp_path / "base"),
        servers=("https://git.example",),
        own=tmp_path / "own",
        checkouts=tmp_path / "checkouts",
    )
    project = ProjectWork(
        id="2b" * 12, handle="ada", name="Ada", owner_handle="ada", repository=None,
        repository_ref=None, results="main",
    )  # fmt: skip
    found = await repositories.check_out(project, None, "")
    assert not isinstance(found, RepositoryRefused)
    assert list(found.folder.iterdir()) == []
    assert await repositories.check_out(project, None, found.commit) == replace(found, subject="")


@pytest.mark.parametrize(
    "uri", ["https://evil.example/a/b", "git@evil.example:a/b", "../../etc", "ssh://x/a/b"]
)
async def test_only_what_lies_under_the_git_base_is_asked(tmp_path: Path, uri: str) -> None:
    (tmp_path / "base").mkdir()
    repositories = JobRepositories(
        git_base=str(tmp_path / "base"),
        servers=("https://git.example",),
        own=tmp_path / "own",
        checkouts=tmp_path / "checkouts",
    )
    project = ProjectWork(
        id="2b" * 12, handle="ada", name="Ada", owner_handle="ada", repository=uri,
        repository_ref=None, results="main",
    )  # fmt: skip
    assert isinstance(await repositories.check_out(project, None, ""), RepositoryRefused)


async def test_branches_tags_and_commits_are_found_in_a_linked_repository(tmp_path: Path) -> None:
    base = tmp_path / "base"
    first = push(base, "ada/work", {"a": "1"})
    with Repo(str(base / "ada" / "work")) as repository:
        repository.refs[Ref(b"refs/tags/v1")] = ObjectID(first.encode())
    second = push(base, "ada/work", {"a": "2"})
    repositories = JobRepositories(
        git_base=str(base), servers=(), own=tmp_path / "own", checkouts=tmp_path / "checkouts"
    )
    project = ProjectWork(
        id="2b" * 12, handle="ada", name="Ada", owner_handle="ada", repository="ada/work",
        repository_ref=GitRef(kind="tags", value="v1"), results="main",
    )  # fmt: skip
    refs = {
        None: first,
        ("head", ""): second,
        ("branches", "main"): second,
        ("commitId", first): first,
    }
    for ref, commit in refs.items():
        given = None if ref is None else GitRef(kind=ref[0], value=ref[1])
        found = await repositories.check_out(project, given, "")
        assert not isinstance(found, RepositoryRefused)
        assert found.commit == commit
