"""What happened to the services of a project, newest first, and what each change made of one."""

from typing import Any

from litestar import Request
from litestar.params import FromPath

from services.gateway.answer import Answer, answered
from services.gateway.call import call_of
from services.gateway.operation import operation
from services.gateway.surfaces.microvisualizer.reading import ask, query_of
from services.gateway.surfaces.microvisualizer.resources.history import translate, wire
from services.gateway.surfaces.microvisualizer.statuses import READ
from shared.queries.microvisualizer import ChangePage, GetChange, ListChanges, SnapshotPair

AnyRequest = Request[Any, Any, Any]


async def get_history(projectId: FromPath[str], request: AnyRequest) -> Answer[wire.ProjectHistory]:
    call = call_of(request)
    query = query_of(call, wire.HistoryQuery)
    question = ListChanges(project=projectId, page=query.page, size=query.size)
    return answered(translate.from_page(await ask(call, question, ChangePage)))


async def get_diff(
    projectId: FromPath[str], snapshotId: FromPath[str], request: AnyRequest
) -> Answer[wire.ServiceSnapshotDiff]:
    question = GetChange(project=projectId, change_id=snapshotId.lower())
    return answered(translate.from_pair(await ask(call_of(request), question, SnapshotPair)))


_TAG = "History"
_HISTORY = "/v1/projects/{projectId:str}/history"

HANDLERS = (
    *operation(
        "GET",
        _HISTORY,
        get_history,
        summary="Get the project's history",
        tag=_TAG,
        query=wire.HistoryQuery,
        refusals=READ,
        operation_id="getProjectHistory",
    ),
    *operation(
        "GET",
        f"{_HISTORY}/{{snapshotId:str}}/diff",
        get_diff,
        summary="Get what a change made of a service",
        tag=_TAG,
        refusals=READ,
        operation_id="getServiceSnapshotDiff",
    ),
)
