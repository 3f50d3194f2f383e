"""Write one commit's tree to an empty folder, by our own walk over its objects.

Every name, mode and link in a tree is the tenant's. Files are written first and links last, so
nothing is ever written through a link; submodules stay empty folders; hooks, filters and LFS do
not exist here.
"""

import os
import stat
from dataclasses import dataclass, field

from dulwich.object_store import BaseObjectStore
from dulwich.objects import S_ISGITLINK, Blob, ObjectID, Tree

from services.scheduler.repositories.limits import RepositoryLimits

_IGNORABLE = "".join(
    map(chr, [0xAD, *range(0x200B, 0x2010), *range(0x202A, 0x202F), 0x2060, 0xFEFF])
)


class TreeRefused(Exception):
    """The tree breaks a rule; the rule is the message."""


@dataclass(slots=True, kw_only=True)
class _Walk:
    store: BaseObjectStore
    limits: RepositoryLimits
    root: bytes
    paths: int = 0
    size: int = 0
    links: list[tuple[bytes, bytes]] = field(default_factory=list)


def write_tree(store: BaseObjectStore, tree: ObjectID, root: str, limits: RepositoryLimits) -> None:
    """Raises TreeRefused; what was written until then is the caller's to remove."""
    walk = _Walk(store=store, limits=limits, root=os.fsencode(os.path.realpath(root)))
    # Before anything is written: a bomb of few objects and many paths would keep the disk busy.
    _count_paths(walk, tree, 0, {})
    _write_folder(walk, tree, (), 0)
    _write_links(walk)


def _count_paths(walk: _Walk, tree_id: ObjectID, depth: int, known: dict[ObjectID, int]) -> int:
    """Each tree is read once, however often it is there."""
    if depth > walk.limits.depth_max:
        raise TreeRefused("folders too deep")
    if tree_id in known:
        return known[tree_id]
    tree = walk.store[tree_id]
    if not isinstance(tree, Tree):
        raise TreeRefused("broken tree")
    count = 0
    for entry in tree.iteritems():
        count += 1
        if stat.S_ISDIR(entry.mode) and not S_ISGITLINK(entry.mode):
            count += _count_paths(walk, entry.sha, depth + 1, known)
        if count > walk.limits.paths_max:
            raise TreeRefused("too many paths")
    known[tree_id] = count
    return count


def _write_folder(walk: _Walk, tree_id: ObjectID, parents: tuple[bytes, ...], depth: int) -> None:
    if depth > walk.limits.depth_max:
        raise TreeRefused("folders too deep")
    tree = walk.store[tree_id]
    if not isinstance(tree, Tree):
        raise TreeRefused("broken tree")
    seen: set[bytes] = set()
    for entry in tree.iteritems():
        if entry.path in seen:
            raise TreeRefused("broken tree")
        seen.add(entry.path)
        check_name(entry.path)
        walk.paths += 1
        if walk.paths > walk.limits.paths_max:
            raise TreeRefused("too many paths")
        _write_entry(walk, entry.mode, entry.sha, (*parents, entry.path))


def _write_entry(walk: _Walk, mode: int, sha: ObjectID, parts: tuple[bytes, ...]) -> None:
    path = os.path.join(walk.root, *parts)
    if S_ISGITLINK(mode):
        os.mkdir(path)
    elif stat.S_ISDIR(mode):
        os.mkdir(path)
        _write_folder(walk, sha, parts, len(parts))
    elif stat.S_ISLNK(mode):
        walk.links.append((path, link_target(_read(walk, sha), parts)))
    elif stat.S_ISREG(mode):
        _write_file(path, _read(walk, sha), executable=bool(mode & 0o100))
    else:
        raise TreeRefused("unknown kind of file")


def _read(walk: _Walk, sha: ObjectID) -> bytes:
    blob = walk.store[sha]
    if not isinstance(blob, Blob):
        raise TreeRefused("broken tree")
    content = blob.as_raw_string()
    if len(content) > walk.limits.file_bytes:
        raise TreeRefused("file too large")
    walk.size += len(content)
    if walk.size > walk.limits.tree_bytes:
        raise TreeRefused("too large")
    return content


def _write_file(path: bytes, content: bytes, *, executable: bool) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    with os.fdopen(os.open(path, flags, 0o700), "wb") as file:
        file.write(content)
        os.fchmod(file.fileno(), 0o555 if executable else 0o444)


def check_name(name: bytes) -> None:
    if name in {b"", b".", b".."}:
        raise TreeRefused("path climbs")
    if b"/" in name or b"\\" in name or b"\0" in name or len(name) > 255:
        raise TreeRefused("bad name")
    if _looks_like_git(name):
        raise TreeRefused("name like .git")


def _looks_like_git(name: bytes) -> bool:
    # Other systems read `.GIT`, `git~1`, `.git.` or `.g<zero width>it` as `.git`: whoever copies
    # the tree must be safe too.
    text = name.decode("utf-8", "replace").translate(dict.fromkeys(map(ord, _IGNORABLE)))
    plain = text.split(":")[0].rstrip(" .").lower()
    return plain in {".git", "git~1"}


def link_target(target: bytes, parts: tuple[bytes, ...]) -> bytes:
    if not target or b"\0" in target or len(target) > 4096:
        raise TreeRefused("bad symlink")
    if target.startswith(b"/"):
        raise TreeRefused("absolute symlink")
    depth = len(parts) - 1
    for part in target.split(b"/"):
        depth += {b"..": -1, b".": 0, b"": 0}.get(part, 1)
        if depth < 0:
            raise TreeRefused("climbing symlink")
        if _looks_like_git(part):
            raise TreeRefused("name like .git")
    return target


def _write_links(walk: _Walk) -> None:
    for path, target in walk.links:
        os.symlink(target, path)
    # Link through link can climb where each alone does not (`z -> ..`, `x -> z/..`): only the
    # finished tree tells.
    for path, _ in walk.links:
        real = os.path.realpath(path)
        if real != walk.root and not real.startswith(walk.root + b"/"):
            raise TreeRefused("climbing symlink")
