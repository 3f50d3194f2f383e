"""Hardware tiers, environments and jobs: what each request means in our words, what is refused
before it means anything, and how each answer is spelled."""

from dataclasses import replace
from typing import Any

import pytest

from shared.domain.environment.commands import (
    AddRevision,
    ArchiveEnvironment,
    CreateEnvironment,
    RestrictRevision,
)
from shared.domain.execution.commands import AddTag, GitRef, LinkGoal, StartJob, UnlinkGoal
from shared.domain.hardware_tier.commands import (
    ArchiveHardwareTier,
    CreateHardwareTier,
    ReviseHardwareTier,
)
from shared.domain.hardware_tier.tier import Amount, Tier
from shared.kernel.secrets import PlainText
from shared.queries.domino import GetDominoProject
from shared.queries.environments import (
    EnvironmentDocument,
    EnvironmentPage,
    GetEnvironment,
    ListEnvironments,
    RevealedRevision,
    RevealRevision,
    RevisionDocument,
)
from shared.queries.executions import (
    GetJob,
    GetJobLogs,
    JobDocument,
    JobGoal,
    JobGoals,
    JobLogLine,
    JobLogs,
    JobPage,
    ListJobGoals,
    ListJobs,
    QueueDocument,
    TagDocument,
)
from shared.queries.hardware_tiers import (
    GetHardwareTier,
    HardwareTierDocument,
    HardwareTierPage,
    ListHardwareTiers,
)
from tests.surfaces.domino.office import GOAL, ORG, PROJECT, ask, furnish
from tests.surfaces.stubs import CALLER, MOMENT, PROJECT_ID, Gateway

TIERS = "/api/hardwaretiers/v1/hardwaretiers"
ENVIRONMENTS = "/api/environments/beta/environments"
JOBS, START = "/api/jobs/beta/jobs", "/api/jobs/v1/jobs"
JOB, ENVIRONMENT, REVISION, TAG = "ba" * 12, "bb" * 12, "bc" * 12, "bd" * 12
ONE_ENVIRONMENT = f"/api/environments/v1/environments/{ENVIRONMENT}"
SMALL = Tier(
    name="Small", cores=1.0, memory=Amount(value=2.0, units="GiB"), max_simultaneous=2,
    cents_per_minute=0.5, node_pool="default", details={"tags": ["a"]},
)  # fmt: skip
TIER = HardwareTierDocument(
    id="small", tier=SMALL, is_default=True, is_archived=False, created_at=MOMENT,
    updated_at=MOMENT, queued=3, running=2,
)  # fmt: skip
BUILT = RevisionDocument(
    id=REVISION, number=1, build_id="be" * 12, status="succeeded", reason="", message="",
    declared={
        "image": "python", "tags": ["new"], "clusters": ["ray"],
        "tools": [{"name": "vscode", "title": "VS Code", "startScripts": ["/start"]}],
    },
    created_at=MOMENT, updated_at=MOMENT,
)  # fmt: skip
PYTHON = EnvironmentDocument(
    id=ENVIRONMENT, account_id=CALLER.principal_id, owner_handle="ann", owner_kind="user",
    name="Python", description="", visibility="private", is_curated=False, is_default=False,
    is_archived=False, latest=BUILT, active=BUILT, restricted=None, revision_ids=(REVISION,),
    created_at=MOMENT, updated_at=MOMENT,
    may=("environment.read", "environment.manage", "environment.classify"),
)  # fmt: skip
RAN = JobDocument(
    id=JOB, project_id=PROJECT_ID, number=7, title="Train", command="train.py", tier_id="small",
    environment_id=ENVIRONMENT, revision_id=REVISION, commit="a" * 40,
    ref=GitRef(kind="branches", value="main"), started_by=CALLER.principal_id, details={},
    stage="finishing", outcome="failed", submitted_at=MOMENT, started_at=MOMENT, ended_at=MOMENT,
    reason="exit_code", message="It ended with code 3.", code=3, signal=None, cpu_percent=50.0,
    memory_bytes=2**29, output_commit="b" * 40, branch="main", stats=(("r2", "0.9"),),
    tags=(TagDocument(id=TAG, name="nightly", creator_id=CALLER.principal_id, created_at=MOMENT),),
    goals=(GOAL,), is_stopping=False, is_archived=False, queue=None,
    may=("job.read", "job.start", "job.write"),
)  # fmt: skip
LINE = JobLogLine(nano=1_700_000_000_123_456_789, stream="system", message="commit é")
NEW_TIER: dict[str, Any] = {
    "id": "small", "name": "Small", "nodePool": "default", "centsPerMinute": 0.5,
    "maxSimultaneousExecutions": 2, "tags": ["a"],
    "resources": {
        "cores": 1, "memory": {"value": 2, "units": "gib"},
        "allowSharedMemoryToExceedDefault": False,
    },
}  # fmt: skip
NEW_ENVIRONMENT: dict[str, Any] = {
    "name": "Python", "visibility": "PRIVATE", "image": "python:3.11", "addBaseDependencies": True,
}  # fmt: skip


@pytest.fixture(autouse=True)
def _furnished(gateway: Gateway) -> None:
    furnish(gateway, replace(PROJECT, may=(*PROJECT.may, "job.start")))
    goal = JobGoal(
        id=GOAL, project_id=PROJECT_ID, title="Reach", description=None, stage_id=None,
        is_complete=False,
    )  # fmt: skip
    gateway.dispatch.answers |= {
        GetHardwareTier: TIER,
        ListHardwareTiers: HardwareTierPage(items=(TIER,), total=1),
        GetEnvironment: PYTHON,
        ListEnvironments: EnvironmentPage(items=(PYTHON,), total=1),
        RevealRevision: RevealedRevision(
            declared={**BUILT.declared, "dockerfile": "ENV A=1", "variables": []},
            variables=(("TOKEN", "s3cret"),),
        ),
        GetJob: RAN,
        ListJobs: JobPage(items=(RAN,), total=1),
        ListJobGoals: JobGoals(items=(goal,)),
        GetJobLogs: lambda q: JobLogs(
            items=(LINE,) if q.after_nano < LINE.nano else (), is_complete=True, problem="why"
        ),
    }


async def sent(gateway: Gateway, method: str, path: str, body: Any = None) -> Any:
    given = {} if body is None else {"json": body}
    answer = await ask(gateway, method, path, **given)
    assert answer.status_code == 200, answer.text
    return gateway.dispatch.sent[-1].command


async def test_a_tier_is_read_and_written_without_loss(gateway: Gateway) -> None:
    made = await sent(gateway, "POST", TIERS, NEW_TIER)
    assert isinstance(made, CreateHardwareTier)
    assert (made.tier_id, made.account_id) == ("small", CALLER.principal_id)
    assert replace(made.tier, details={}) == replace(SMALL, details={})
    assert made.tier.details["tags"] == ["a"]
    shown = (await ask(gateway, "GET", f"{TIERS}/small")).json()["hardwareTier"]
    assert shown["resources"]["memory"] == {"value": 2.0, "units": "GiB"}
    assert (shown["tags"], shown["flags"]["isDefault"]) == (["a"], True)
    assert shown["capacity"]["capacityLevel"] == "Full"
    assert (shown["capacity"]["executingRuns"], shown["capacity"]["queuedRuns"]) == (2, 3)
    revised = await sent(gateway, "PUT", TIERS, {**shown, "centsPerMinute": 1.5})
    assert isinstance(revised, ReviseHardwareTier) and revised.tier.cents_per_minute == 1.5
    assert await sent(gateway, "DELETE", f"{TIERS}/small") == ArchiveHardwareTier(tier_id="small")
    await ask(gateway, "GET", f"{TIERS}?includeArchived=true&limit=3")
    assert gateway.dispatch.asked[-1].question == ListHardwareTiers(limit=3, with_archived=True)
    assert (await ask(gateway, "GET", f"{TIERS}/a.b")).status_code == 404


async def test_an_environment_is_made_of_what_it_is_told(gateway: Gateway) -> None:
    body = {
        **NEW_ENVIRONMENT, "preRunScript": "a", "supportedClusters": ["Ray"], "skipCache": True,
        "environmentVariables": [{"key": "TOKEN", "value": "s3cret"}],
    }  # fmt: skip
    made = await sent(gateway, "POST", ENVIRONMENTS, body)
    assert isinstance(made, CreateEnvironment)
    assert (made.visibility, made.revision.pre_run, made.revision.skip_cache) == (
        "private", "a", True,
    )  # fmt: skip
    assert made.revision.clusters == ("ray",)
    assert made.revision.variables[0].value == PlainText(text="s3cret")
    organized = await sent(gateway, "POST", ENVIRONMENTS, {**NEW_ENVIRONMENT, "orgOwnerId": TAG})
    assert (organized.visibility, organized.account_id) == ("organization", TAG)


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ({"name": "a"}, "image is required"),
        ({**NEW_ENVIRONMENT, "duplicateFromEnvironmentId": ENVIRONMENT}, "is not taken"),
        ({**NEW_ENVIRONMENT, "visibility": "global", "orgOwnerId": ORG}, "private environments"),
        ({**NEW_ENVIRONMENT, "visibility": "organization"}, "visibility"),
    ],
)
async def test_what_makes_no_environment_is_said(
    gateway: Gateway, body: dict[str, Any], says: str
) -> None:
    answer = await ask(gateway, "POST", ENVIRONMENTS, json=body)
    assert answer.status_code == 400
    assert says in " ".join(answer.json()["errors"])
    assert not gateway.dispatch.sent


async def test_a_duplicate_is_the_newest_revision_under_another_name(gateway: Gateway) -> None:
    made = await sent(gateway, "POST", ENVIRONMENTS, {"duplicateFromEnvironmentId": ENVIRONMENT})
    assert (made.name, made.duplicate_of, made.visibility) == (
        "Copy of Python", ENVIRONMENT, "private",
    )  # fmt: skip
    assert (made.revision.dockerfile, made.revision.clusters) == ("ENV A=1", ("ray",))
    assert made.revision.variables[0].value == PlainText(text="s3cret")


async def test_revisions_are_added_restricted_and_archived(gateway: Gateway) -> None:
    revisions = f"{ENVIRONMENTS}/{ENVIRONMENT}/revisions"
    added = await sent(gateway, "POST", revisions, {"dockerfileInstructions": "ENV A=1"})
    assert isinstance(added, AddRevision) and added.revision.dockerfile == "ENV A=1"
    assert await sent(gateway, "PATCH", f"{revisions}/{REVISION}", {"isRestricted": True}) == (
        RestrictRevision(
            environment_id=ENVIRONMENT, account_id=CALLER.principal_id, revision_id=REVISION,
            is_restricted=True,
        )
    )  # fmt: skip
    assert await sent(gateway, "DELETE", ONE_ENVIRONMENT) == ArchiveEnvironment(
        environment_id=ENVIRONMENT, account_id=CALLER.principal_id
    )
    shown = (await ask(gateway, "GET", ONE_ENVIRONMENT)).json()["environment"]
    assert shown["latestRevision"]["availableTools"][0]["name"] == "vscode"
    assert (shown["activeRevisionTags"], shown["owner"]["ownerType"]) == (["new"], "individual")


async def test_who_may_not_manage_an_environment_hears_it_before_the_body(
    gateway: Gateway,
) -> None:
    gateway.dispatch.answers[GetEnvironment] = replace(PYTHON, may=("environment.read",))
    revisions = f"{ENVIRONMENTS}/{ENVIRONMENT}/revisions"
    for method, path in (
        ("POST", revisions),
        ("PATCH", f"{revisions}/{REVISION}"),
        ("DELETE", ONE_ENVIRONMENT),
    ):
        assert (await ask(gateway, method, path, json={"isRestricted": 1})).status_code == 403


async def test_a_job_is_started_where_its_body_says_or_on_the_defaults(gateway: Gateway) -> None:
    body: dict[str, Any] = {"projectId": PROJECT_ID, "runCommand": "train.py"}
    started = await sent(gateway, "POST", START, body)
    assert isinstance(started, StartJob)
    assert (started.tier_id, started.environment_id, started.revision_id) == (
        "small", ENVIRONMENT, REVISION,
    )  # fmt: skip
    questions = [each.question for each in gateway.dispatch.asked]
    assert GetHardwareTier(tier_id=None) in questions
    assert GetEnvironment(environment_id=None) in questions
    for spec in ("LatestRevision", f"SomeRevision({REVISION})", REVISION):
        told = {
            **body, "environmentRevisionSpec": spec, "commitId": "A" * 40,
            "mainRepoGitRef": {"refType": "Branch", "value": "main"},
        }  # fmt: skip
        started = await sent(gateway, "POST", START, told)
        assert started.ref == GitRef(kind="branches", value="main")
        assert (started.revision_id, started.commit) == (REVISION, "a" * 40)
    for wrong in (
        {"environmentRevisionSpec": f"SomeRevision({TAG})"},
        {"mainRepoGitRef": {"refType": "other"}},
    ):
        assert (await ask(gateway, "POST", START, json={**body, **wrong})).status_code == 400
    gateway.dispatch.answers[GetDominoProject] = PROJECT
    assert (await ask(gateway, "POST", START, json=body)).status_code == 403


async def test_a_restricted_project_gets_the_restricted_revision(gateway: Gateway) -> None:
    other = replace(BUILT, id=TAG, number=2)
    gateway.dispatch.answers[GetEnvironment] = replace(
        PYTHON, latest=other, active=other, restricted=BUILT, revision_ids=(REVISION, TAG)
    )
    body = {"projectId": PROJECT_ID, "runCommand": "train.py"}
    assert (await sent(gateway, "POST", START, body)).revision_id == REVISION
    named = {**body, "environmentRevisionSpec": "ActiveRevision"}
    assert (await sent(gateway, "POST", START, named)).revision_id == TAG


async def test_a_job_is_spelled_as_published(gateway: Gateway) -> None:
    job = (await ask(gateway, "GET", f"{JOBS}/{JOB}")).json()["job"]
    assert job["status"] == {
        "isCompleted": True, "isArchived": False, "isScheduled": False, "executionStatus": "Failed",
    }  # fmt: skip
    assert job["commitDetails"] == {"inputCommitId": "a" * 40, "outputCommitId": "b" * 40}
    assert job["usage"] == {"cpuPercentage": 50.0, "memoryGiB": 0.5}
    assert (job["tags"][0]["name"], job["goalIds"]) == ("nightly", [GOAL])
    queue = QueueDocument(ahead=4, running=2, limit=2, seconds=30.0, waits_for_build=False)
    gateway.dispatch.answers[GetJob] = replace(RAN, stage="queued", outcome=None, queue=queue)
    waits = (await ask(gateway, "GET", f"{JOBS}/{JOB}")).json()["job"]
    assert waits["status"]["executionStatus"] == "Queued"
    details = waits["queuedJobStatusDetails"]
    assert details["expectedWait"] == "90 s" and "2 of at most 2" in details["explanation"]
    gateway.dispatch.answers[GetJob] = replace(RAN, stage="running", outcome=None, is_stopping=True)
    stops = (await ask(gateway, "GET", f"{JOBS}/{JOB}")).json()["job"]
    assert stops["status"]["executionStatus"] == "Stopping"


async def test_filters_and_sorts_reach_the_view(gateway: Gateway) -> None:
    query = (
        "sortBy=DOMINOSTATSFIELD&dominoStatsSortFieldName=r2&ascending=true&showArchived=true"
        "&statusFilter=Active&tagFilter=nightly&offset=1&limit=5"
    )
    await ask(gateway, "GET", f"{JOBS}?projectId={PROJECT_ID}&{query}")
    assert gateway.dispatch.asked[-1].question == ListJobs(
        project_id=PROJECT_ID, offset=1, limit=5, sort_by="stat", stat="r2", ascending=True,
        with_archived=True, status="active", tag="nightly",
    )  # fmt: skip
    for wrong in ("sortBy=dominoStatsField", "sortBy=x", "statusFilter=x", "limit=-1"):
        answer = await ask(gateway, "GET", f"{JOBS}?projectId={PROJECT_ID}&{wrong}")
        assert answer.status_code == 400, wrong
    assert (await ask(gateway, "GET", JOBS)).status_code == 400


async def test_a_line_is_spelled_with_its_nanosecond(gateway: Gateway) -> None:
    answer = (await ask(gateway, "GET", f"{JOBS}/{JOB}/logs?logType=complete&limit=2")).json()
    assert answer["logs"]["logContent"] == [
        {
            "timestamp": "2023-11-14T22:13:20.123456789Z", "logType": "prepareOutput",
            "log": "commit é", "size": 9,
        }
    ]  # fmt: skip
    assert (answer["logs"]["isComplete"], answer["logs"]["problem"]) == (True, "why")
    assert answer["metadata"]["pagination"] == {"limit": 2, "latestTimeNano": str(LINE.nano)}
    for wrong in ("logType=x", "limit=10001", "latestTimeNano=-1", "latestTimeNano=1e3"):
        assert (await ask(gateway, "GET", f"{JOBS}/{JOB}/logs?{wrong}")).status_code == 400


async def test_tags_and_goals_belong_to_the_job_they_are_put_on(gateway: Gateway) -> None:
    body = {"tagName": "nightly", "projectId": PROJECT_ID}
    tagged = await sent(gateway, "POST", f"{START}/{JOB}/tags", body)
    assert isinstance(tagged, AddTag) and tagged.name == "nightly"
    assert await sent(gateway, "POST", f"/api/jobs/v1/goals?jobId={JOB}", {"goalId": GOAL}) == (
        LinkGoal(execution_id=JOB, project_id=PROJECT_ID, goal_id=GOAL)
    )
    unlinked = await sent(gateway, "DELETE", f"/api/jobs/v1/goals/{GOAL}?jobId={JOB}")
    assert unlinked == UnlinkGoal(execution_id=JOB, project_id=PROJECT_ID, goal_id=GOAL)
    elsewhere = {"tagName": "nightly", "projectId": TAG}
    assert (await ask(gateway, "POST", f"{START}/{JOB}/tags", json=elsewhere)).status_code == 404
