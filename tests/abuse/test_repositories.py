"""A11 on the whole stack: repositories that are named, or made, to do more than be read."""

from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
from dulwich.objects import ObjectID, Tree
from dulwich.repo import Repo

from tests.abuse.tenants import Tenants
from tests.repositories.test_checkouts import FILE, FOLDER, LINK, SUBMODULE, blob, commit_tree
from tests.repositories.test_checkouts import tree_of as tree
from tests.support.apps import echo
from tests.support.outpost import Outpost

pytestmark = [pytest.mark.stack, pytest.mark.slow]

FAILED_SECONDS = 60.0
NAMES = (
    "ext::sh -c id",
    "ext::sh -c touch% /tmp/pwned",
    "host:path",
    "git@host:path",
    "../x/y",
    "../../etc",
    "x/..",
    "./x",
    "-u/x",
    "x/-u",
    "--upload-pack=x/y",
    "file:///etc",
    "file:///x",
    "ssh://-oProxyCommand=id/x",
    "http://127.0.0.1/x/y",
    "/etc/passwd",
    "a/b/c",
    "a",
    "a/",
    "/b",
    "a/b\n",
    "a/b\x00",
    "a b/c",
    "a/b;id",
    "a/$(id)",
    "~root/x",
    "",
)
BRANCHES = ("--upload-pack=x", "-x", "x\ny", "x\x00y", "..", "a..b", "", "x" * 300)


@pytest.fixture(scope="module")
def acme(tenants: Tenants) -> Outpost:
    return tenants.acme


def children_of(stack_pid: int) -> set[tuple[str, ...]]:
    return {
        tuple(child.cmdline()[:3])
        for child in psutil.Process(stack_pid).children(recursive=True)
        if child.status() != psutil.STATUS_ZOMBIE
    }


def test_what_is_no_name_of_a_repository_is_refused_and_starts_nothing(
    tenants: Tenants, acme: Outpost
) -> None:
    for repo in NAMES:
        answer = acme.create(name="named", repo=repo)
        assert (answer.status, answer.body["error"]["code"]) == (400, "invalid_request"), (
            repo,
            answer,
        )
    assert acme.get("named").status == 404
    started = {words[0] for words in children_of(tenants.stack.supervisor_pid) if words}
    assert not {name for name in started if Path(name).name in ("git", "ssh", "sh")}
    assert not Path("/tmp/pwned").exists()


def test_what_is_no_name_of_a_branch_is_refused(acme: Outpost) -> None:
    for branch in BRANCHES:
        answer = acme.create(name="branched", repo="abuse-acme/any", branch=branch)
        assert answer.status == 400, (branch, answer)


def test_a_branch_that_is_a_shell_line_is_taken_literally(tenants: Tenants, acme: Outpost) -> None:
    made_bare(tenants, "plain", {})
    answer = acme.create(name="literal", repo="abuse-acme/plain", branch="x;touch${IFS}pwn")
    assert answer.status in (201, 400), answer
    if answer.status == 201:
        failed = acme.wait_status("literal", "failed", FAILED_SECONDS)
        assert "branch" in str(failed["deployment"])
    assert not list(tenants.stack.data_dir.rglob("pwn"))


def made_bare(tenants: Tenants, name: str, files: dict[str, bytes]) -> Repo:
    folder = tenants.stack.repositories / "abuse-acme" / f"{name}.git"
    folder.parent.mkdir(parents=True, exist_ok=True)
    repository = Repo.init_bare(str(folder), mkdir=True)
    commit_tree(repository, ordinary(repository, files))
    return repository


def ordinary(repository: Repo, files: dict[str, bytes]) -> Tree:
    whole = {**{k: v.encode() for k, v in echo().items()}, **files}
    return tree(
        repository, *((name.encode(), FILE, blob(repository, text)) for name, text in whole.items())
    )


def with_entry(repository: Repo, name: bytes, mode: int, sha: ObjectID) -> None:
    made = ordinary(repository, {})
    made.add(name, mode, sha)
    commit_tree(repository, made)


def absolute_link(repository: Repo) -> None:
    with_entry(repository, b"out", LINK, blob(repository, b"/etc/shadow"))


def climbing_link(repository: Repo) -> None:
    with_entry(repository, b"out", LINK, blob(repository, b"../../../../etc/shadow"))


def hooks(repository: Repo) -> None:
    hook = tree(repository, (b"post-checkout", 0o100755, blob(repository, b"#!/bin/sh\nid\n")))
    inner = tree(repository, (b"hooks", FOLDER, hook.id))
    with_entry(repository, b".GIT", FOLDER, inner.id)


def tree_bomb(repository: Repo) -> None:
    bomb = tree(repository, (b"f", FILE, blob(repository, b"x")))
    for _ in range(10):
        bomb = tree(repository, *((str(i).encode(), FOLDER, bomb.id) for i in range(10)))
    with_entry(repository, b"bomb", FOLDER, bomb.id)


@pytest.mark.parametrize(
    ("hostile", "rule"),
    [
        (absolute_link, "absolute symlink"),
        (climbing_link, "climbing symlink"),
        (hooks, "name like .git"),
        (tree_bomb, "too many paths"),
    ],
)
def test_a_repository_that_is_made_to_harm_is_refused_by_its_rule(
    tenants: Tenants, acme: Outpost, hostile: Callable[[Repo], None], rule: str
) -> None:
    name = rule.replace(" ", "-").replace(".", "-")
    hostile(made_bare(tenants, name, {}))
    before = used(tenants)
    answer = acme.create(name=name, repo=f"abuse-acme/{name}")
    assert answer.status == 201, answer
    failed = acme.wait_status(name, "failed", FAILED_SECONDS)
    assert failed["deployment"]["reason"] == "repository_refused"
    assert rule in str(failed["deployment"])
    assert used(tenants) - before < 20 * 1024**2


def test_a_submodule_of_a_file_is_left_empty_and_the_app_runs(
    tenants: Tenants, acme: Outpost
) -> None:
    modules = b'[submodule "s"]\n\tpath = s\n\turl = file:///etc\n'
    repository = made_bare(tenants, "submodule", {})
    made = ordinary(repository, {".gitmodules": modules})
    made.add(b"s", SUBMODULE, ObjectID(b"1" * 40))
    commit_tree(repository, made)
    assert acme.create(name="submodule", repo="abuse-acme/submodule").status == 201
    acme.wait_status("submodule", "running", FAILED_SECONDS)
    assert acme.traffic("submodule").status == 200


def used(tenants: Tenants) -> int:
    """Bytes on disk below the data folder, but for the repositories that the test itself makes."""
    data = tenants.stack.data_dir
    total = 0
    for path in data.rglob("*"):
        if path.is_relative_to(tenants.stack.repositories) or path.is_symlink():
            continue
        try:
            total += path.stat().st_blocks * 512 if path.is_file() else 0
        except FileNotFoundError:
            continue  # Gone while we looked.
    return total
