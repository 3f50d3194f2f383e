"""An engine in memory for the tests of a leader; it outlives leaders, as the real one does."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from services.scheduler.runtimes.interface import (
    BuildSpec,
    Capabilities,
    ExitCause,
    Labels,
    LogLine,
    LogPage,
    Observed,
    PreparationFailed,
    Prepared,
    ReplicaSpec,
    StartFailed,
)


class Engine:
    """`Runtime` in memory. Replicas print one line when they start."""

    name = "process"
    capabilities = Capabilities(isolated=True, images=False)

    def __init__(self) -> None:
        self.replicas: dict[str, Observed] = {}
        self.specs: list[ReplicaSpec] = []
        self.stopped: list[str] = []
        self.printed: dict[str, list[str]] = {}
        self.discarded: list[Path | None] = []

    @property
    def alive(self) -> list[Observed]:
        return [one for one in self.replicas.values() if one.exit is None]

    def crash(self, replica_id: str) -> None:
        self.printed[replica_id].append("last words")
        self._end(replica_id, asked=False, code=3)

    async def prepare(
        self, build: BuildSpec, log: Callable[[str], None]
    ) -> Prepared | PreparationFailed:
        log("built")
        return Prepared(command=("run",), how="test", tree=build.checkout)

    async def start(self, spec: ReplicaSpec) -> Observed | StartFailed:
        self.specs.append(spec)
        self.printed[spec.replica_id] = ["hello"]
        self.replicas[spec.replica_id] = Observed(
            replica_id=spec.replica_id,
            labels=Labels(
                service_id=spec.service_id,
                project_id=spec.project_id,
                deployment_id=spec.deployment_id,
                ordinal=spec.ordinal,
                generation=spec.generation,
                node=spec.node,
            ),
            state="running",
            address=f"unix@/run/{spec.replica_id}",
            pid=1,
            started_at=datetime.now(UTC),
        )
        return self.replicas[spec.replica_id]

    async def stop(self, replica_id: str, *, grace_seconds: float, force: bool = False) -> None:
        if replica_id in self.replicas:
            self.stopped.append(replica_id)
            self._end(replica_id, asked=True, code=0)

    async def discard(self, prepared: Prepared) -> None:
        self.discarded.append(prepared.tree)

    async def list(self) -> "list[Observed]":
        return list(self.replicas.values())

    async def forget(self, replica_id: str) -> None:
        self.replicas.pop(replica_id, None)

    async def lines(self, replica_id: str, *, after: int = 0, limit: int = 1000) -> LogPage:
        printed = self.printed.get(replica_id, [])[after : after + limit]
        lines = tuple(
            LogLine(cursor=after + n, timestamp=datetime.now(UTC), stream="stdout", message=text)
            for n, text in enumerate(printed, start=1)
        )
        return LogPage(lines=lines, cursor=after + len(lines))

    def _end(self, replica_id: str, *, asked: bool, code: int) -> None:
        cause = ExitCause(
            code=code,
            signal=None,
            oom=False,
            asked=asked,
            detail=f"exited with code {code}",
            at=datetime.now(UTC),
        )
        self.replicas[replica_id] = replace(self.replicas[replica_id], state="exited", exit=cause)
