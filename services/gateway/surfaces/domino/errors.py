"""How Domino says no: `{"requestId": ..., "errors": ["..."]}`, one sentence per fault.

Only published statuses where one fits: what is taken or in the wrong state is a 400, as validation
is; never 422."""

from typing import assert_never

from services.gateway.refusals import BadFields, NotAuthenticated, Refusal, said
from services.gateway.surface import Rendered
from shared.domain.rejections import (
    Conflicting,
    Contended,
    Forbidden,
    Incompatible,
    Invalid,
    KeyReused,
    NotFound,
    Rejection,
    Taken,
    Unauthenticated,
)
from shared.kernel import json

# Our words for what this dialect calls otherwise.
_SPACES = {"handle": "name", "project_name": "name"}
_FIELDS = {
    "handle": "name",
    "principal_id": "id",
    "repository.uri": "mainRepository.uri",
    "repository.name": "mainRepository.name",
    "repository.ref": "mainRepository.defaultRef.value",
    "template": "templateDetails",
}


def refused(refusal: Refusal, request_id: str) -> Rendered:
    plain = said(refusal)
    sentences = (
        tuple(f"{name} {what}." for name, what in refusal.problems)
        if isinstance(refusal, BadFields)
        else (plain.sentence,)
    )
    return _failure(plain.status, request_id, *sentences, **dict(plain.headers))


def rejected(rejection: Rejection, request_id: str) -> Rendered:
    match rejection:
        case Unauthenticated():
            return refused(NotAuthenticated(), request_id)
        case Forbidden():
            why = f": {rejection.why}" if rejection.why else ""
            return _failure(403, request_id, f"You may not do this ({rejection.action}){why}.")
        case NotFound():
            kind = rejection.kind.replace("_", " ")
            return _failure(404, request_id, f"There is no such {kind}.")
        case Invalid():
            field = _FIELDS.get(rejection.field, rejection.field)
            return _failure(400, request_id, f"{field} {rejection.message}.")
        case Incompatible():
            fields = ", ".join(rejection.fields)
            return _failure(400, request_id, f"{fields}: {rejection.message}.")
        case Taken():
            space = _SPACES.get(rejection.space, rejection.space.replace("_", " "))
            return _failure(400, request_id, f"This {space} is taken.")
        case Conflicting():
            return _failure(400, request_id, rejection.message)
        case KeyReused():
            text = "This Idempotency-Key was used with another request."
            return _failure(409, request_id, text)
        case Contended():
            text = "It is being changed by others; try again."
            return _failure(503, request_id, text, **{"Retry-After": "1"})
        case _:
            assert_never(rejection)


def _failure(status: int, request_id: str, *sentences: str, **headers: str) -> Rendered:
    body = {"requestId": request_id, "errors": list(sentences)}
    return Rendered(status=status, body=json.dumps(body).encode(), headers=tuple(headers.items()))
