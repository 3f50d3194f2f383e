"""The registry of what services refer to (agents, state machines, model versions, pipeline runs):
the same operations for each kind, one path each."""

from http import HTTPStatus
from typing import Any

from litestar import Request
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from services.gateway.answer import Answer, answered
from services.gateway.call import Call, call_of
from services.gateway.operation import operation
from services.gateway.parameters import read_body, read_json, read_query
from services.gateway.surfaces.ops.find import project_id_of
from services.gateway.surfaces.ops.paging import checked, pagination
from services.gateway.surfaces.ops.resources.records import translate, wire
from services.gateway.surfaces.ops.statuses import READ, WRITE
from services.gateway.surfaces.ops.wire import PageQuery
from shared.domain.record.commands import AddRecordVersion, RecordKind
from shared.queries.conversations import (
    GetRecord,
    ListRecords,
    ListRecordVersions,
    RecordDocument,
    RecordPage,
    RecordVersionPage,
)

AnyRequest = Request[Any, Any, Any]


class _Registry:
    """The handlers of one kind."""

    def __init__(self, kind: RecordKind) -> None:
        self._kind: RecordKind = kind

    async def declare(self, call: Call) -> Answer[wire.Record]:
        _ = call.signed_in
        call.fingerprinted = read_json(call.body)
        body = read_body(call.fingerprinted, wire.DeclareRecord)
        command = translate.to_declare(
            body,
            kind=self._kind,
            record_id=call.parts.ids.new(),
            project_id=await project_id_of(call, body.project),
        )
        accepted = await call.command(command)
        return await self._written(call, accepted.subject_id, accepted.position, status=201)

    async def revise(self, call: Call, record_id: str) -> Answer[wire.Record]:
        _ = call.signed_in
        call.fingerprinted = read_json(call.body)
        body = read_body(call.fingerprinted, wire.ReviseRecord)
        now = await self._find(call, record_id)
        accepted = await call.command(translate.to_revise(body, kind=self._kind, now=now))
        return await self._written(call, record_id, accepted.position)

    async def add_version(self, call: Call, record_id: str) -> Answer[wire.Record]:
        _ = call.signed_in
        call.fingerprinted = read_json(call.body)
        body = read_body(call.fingerprinted, wire.AddVersion)
        now = await self._find(call, record_id)
        accepted = await call.command(
            AddRecordVersion(
                record_id=record_id,
                project_id=now.project_id,
                kind=self._kind,
                content=body.content,
            )
        )
        return await self._written(call, record_id, accepted.position, status=201)

    async def list(self, call: Call) -> Answer[wire.RecordList]:
        _ = call.signed_in
        query = read_query(call.parameters(), wire.RecordQuery)
        checked(query)
        question = ListRecords(
            project=query.project, kind=self._kind, page=query.page, per_page=query.per_page
        )
        page = await call.ask(question, RecordPage)
        return answered(
            wire.RecordList(
                data=[translate.from_document(item) for item in page.items],
                pagination=pagination(query, page.total),
            )
        )

    async def get(self, call: Call, record_id: str) -> Answer[wire.Record]:
        question = GetRecord(kind=self._kind, record_id=record_id)
        return answered(translate.from_document(await call.ask(question, RecordDocument)))

    async def list_versions(self, call: Call, record_id: str) -> Answer[wire.VersionList]:
        _ = call.signed_in
        query = read_query(call.parameters(), PageQuery)
        checked(query)
        question = ListRecordVersions(
            kind=self._kind, record_id=record_id, page=query.page, per_page=query.per_page
        )
        page = await call.ask(question, RecordVersionPage)
        return answered(
            wire.VersionList(
                data=[translate.from_version(item) for item in page.items],
                pagination=pagination(query, page.total),
            )
        )

    async def _find(self, call: Call, record_id: str) -> RecordDocument:
        return await call.find(GetRecord(kind=self._kind, record_id=record_id), RecordDocument)

    async def _written(
        self, call: Call, record_id: str, position: int, *, status: int = 200
    ) -> Answer[wire.Record]:
        question = GetRecord(kind=self._kind, record_id=record_id)
        document = await call.ask(question, RecordDocument, after=position)
        return answered(translate.from_document(document), status=status)


def _handlers(kind: RecordKind, path: str, noun: str) -> tuple[HTTPRouteHandler, ...]:
    registry = _Registry(kind)
    many, one = f"/ops/v1/{path}", f"/ops/v1/{path}/{{record:str}}"

    async def declare(request: AnyRequest) -> Answer[wire.Record]:
        return await registry.declare(call_of(request))

    async def list_all(request: AnyRequest) -> Answer[wire.RecordList]:
        return await registry.list(call_of(request))

    async def get(record: FromPath[str], request: AnyRequest) -> Answer[wire.Record]:
        return await registry.get(call_of(request), record)

    async def revise(record: FromPath[str], request: AnyRequest) -> Answer[wire.Record]:
        return await registry.revise(call_of(request), record)

    async def add_version(record: FromPath[str], request: AnyRequest) -> Answer[wire.Record]:
        return await registry.add_version(call_of(request), record)

    async def list_versions(record: FromPath[str], request: AnyRequest) -> Answer[wire.VersionList]:
        return await registry.list_versions(call_of(request), record)

    made: dict[str, Any] = {"tag": path, "refusals": WRITE}
    read: dict[str, Any] = {"tag": path, "refusals": READ}
    return (
        *operation(
            "POST",
            many,
            declare,
            summary=f"Declare {noun}",
            status=HTTPStatus.CREATED,
            body=wire.DeclareRecord,
            operation_id=f"declare_{kind}",
            **made,
        ),
        *operation(
            "GET",
            many,
            list_all,
            summary="List those of a project, newest first",
            query=wire.RecordQuery,
            operation_id=f"list_{kind}s",
            **read,
        ),
        *operation("GET", one, get, summary=f"Get {noun}", operation_id=f"get_{kind}", **read),
        *operation(
            "PATCH",
            one,
            revise,
            summary=f"Change or deprecate {noun}",
            body=wire.ReviseRecord,
            operation_id=f"revise_{kind}",
            **made,
        ),
        *operation(
            "POST",
            f"{one}/versions",
            add_version,
            summary="Add a version",
            status=HTTPStatus.CREATED,
            body=wire.AddVersion,
            operation_id=f"add_{kind}_version",
            **made,
        ),
        *operation(
            "GET",
            f"{one}/versions",
            list_versions,
            summary="List versions, newest first",
            query=PageQuery,
            operation_id=f"list_{kind}_versions",
            **read,
        ),
    )


HANDLERS = (
    *_handlers("agent", "agents", "an agent"),
    *_handlers("state_machine", "state-machines", "a state machine"),
    *_handlers("model_version", "model-versions", "a model version"),
    *_handlers("pipeline_run", "pipeline-runs", "a pipeline run"),
)
