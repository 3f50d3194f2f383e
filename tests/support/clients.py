"""Published clients, each in an environment of its own, made from its hash lock when first needed.

`tests/clients/<name>/requirements.txt` is the lock (`requirements.in` beside it is what was asked
for). Environments are kept between runs, by the text of the lock: `CHRONOPLANE_TEST_CLIENTS` names
another folder for them. Two workers that need the same one wait for each other."""

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
LOCKS = ROOT / "tests" / "clients"
INSTALL_SECONDS = 300.0
RUN_SECONDS = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """A Python that has the client, and nothing of this project."""

    python: Path

    def run(self, program: str, *arguments: str, environment: Mapping[str, str]) -> Any:
        """What the program prints last, as JSON. It runs in an empty folder and sees only the
        variables given, so that no configuration of the machine's user gets in."""
        told = subprocess.run(
            [str(self.python), "-I", "-c", program, *arguments],
            env={"PATH": os.environ.get("PATH", ""), **environment},
            cwd=environment["HOME"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=RUN_SECONDS,
            check=False,
        )
        assert told.returncode == 0, f"{told.stdout[-2000:]}\n{told.stderr[-4000:]}"
        return json.loads(told.stdout.strip().splitlines()[-1])


def client(name: str) -> Client:
    lock = LOCKS / name / "requirements.txt"
    text = lock.read_bytes() + sys.version.encode()
    folder = _places() / f"{name}-{hashlib.sha256(text).hexdigest()[:16]}"
    folder.parent.mkdir(parents=True, exist_ok=True)
    with _alone(folder.with_suffix(".lock")):
        if not (folder / ".installed").exists():
            _install(folder, lock)
    return Client(python=folder / "bin" / "python")


def _places() -> Path:
    named = os.environ.get("CHRONOPLANE_TEST_CLIENTS")
    return Path(named) if named else ROOT / ".venv" / "clients"


def _install(folder: Path, lock: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    _run([sys.executable, "-m", "venv", str(folder)])
    _run(
        [
            *(str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet"),
            *("--disable-pip-version-check", "--require-hashes", "--only-binary", ":all:"),
            *("-r", str(lock)),
        ]
    )
    (folder / ".installed").touch()


def _run(command: list[str]) -> None:
    made = subprocess.run(
        command, capture_output=True, text=True, timeout=INSTALL_SECONDS, check=False
    )
    assert made.returncode == 0, f"{' '.join(command)}\n{made.stdout}\n{made.stderr}"


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    with path.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield
