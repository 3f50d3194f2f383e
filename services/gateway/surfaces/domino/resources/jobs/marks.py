"""What people add to a job: tags, and links to goals of its project."""

from typing import Any

from litestar import Request
from litestar.params import FromPath

from services.gateway.call import call_of
from services.gateway.operation import operation
from services.gateway.refusals import CommandRejected
from services.gateway.surfaces.domino.auth import id_of, new_id
from services.gateway.surfaces.domino.envelope import Enveloped, enveloped, metadata
from services.gateway.surfaces.domino.reading import body_of, peeked, query_of
from services.gateway.surfaces.domino.resources.jobs import translate, wire
from services.gateway.surfaces.domino.resources.jobs.seen import job_of, shown_job
from services.gateway.surfaces.domino.statuses import READ, WRITE
from services.gateway.surfaces.domino.wire import Deleted
from shared.domain.execution.commands import AddTag, LinkGoal, RemoveTag, UnlinkGoal
from shared.domain.rejections import NotFound
from shared.queries.executions import JobDocument, JobGoals, ListJobGoals

AnyRequest = Request[Any, Any, Any]


async def add_tag(jobId: FromPath[str], request: AnyRequest) -> Enveloped[wire.TagEnvelope]:
    call = call_of(request)
    job = await job_of(call, jobId, may="job.read")
    body = body_of(call, wire.TagToAdd)
    _check_project(job, body.projectId)
    accepted = await call.command(
        AddTag(
            execution_id=job.id,
            project_id=job.project_id,
            tag_id=new_id(call, within=job.id, purpose="tag"),
            name=body.tagName,
        )
    )
    written = await shown_job(call, job.id, after=accepted.position)
    tag = next((tag for tag in written.tags if tag.name == body.tagName), None)
    if tag is None:
        # Taken off by somebody else in the meantime.
        raise CommandRejected(NotFound(kind="tag", key=body.tagName))
    return enveloped(call, wire.TagEnvelope(tag=translate.from_tag(tag), metadata=metadata(call)))


async def remove_tag(
    jobId: FromPath[str], tagId: FromPath[str], request: AnyRequest
) -> Enveloped[Deleted]:
    call = call_of(request)
    job = await job_of(call, jobId, may="job.read")
    _check_project(job, query_of(call, wire.ProjectQuery).projectId)
    command = RemoveTag(
        execution_id=job.id, project_id=job.project_id, tag_id=id_of(call, "tag", tagId)
    )
    accepted = await call.command(command)
    await shown_job(call, job.id, after=accepted.position)
    return enveloped(call, Deleted(success=True, metadata=metadata(call)))


async def get_goals(request: AnyRequest) -> Enveloped[wire.LinkedGoals]:
    call = call_of(request)
    job_id = id_of(call, "job", query_of(call, wire.JobQuery).jobId)
    goals = await call.ask(ListJobGoals(job_id=job_id), JobGoals)
    shown = [translate.from_goal(goal, job_id) for goal in goals.items]
    return enveloped(call, wire.LinkedGoals(goals=shown, metadata=metadata(call)))


async def link_goal(request: AnyRequest) -> Enveloped[wire.GoalEnvelope]:
    call = call_of(request)
    job = await job_of(call, query_of(call, wire.JobQuery).jobId, may="job.write")
    body = body_of(call, wire.GoalToLink)
    _check_project(job, body.projectId)
    goal_id = id_of(call, "goal", body.goalId)
    accepted = await call.command(
        LinkGoal(execution_id=job.id, project_id=job.project_id, goal_id=goal_id)
    )
    goals = await call.ask(ListJobGoals(job_id=job.id), JobGoals, after=accepted.position)
    goal = next((goal for goal in goals.items if goal.id == goal_id), None)
    if goal is None:
        raise CommandRejected(NotFound(kind="goal", key=goal_id))
    shown = translate.from_goal(goal, job.id)
    return enveloped(call, wire.GoalEnvelope(goal=shown, metadata=metadata(call)))


async def unlink_goal(goalId: FromPath[str], request: AnyRequest) -> Enveloped[Deleted]:
    call = call_of(request)
    named = peeked(call, "jobId")
    job = None if named is None else await job_of(call, named, may="job.write")
    query = query_of(call, wire.UnlinkQuery)
    if job is None:
        raise AssertionError("a query that is read names its job")
    _check_project(job, query.projectId)
    command = UnlinkGoal(
        execution_id=job.id, project_id=job.project_id, goal_id=id_of(call, "goal", goalId)
    )
    accepted = await call.command(command)
    await shown_job(call, job.id, after=accepted.position)
    return enveloped(call, Deleted(success=True, metadata=metadata(call)))


def _check_project(job: JobDocument, project_id: str | None) -> None:
    """Where the client names the project, too, it must be the job's."""
    if project_id is not None and project_id != job.project_id:
        raise CommandRejected(NotFound(kind="project", key=project_id))


_TAG = "Jobs"
_TAGS = "/api/jobs/v1/jobs/{jobId:str}/tags"
_GOALS = "/api/jobs/v1/goals"

HANDLERS = (
    *operation(
        "POST",
        _TAGS,
        add_tag,
        summary="Tag a job",
        tag=_TAG,
        body=wire.TagToAdd,
        refusals=WRITE,
        operation_id="addJobTag",
    ),
    *operation(
        "DELETE",
        f"{_TAGS}/{{tagId:str}}",
        remove_tag,
        summary="Take a tag off a job",
        tag=_TAG,
        query=wire.ProjectQuery,
        refusals=WRITE,
        operation_id="removeJobTag",
    ),
    *operation(
        "GET",
        _GOALS,
        get_goals,
        summary="Get the goals a job is linked to",
        tag=_TAG,
        query=wire.JobQuery,
        refusals=READ,
        operation_id="getLinkedGoalsForJob",
    ),
    *operation(
        "POST",
        _GOALS,
        link_goal,
        summary="Link a job to a goal",
        tag=_TAG,
        query=wire.JobQuery,
        body=wire.GoalToLink,
        refusals=WRITE,
        operation_id="linkJobToGoal",
    ),
    *operation(
        "DELETE",
        f"{_GOALS}/{{goalId:str}}",
        unlink_goal,
        summary="Unlink a job from a goal",
        tag=_TAG,
        query=wire.UnlinkQuery,
        refusals=WRITE,
        operation_id="unlinkJobFromGoal",
    ),
)
