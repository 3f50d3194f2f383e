"""Imports: an export of another installation becomes part of this one, its history as it was."""

import asyncio
import hashlib
from http import HTTPStatus
from typing import Any

from litestar import Request, Response
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from services.gateway.answer import Answer, answered
from services.gateway.call import Call, call_of
from services.gateway.operation import operation
from services.gateway.parameters import read_query
from services.gateway.refusals import Accident, BadRequest, Refused
from services.gateway.streamed import NDJSON
from services.gateway.surface import Rendered
from services.gateway.surfaces.ops import errors
from services.gateway.surfaces.ops.history import refused
from services.gateway.surfaces.ops.paging import checked, pagination
from services.gateway.surfaces.ops.resources.imports import translate, wire
from services.gateway.surfaces.ops.statuses import READ, WRITE
from services.gateway.surfaces.ops.wire import PageQuery
from services.gateway.upload import SenderGone, Upload
from shared.domain.importing.commands import BeginImport
from shared.domain.rejections import KeyReused
from shared.kernel import json
from shared.queries.integrity import (
    GetImport,
    GetImportedPosition,
    ImportDocument,
    ImportedPosition,
    ImportPage,
    ListImports,
)

AnyRequest = Request[Any, Any, Any]

PATH = "/ops/v1/import"
PART_BYTES = 256 * 1024
LOOK_SECONDS = (0.05, 1.0)
# So long an answer is waited for; the import goes on, and its page tells how it ended.
WAIT_SECONDS = 1800.0
_UNDER_WAY = ("receiving", "checking")


async def import_export(request: AnyRequest) -> Answer[wire.Import] | Response[bytes]:
    """All or nothing; 201 when it is in the log. It is judged as `chronoplane verify` judges."""
    call = call_of(request)
    caller = call.signed_in
    query = read_query(call.parameters(), wire.ImportQuery)
    upload = call.upload
    if upload is None:
        raise TypeError("the surface names this path as streamed")
    begun = await call.command(
        BeginImport(import_id=call.parts.ids.new(), account_id=caller.principal_id)
    )
    if begun.replayed:
        return await _again(call, begun.subject_id, upload)
    await _send(call, begun.subject_id, upload, query)
    return await _concluded(call, begun.subject_id)


async def _send(call: Call, import_id: str, upload: Upload, query: wire.ImportQuery) -> None:
    digest = hashlib.sha256()
    number = 0
    try:
        async for part in upload.chunks(PART_BYTES):
            digest.update(part)
            await _part(call, import_id, str(number), part)
            number += 1
        if number == 0:
            raise Refused(BadRequest(message="The body is empty; send an export."))
    except (Refused, SenderGone, TimeoutError):
        await call.parts.dispatch.part(import_id, "abandon", b"")
        raise
    end = {
        "parts": number,
        "bytes": upload.bytes,
        "sha256": digest.hexdigest(),
        "deploys": query.deploy,
        # Who does not escape a plus sign sends a blank, of which a key has none.
        "key": None if query.key is None else query.key.strip().replace(" ", "+"),
    }
    await _part(call, import_id, "finish", json.dumps(end).encode())


async def _part(call: Call, import_id: str, number: str, body: bytes) -> None:
    problem = await call.parts.dispatch.part(import_id, number, body)
    if problem is not None:
        raise Refused(BadRequest(message=f"The import goes no further: {problem}."))


async def _again(
    call: Call, import_id: str, upload: Upload
) -> Answer[wire.Import] | Response[bytes]:
    """The same key: the same answer, but for another file."""
    digest = hashlib.sha256()
    async for part in upload.chunks(PART_BYTES):
        digest.update(part)
    document = await _ended(call, import_id)
    if document.sha256 not in (None, digest.hexdigest()):
        return _rendered(call, errors.rejected(KeyReused(), call.request_id))
    return _answer(call, document)


async def _concluded(call: Call, import_id: str) -> Answer[wire.Import] | Response[bytes]:
    return _answer(call, await _ended(call, import_id))


async def _ended(call: Call, import_id: str) -> ImportDocument:
    """How it ended, or how it stands when nobody waits any longer."""
    pause, pause_max = LOOK_SECONDS
    until = call.parts.clock.monotonic() + WAIT_SECONDS
    while True:
        document = await call.find(GetImport(import_id=import_id), ImportDocument)
        if document.state not in _UNDER_WAY or call.parts.clock.monotonic() > until:
            return document
        await asyncio.sleep(pause)
        pause = min(pause * 2, pause_max)


def _answer(call: Call, document: ImportDocument) -> Answer[wire.Import] | Response[bytes]:
    if document.state in _UNDER_WAY:
        return answered(translate.from_document(document), status=202)
    if document.state == "failed":
        raise Refused(Accident())
    if document.state == "refused":
        place = (
            () if document.line is None else ((f"line {document.line}", document.message or ""),)
        )
        where = "" if document.line is None else f"Line {document.line}: "
        rendered = errors.problem(
            409 if document.is_conflict else 422,
            document.code or "refused",
            f"{where}{document.message}. Nothing was taken in.",
            call.request_id,
            problems=place,
        )
        return _rendered(call, rendered)
    if document.last_position is not None:
        call.landed_at(document.last_position)
    return answered(translate.from_document(document), status=201)


def _rendered(call: Call, rendered: Rendered) -> Response[bytes]:
    return Response(rendered.body, status_code=rendered.status, media_type=rendered.media_type)


async def list_imports(request: AnyRequest) -> Answer[wire.ImportList]:
    call = call_of(request)
    _ = call.signed_in
    query = read_query(call.parameters(), PageQuery)
    checked(query)
    page = await call.ask(ListImports(page=query.page, per_page=query.per_page), ImportPage)
    return answered(
        wire.ImportList(
            data=[translate.from_document(item) for item in page.items],
            pagination=pagination(query, page.total),
        )
    )


async def get_import(import_id: FromPath[str], request: AnyRequest) -> Answer[wire.Import]:
    call = call_of(request)
    _ = call.signed_in
    document = await call.ask(GetImport(import_id=import_id), ImportDocument)
    return answered(translate.from_document(document))


async def get_position(
    import_id: FromPath[str], origin: FromPath[str], request: AnyRequest
) -> Answer[wire.ImportedPosition]:
    call = call_of(request)
    _ = call.signed_in
    if not origin.isascii() or not origin.isdigit() or len(origin) > 18:
        raise refused("origin", "must be a position of the log it came from")
    question = GetImportedPosition(import_id=import_id, origin=int(origin))
    found = await call.ask(question, ImportedPosition)
    return answered(wire.ImportedPosition(origin=found.origin, position=found.position))


_TAG = "integrity"
HANDLERS: tuple[HTTPRouteHandler, ...] = (
    *operation(
        "POST",
        PATH,
        import_export,
        summary="Take an export (NDJSON) of another installation into this one, all or nothing",
        tag=_TAG,
        status=HTTPStatus.CREATED,
        body_type=NDJSON,
        query=wire.ImportQuery,
        answer=wire.Import,
        refusals=(*WRITE, 422),
    ),
    *operation(
        "GET",
        "/ops/v1/imports",
        list_imports,
        summary="Imports, newest first: under way, taken in, or refused and why",
        tag=_TAG,
        query=PageQuery,
        refusals=READ,
    ),
    *operation(
        "GET",
        "/ops/v1/imports/{import_id:str}",
        get_import,
        summary="One import",
        tag=_TAG,
        refusals=READ,
    ),
    *operation(
        "GET",
        "/ops/v1/imports/{import_id:str}/positions/{origin:str}",
        get_position,
        summary="Where an event is here that had this position in the log it came from",
        tag=_TAG,
        refusals=READ,
    ),
)
