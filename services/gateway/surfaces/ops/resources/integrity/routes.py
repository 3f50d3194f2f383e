"""Integrity of the log: its state, proofs, and exports that verify offline."""

from collections.abc import AsyncGenerator
from typing import Any

from litestar import Request
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from services.gateway.answer import Answer, answered
from services.gateway.call import Call, call_of
from services.gateway.operation import operation
from services.gateway.parameters import read_query
from services.gateway.streamed import NDJSON, Streamed
from services.gateway.surfaces.ops.find import scope_id
from services.gateway.surfaces.ops.history import refused
from services.gateway.surfaces.ops.resources.integrity import translate, wire
from services.gateway.surfaces.ops.statuses import READ
from shared.proof.export import export
from shared.queries.integrity import (
    BlockPage,
    ConsistencyDocument,
    GetConsistency,
    GetIntegrity,
    GetProof,
    IntegrityDocument,
    ListBlocks,
    LogPage,
    ProofDocument,
    ReadLog,
)

AnyRequest = Request[Any, Any, Any]


class _Asking:
    """The source of an export: pages asked over the bus, always of now."""

    def __init__(self, call: Call) -> None:
        self._call = call

    async def integrity(self, question: GetIntegrity) -> IntegrityDocument:
        return await self._call.find(question, IntegrityDocument)

    async def log(self, question: ReadLog) -> LogPage:
        return await self._call.find(question, LogPage)

    async def blocks(self, question: ListBlocks) -> BlockPage:
        return await self._call.find(question, BlockPage)


async def get_integrity(request: AnyRequest) -> Answer[wire.Integrity]:
    call = call_of(request)
    _ = call.signed_in
    return answered(translate.from_integrity(await call.ask(GetIntegrity(), IntegrityDocument)))


async def get_proof(position: FromPath[str], request: AnyRequest) -> Answer[wire.Proof]:
    call = call_of(request)
    _ = call.signed_in
    if not position.isascii() or not position.isdigit() or len(position) > 18:
        raise refused("position", "must be a position of the log")
    document = await call.ask(GetProof(position=int(position)), ProofDocument)
    return answered(translate.from_proof(document))


async def get_consistency(request: AnyRequest) -> Answer[wire.Consistency]:
    call = call_of(request)
    _ = call.signed_in
    query = read_query(call.parameters(), wire.ConsistencyQuery)
    question = GetConsistency(old_blocks=query.old_blocks, new_blocks=query.new_blocks)
    return answered(translate.from_consistency(await call.ask(question, ConsistencyDocument)))


async def get_export(request: AnyRequest) -> Streamed:
    """Without `account` the whole log, for the installation's admin."""
    call = call_of(request)
    _ = call.signed_in
    query = read_query(call.parameters(), wire.ExportQuery)
    account_id = await scope_id(call, "account", query.account)
    # Whether it may be read at all is a plain answer; after that only pages follow.
    await call.find(ReadLog(account_id=account_id, limit=1), LogPage)

    async def lines() -> AsyncGenerator[bytes, None]:
        now = call.parts.clock.now()
        async for line in export(_Asking(call), account_id=account_id, made_at=now):
            yield line

    name = account_id or "log"
    return Streamed(
        lines(),
        media_type=NDJSON,
        headers={"content-disposition": f'attachment; filename="chronoplane-{name}.ndjson"'},
    )


_TAG = "integrity"
HANDLERS: tuple[HTTPRouteHandler, ...] = (
    *operation(
        "GET",
        "/ops/v1/integrity",
        get_integrity,
        summary="How far the log is sealed, by which key, and what the last verification found",
        tag=_TAG,
        refusals=READ,
    ),
    *operation(
        "GET",
        "/ops/v1/integrity/proofs/{position:str}",
        get_proof,
        summary="That this event is in the log: its path to a signed checkpoint",
        tag=_TAG,
        refusals=READ,
    ),
    *operation(
        "GET",
        "/ops/v1/integrity/consistency",
        get_consistency,
        summary="That a newer checkpoint begins with an older one",
        tag=_TAG,
        query=wire.ConsistencyQuery,
        refusals=READ,
    ),
    *operation(
        "GET",
        "/ops/v1/export",
        get_export,
        summary="The log as NDJSON with its proofs; `chronoplane verify` checks it offline",
        tag=_TAG,
        query=wire.ExportQuery,
        answer=str,
        answer_type=NDJSON,
        refusals=READ,
    ),
)
