"""The data folder of a stack: made private, locked so that two stacks never share one."""

import fcntl
import os
from pathlib import Path
from types import TracebackType

from deploy.failure import CannotStart
from deploy.keys import make_private_folder
from shared.runtime.settings import Settings

SOCKET_LENGTH_MAX = 106
UNFINISHED = "restore-unfinished"  # lies in the data folder until a restore has copied everything


class DataFolderTaken(CannotStart):
    """Another process of ours works on it; the text says which."""


def make_folders(settings: Settings) -> None:
    if (settings.data_dir / UNFINISHED).exists():
        raise CannotStart(
            f"A restore into {settings.data_dir} was cut short: empty the folder and restore again."
        )
    for name in (".", "logs", "nats", "haproxy"):
        make_private_folder(settings.data_dir / name)
    make_private_folder(settings.run_dir)
    longest = settings.run_dir / "health-scheduler.sock"
    if len(os.fsencode(longest)) > SOCKET_LENGTH_MAX:
        raise CannotStart(
            f"The folder {settings.run_dir} is too deep for sockets; "
            "choose a shorter one with CHRONOPLANE_RUN_DIR."
        )
    if "://" not in settings.git_base:
        _make_repositories(settings)


def _make_repositories(settings: Settings) -> None:
    base = Path(settings.git_base)
    if base.is_dir():
        return
    if base.parent != settings.data_dir:
        raise CannotStart(f"The folder {base} (CHRONOPLANE_GIT_BASE) does not exist.")
    make_private_folder(base)


class DataFolderLock:
    """Held by the kernel for as long as this process lives, so a crash never leaves it behind."""

    def __init__(self, data_dir: Path) -> None:
        self._file = data_dir / "lock"
        self._handle = -1

    def __enter__(self) -> "DataFolderLock":
        # The handle is not inheritable (Python's default): a child must not keep the lock.
        self._handle = os.open(self._file, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(self._handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.read(self._handle, 200).decode(errors="replace").strip()
            os.close(self._handle)
            raise DataFolderTaken(
                f"Another stack runs on the data folder {self._file.parent} ({holder}). "
                "Stop it first, or choose another folder with CHRONOPLANE_DATA_DIR."
            ) from None
        return self

    def say(self, who: str) -> None:
        os.ftruncate(self._handle, 0)
        os.pwrite(self._handle, who.encode(), 0)

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _error: BaseException | None,
        _: TracebackType | None,
    ) -> None:
        os.close(self._handle)
