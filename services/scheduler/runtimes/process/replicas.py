"""Replicas as their folders tell: state, exit, usage and log of each, whoever started it and
whichever scheduler asks.
"""

import os
import re
import shutil
import signal
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from services.scheduler.runtimes.interface import ExitCause, Labels, LogLine, LogPage, Observed
from services.scheduler.runtimes.process.keeper import cgroups, log_files, processes, records

_ID = re.compile(r"[A-Za-z0-9_-]{1,64}\Z")
_KEEPER_DIED = "its keeper was killed"
_MACHINE_RESTARTED = "the machine restarted"


def is_replica_id(text: str) -> bool:
    return _ID.match(text) is not None


def observe_all(root: Path) -> list[Observed]:
    found = (observe(folder) for folder in sorted(root.iterdir()))
    return [observed for observed in found if observed is not None]


def observe(folder: Path) -> Observed | None:
    """None where no keeper ever told anything."""
    # The exit is read after the liveness: between the two a keeper may end, and then its record
    # is there.
    state = records.read(os.fspath(folder), "state.json")
    if state is None:
        return None
    alive = is_kept(state)
    ended = records.read(os.fspath(folder), "exit.json")
    cause = _cause(ended) if ended else None
    if cause is None and not alive:
        cause = _lost(state)
    usage = records.read(os.fspath(folder), "usage.json") or {}
    return Observed(
        replica_id=folder.name,
        labels=Labels(**state["labels"]),
        state="exited" if cause else state["state"],
        address=str(state["address"]),
        pid=state["app"],
        started_at=datetime.fromtimestamp(state["started_at"], UTC),
        exit=cause,
        cpu_seconds=float(usage.get("cpu_seconds", 0.0)),
        memory_bytes=0 if cause else int(usage.get("memory_bytes", 0)),
        # Only in the sandbox is there a relay, and so a socket.
        isolated=str(state["address"]).startswith("unix@"),
    )


def is_kept(state: dict[str, Any]) -> bool:
    """Its keeper lives: that very process of this very boot, not a later one with its number."""
    return state["boot"] == processes.boot_id() and processes.is_alive(
        state["keeper"], state["keeper_ticks"]
    )


def _cause(ended: dict[str, Any]) -> ExitCause:
    return ExitCause(
        code=ended["code"],
        signal=ended["signal"],
        oom=ended["oom"],
        asked=ended["asked"],
        detail=ended["detail"] or _words(ended),
        at=datetime.fromtimestamp(ended["at"], UTC),
    )


def _words(ended: dict[str, Any]) -> str:
    if ended["oom"]:
        return "out of memory"
    if ended["signal"] is not None:
        return f"ended by signal {ended['signal']} ({_signal_name(ended['signal'])})"
    return f"exited with code {ended['code']}"


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return "unknown"


def _lost(state: dict[str, Any]) -> ExitCause:
    same_boot = state["boot"] == processes.boot_id()
    return ExitCause(
        code=None,
        signal=signal.SIGKILL.value if same_boot else None,
        oom=False,
        asked=False,
        detail=_KEEPER_DIED if same_boot else _MACHINE_RESTARTED,
        at=datetime.now(UTC),
    )


def ask_to_stop(folder: Path, grace_seconds: float) -> None:
    """Tell the keeper; where it died, end what it may have left in the control groups."""
    state = records.read(os.fspath(folder), "state.json")
    if state is None:
        return
    records.write(os.fspath(folder), "stop.json", {"grace_seconds": grace_seconds})
    if not _signal_keeper(state, signal.SIGTERM):
        _settle_lost(folder, state)


def end_by_force(folder: Path) -> None:
    """The keeper did not do it in time: kill it, and everything of its groups."""
    state = records.read(os.fspath(folder), "state.json")
    if state is None:
        return
    _signal_keeper(state, signal.SIGKILL)
    _settle_lost(folder, state)


def _signal_keeper(state: dict[str, Any], number: signal.Signals) -> bool:
    try:
        # A pidfd holds that process: its number cannot pass to another between the check and the
        # signal.
        descriptor = os.pidfd_open(state["keeper"])
    except ProcessLookupError:
        return False
    try:
        if not is_kept(state):
            return False
        signal.pidfd_send_signal(descriptor, number)
        return True
    except ProcessLookupError:
        return False
    finally:
        os.close(descriptor)


def _settle_lost(folder: Path, state: dict[str, Any]) -> None:
    cgroups.kill(state["cgroups"])
    if records.read(os.fspath(folder), "exit.json") is None:
        record = {
            "code": None,
            "signal": signal.SIGKILL.value,
            "oom": False,
            "asked": True,
            "detail": _KEEPER_DIED,
            "at": time.time(),
        }
        records.write(os.fspath(folder), "exit.json", record)
    cgroups.remove(state["cgroups"])


def forget(folder: Path) -> bool:
    """False while it still runs."""
    state = records.read(os.fspath(folder), "state.json")
    if state is not None:
        observed = observe(folder)
        if observed is not None and observed.exit is None:
            return False
        cgroups.kill(state["cgroups"])
        cgroups.remove(state["cgroups"])
        if str(state["address"]).startswith("unix@"):
            Path(str(state["address"])[5:]).unlink(missing_ok=True)
    shutil.rmtree(folder, ignore_errors=True)
    return True


def read_lines(folder: Path, after: int, limit: int) -> LogPage:
    found = log_files.read_after(f"{folder}/log", after, limit)
    lines = tuple(
        LogLine(
            cursor=cursor,
            timestamp=datetime.fromtimestamp(moment, UTC),
            stream="stdout" if stream == "o" else "stderr",
            message=message,
        )
        for cursor, moment, stream, message in found
    )
    return LogPage(lines=lines, cursor=lines[-1].cursor if lines else after)
