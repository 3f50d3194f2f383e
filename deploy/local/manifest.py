"""The list of what a backup holds, with a checksum for every file, written last: a folder without
one is no backup. The database's files are listed by Postgres itself, in a list that is listed here.
"""

import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from deploy.failure import CannotStart
from deploy.keys import write_private

FILE = "manifest.json"
FORMAT = 1
POSTGRES = "postgres"
POSTGRES_LIST = "postgres/backup_manifest"


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """`position`: every event up to it is there; some that came while it was made are, too."""

    made_at: str
    postgres: str
    migration: int
    position: int
    files: dict[str, str]


def write(folder: Path, manifest: Manifest) -> None:
    text = json.dumps({"format": FORMAT, **asdict(manifest)}, indent=1)
    write_private(folder / FILE, text + "\n")


def read(folder: Path) -> Manifest:
    """Raises CannotStart with a sentence where it cannot be read."""
    try:
        written = json.loads((folder / FILE).read_text(encoding="utf-8"))
        if written["format"] != FORMAT:
            raise CannotStart(
                f"The backup {folder} is of format {written['format']}; this version of"
                f" Chronoplane reads format {FORMAT}."
            )
        return Manifest(
            made_at=str(written["made_at"]),
            postgres=str(written["postgres"]),
            migration=int(written["migration"]),
            position=int(written["position"]),
            files={str(path): str(digest) for path, digest in written["files"].items()},
        )
    except FileNotFoundError:
        raise CannotStart(f"There is no whole backup in {folder}: no {FILE}.") from None
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise CannotStart(f"{folder / FILE} cannot be read: {error!r}.") from error


def checksums(folder: Path) -> dict[str, str]:
    """Of every file but the manifest and what Postgres's own list covers."""
    return {path: _checksum(folder / path) for path in sorted(_paths(folder))}


def differences(folder: Path, manifest: Manifest) -> list[str]:
    """What is not as it was written, in words."""
    found, wanted = checksums(folder), manifest.files
    return [
        *(f"{path} is missing" for path in sorted(wanted.keys() - found.keys())),
        *(f"{path} was not in it" for path in sorted(found.keys() - wanted.keys())),
        *(
            f"{path} was changed"
            for path in sorted(found.keys() & wanted.keys())
            if found[path] != wanted[path]
        ),
    ]


def _paths(folder: Path) -> Iterator[str]:
    for place, names, files in os.walk(folder, onerror=_refuse):
        inside = Path(place).relative_to(folder)
        links = [name for name in names if (Path(place) / name).is_symlink()]
        found = {str(inside / name) for name in (*files, *links)}
        if inside == Path():
            names[:] = [name for name in names if name != POSTGRES]
            found.discard(FILE)
        yield from found
    if (folder / POSTGRES_LIST).is_file():
        yield POSTGRES_LIST


def _refuse(error: OSError) -> None:
    raise error


def _checksum(path: Path) -> str:
    """Of a link, where it leads: it is not followed."""
    if path.is_symlink():
        return f"link:{os.readlink(path)}"
    with path.open("rb") as file:
        return f"sha256:{hashlib.file_digest(file, 'sha256').hexdigest()}"
