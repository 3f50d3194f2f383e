"""Jobs on a machine that is counted strictly, while the processes around them are killed."""

import os
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.outpost import call
from tests.support.stack import Stack, running_stack, until

pytestmark = [pytest.mark.stack]

SECONDS = 90.0


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with running_stack(tmp_path_factory.mktemp("strict"), capacity="strict") as stack:
        yield stack


def asked(stack: Stack, method: str, path: str, body: Any = None) -> Any:
    """Answered, as soon as somebody can."""

    def once() -> Any:
        try:
            answer = call(f"{stack.gateway_url}{path}", method=method, token=stack.token, body=body)
        except OSError:
            return None
        return answer.body if answer.status == 200 else None

    return until(once, SECONDS, f"{method} {path} to be answered")


@pytest.fixture(scope="module")
def project(strict: Stack) -> str:
    body = {"name": "strict", "description": "", "visibility": "private"}
    return str(asked(strict, "POST", "/api/projects/beta/projects", body)["project"]["id"])


def add_tier(stack: Stack, id_: str, *, cores: int) -> None:
    memory = {"value": 1, "units": "GiB"}
    resources = {"cores": cores, "memory": memory, "allowSharedMemoryToExceedDefault": False}
    tier = {"id": id_, "name": id_, "nodePool": "default", "resources": resources}
    asked(stack, "POST", "/api/hardwaretiers/v1/hardwaretiers", tier)


def start(stack: Stack, project: str, command: str, tier: str) -> str:
    body = {"projectId": project, "runCommand": command, "hardwareTier": tier}
    return str(asked(stack, "POST", "/api/jobs/v1/jobs", body)["job"]["id"])


def job(stack: Stack, id_: str) -> Any:
    return asked(stack, "GET", f"/api/jobs/beta/jobs/{id_}")["job"]


def status(stack: Stack, id_: str) -> str:
    return str(job(stack, id_)["status"]["executionStatus"])


def log(stack: Stack, id_: str, query: str = "") -> Any:
    return asked(stack, "GET", f"/api/jobs/beta/jobs/{id_}/logs{query}")["logs"]


def test_a_job_lives_through_the_death_of_everything_around_it(strict: Stack, project: str) -> None:
    command = "for i in $(seq 1 15); do echo $i; sleep 1; done; echo x > x"
    id_ = start(strict, project, command, "small")
    until(lambda: status(strict, id_) == "Running", SECONDS, "the job to run")
    for process in ("nats", "command", "query", "scheduler"):
        strict.wait_restarted(process, strict.kill9(process))
    until(lambda: job(strict, id_)["status"]["isCompleted"], SECONDS, "the job to end")
    done = job(strict, id_)
    assert done["status"]["executionStatus"] == "Succeeded", log(strict, id_)
    assert done["commitDetails"]["outputCommitId"] != done["commitDetails"]["inputCommitId"]
    lines = log(strict, id_, "?logType=stdOut")["logContent"]
    assert [line["log"] for line in lines] == [str(number) for number in range(1, 16)]


def test_what_fits_on_no_machine_is_told_so_and_holds_nobody_back(
    strict: Stack, project: str
) -> None:
    add_tier(strict, "vast", cores=1000)
    vast = start(strict, project, "true", "vast")
    small = start(strict, project, "true", "small")
    until(lambda: status(strict, small) == "Succeeded", SECONDS, "the small job to end")
    until(lambda: status(strict, vast) == "Error", SECONDS, "the vast job to be refused")
    assert "1000 vCPU" in log(strict, vast)["problem"]


def test_a_job_waits_for_room_on_the_machine(strict: Stack, project: str) -> None:
    add_tier(strict, "whole", cores=os.cpu_count() or 1)
    holding = start(strict, project, "sleep 5", "whole")
    until(lambda: status(strict, holding) == "Running", SECONDS, "the first to run")
    waiting = start(strict, project, "true", "whole")
    details = job(strict, waiting)["queuedJobStatusDetails"]
    assert "room on the machine" in details["explanation"]
    until(lambda: status(strict, waiting) == "Succeeded", SECONDS, "the last job to end")
    assert status(strict, holding) == "Succeeded"
