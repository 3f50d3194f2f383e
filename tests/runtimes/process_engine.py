"""The process engine for the suites, in each mode that this machine can give."""

import json
import os
import shutil
from dataclasses import replace
from pathlib import Path

from services.scheduler.runtimes.interface import Observed, Prepared
from services.scheduler.runtimes.process.runtime import ProcessRuntime, open_process_runtime
from services.scheduler.runtimes.process.settings import Isolation, ProcessSettings
from tests.runtimes.engine import Engine, tree_of


class ProcessEngine(Engine):
    def __init__(self, runtime: ProcessRuntime, folder: Path) -> None:
        super().__init__(runtime, folder)
        self.runtime = runtime

    async def again(self) -> "ProcessEngine":
        return await open_process_engine(self.folder, self.runtime.settings.isolation)

    def keeper(self, replica_id: str = "r1") -> int:
        state = json.loads((self.runtime.root / "replicas" / replica_id / "state.json").read_text())
        return int(state["keeper"])

    def everything_of(self, seen: Observed) -> set[int]:
        return tree_of(self.keeper(seen.replica_id))

    @property
    def bounds_children(self) -> bool:
        # Without control groups and without a user of its own nothing bounds them: that is what
        # `trusted` means.
        enclosure = self.runtime.enclosure
        return enclosure.isolated or enclosure.places.limits_memory

    @property
    def root(self) -> Path:
        return self.runtime.root

    def limit_disk(self, size: int) -> None:
        self.runtime.settings = replace(self.runtime.settings, disk_bytes_max=size)

    async def left_of(self, seen: Observed) -> list[str]:
        left = [str(path) for path in (self.runtime.root / "replicas").iterdir()]
        socket = Path(seen.address.removeprefix("unix@"))
        left += [str(socket)] if socket.exists() else []
        places = self.runtime.enclosure.places
        groups = places.groups(seen.replica_id, cpu=1, memory_bytes=1, pids=1)
        return left + [str(one["folder"]) for one in groups if Path(str(one["folder"])).exists()]

    async def written_into(self, prepared: Prepared) -> list[str]:
        assert prepared.tree is not None
        return [name for name in os.listdir(prepared.tree) if name != "app.py"]

    async def close(self) -> None:
        await super().close()
        shutil.rmtree(self.runtime.sockets, ignore_errors=True)


async def open_process_engine(folder: Path, isolation: Isolation) -> ProcessEngine:
    settings = ProcessSettings(root=folder / "engine", isolation=isolation)
    return ProcessEngine(await open_process_runtime(settings), folder)
