"""The keeper of one replica (or one build): starts its sandbox, keeps its log, watches its
limits, records its end.

It has its own session and outlives the scheduler. The scheduler talks to it by signals and files
only: SIGTERM with a `stop.json` means "end it"; `state.json` and `exit.json` are what it tells.
Few imports: there is one of it per replica.
"""

import ctypes
import json
import os
import select
import signal
import sys
import time
from typing import Any

from services.scheduler.runtimes.process.keeper import cgroups, processes, records, spawn
from services.scheduler.runtimes.process.keeper.log_files import LineSplitter, LogWriter

SAMPLE_SECONDS = 2.0
DRAIN_SECONDS = 1.0
_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE, _PR_SET_CHILD_SUBREAPER = 1, 4, 36


def main() -> None:
    spec = json.load(sys.stdin.buffer)
    if spec["detach"]:
        if os.fork() != 0:
            os._exit(0)
        null = os.open("/dev/null", os.O_RDWR)
        for number in (0, 1, 2):
            os.dup2(null, number)
    _prepare_process(detached=spec["detach"])
    Keeper(spec).run()


def _prepare_process(*, detached: bool) -> None:
    os.chdir("/")
    os.umask(0o077)
    prctl = ctypes.CDLL(None).prctl
    prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
    prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    if not detached:
        prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)


class Keeper:
    """One replica's life, from its sockets to its exit record."""

    def __init__(self, spec: dict[str, Any]) -> None:
        self.spec, self.folder = spec, str(spec["folder"])
        self.log = LogWriter(f"{self.folder}/log", **spec.get("log", {}))
        self.groups = cgroups.create(spec["cgroups"])
        self.began = time.time()
        self.since = time.monotonic()  # A clock that is set must end nobody's time.
        self.app: int | None = None
        self.code: int | None = None
        self.ended = self.asked = False
        self.detail = ""
        self.kill_at: float | None = None
        self.limits: dict[str, float] = spec["watch"]
        self.oom_seen = False

    def run(self) -> None:
        wake, waker = os.pipe()
        for end in (wake, waker):
            os.set_blocking(end, False)
        signal.set_wakeup_fd(waker)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.signal(signal.SIGTERM, lambda *_: self.stop())
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        self._tell("starting")
        listener = spawn.listen(self.spec["socket"]) if self.spec["socket"] else None
        self.child = spawn.start(self.spec, listener, self.groups)
        if listener:
            listener.close()  # from now on only the sandbox accepts; a dead one refuses at once
        self.spec.pop("orders")
        self.streams = {
            self.child.out: LineSplitter(self.log, b"o"),
            self.child.err: LineSplitter(self.log, b"e"),
        }
        self._loop(wake)
        self._finish()

    def _loop(self, wake: int) -> None:
        poll = select.poll()
        for number in (wake, self.child.status, *self.streams):
            poll.register(number, select.POLLIN)
        sampled = 0.0
        while not self.ended:
            for number, _ in poll.poll(200 if self.kill_at else 1000):
                if number == wake:
                    os.read(wake, 4096)
                elif number == self.child.status:
                    self._hear(poll)
                else:
                    self._copy(number, poll)
            self._reap()
            now = time.monotonic()
            if now - sampled >= SAMPLE_SECONDS and not self.ended:
                sampled = now
                self.log.tell_dropped(time.time())
                self._sample()
            if self.kill_at is not None and now >= self.kill_at and not self.ended:
                self._kill()

    def stop(self) -> None:
        """SIGTERM came: end the app, with the grace that `stop.json` grants."""
        wish = records.read(self.folder, "stop.json") or {}
        self.asked = True
        grace = float(wish.get("grace_seconds", 0.0))
        if grace > 0 and self.app is not None:
            self._order(b"T")
        deadline = time.monotonic() + grace
        self.kill_at = deadline if self.kill_at is None else min(self.kill_at, deadline)

    def _order(self, order: bytes) -> None:
        try:
            os.write(self.child.control, order)
        except OSError:
            return  # it is gone; SIGCHLD tells the rest

    def _hear(self, poll: select.poll) -> None:
        words = self._words()
        if words == []:
            poll.unregister(self.child.status)
        self._take(words or [])

    def _words(self) -> list[bytes] | None:
        """What the sandbox said; None where it says nothing yet, nothing where it never will."""
        try:
            return os.read(self.child.status, 4096).split()
        except BlockingIOError:
            return None

    def _take(self, words: list[bytes]) -> None:
        # The app could write here too where it has our uid: it can only lie about itself.
        for word, number in zip(words[::2], words[1::2], strict=False):
            if not number.lstrip(b"-").isdigit():
                continue
            if word == b"started":
                self._find_app(int(number))
            elif word == b"exit":
                self.code = int(number)

    def _find_app(self, inner: int) -> None:
        for pid in processes.descendants(self.child.pid):
            if processes.inner_pid(pid) == inner:
                self.app = pid
        self._tell("running")

    def _copy(self, number: int, poll: select.poll) -> bool:
        try:
            chunk = os.read(number, 65536)
        except BlockingIOError:
            return False
        if not chunk:
            poll.unregister(number)
            return False
        self.streams[number].feed(chunk)
        return True

    def _reap(self) -> None:
        try:
            while True:
                pid, status = os.waitpid(-1, os.WNOHANG)
                if pid == 0:
                    return
                if pid == self.child.pid:
                    self.ended = True
                    # Its last word may have come after the poll that this turn went by; its own
                    # status is that of the sandbox, which ended well whatever the app did.
                    self._take(self._words() or [])
                    if self.code is None:
                        self.code = _plain(os.waitstatus_to_exitcode(status))
        except ChildProcessError:
            self.ended = True

    def _sample(self) -> None:
        cpu, memory = cgroups.cpu_seconds(self.groups), cgroups.memory_bytes(self.groups)
        if cpu is None or memory is None:
            walked = processes.usage(processes.descendants(self.child.pid))
            cpu = walked[0] if cpu is None else cpu
            memory = walked[1] if memory is None else memory
            if memory > self.limits["memory_bytes"]:
                self._end_for("out of memory: the watchdog saw more than its limit", oom=True)
        records.write(self.folder, "usage.json", {"cpu_seconds": cpu, "memory_bytes": memory})
        if time.monotonic() - self.since > self.limits["time_seconds"]:
            self._end_for("took longer than its time limit")
        if self._disk_bytes() > self.limits["disk_bytes"]:
            self._end_for("wrote more than its disk limit")

    def _end_for(self, reason: str, *, oom: bool = False) -> None:
        self.detail, self.oom_seen = reason, oom
        self._kill()

    def _disk_bytes(self) -> int:
        """What the app wrote beside its code: an overlay in memory, or a folder of ours."""
        return sum(_place_bytes(place, self.app) for place in self.spec["writable"])

    def _kill(self) -> None:
        self.kill_at = time.monotonic() + 5.0
        os.kill(self.child.pid, signal.SIGKILL)  # not reaped before `ended` is set: it is there
        processes.kill_tree(self.child.pid)

    def _finish(self) -> None:
        cgroups.kill(self.groups)
        processes.kill_tree(os.getpid())
        deadline = time.monotonic() + DRAIN_SECONDS
        poll = select.poll()
        for number in self.streams:
            poll.register(number, select.POLLIN)
            while time.monotonic() < deadline and self._copy(number, poll):
                continue
            self.streams[number].end()
        self.log.tell_dropped(time.time())
        code = self.code if self.code is not None else -signal.SIGKILL
        oom = self.oom_seen or (code != 0 and cgroups.oom_kills(self.groups) > 0)
        record = {
            "code": code if code >= 0 else None,
            "signal": -code if code < 0 else None,
            "oom": oom,
            "asked": self.asked,
            "detail": self.detail,
            "at": time.time(),
        }
        cpu = cgroups.cpu_seconds(self.groups)
        if cpu is not None:
            records.write(self.folder, "usage.json", {"cpu_seconds": cpu, "memory_bytes": 0})
        records.write(self.folder, "exit.json", record)
        if self.spec["socket"]:
            spawn.unlink(self.spec["socket"])
        cgroups.remove(self.groups)

    def _tell(self, state: str) -> None:
        record = {
            "state": state,
            "labels": self.spec["labels"],
            "address": self.spec["address"],
            "keeper": os.getpid(),
            "keeper_ticks": processes.start_ticks(os.getpid()),
            "boot": processes.boot_id(),
            "app": self.app,
            "started_at": self.began,
            "cgroups": self.groups,
        }
        records.write(self.folder, "state.json", record)


def _plain(code: int) -> int:
    """bwrap turns a signal into 128 + its number, as a shell does."""
    return 128 - code if code > 128 else code


def _place_bytes(place: str, app: int | None) -> int:
    if not place.startswith("{app}"):
        return _folder_bytes(place)
    try:
        seen = os.statvfs(place.replace("{app}", f"/proc/{app}/root"))
    except OSError:
        return 0  # it has ended, or not begun
    return (seen.f_blocks - seen.f_bfree) * seen.f_frsize


def _folder_bytes(folder: str) -> int:
    total = 0
    for parent, _, files in os.walk(folder):
        for name in files:
            try:
                total += os.lstat(f"{parent}/{name}").st_blocks * 512
            except OSError:
                continue
    return total
