"""What a project may have and run: set by the installation's admin, read by who reads it."""

from typing import Any

from litestar import Request
from litestar.params import FromPath

from services.gateway.answer import Answer, answered
from services.gateway.call import call_of
from services.gateway.operation import operation
from services.gateway.parameters import read_body, read_json
from services.gateway.surfaces.ops.find import project_id_of
from services.gateway.surfaces.ops.resources.quotas import translate, wire
from services.gateway.surfaces.ops.statuses import READ, WRITE
from shared.queries.quotas import GetQuota, QuotaDocument

AnyRequest = Request[Any, Any, Any]


async def get_quota(project: FromPath[str], request: AnyRequest) -> Answer[wire.Quota]:
    call = call_of(request)
    _ = call.signed_in
    question = GetQuota(project_id=await project_id_of(call, project))
    return answered(translate.from_document(await call.ask(question, QuotaDocument)))


async def put_quota(project: FromPath[str], request: AnyRequest) -> Answer[wire.Quota]:
    call = call_of(request)
    _ = call.signed_in
    call.fingerprinted = read_json(call.body)
    body = read_body(call.fingerprinted, wire.SetQuota)
    project_id = await project_id_of(call, project)
    accepted = await call.command(translate.to_set(body, project_id=project_id))
    question = GetQuota(project_id=project_id)
    document = await call.ask(question, QuotaDocument, after=accepted.position)
    return answered(translate.from_document(document))


_TAG = "projects"
_QUOTA = "/ops/v1/projects/{project:str}/quota"

HANDLERS = (
    *operation(
        "GET",
        _QUOTA,
        get_quota,
        summary="What a project may have and run, and what is taken of it",
        tag=_TAG,
        refusals=READ,
    ),
    *operation(
        "PUT",
        _QUOTA,
        put_quota,
        summary="Set what a project may have and run",
        tag=_TAG,
        body=wire.SetQuota,
        refusals=WRITE,
    ),
)
