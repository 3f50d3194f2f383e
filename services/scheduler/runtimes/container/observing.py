"""From an engine's answers to what the scheduler sees. Pure, but for the marks beside a replica."""

import os
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from services.scheduler.runtimes.container import words
from services.scheduler.runtimes.container.identity import replica_of
from services.scheduler.runtimes.interface import ExitCause, Labels, Observed
from services.scheduler.runtimes.process.keeper import records

RECORD = "state.json"
STOP = "stop.json"
ENDED = "ended.json"
REMOVED = "its container was removed"
_NO_ADDRESS = "127.0.0.1:0"


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    cpu_seconds: float = 0.0
    memory_bytes: int = 0


def observed(document: dict[str, Any], folder: Path, *, isolated: bool) -> Observed | None:
    """Of an inspected container; None where its labels are not whole."""
    found = replica_of((document.get("Config") or {}).get("Labels") or {})
    if found is None:
        return None
    replica_id, labels, port = found
    state = document["State"]
    ended = state.get("Status") in ("exited", "dead", "stopped")
    known = records.read(os.fspath(folder), RECORD) or {}
    return Observed(
        replica_id=replica_id,
        labels=labels,
        state="exited" if ended else "running",
        address=_address(document, port) or str(known.get("address", _NO_ADDRESS)),
        pid=int(state.get("Pid") or 0) or None,
        started_at=moment(state.get("StartedAt")) or datetime.now(UTC),
        exit=_cause(state, folder) if ended else None,
        runtime="container",
        isolated=isolated,
    )


def with_usage(one: Observed, usage: Usage | None) -> Observed:
    if usage is None:
        return one
    memory = 0 if one.exit is not None else usage.memory_bytes
    return replace(one, cpu_seconds=usage.cpu_seconds, memory_bytes=memory)


def remember(folder: Path, one: Observed) -> None:
    """What is needed to name it while the engine is away."""
    record = {
        "labels": {
            "service_id": one.labels.service_id,
            "project_id": one.labels.project_id,
            "deployment_id": one.labels.deployment_id,
            "ordinal": one.labels.ordinal,
            "generation": one.labels.generation,
            "node": one.labels.node,
        },
        "address": one.address,
        "pid": one.pid,
        "started_at": one.started_at.timestamp(),
        "isolated": one.isolated,
    }
    records.write(os.fspath(folder), RECORD, record)


def remembered(root: Path) -> list[Observed]:
    """As they were when they were started: what nobody can ask about stands."""
    found = []
    for folder in sorted(root.iterdir()):
        record = records.read(os.fspath(folder), RECORD)
        if record is not None:
            found.append(
                Observed(
                    replica_id=folder.name,
                    labels=Labels(**record["labels"]),
                    state="running",
                    address=str(record["address"]),
                    pid=record["pid"],
                    started_at=datetime.fromtimestamp(record["started_at"], UTC),
                    runtime="container",
                    isolated=bool(record["isolated"]),
                )
            )
    return found


def lost(one: Observed) -> Observed:
    cause = ExitCause(
        code=None, signal=None, oom=False, asked=False, detail=REMOVED, at=datetime.now(UTC)
    )
    return replace(one, state="exited", exit=cause)


def usage_of(statistics: dict[str, Any]) -> Usage:
    processor = (statistics.get("cpu_stats") or {}).get("cpu_usage") or {}
    memory = statistics.get("memory_stats") or {}
    details = memory.get("stats") or {}
    # Pages of files that the kernel can drop at any time are not what the app holds.
    cached = details.get("total_inactive_file", details.get("inactive_file", 0))
    return Usage(
        cpu_seconds=int(processor.get("total_usage") or 0) / 1e9,
        memory_bytes=max(0, int(memory.get("usage") or 0) - int(cached or 0)),
    )


def moment(text: object) -> datetime | None:
    """RFC 3339 with nanoseconds; the year 1 stands for never."""
    written = str(text or "")
    if len(written) < len("2026-01-01T00:00:00") or written.startswith("0001-"):
        return None
    whole, _, rest = written.partition(".")
    digits = rest.rstrip("Z").partition("+")[0].partition("-")[0]
    zone = rest[len(digits) :].replace("Z", "+00:00")
    try:
        parsed = datetime.fromisoformat(f"{whole.replace('Z', '+00:00')}{zone}")
    except ValueError:
        return None
    return parsed.astimezone(UTC).replace(microsecond=int(f"{digits:0<6}"[:6]))


def _address(document: dict[str, Any], port: int) -> str | None:
    ports = (document.get("NetworkSettings") or {}).get("Ports") or {}
    for binding in ports.get(f"{port}/tcp") or ():
        if binding.get("HostIp") == "127.0.0.1" and binding.get("HostPort"):
            return f"127.0.0.1:{int(binding['HostPort'])}"
    return None


def _cause(state: dict[str, Any], folder: Path) -> ExitCause:
    exit_code = int(state.get("ExitCode") or 0)
    oom = bool(state.get("OOMKilled")) and exit_code != 0
    code, signal, detail = words.of_exit(exit_code, oom=oom)
    if state.get("Error"):
        detail = words.of_start(str(state["Error"]))
    ended = records.read(os.fspath(folder), ENDED)
    return ExitCause(
        code=code,
        signal=signal,
        oom=oom,
        asked=(folder / STOP).exists(),
        detail=str(ended["detail"]) if ended else detail,
        at=moment(state.get("FinishedAt")) or datetime.now(UTC),
    )
