"""How Domino says no: `{"requestId": ..., "errors": ["..."]}`, one sentence per fault.

Only published statuses where one fits: what is taken or in the wrong state is a 400, as validation
is; never 422."""

from typing import assert_never

from services.gateway.refusals import (
    Accident,
    BadFields,
    BadRequest,
    NoSuchMethod,
    NoSuchPath,
    NotAllowed,
    NotAuthenticated,
    RateLimited,
    Refusal,
    TooLarge,
    Unavailable,
)
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

UNAUTHORIZED = "The API key or token is missing or not valid."
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
    match refusal:
        case BadRequest():
            return _failure(400, request_id, refusal.message)
        case BadFields():
            return _failure(
                400, request_id, *(f"{name} {what}." for name, what in refusal.problems)
            )
        case NotAuthenticated():
            return _unauthorized(request_id)
        case NotAllowed():
            return _failure(403, request_id, refusal.message)
        case NoSuchPath():
            return _failure(404, request_id, "There is nothing at this path.")
        case NoSuchMethod():
            text = f"This path allows {refusal.allow}."
            return _failure(405, request_id, text, Allow=refusal.allow)
        case TooLarge():
            text = f"The body is longer than {refusal.limit_bytes} bytes."
            return _failure(413, request_id, text)
        case RateLimited():
            seconds = str(refusal.retry_after_seconds)
            text = f"Too many requests; try again in {seconds} s."
            return _failure(429, request_id, text, **{"Retry-After": seconds})
        case Unavailable():
            return _failure(503, request_id, refusal.message, **{"Retry-After": "1"})
        case Accident():
            return _failure(500, request_id, "Something went wrong on our side; the log has more.")
        case _:
            assert_never(refusal)


def rejected(rejection: Rejection, request_id: str) -> Rendered:
    match rejection:
        case Unauthenticated():
            return _unauthorized(request_id)
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


def _unauthorized(request_id: str) -> Rendered:
    return _failure(401, request_id, UNAUTHORIZED, **{"WWW-Authenticate": "Bearer"})


def _failure(status: int, request_id: str, *sentences: str, **headers: str) -> Rendered:
    body = {"requestId": request_id, "errors": list(sentences)}
    return Rendered(status=status, body=json.dumps(body).encode(), headers=tuple(headers.items()))
