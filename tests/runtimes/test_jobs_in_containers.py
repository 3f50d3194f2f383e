"""Environments as images, and jobs in them: built, run, read again; by a real engine."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from services.scheduler.executions.engine import JobSpec, beside
from services.scheduler.executions.engines import JobEngines, settings_of_jobs
from services.scheduler.executions.environments import Environments, Ready
from services.scheduler.executions.kept import Kept
from services.scheduler.runtimes.container.settings import ContainerSettings
from services.scheduler.runtimes.interface import Observed, PreparationFailed
from services.scheduler.runtimes.process.runtime import open_process_runtime
from services.scheduler.runtimes.process.settings import ProcessSettings
from shared.queries.executions import RevisionWork
from tests.runtimes.container_engine import drop_installation
from tests.runtimes.engine import eventually
from tests.support.containers import BASE_IMAGE, GROUP, TestEngine

pytestmark = pytest.mark.xdist_group(GROUP)
DECLARED = {"image": BASE_IMAGE, "dockerfile": "", "skip_cache": False}
REVISION = RevisionWork(
    revision_id="1a" * 12,
    environment_id="2b" * 12,
    build_id="3c" * 12,
    status="succeeded",
    message="",
    declared=DECLARED,
    variables=(),
)
WRITES = (
    "import os; os.mkdir('out'); open('out/result.txt', 'w').write('1'); os.remove('main.py'); "
    "os.symlink('/etc/passwd', 'out/secret')"
)
TOOL = """
RUN ["python", "-c", "open('/tool.py', 'w').write('print(6 * 7)')"]
ENV FLAVOUR=sweet
"""


def revision(dockerfile: str, **changes: Any) -> RevisionWork:
    declared = {**DECLARED, "dockerfile": dockerfile, **changes}
    return replace(REVISION, declared=declared, revision_id=f"{len(str(declared)):024x}")


@pytest.fixture
async def jobs(tmp_path: Path, test_engine: TestEngine) -> AsyncIterator[JobEngines]:
    made = await opened(tmp_path, test_engine)
    assert made.containers is not None, made.why_none
    yield made
    for one in await made.list():
        await made.stop(one.replica_id, grace_seconds=0, force=True)
        await made.forget(one.replica_id)
    await made.close()
    drop_installation(made.settings.root, test_engine)


async def opened(folder: Path, engine: TestEngine) -> JobEngines:
    settings = ProcessSettings(root=folder / "engine", isolation="auto")
    process = beside(await open_process_runtime(settings), folder / "jobs")
    settings_of = settings_of_jobs(folder / "containers-of-jobs", settings_for(folder))
    made = JobEngines(process=process, settings=settings_of, engine=str(engine.socket))
    await made.look()
    return made


def settings_for(folder: Path) -> ContainerSettings:
    return ContainerSettings(root=folder / "containers")


def environments_of(jobs: JobEngines) -> Environments:
    root = jobs.process.root
    kept = Kept(prepared=root / "prepared", uses=root / "uses", most=50)
    return Environments(runtime=jobs, folder=root / "environments", kept=kept)


async def built(jobs: JobEngines, wanted: RevisionWork, said: list[str]) -> Ready:
    environments = environments_of(jobs)
    assert await environments.pull(wanted, said.append) is None
    made = await environments.build(wanted, said.append)
    assert isinstance(made, Ready), made
    return made


def job(jobs: JobEngines, image: str, command: str, key: str = "4d" * 12) -> JobSpec:
    work = jobs.works / key
    work.mkdir(exist_ok=True)
    (work / "main.py").write_text("print('main')")
    return JobSpec(
        job_id=key,
        project_id="acme",
        argv=("sh", "-c", command),
        environment={"GIVEN": "by-its-people"},
        work=work,
        venv=None,
        cores=0.5,
        memory_bytes=256 * 2**20,
        epoch=1,
        image=image,
    )


async def ended(jobs: JobEngines, key: str) -> Observed:
    found: list[Observed] = []

    async def is_over() -> bool:
        found[:] = [one for one in await jobs.list() if one.replica_id == key and one.exit]
        return bool(found)

    await eventually(is_over)
    return found[0]


async def lines(jobs: JobEngines, key: str) -> list[str]:
    page = await jobs.lines(key)
    return [line.message for line in page.lines]


async def test_a_job_runs_in_the_image_of_its_environment_and_its_files_come_back(
    jobs: JobEngines,
) -> None:
    said: list[str] = []
    made = await built(jobs, revision(TOOL), said)
    assert made.image.startswith("sha256:") and made.venv is None
    assert any("Step 1/" in line for line in said), said
    command = (
        "python /tool.py; python main.py; echo $FLAVOUR $GIVEN $DOMINO_WORKING_DIR; "
        f'python -c "{WRITES}"; exit 3'
    )
    spec = job(jobs, made.image, command)
    started = await jobs.begin(spec)
    assert isinstance(started, Observed), started
    seen = await ended(jobs, spec.job_id)
    assert seen.exit is not None and seen.exit.code == 3, seen
    assert await lines(jobs, spec.job_id) == ["42", "main", "sweet by-its-people /mnt/code"]
    left_out = await jobs.collect(spec.job_id)
    assert left_out == ("out/secret",)
    assert (spec.work / "out" / "result.txt").read_text() == "1"
    assert sorted(path.name for path in spec.work.rglob("*")) == ["out", "result.txt"]
    # Once more is the same: the next leader does it again.
    assert await jobs.collect(spec.job_id) == left_out
    await jobs.forget(spec.job_id)
    assert await jobs.list() == []


async def test_a_job_in_a_container_reaches_nobody_and_is_no_root(jobs: JobEngines) -> None:
    image = (await built(jobs, revision(""), [])).image
    look = "import os,socket;print(os.getuid() > 0, [i[1] for i in socket.if_nameindex()])"
    spec = job(jobs, image, f'python -c "{look}"')
    assert isinstance(await jobs.begin(spec), Observed)
    await ended(jobs, spec.job_id)
    assert await lines(jobs, spec.job_id) == ["True ['lo']"]


async def test_the_files_belong_to_the_user_of_the_image(jobs: JobEngines) -> None:
    image = (await built(jobs, revision("USER app\n"), [])).image
    spec = job(jobs, image, "echo more >> main.py && echo new > new.txt")
    assert isinstance(await jobs.begin(spec), Observed)
    seen = await ended(jobs, spec.job_id)
    assert seen.exit is not None and seen.exit.code == 0, await lines(jobs, spec.job_id)
    await jobs.collect(spec.job_id)
    assert (spec.work / "new.txt").read_text() == "new\n"
    assert (spec.work / "main.py").read_text().endswith("more\n")


async def test_what_runs_is_adopted_and_what_was_removed_is_told(
    jobs: JobEngines, tmp_path: Path, test_engine: TestEngine
) -> None:
    image = (await built(jobs, revision(""), [])).image
    spec = job(jobs, image, "python -c 'import time; time.sleep(600)'")
    assert isinstance(await jobs.begin(spec), Observed)
    again = await opened(tmp_path, test_engine)
    try:
        adopted = await again.begin(spec)
        assert isinstance(adopted, Observed) and adopted.exit is None
        assert [one.replica_id for one in await again.list()] == [spec.job_id]
        assert again.containers is not None
        name = again.containers.installation.container(spec.job_id)
        await asyncio.to_thread(test_engine.ask, "DELETE", f"/containers/{name}?force=1")
        seen = await ended(again, spec.job_id)
        assert seen.exit is not None and seen.exit.detail == "its container was removed"
    finally:
        await again.close()


async def test_a_line_that_fails_and_an_image_that_is_nowhere_are_told(jobs: JobEngines) -> None:
    environments = environments_of(jobs)
    said: list[str] = []
    failed = await environments.build(
        revision('RUN ["python", "-c", "print(7); raise SystemExit(4)"]\n'), said.append
    )
    assert isinstance(failed, PreparationFailed)
    assert "returned a non-zero code: 4" in failed.reason
    assert "7" in failed.last_lines
    nowhere = revision("", image="localhost:9/nobody/there:1")
    failed_pull = await environments.pull(nowhere, said.append)
    assert failed_pull is not None and "cannot be reached" in failed_pull.reason


async def test_equal_lines_come_from_the_cache_unless_it_is_not_wanted(jobs: JobEngines) -> None:
    await built(jobs, revision(TOOL), [])
    cached: list[str] = []
    await built(jobs, revision(TOOL, tags=("again",)), cached)
    assert any("Using cache" in line for line in cached), cached
    fresh: list[str] = []
    await built(jobs, revision(TOOL, skip_cache=True), fresh)
    assert not any("Using cache" in line for line in fresh), fresh


async def test_without_an_engine_a_revision_is_a_directory_and_an_image_waits_for_one(
    tmp_path: Path,
) -> None:
    process = beside(
        await open_process_runtime(ProcessSettings(root=tmp_path / "engine")), tmp_path / "jobs"
    )
    jobs = JobEngines(
        process=process, settings=settings_for(tmp_path), engine=str(tmp_path / "none.sock")
    )
    await jobs.look()
    environments = environments_of(jobs)
    said: list[str] = []
    made = await environments.build(revision("ENV FLAVOUR=sour\n"), said.append)
    assert made == Ready(variables=(("FLAVOUR", "sour"),))
    assert jobs.is_waited_for
    was_image = replace(revision(""), image="sha256:0")
    failed = await environments.prepare(was_image, said.append)
    assert isinstance(failed, PreparationFailed) and "container engine" in failed.reason
    await jobs.close()
