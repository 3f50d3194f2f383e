"""How Outpost says no: `{"error": {"code", "message", "request_id"}}` (seed 004, spec B1, B5)."""

from typing import assert_never

from services.gateway.refusals import NotAuthenticated, Refusal, said
from services.gateway.surface import Rendered
from services.gateway.surfaces.outpost.resources.services.translate import field_name
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

_CODES = {
    400: "invalid_request",
    401: "unauthorized",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    413: "invalid_request",
    429: "rate_limited",
    500: "orchestration_failure",
    503: "orchestration_failure",
}
NO_NAMESPACE = "The namespace does not exist."
NO_SERVICE = "The service does not exist."


def refused(refusal: Refusal, request_id: str) -> Rendered:
    plain = said(refusal)
    return _error(plain.status, _CODES[plain.status], plain.sentence, request_id, plain.headers)


def rejected(rejection: Rejection, request_id: str) -> Rendered:
    match rejection:
        case Unauthenticated():
            return refused(NotAuthenticated(), request_id)
        case Forbidden():
            message = f"You may not do this here ({rejection.action})."
            return _error(403, "forbidden", message, request_id)
        case NotFound():
            message = NO_NAMESPACE if rejection.kind == "project" else NO_SERVICE
            return _error(404, "not_found", message, request_id)
        case Invalid():
            message = f"{field_name(rejection.field)} {rejection.message}."
            return _error(400, "invalid_request", message, request_id)
        case Incompatible():
            names = ", ".join(field_name(name) for name in rejection.fields)
            message = f"{names}: {rejection.message}."
            return _error(422, "invalid_configuration", message, request_id)
        case Taken():
            return _error(409, "conflict", _taken(rejection), request_id)
        case Conflicting():
            return _error(409, "conflict", rejection.message, request_id)
        case KeyReused():
            message = "This Idempotency-Key was used with another request."
            return _error(409, "conflict", message, request_id)
        case Contended():
            message = "The service is being changed by others; try again."
            return _error(409, "conflict", message, request_id)
        case _:
            assert_never(rejection)


def _taken(rejection: Taken) -> str:
    if rejection.space == "domain":
        return "custom_domain is used by another service."
    holder = f"{rejection.holder_kind} " if rejection.holder_kind else ""
    return f"The name is taken: a {holder}with the same host name is in the namespace."


def _error(
    status: int,
    code: str,
    message: str,
    request_id: str,
    headers: tuple[tuple[str, str], ...] = (),
) -> Rendered:
    body = {"error": {"code": code, "message": message, "request_id": request_id}}
    return Rendered(status=status, body=json.dumps(body).encode(), headers=headers)
