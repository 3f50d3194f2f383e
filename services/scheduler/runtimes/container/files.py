"""Files into a container before it begins, and out of it when it has ended, as the tar that an
engine takes and gives. Blocking.

No folder of this machine is mounted: an engine may run elsewhere, and what runs in it has nothing
of ours to hold on to. What comes out is a stranger's: every name, link and mode of it is checked.
"""

import tarfile
from pathlib import Path, PurePosixPath
from tempfile import TemporaryFile
from typing import IO

from services.scheduler.runtimes.interface import Files

_PATHS_MAX = 200_000
_OPEN_FOLDER, _OPEN_FILE = 0o777, 0o666


def packed(files: Files, owner: int | None, folder: Path) -> IO[bytes]:
    """A nameless file, at its start. Without an owner everybody in the container may write."""

    def given(member: tarfile.TarInfo) -> tarfile.TarInfo | None:
        if not (member.isreg() or member.isdir() or member.issym() or member.islnk()):
            return None
        member.uid = member.gid = owner or 0
        member.uname = member.gname = ""
        if owner is None:
            member.mode |= _OPEN_FOLDER if member.isdir() else _OPEN_FILE
        return member

    file = TemporaryFile(dir=folder)  # noqa: SIM115 - the caller reads it and closes it
    try:
        with tarfile.open(fileobj=file, mode="w", format=tarfile.PAX_FORMAT) as archive:
            archive.add(files.source, files.place.strip("/"), filter=given)
    except BaseException:
        file.close()
        raise
    file.seek(0)
    return file


def unpack(file: IO[bytes], folder: Path) -> tuple[str, ...]:
    """Everything below the first folder of the archive; answers what was left out."""
    folder.mkdir(mode=0o700, parents=True)
    left_out: list[str] = []
    with tarfile.open(fileobj=file, mode="r:") as archive:
        for count, member in enumerate(archive):
            if count > _PATHS_MAX:
                raise OSError("there are too many files")
            parts = PurePosixPath(member.name).parts[1:]
            if not parts:
                continue
            if not _taken(archive, member, "/".join(parts), folder):
                left_out.append("/".join(parts))
    return tuple(left_out)


def _taken(archive: tarfile.TarFile, member: tarfile.TarInfo, name: str, folder: Path) -> bool:
    if member.islnk():
        # A second name of a file that came before it, below the same first folder.
        member = member.replace(
            linkname="/".join(PurePosixPath(member.linkname).parts[1:]), deep=False
        )
    try:
        archive.extract(member.replace(name=name, deep=False), folder, filter="data")
    except (tarfile.TarError, KeyError):
        return False
    return True
