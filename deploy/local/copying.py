"""Copies folders that somebody may be writing to, such that a git repository in them is whole."""

import os
import shutil
import stat
from pathlib import Path


def copy_tree(source: Path, target: Path) -> None:
    """`target` is made private. Links are copied as links; sockets and pipes are left out.

    Objects after the refs that name them: what git adds meanwhile is too much, never too little. By
    name, loose objects come before the packs into which git may be moving them."""
    target.mkdir(mode=0o700, parents=True, exist_ok=True)
    with os.scandir(source) as entries:
        found = sorted(entries, key=lambda entry: (entry.name == "objects", entry.name))
    for entry in found:
        try:
            copy(Path(entry.path), target / entry.name)
        except FileNotFoundError:
            continue  # A lock or a draft, gone since we looked.


def copy(source: Path, target: Path) -> None:
    """Whatever it is, with its mode; and a file never readable by others on the way."""
    mode = source.lstat().st_mode
    if stat.S_ISLNK(mode):
        target.symlink_to(os.readlink(source))
    elif stat.S_ISDIR(mode):
        copy_tree(source, target)
    elif stat.S_ISREG(mode):
        with source.open("rb") as there:
            handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with open(handle, "wb") as here:
                shutil.copyfileobj(there, here, 1024 * 1024)
                here.flush()
                os.fsync(handle)
        target.chmod(stat.S_IMODE(mode))


def is_empty(place: Path) -> bool:
    """Nothing there, or a folder with nothing in it."""
    if not place.exists() and not place.is_symlink():
        return True
    return place.is_dir() and not any(place.iterdir())
