"""Environments: made, duplicated, revised, restricted, archived. Each revision is built at once."""

from typing import Any

from litestar import Request
from litestar.params import FromPath

from services.gateway.call import Call, call_of
from services.gateway.operation import operation
from services.gateway.surfaces.domino.auth import account_of, demand, id_of, new_id
from services.gateway.surfaces.domino.envelope import (
    Enveloped,
    enveloped,
    metadata,
    page_metadata,
)
from services.gateway.surfaces.domino.reading import body_of, check_owner, page_of, query_of
from services.gateway.surfaces.domino.resources.environments import translate, wire
from services.gateway.surfaces.domino.statuses import READ, WRITE
from services.gateway.surfaces.domino.wire import PageQuery
from shared.domain.environment.commands import (
    AddRevision,
    ArchiveEnvironment,
    CreateEnvironment,
    RestrictRevision,
)
from shared.queries.environments import (
    EnvironmentDocument,
    EnvironmentPage,
    GetEnvironment,
    ListEnvironments,
    RevealedRevision,
    RevealRevision,
)

AnyRequest = Request[Any, Any, Any]


async def get_environments(request: AnyRequest) -> Enveloped[wire.EnvironmentPage]:
    call = call_of(request)
    query = query_of(call, PageQuery)
    question = ListEnvironments(offset=query.offset, limit=query.limit)
    found, total = await page_of(call, question, EnvironmentPage)
    shown = [translate.from_environment(each) for each in found]
    return enveloped(
        call, wire.EnvironmentPage(environments=shown, metadata=page_metadata(call, query, total))
    )


async def create_environment(request: AnyRequest) -> Enveloped[wire.EnvironmentEnvelope]:
    call = call_of(request)
    await check_owner(call, "orgOwnerId", may="environment.write")
    body = body_of(call, wire.NewEnvironment)
    translate.check_new(body)
    accepted = await call.command(await _creation(call, body))
    return await _shown(call, accepted.subject_id, after=accepted.position)


async def _creation(call: Call, body: wire.NewEnvironment) -> CreateEnvironment:
    owner = body.orgOwnerId
    ids: translate.Ids = {
        "environment_id": call.parts.ids.new(),
        "account_id": await account_of(call) if owner is None else id_of(call, "owner", owner),
        "revision_id": call.parts.ids.new(),
        "build_id": call.parts.ids.new(),
    }
    origin = body.duplicateFromEnvironmentId
    if origin is None:
        return translate.to_create(body, **ids)
    source = await _found(call, origin)
    question = RevealRevision(environment_id=source.id)
    return translate.to_duplicate(source, await call.find(question, RevealedRevision), **ids)


async def create_revision(
    environmentId: FromPath[str], request: AnyRequest
) -> Enveloped[wire.RevisionEnvelope]:
    call = call_of(request)
    environment = await _found(call, environmentId, may="environment.manage")
    body = body_of(call, wire.NewRevision)
    revision_id = new_id(call, within=environment.id, purpose="revision")
    accepted = await call.command(
        AddRevision(
            environment_id=environment.id,
            account_id=environment.account_id,
            revision_id=revision_id,
            build_id=new_id(call, within=environment.id, purpose="build"),
            revision=translate.to_revision(body),
        )
    )
    question = GetEnvironment(environment_id=environment.id, revision_id=revision_id)
    written = await call.ask(question, EnvironmentDocument, after=accepted.position)
    if written.latest is None:
        raise AssertionError("a revision that was added is shown")
    return enveloped(
        call,
        wire.RevisionEnvelope(
            environmentRevision=translate.from_revision(written.latest), metadata=metadata(call)
        ),
    )


async def restrict_revision(
    environmentId: FromPath[str], revisionId: FromPath[str], request: AnyRequest
) -> Enveloped[wire.RevisionUpdated]:
    call = call_of(request)
    environment = await _found(call, environmentId, may="environment.classify")
    revision_id = id_of(call, "revision", revisionId)
    body = body_of(call, wire.GivenRestriction)
    accepted = await call.command(
        RestrictRevision(
            environment_id=environment.id,
            account_id=environment.account_id,
            revision_id=revision_id,
            is_restricted=body.isRestricted,
        )
    )
    await _shown(call, environment.id, after=accepted.position)
    return enveloped(call, wire.RevisionUpdated(id=revision_id))


async def get_environment(
    environmentId: FromPath[str], request: AnyRequest
) -> Enveloped[wire.EnvironmentEnvelope]:
    return await _shown(call_of(request), environmentId)


async def archive_environment(
    environmentId: FromPath[str], request: AnyRequest
) -> Enveloped[wire.EnvironmentEnvelope]:
    call = call_of(request)
    environment = await _found(call, environmentId, may="environment.manage")
    accepted = await call.command(
        ArchiveEnvironment(environment_id=environment.id, account_id=environment.account_id)
    )
    return await _shown(call, environment.id, after=accepted.position)


async def _found(
    call: Call, environment_id: str, *, may: str = "environment.read"
) -> EnvironmentDocument:
    question = GetEnvironment(environment_id=id_of(call, "environment", environment_id))
    found = await call.find(question, EnvironmentDocument)
    if may != "environment.read":
        demand(may, found.may, f"environment:{found.id}")
    return found


async def _shown(
    call: Call, environment_id: str, *, after: int | None = None
) -> Enveloped[wire.EnvironmentEnvelope]:
    question = GetEnvironment(environment_id=id_of(call, "environment", environment_id))
    shown = translate.from_environment(await call.ask(question, EnvironmentDocument, after=after))
    return enveloped(call, wire.EnvironmentEnvelope(environment=shown, metadata=metadata(call)))


_TAG = "Environments"
_BETA = "/api/environments/beta/environments"
_STABLE = "/api/environments/v1/environments/{environmentId:str}"
_REVISIONS = f"{_BETA}/{{environmentId:str}}/revisions"

HANDLERS = (
    *operation(
        "GET",
        _BETA,
        get_environments,
        summary="Get the environments visible to the current user",
        tag=_TAG,
        query=PageQuery,
        refusals=READ,
        operation_id="getEnvironments",
    ),
    *operation(
        "POST",
        _BETA,
        create_environment,
        summary="Create an environment",
        tag=_TAG,
        body=wire.NewEnvironment,
        refusals=WRITE,
        operation_id="createEnvironment",
    ),
    *operation(
        "POST",
        _REVISIONS,
        create_revision,
        summary="Create a revision of an environment",
        tag=_TAG,
        body=wire.NewRevision,
        refusals=WRITE,
        operation_id="createEnvironmentRevision",
    ),
    *operation(
        "PATCH",
        f"{_REVISIONS}/{{revisionId:str}}",
        restrict_revision,
        summary="Say whether a revision is the restricted one",
        tag=_TAG,
        body=wire.GivenRestriction,
        refusals=WRITE,
        operation_id="updateEnvironmentRevisionIsRestricted",
    ),
    *operation(
        "GET",
        _STABLE,
        get_environment,
        summary="Get an environment",
        tag=_TAG,
        refusals=READ,
        operation_id="getEnvironment",
    ),
    *operation(
        "DELETE",
        _STABLE,
        archive_environment,
        summary="Archive an environment",
        tag=_TAG,
        refusals=WRITE,
        operation_id="archiveEnvironment",
    ),
)
