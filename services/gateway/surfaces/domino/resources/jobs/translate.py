"""Between Domino's jobs and ours: pure, both ways."""

from datetime import UTC, datetime
from typing import Any

from services.gateway.refusals import BadFields, Refused
from services.gateway.surfaces.domino.resources.jobs import wire
from shared.domain.execution.commands import GitRef, StartJob
from shared.queries.environments import EnvironmentDocument
from shared.queries.executions import (
    JobDocument,
    JobGoal,
    JobLogLine,
    ListJobs,
    LogKind,
    QueueDocument,
    SortBy,
    TagDocument,
)

_SORTS: dict[str, SortBy] = {
    "startedTime": "started",
    "commentCount": "comments",
    "dominoStatsField": "stat",
}
_STREAMS: dict[str, LogKind] = {
    "stdOut": "stdout",
    "stdErr": "stderr",
    "prepareOutput": "system",
    "complete": "all",
}
_TYPES: dict[str, wire.LogType] = {
    "stdout": "stdOut",
    "stderr": "stdErr",
    "system": "prepareOutput",
}
_REF_KINDS = {
    "head": "head",
    "branch": "branches",
    "branches": "branches",
    "tag": "tags",
    "tags": "tags",
    "commit": "commitId",
    "commitid": "commitId",
    "ref": "ref",
}
_REF_WORDS = {"branches": "branches", "tags": "tags", "commitId": "commitId"}
_SOME = "SomeRevision("
GIB = 2**30


def to_list(query: wire.JobsQuery, project_id: str) -> ListJobs:
    if query.sortBy == "dominoStatsField" and query.dominoStatsSortFieldName is None:
        problem = ("dominoStatsSortFieldName", "is required where sortBy is dominoStatsField")
        raise Refused(BadFields(problems=(problem,)))
    return ListJobs(
        project_id=project_id,
        offset=query.offset,
        limit=query.limit,
        sort_by=_SORTS.get(query.sortBy, query.sortBy),  # type: ignore[arg-type]  # the rest is alike
        stat=query.dominoStatsSortFieldName or "",
        ascending=query.ascending,
        with_archived=query.showArchived,
        status=query.statusFilter,
        tag=query.tagFilter,
    )


def revision_of(
    environment: EnvironmentDocument, spec: str | None, *, is_restricted: bool = False
) -> str:
    """`ActiveRevision`, `LatestRevision` or `SomeRevision(<id>)`. Where none was built yet, the
    active one is the latest: the job waits for its build. A restricted project that names none
    gets the restricted one."""
    latest = environment.latest
    if latest is None:
        raise AssertionError("an environment without a revision")
    if spec is None and is_restricted and environment.restricted is not None:
        return environment.restricted.id
    text = spec or "ActiveRevision"
    folded = text.casefold()
    if folded == "activerevision":
        return (environment.active or latest).id
    if folded == "latestrevision":
        return latest.id
    id_ = text[len(_SOME) : -1] if folded.startswith(_SOME.casefold()) and text[-1] == ")" else text
    if id_ not in environment.revision_ids:
        raise Refused(
            BadFields(
                problems=(("environmentRevisionSpec", "names no revision of the environment"),)
            )
        )
    return id_


def to_start(
    body: wire.NewJob, *, job_id: str, tier_id: str, environment_id: str, revision_id: str,
    started_by: str,
) -> StartJob:  # fmt: skip
    details: dict[str, Any] = {}
    if body.computeCluster is not None:
        details["computeCluster"] = body.computeCluster.model_dump(exclude_none=True)
    if body.externalVolumeMountIds:
        details["externalVolumeMountIds"] = body.externalVolumeMountIds
    return StartJob(
        execution_id=job_id,
        project_id=body.projectId,
        title=body.title or "",
        command=body.runCommand,
        tier_id=tier_id,
        environment_id=environment_id,
        revision_id=revision_id,
        commit=(body.commitId or "").lower(),
        ref=_ref(body.mainRepoGitRef),
        started_by=started_by,
        snapshots_datasets=body.snapshotDatasetsOnCompletion or False,
        details=details,
    )


def _ref(given: wire.GitRef | None) -> GitRef | None:
    if given is None:
        return None
    kind = _REF_KINDS.get(given.refType.casefold())
    if kind is None:
        words = ", ".join(dict.fromkeys(_REF_KINDS.values()))
        raise Refused(BadFields(problems=(("mainRepoGitRef.refType", f"must be one of {words}"),)))
    return GitRef(kind=kind, value=given.value or "")


def from_job(document: JobDocument) -> wire.Job:
    return wire.Job(**_fields(document))


def from_details(document: JobDocument) -> wire.JobDetails:
    return wire.JobDetails(
        **_fields(document),
        tags=[from_tag(tag) for tag in document.tags],
        commentsCount=0,
        goalIds=list(document.goals),
        queuedJobStatusDetails=None if document.queue is None else _queued(document.queue),
    )


def _fields(document: JobDocument) -> dict[str, Any]:
    cluster = document.details.get("computeCluster")
    return {
        "id": document.id,
        "number": document.number,
        "stageTimes": wire.StageTimes(
            submissionTime=document.submitted_at,
            startTime=document.started_at,
            completedTime=document.ended_at,
        ),
        "runCommand": document.command,
        "commitDetails": wire.CommitDetails(
            inputCommitId=document.commit, outputCommitId=document.output_commit or None
        ),
        "dominoStats": [wire.Stat(name=name, value=value) for name, value in document.stats],
        "status": _status(document),
        "projects": [wire.MountedProject(projectId=document.project_id, commitId=document.commit)],
        "gitRepos": [],
        "datasetMounts": [],
        "externalVolumeMounts": [],
        "startedById": document.started_by,
        "title": document.title,
        "computeCluster": None if cluster is None else wire.ComputeCluster.model_validate(cluster),
        "mainRepoGitRef": None
        if document.ref is None
        else wire.GitRef(
            refType=_REF_WORDS.get(document.ref.kind, document.ref.kind),
            value=document.ref.value or None,
        ),
        "usage": _usage(document),
    }


def _status(document: JobDocument) -> wire.Status:
    word = document.outcome or document.stage
    if document.outcome is None and document.is_stopping:
        word = "stopping"  # type: ignore[assignment]  # a word of this dialect only
    return wire.Status(
        isCompleted=document.outcome is not None,
        isArchived=document.is_archived,
        isScheduled=False,
        executionStatus=word.title(),
    )


def _usage(document: JobDocument) -> wire.Usage | None:
    if document.cpu_percent is None and document.memory_bytes is None:
        return None
    return wire.Usage(
        cpuPercentage=round(document.cpu_percent or 0.0, 2),
        memoryGiB=round((document.memory_bytes or 0) / GIB, 4),
    )


def _queued(queue: QueueDocument) -> wire.QueuedDetails:
    if queue.waits_for_build:
        explanation = "Its environment is being built."
    elif queue.limit is not None and queue.running >= queue.limit:
        explanation = (
            f"The hardware tier runs {queue.running} of at most {queue.limit} executions; "
            f"{queue.ahead} wait before this one."
        )
    else:
        explanation = f"It waits for room on the machine; {queue.ahead} wait before this one."
    return wire.QueuedDetails(
        expectedWait=_wait(queue),
        explanation=explanation,
        helpText="It begins by itself. A tier with a higher limit, or another tier, begins sooner.",
    )


def _wait(queue: QueueDocument) -> str:
    if queue.seconds is None:
        return "unknown"
    at_once = max(1, queue.limit or queue.running or 1)
    seconds = queue.seconds * (queue.ahead // at_once + 1)
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min"


def stream_of(log_type: str | None) -> LogKind:
    return _STREAMS[log_type or "complete"]


def from_line(line: JobLogLine) -> wire.LogContent:
    seconds, nanos = divmod(line.nano, 1_000_000_000)
    moment = datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    return wire.LogContent(
        timestamp=f"{moment}.{nanos:09d}Z",
        logType=_TYPES[line.stream],
        log=line.message,
        size=len(line.message.encode()),
    )


def from_tag(tag: TagDocument) -> wire.Tag:
    return wire.Tag(id=tag.id, name=tag.name, creatorId=tag.creator_id, createdAt=tag.created_at)


def from_goal(goal: JobGoal, job_id: str) -> wire.LinkedGoal:
    return wire.LinkedGoal(
        goalId=goal.id,
        jobId=job_id,
        projectId=goal.project_id,
        title=goal.title,
        currentStage=goal.stage_id or ("complete" if goal.is_complete else "active"),
        description=goal.description,
    )
