"""Folders of the engine, made with the modes that keep tenants and other users out."""

import hashlib
import os
import stat
import sys
import tempfile
from pathlib import Path

from services.scheduler.runtimes.process.sandbox import python_program

_SOCKET_PATH_MAX = 107
_LONGEST_NAME = 32


def make_root(root: Path) -> None:
    for folder in (root, root / "replicas", root / "prepared", root / "caches"):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)


def make_shims(root: Path) -> Path:
    """A `python` by that name: some systems have only `python3`, and people write `python
    app.py`.
    """
    shims = root / "bin"
    shims.mkdir(exist_ok=True)
    # Said anew: our own umask closes what is made, and tenants' users look for `python` in there.
    shims.chmod(0o755)
    for name in ("python", "python3"):
        link = shims / name
        if not link.is_symlink() or os.readlink(link) != str(python_program()):
            link.unlink(missing_ok=True)
            link.symlink_to(python_program())
    return shims


def socket_folder(root: Path, wanted: Path | None) -> Path:
    """Under the root where the path fits into a socket address, else a folder of ours for
    temporary files.
    """
    folder = wanted or root / "sockets"
    if len(os.fsencode(folder)) + 1 + _LONGEST_NAME > _SOCKET_PATH_MAX:
        name = hashlib.blake2b(os.fsencode(root.resolve()), digest_size=6).hexdigest()
        folder = Path(tempfile.gettempdir()) / f"chronoplane-engine-{os.geteuid()}-{name}"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    seen = folder.lstat()
    if not stat.S_ISDIR(seen.st_mode) or seen.st_uid != os.geteuid():
        raise PermissionError(f"{folder} is not ours")
    folder.chmod(0o700)
    return folder


def socket_name(replica_id: str) -> str:
    """The id itself where it is as short as ours are; a long one would not fit into a socket
    address.
    """
    if len(replica_id) <= _LONGEST_NAME:
        return replica_id
    return hashlib.blake2b(replica_id.encode(), digest_size=12).hexdigest()


def is_open_to_others(path: Path) -> bool:
    """Whether another user can walk down to a folder: each one above must let strangers through."""
    resolved = path.resolve()
    return all(place.stat().st_mode & stat.S_IXOTH for place in (resolved, *resolved.parents))


def python_is_open_to_others() -> bool:
    return all(is_open_to_others(Path(name)) for name in (sys.base_prefix, python_program().parent))
