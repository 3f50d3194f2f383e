"""The container engine for the suites: the programs of the tests, each in an image of its own."""

import shutil
from pathlib import Path

from services.scheduler.runtimes.container.identity import open_installation
from services.scheduler.runtimes.container.opening import open_container_runtime
from services.scheduler.runtimes.container.runtime import ContainerRuntime
from services.scheduler.runtimes.container.settings import ContainerSettings
from services.scheduler.runtimes.interface import Observed, Prepared
from tests.runtimes.engine import Engine, tree_of
from tests.support.containers import BASE_IMAGE, TestEngine

# The app's folder is open, as its user is known only when it is started.
DOCKERFILE = f"""
FROM {BASE_IMAGE}
WORKDIR /app
COPY app.py .
RUN ["python", "-c", "import os; os.chmod('/app', 0o777)"]
CMD ["python", "app.py", "0.0.0.0"]
"""


class ContainerEngine(Engine):
    given = Engine.given | {"HOSTNAME"}

    def __init__(self, runtime: ContainerRuntime, folder: Path, engine: TestEngine) -> None:
        super().__init__(runtime, folder)
        self.runtime = runtime
        self.engine = engine

    async def again(self) -> "ContainerEngine":
        return await open_container_engine(self.folder, self.engine, self.runtime.settings)

    def files(self, program: str) -> dict[str, str]:
        return {**super().files(program), "Dockerfile": DOCKERFILE}

    def everything_of(self, seen: Observed) -> set[int]:
        assert seen.pid is not None
        return tree_of(seen.pid)

    @property
    def bounds_children(self) -> bool:
        return True

    @property
    def root(self) -> Path:
        return self.runtime.settings.root

    def limit_disk(self, size: int) -> None:
        self.runtime.sight.sampling.disk_bytes_max = size

    async def left_of(self, seen: Observed) -> list[str]:
        name = self.runtime.installation.container(seen.replica_id)
        known = [one["Names"][0] for one in self.engine.ask("GET", "/containers/json?all=1")]
        left = [one for one in known if one.endswith(name)]
        return left + [str(path) for path in self.runtime.sight.replicas.iterdir()]

    async def written_into(self, prepared: Prepared) -> list[str]:
        return []  # An image cannot be written into.


async def open_container_engine(
    folder: Path, engine: TestEngine, settings: ContainerSettings | None = None
) -> ContainerEngine:
    chosen = settings or ContainerSettings(root=folder / "containers", sample_seconds=0.5)
    return ContainerEngine(await open_container_runtime(chosen, engine.socket), folder, engine)


def share_installation(kept: Path, folder: Path) -> None:
    """What one test has built, the next finds; what they run, they do not share."""
    root = folder / "containers"
    root.mkdir(mode=0o700)
    open_installation(kept)
    shutil.copy(kept / "installation.json", root)


def drop_installation(kept: Path, engine: TestEngine) -> None:
    """Its images and its networks: the engine may be everybody's."""
    installation = open_installation(kept)
    for image in engine.ask("GET", "/images/json"):
        for tag in image.get("RepoTags") or ():
            if f"{installation.network}/" in tag:
                engine.ask("DELETE", f"/images/{tag}")
    for network in engine.ask("GET", "/networks"):
        if network["Name"].startswith(installation.network):
            engine.ask("DELETE", f"/networks/{network['Id']}")
