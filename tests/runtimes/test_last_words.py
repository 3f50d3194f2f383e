"""The keeper believes the sandbox's last word, however late it reads it."""

import subprocess
import sys
from pathlib import Path

# In a process of its own: the keeper reaps every child of its process.
REAPED = """
import os, sys, time
from services.scheduler.runtimes.process.keeper.run import Keeper
from services.scheduler.runtimes.process.keeper.spawn import Child

status, told = os.pipe()
os.set_blocking(status, False)
pid = os.fork()
if pid == 0:
    os.write(told, sys.argv[2].encode())
    os._exit(0)
spec = {"folder": sys.argv[1], "cgroups": [], "watch": {}, "labels": {}, "address": ""}
keeper = Keeper(spec)
keeper.child = Child(pid, control=-1, status=status, out=-1, err=-1)
while not keeper.ended:
    time.sleep(0.01)
    keeper._reap()
print(keeper.code)
"""


def code_of(folder: Path, words: str) -> str:
    (folder / "log").mkdir()
    done = subprocess.run(
        [sys.executable, "-c", REAPED, str(folder), words],
        capture_output=True,
        text=True,
        timeout=20,
        check=True,
    )
    return done.stdout.strip()


def test_an_app_that_failed_did_so_though_its_sandbox_was_reaped_before_it_was_heard(
    tmp_path: Path,
) -> None:
    assert code_of(tmp_path, "exit 3\n") == "3"


def test_a_sandbox_without_a_last_word_ended_as_itself(tmp_path: Path) -> None:
    assert code_of(tmp_path, "") == "0"
