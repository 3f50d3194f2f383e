"""Jobs on the wire."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, Field

from services.gateway.parameters import Query, QueryBool, QueryInt
from services.gateway.surfaces.domino.enums import Cased
from services.gateway.surfaces.domino.resources.environments.wire import ClusterType
from services.gateway.surfaces.domino.wire import Body, Envelope, Metadata, Page, PageQuery

LOG_LINES_MAX = 10_000
SortBy = Annotated[
    Literal[
        "number",
        "title",
        "command",
        "startedTime",
        "duration",
        "status",
        "user",
        "commentCount",
        "dominoStatsField",
    ],
    Cased(),
]
StatusFilter = Annotated[
    Literal["all", "queued", "running", "completed", "archived", "active"], Cased()
]
LogType = Annotated[Literal["stdOut", "stdErr", "prepareOutput", "complete"], Cased(observed=True)]


def _nano(value: object) -> object:
    if isinstance(value, str):
        if not value.isascii() or not value.isdigit() or len(value) > 19:
            raise ValueError("must be a number of nanoseconds since 1970")
        return int(value)
    return value


class JobsQuery(PageQuery):
    projectId: str
    sortBy: SortBy = "number"
    dominoStatsSortFieldName: str | None = Field(None, max_length=100)
    ascending: QueryBool = False
    showArchived: QueryBool = False
    statusFilter: StatusFilter = "all"
    tagFilter: str | None = None


class LogsQuery(Query):
    logType: LogType | None = None
    limit: QueryInt = Field(LOG_LINES_MAX, ge=0, le=LOG_LINES_MAX)
    latestTimeNano: Annotated[int, BeforeValidator(_nano)] | None = Field(
        None, json_schema_extra={"type": "string"}
    )


class JobQuery(Query):
    jobId: str


class UnlinkQuery(JobQuery):
    projectId: str | None = None


class ProjectQuery(Query):
    projectId: str


class GitRef(Body):
    refType: str
    value: str | None = None


class ComputeCluster(Body):
    clusterType: ClusterType
    computeEnvironmentId: str
    workerCount: int
    workerHardwareTier: str
    computeEnvironmentRevisionSpec: str | None = None
    masterHardwareTierId: str | None = None
    maxWorkerCount: int | None = None
    workerStorageMB: float | None = None


class NewJob(Body):
    projectId: str
    runCommand: str
    commitId: str | None = None
    computeCluster: ComputeCluster | None = None
    environmentId: str | None = None
    environmentRevisionSpec: str | None = None
    externalVolumeMountIds: list[str] | None = None
    hardwareTier: str | None = None
    mainRepoGitRef: GitRef | None = None
    snapshotDatasetsOnCompletion: bool | None = None
    title: str | None = None


class GoalToLink(Body):
    goalId: str
    projectId: str | None = None


class TagToAdd(Body):
    tagName: str
    projectId: str


class StageTimes(BaseModel):
    submissionTime: datetime
    startTime: datetime | None = None
    completedTime: datetime | None = None


class CommitDetails(BaseModel):
    inputCommitId: str
    outputCommitId: str | None = None


class Stat(BaseModel):
    name: str
    value: str


class Status(BaseModel):
    isCompleted: bool
    isArchived: bool
    isScheduled: bool
    executionStatus: str


class MountedProject(BaseModel):
    projectId: str
    commitId: str


class MountedRepo(BaseModel):
    """Of repositories that are mounted beside the project's own; a later issue's."""

    id: str
    name: str
    uri: str
    ref: str
    serviceProvider: str


class DatasetMount(BaseModel):
    id: str
    datasetName: str
    projectId: str
    isInput: bool


class VolumeMount(BaseModel):
    name: str
    mountPath: str
    readOnly: bool


class Usage(BaseModel):
    cpuPercentage: float
    memoryGiB: float


class Tag(BaseModel):
    id: str
    name: str
    creatorId: str
    createdAt: datetime


class QueuedDetails(BaseModel):
    expectedWait: str
    explanation: str
    helpText: str


class Job(BaseModel):
    id: str
    number: int
    stageTimes: StageTimes
    runCommand: str
    commitDetails: CommitDetails
    dominoStats: list[Stat]
    status: Status
    projects: list[MountedProject]
    gitRepos: list[MountedRepo]
    datasetMounts: list[DatasetMount]
    externalVolumeMounts: list[VolumeMount]
    startedById: str
    title: str
    computeCluster: ComputeCluster | None = None
    mainRepoGitRef: GitRef | None = None
    usage: Usage | None = None


class JobDetails(Job):
    tags: list[Tag]
    commentsCount: int
    goalIds: list[str]
    queuedJobStatusDetails: QueuedDetails | None = None


class JobEnvelope(Envelope):
    job: JobDetails


class JobPage(Page):
    jobs: list[Job]


class LogContent(BaseModel):
    timestamp: str
    logType: LogType
    log: str
    size: int


class Logs(BaseModel):
    logContent: list[LogContent]
    isComplete: bool
    problem: str | None = None


class LogsPagination(BaseModel):
    limit: int
    latestTimeNano: str | None = None


class LogsMetadata(Metadata):
    pagination: LogsPagination


class LogsEnvelope(BaseModel):
    logs: Logs
    metadata: LogsMetadata


class LinkedGoal(BaseModel):
    goalId: str
    jobId: str
    projectId: str
    title: str
    currentStage: str
    description: str | None = None


class GoalEnvelope(Envelope):
    goal: LinkedGoal


class LinkedGoals(Envelope):
    goals: list[LinkedGoal]


class TagEnvelope(Envelope):
    tag: Tag
