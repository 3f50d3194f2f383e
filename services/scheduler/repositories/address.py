"""Where a repository lies: `namespace/repo` joined under the operator's git base, and nowhere else.

The text comes from a tenant. It never becomes an option, a scheme or a host: only two plain names
below the base.
"""

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

_REPOSITORY = re.compile(r"[A-Za-z0-9_.-]{1,64}/[A-Za-z0-9_.-]{1,100}\Z")
_BAD_REF = re.compile(r"[\x00-\x20\x7f~^:?*\[\\]|\.\.|@\{|//|\.lock(/|\Z)|(\A|/)\.")


@dataclass(frozen=True, slots=True, kw_only=True)
class RepositoryRefused:
    """A "no" in words for the tenant: `unknown repository`, `unknown branch`,
    `repository_refused: <rule>`.
    """

    reason: str


UNKNOWN_REPOSITORY = RepositoryRefused(reason="unknown repository")
UNKNOWN_BRANCH = RepositoryRefused(reason="unknown branch")
LOGIN_REFUSED = RepositoryRefused(
    reason="repository_refused: its server wants a login, or another git credential"
)
UNKNOWN_COMMIT = RepositoryRefused(reason="unknown commit")


def refused(rule: str) -> RepositoryRefused:
    return RepositoryRefused(reason=f"repository_refused: {rule}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """What is shown to one git server, in the header of a request and nowhere else."""

    user: str
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Location:
    """One repository: a folder that was seen under the base, or a URL below the base's URL, or one
    of a server that the operator names."""

    kind: Literal["folder", "url"]
    place: str
    login: Login | None = None


def is_repository_name(text: str) -> bool:
    if _REPOSITORY.match(text) is None:
        return False
    return not any(part in {".", ".."} or part.startswith("-") for part in text.split("/"))


def is_branch_name(text: str) -> bool:
    """What git itself allows as a branch, and no leading dash."""
    if not text or len(text.encode()) > 244 or text == "@":
        return False
    return not (text.startswith(("-", "/")) or text.endswith(("/", ".")) or _BAD_REF.search(text))


def locate(base: str, repository: str) -> Location | RepositoryRefused:
    """Join the name under the base. Touches the file system where the base is a folder."""
    if not is_repository_name(repository):
        return refused("not namespace/repo")
    scheme = urlsplit(base).scheme
    if scheme in {"http", "https"}:
        return Location(kind="url", place=f"{base.rstrip('/')}/{repository}")
    return _locate_folder(Path(base), repository)


def _locate_folder(base: Path, repository: str) -> Location | RepositoryRefused:
    root = base.resolve()
    for candidate in (root / repository, root / f"{repository}.git"):
        found = candidate.resolve()
        # A symlink in the base that leads out of it is not ours to follow, whoever made it.
        if found.is_dir() and found.is_relative_to(root) and _is_git(found):
            return Location(kind="folder", place=str(found))
    return UNKNOWN_REPOSITORY


def _is_git(folder: Path) -> bool:
    return (folder / ".git").is_dir() or (folder / "objects").is_dir()
