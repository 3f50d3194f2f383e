"""What a tenant may write as `repo` and `branch`, and where it can lead."""

from pathlib import Path

import pytest

from services.scheduler.repositories.address import (
    Location,
    RepositoryRefused,
    is_branch_name,
    is_repository_name,
    locate,
)

HOSTILE_NAMES = [
    "ext::sh -c id",
    "host:path",
    "../x/y",
    "../y",
    "x/..",
    "./y",
    "-u/x",
    "x/-u",
    "file:///x",
    "a/b/c",
    "a",
    "",
    "a/b\n",
    "/a/b",
    "a\\b/c",
    "a/" + "b" * 101,
]


@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_a_hostile_repository_name_is_refused_before_anything_is_touched(
    name: str, tmp_path: Path
) -> None:
    assert not is_repository_name(name)
    assert isinstance(locate(str(tmp_path), name), RepositoryRefused)


@pytest.mark.parametrize(
    "name", ["--upload-pack=x", "", "a b", "a..b", "/a", "a.lock", "@", "a\0b", ".x"]
)
def test_what_git_calls_no_branch_is_no_branch(name: str) -> None:
    assert not is_branch_name(name)


@pytest.mark.parametrize("name", ["main", "feature/x", "x;touch${IFS}pwn", "release-1.0", "über"])
def test_what_git_allows_as_a_branch_is_allowed(name: str) -> None:
    assert is_branch_name(name)


def test_a_url_base_only_ever_gets_two_names_appended() -> None:
    found = locate("http://127.0.0.1:3000/git/", "acme/api")
    assert found == Location(kind="url", place="http://127.0.0.1:3000/git/acme/api")


def test_a_link_in_the_base_that_leaves_it_is_an_unknown_repository(tmp_path: Path) -> None:
    (tmp_path / "outside" / ".git").mkdir(parents=True)
    (tmp_path / "base" / "acme").mkdir(parents=True)
    (tmp_path / "base" / "acme" / "api").symlink_to(tmp_path / "outside")
    found = locate(str(tmp_path / "base"), "acme/api")
    assert found == RepositoryRefused(reason="unknown repository")
