"""How `/ops` says no: RFC 9457 problems. Also the words of paths that belong to no dialect."""

from http import HTTPStatus
from typing import assert_never

from services.gateway.refusals import BadFields, NotAuthenticated, Refusal, said
from services.gateway.surface import Rendered
from services.gateway.surfaces.ops.names import field_name
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

MEDIA_TYPE = "application/problem+json"

_CODES = {
    400: "invalid_request",
    401: "unauthorized",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    413: "too_large",
    429: "rate_limited",
    500: "accident",
    503: "unavailable",
}
_Problems = tuple[tuple[str, str], ...]
_Headers = tuple[tuple[str, str], ...]


def refused(refusal: Refusal, request_id: str) -> Rendered:
    plain = said(refusal)
    problems = refusal.problems if isinstance(refusal, BadFields) else ()
    return _problem(
        plain.status,
        _CODES[plain.status],
        plain.sentence,
        request_id,
        plain.headers,
        problems=problems,
    )


def rejected(rejection: Rejection, request_id: str) -> Rendered:
    match rejection:
        case Unauthenticated():
            return refused(NotAuthenticated(), request_id)
        case Forbidden():
            why = f": {rejection.why}" if rejection.why else ""
            detail = f"You may not do this here ({rejection.action}){why}."
            return _problem(403, "forbidden", detail, request_id)
        case NotFound():
            kind = rejection.kind.replace("_", " ")
            return _problem(404, "not_found", f"There is no such {kind}.", request_id)
        case Invalid():
            problems = ((field_name(rejection.field), rejection.message),)
            detail = f"{problems[0][0]} {rejection.message}."
            return _problem(400, "invalid_request", detail, request_id, problems=problems)
        case Incompatible():
            names = ", ".join(field_name(name) for name in rejection.fields)
            detail = f"{names}: {rejection.message}."
            return _problem(422, "incompatible", detail, request_id)
        case Taken():
            detail = f"This {rejection.space} is taken."
            return _problem(409, "taken", detail, request_id)
        case Conflicting():
            # A home project lives as long as its owner: no state of it lets it be removed.
            status, code = (403, "forbidden") if rejection.state == "home" else (409, "conflict")
            return _problem(status, code, rejection.message, request_id)
        case KeyReused():
            detail = "This Idempotency-Key was used with another request."
            return _problem(409, "idempotency_key_reused", detail, request_id)
        case Contended():
            detail = "It is being changed by others; try again."
            return _problem(409, "contended", detail, request_id)
        case _:
            assert_never(rejection)


def problem(
    status: int,
    code: str,
    detail: str,
    request_id: str,
    *,
    problems: _Problems = (),
) -> Rendered:
    """For what only this surface can be told: why a file was not taken in."""
    return _problem(status, code, detail, request_id, problems=problems)


def _problem(
    status: int,
    code: str,
    detail: str,
    request_id: str,
    headers: _Headers = (),
    *,
    problems: _Problems = (),
) -> Rendered:
    body: dict[str, object] = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "code": code,
        "request_id": request_id,
    }
    if problems:
        body["errors"] = [{"field": name, "message": what} for name, what in problems]
    return Rendered(
        status=status, body=json.dumps(body).encode(), media_type=MEDIA_TYPE, headers=headers
    )
