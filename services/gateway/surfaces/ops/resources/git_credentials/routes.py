"""Git credentials of a user: kept in the vault, shown by fingerprint, removed at once."""

from http import HTTPStatus
from typing import Any

from litestar import Request, Response
from litestar.params import FromPath

from services.gateway.answer import Answer, answered, nothing
from services.gateway.call import Call, call_of
from services.gateway.operation import operation
from services.gateway.parameters import read_body, read_json
from services.gateway.refusals import CommandRejected
from services.gateway.surfaces.ops.find import principal_id_of
from services.gateway.surfaces.ops.resources.git_credentials import translate, wire
from services.gateway.surfaces.ops.statuses import READ, WRITE
from shared.domain.git_credential.commands import RemoveGitCredential
from shared.domain.rejections import NotFound
from shared.queries.domino import (
    GitCredentialDocument,
    GitCredentialList,
    ListGitCredentials,
)

AnyRequest = Request[Any, Any, Any]


async def list_git_credentials(
    user: FromPath[str], request: AnyRequest
) -> Answer[wire.GitCredentialList]:
    call = call_of(request)
    _ = call.signed_in
    principal_id = await principal_id_of(call, ("user",), user)
    found = await call.ask(ListGitCredentials(principal_id=principal_id), GitCredentialList)
    return answered(
        wire.GitCredentialList(data=[translate.from_document(each) for each in found.items])
    )


async def add_git_credential(
    user: FromPath[str], request: AnyRequest
) -> Answer[wire.GitCredential]:
    call = call_of(request)
    _ = call.signed_in
    principal_id = await principal_id_of(call, ("user",), user)
    call.fingerprinted = read_json(call.body)
    command = translate.to_add(
        read_body(call.fingerprinted, wire.AddGitCredential),
        git_credential_id=call.parts.ids.new(),
        principal_id=principal_id,
    )
    accepted = await call.command(command)
    for each in await _all(call, principal_id, accepted.position):
        if each.id == accepted.subject_id:
            return answered(translate.from_document(each), status=HTTPStatus.CREATED)
    raise CommandRejected(NotFound(kind="git_credential", key=accepted.subject_id))


async def remove_git_credential(
    user: FromPath[str], credential: FromPath[str], request: AnyRequest
) -> Response[None]:
    call = call_of(request)
    _ = call.signed_in
    principal_id = await principal_id_of(call, ("user",), user)
    accepted = await call.command(
        RemoveGitCredential(git_credential_id=credential, principal_id=principal_id)
    )
    await _all(call, principal_id, accepted.position)
    return nothing()


async def _all(call: Call, principal_id: str, after: int) -> tuple[GitCredentialDocument, ...]:
    question = ListGitCredentials(principal_id=principal_id)
    return (await call.ask(question, GitCredentialList, after=after)).items


_TAG = "git credentials"
_MANY = "/ops/v1/users/{user:str}/git-credentials"

HANDLERS = (
    *operation(
        "GET",
        _MANY,
        list_git_credentials,
        summary="List a user's git credentials",
        tag=_TAG,
        refusals=READ,
    ),
    *operation(
        "POST",
        _MANY,
        add_git_credential,
        summary="Keep a credential for a git server",
        tag=_TAG,
        status=HTTPStatus.CREATED,
        body=wire.AddGitCredential,
        refusals=WRITE,
    ),
    *operation(
        "DELETE",
        f"{_MANY}/{{credential:str}}",
        remove_git_credential,
        summary="Remove a git credential",
        tag=_TAG,
        status=HTTPStatus.NO_CONTENT,
        refusals=WRITE,
    ),
)
