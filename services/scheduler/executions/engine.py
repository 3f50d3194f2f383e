"""The engine that runs jobs: processes like replicas, each in a working folder that stays.

It lies beside the engine of the services, with the same sandbox and the same users per project,
and lists its own only. Jobs of environments that are images run beside it (`engines.py`)."""

import os
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path

from services.scheduler.runtimes.interface import Files, Prepared, ReplicaSpec
from services.scheduler.runtimes.process.enclosures import Program, base_environment
from services.scheduler.runtimes.process.places import make_root
from services.scheduler.runtimes.process.prepare import Preparation
from services.scheduler.runtimes.process.runtime import ProcessRuntime, labels_of
from services.scheduler.runtimes.process.sandbox import APP, ENVIRONMENT, Mount

_NO_END = 10.0 * 365 * 86400
# A job's log is its result, and is read to its end: more of it is kept than of a replica's.
LOG = {"files_max": 64, "lines_per_second": 50_000, "bytes_per_second": 16 * 1024 * 1024}

# Where a job's files are in a container: no folder that images have uses for.
PLACE = "/mnt/code"
_TOLD = {"DOMINO_WORKING_DIR": PLACE, "PYTHONUNBUFFERED": "1"}


@dataclass(frozen=True, slots=True, kw_only=True)
class JobSpec:
    """One job to start. `work` is written to and read again when it is over. `image`: it runs in a
    container of that, and `work` is copied there and back."""

    job_id: str
    project_id: str
    argv: tuple[str, ...]
    environment: dict[str, str]
    work: Path
    venv: Path | None
    cores: float
    memory_bytes: int
    epoch: int
    image: str = ""
    node: str = ""

    def as_replica(self) -> ReplicaSpec:
        return ReplicaSpec(
            replica_id=self.job_id,
            service_id=self.job_id,
            project_id=self.project_id,
            deployment_id="",
            ordinal=0,
            generation=1,
            prepared=self._prepared(),
            environment={**_TOLD, **self.environment} if self.image else self.environment,
            port=0,
            cpu=self.cores,
            memory_mb=self.memory_bytes // 2**20,
            epoch=self.epoch,
            node=self.node,
            files=Files(source=self.work, place=PLACE) if self.image else None,
        )

    def _prepared(self) -> Prepared:
        if self.image:
            return Prepared(command=self.argv, how="job", image=self.image, runtime="container")
        return Prepared(command=self.argv, how="job", environment=self.venv)


@dataclass(slots=True, kw_only=True)
class JobRuntime(ProcessRuntime):
    """`works` has a folder per job. A spec is known here while its start lasts."""

    works: Path
    specs: dict[str, JobSpec]

    def _copies(self, spec: ReplicaSpec) -> bool:
        return False

    def _program(self, spec: ReplicaSpec, folder: Path, uid: int | None) -> Program:
        job = self.specs[spec.replica_id]
        isolated, home = self.enclosure.isolated, folder / "home"
        if not isolated:
            home.mkdir(exist_ok=True)
            if uid is not None:
                folder.chmod(0o711)
                os.chown(home, uid, uid)
        _give(job.work, uid)
        environment = base_environment(
            isolated=isolated, shims=self.shims, home=home, venv=job.venv
        )
        told = {"DOMINO_WORKING_DIR": APP if isolated else os.fspath(job.work)}
        mounts = [Mount(kind="--bind", source=job.work, target=APP)]
        if job.venv is not None:
            mounts.append(Mount(kind="--ro-bind", source=job.venv, target=ENVIRONMENT))
        return Program(
            folder=folder,
            name=job.job_id,
            argv=job.argv,
            environment={**environment, **told, **job.environment},
            directory=job.work,
            mounts=tuple(mounts),
            uid=uid,
            cpu=job.cores,
            memory_bytes=job.memory_bytes,
            disk_bytes=self.settings.disk_bytes_max,
            pids=self.settings.pids_max,
            seconds_max=_NO_END,
            watched=(job.work,),
            log=LOG,
            labels=asdict(labels_of(spec)),
        )


def beside(runtime: ProcessRuntime, root: Path) -> JobRuntime:
    """The engine of the jobs: another root, the same enclosure and users."""
    root = root.resolve()
    make_root(root)
    works = root / "works"
    works.mkdir(exist_ok=True, mode=0o700)
    return JobRuntime(
        settings=runtime.settings,
        enclosure=runtime.enclosure,
        root=root,
        sockets=runtime.sockets,
        shims=runtime.shims,
        identities=runtime.identities,
        why_not=runtime.why_not,
        preparation=Preparation(
            enclosure=runtime.enclosure,
            root=root,
            shims=runtime.shims,
            sockets=runtime.sockets,
        ),
        # Users of projects are one file for both engines.
        _identity_lock=runtime._identity_lock,
        works=works,
        specs={},
    )


def lay_out(work: Path, tree: Path) -> None:
    """A fresh working folder with the files of a checkout, which its owner may write."""
    shutil.rmtree(work, ignore_errors=True)
    shutil.copytree(tree, work, symlinks=True)
    for parent, _, files in os.walk(work):
        os.chmod(parent, 0o755)  # noqa: S103 - the folder above is closed to others
        for name in files:
            path = Path(parent) / name
            if not path.is_symlink():
                path.chmod(path.stat().st_mode | 0o200)


def _give(work: Path, uid: int | None) -> None:
    if uid is None:
        return
    for parent, folders, files in os.walk(work):
        for name in (".", *folders, *files):
            os.chown(Path(parent) / name, uid, uid, follow_symlinks=False)
