"""A checkout as the tar that a build reads: regular files, folders and links, all of root, without
what .dockerignore leaves out and without what a clone must not bring along.

The size is bounded while it is written; the tar lies in a file, as memory is dearer than disk.
"""

import os
import re
import stat
import tarfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

from services.scheduler.runtimes.process.convention import read_text

DOCKERFILE = "Dockerfile"
_IGNORE = ".dockerignore"
_CHUNK = 1024 * 1024
_ALWAYS_OUT = {".git"}


class ContextTooLarge(Exception):
    """In words for whoever deploys."""


def write(tree: Path, folder: Path, bytes_max: int) -> IO[bytes]:
    """A nameless file, at its start. Blocking."""
    ignored = Ignored(read_text(tree / _IGNORE) or "")
    file = TemporaryFile(dir=folder)  # noqa: SIM115 - the caller reads it and closes it
    try:
        with tarfile.open(fileobj=file, mode="w", format=tarfile.PAX_FORMAT) as archive:
            for path, name in _walk(tree, ignored):
                if file.tell() + _size(path) > bytes_max:
                    limit = bytes_max // 1024**2
                    raise ContextTooLarge(f"the build context is larger than {limit} MiB")
                _add(archive, path, name)
    except BaseException:
        file.close()
        raise
    file.seek(0)
    return file


async def chunks(file: IO[bytes]) -> AsyncIterator[bytes]:
    while chunk := file.read(_CHUNK):
        yield chunk


class Ignored:
    """The rules of .dockerignore: the last that fits decides, `!` brings back."""

    def __init__(self, text: str) -> None:
        self._rules: list[tuple[re.Pattern[str], bool]] = []
        for line in text.splitlines():
            rule = line.strip()
            if not rule or rule.startswith("#"):
                continue
            brings_back = rule.startswith("!")
            pattern = os.path.normpath(rule.lstrip("!").strip()).lstrip("/")
            if pattern and pattern != ".":
                self._rules.append((_expression(pattern), not brings_back))

    @property
    def has_exceptions(self) -> bool:
        return any(not out for _, out in self._rules)

    def __call__(self, name: str) -> bool:
        if name in (DOCKERFILE, _IGNORE):
            return False  # The engine needs them, whatever they say of themselves.
        out = False
        for pattern, leaves_out in self._rules:
            if pattern.match(name):
                out = leaves_out
        return out


def _expression(pattern: str) -> re.Pattern[str]:
    parts: list[str] = []
    place = 0
    while place < len(pattern):
        if pattern.startswith("**/", place):
            parts.append("(?:.*/)?")
            place += 3
        elif pattern.startswith("**", place):
            parts.append(".*")
            place += 2
        elif pattern[place] == "*":
            parts.append("[^/]*")
            place += 1
        elif pattern[place] == "?":
            parts.append("[^/]")
            place += 1
        else:
            parts.append(re.escape(pattern[place]))
            place += 1
    # What lies below something that fits, fits too.
    return re.compile("".join(parts) + r"(?:/.*)?\Z", re.DOTALL)


def _walk(tree: Path, ignored: Ignored) -> Iterator[tuple[Path, str]]:
    for parent, folders, files in os.walk(tree):
        base = Path(parent)
        folders[:] = sorted(folder for folder in folders if folder not in _ALWAYS_OUT)
        for name in list(folders):
            shown = (base / name).relative_to(tree).as_posix()
            if ignored(shown):
                # Only a rule that brings something back can find anything below.
                if not ignored.has_exceptions:
                    folders.remove(name)
            else:
                yield base / name, shown
        for name in sorted(files):
            shown = (base / name).relative_to(tree).as_posix()
            if not ignored(shown):
                yield base / name, shown


def _size(path: Path) -> int:
    found = path.lstat()
    return found.st_size if stat.S_ISREG(found.st_mode) else 0


def _add(archive: tarfile.TarFile, path: Path, name: str) -> None:
    found = archive.gettarinfo(path, arcname=name)
    if not (found.isreg() or found.isdir() or found.issym() or found.islnk()):
        return
    found.uid = found.gid = 0
    found.uname = found.gname = ""
    found.mode |= 0o200  # A checkout is read-only; what is built from it need not be.
    if found.isreg():
        with path.open("rb") as file:
            archive.addfile(found, file)
    else:
        archive.addfile(found)
