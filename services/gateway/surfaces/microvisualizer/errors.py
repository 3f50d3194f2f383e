"""How MicroVisualizer says no: three closed objects, by its OpenAPI file.

`violations` where fields of a body are wrong, `retryAfter` at 429, `status, code, message` for all
else. No value that a client sent is repeated: it may be a secret in the wrong field."""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, assert_never

from litestar import Response

from services.gateway.refusals import BadFields, NotAuthenticated, RateLimited, Refusal, said
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

_Headers = tuple[tuple[str, str], ...]
_Violations = tuple[tuple[str, str], ...]

# Of the published words; it has none for a wrong method, a long body or an outage.
_CODES = {
    400: "bad_request",
    401: "unauthorized",
    403: "forbidden",
    404: "not_found",
    405: "bad_request",
    413: "bad_request",
    500: "internal_error",
    503: "internal_error",
}
_ABSENT = {
    "project": ("project_not_found", "There is no such project."),
    "service": ("service_not_found", "There is no such service."),
    "share": ("public_share_token_not_found", "There is no public share token."),
    "pin": ("not_found", "The project is not pinned."),
    "change": ("not_found", "There is no such snapshot."),
    "customer": ("customer_not_found", "This installation bills nobody."),
    "subscription": (
        "subscription_not_found",
        "This installation bills nobody; there is no cycle to switch.",
    ),
}
_INDEX = re.compile(r"\.(\d+)(?=\.|\Z)")


def refused(refusal: Refusal, request_id: str) -> Rendered:
    plain = said(refusal)
    match refusal:
        case BadFields():
            return _invalid(refusal.problems)
        case RateLimited():
            more = {"retryAfter": refusal.retry_after_seconds}
            return _error(429, "rate_limited", plain.sentence, plain.headers, more)
        case _:
            return _error(plain.status, _CODES[plain.status], plain.sentence, plain.headers)


def rejected(rejection: Rejection, request_id: str) -> Rendered:
    match rejection:
        case Unauthenticated():
            return refused(NotAuthenticated(), request_id)
        case Forbidden():
            return _error(403, "forbidden", f"You may not do this here ({rejection.action}).")
        case NotFound():
            code, message = _ABSENT.get(rejection.kind, ("not_found", "There is no such thing."))
            return _error(404, code, message)
        case Invalid():
            if rejection.field == "as_of":
                return _error(400, "bad_request", f"at {rejection.message}.")
            return _invalid(((rejection.field, rejection.message),))
        case Incompatible():
            return _invalid(tuple((field, rejection.message) for field in rejection.fields))
        case Taken():
            return _taken(rejection)
        case Conflicting():
            return _conflicting(rejection)
        case KeyReused():
            return _error(409, "conflict", "This Idempotency-Key was used with another request.")
        case Contended():
            return _error(409, "conflict", "It is being changed by others; try again.")
        case _:
            assert_never(rejection)


def insufficient_ai_credits(message: str) -> Rendered:
    return _error(402, "insufficient_ai_credits", message)


def invalid_billing_cycle() -> Rendered:
    return _error(400, "invalid_billing_cycle", "billingCycle must be monthly or annual.")


def respond(rendered: Rendered) -> Response[bytes]:
    """For what only one operation of this dialect ever says."""
    return Response(
        rendered.body,
        status_code=rendered.status,
        media_type=rendered.media_type,
        headers=dict(rendered.headers),
    )


def _taken(rejection: Taken) -> Rendered:
    if rejection.space != "slug":
        return _error(409, "conflict", f"This {rejection.space} is taken.")
    holder = rejection.holder_kind or "service"
    return _error(409, "service_name_conflict", f"A {holder} with this slug is in the project.")


def _conflicting(rejection: Conflicting) -> Rendered:
    match rejection.state:
        case "home":
            # A home project lives as long as its owner: no state of it lets it be deleted.
            return _error(403, "forbidden", rejection.message)
        case "fixed":
            return _error(409, "service_name_conflict", rejection.message)
        case _:
            return _error(409, "conflict", rejection.message)


def _invalid(problems: _Violations) -> Rendered:
    violations = [
        {"field": _INDEX.sub(r"[\1]", field), "message": message} for field, message in problems
    ]
    body = {
        "status": 400,
        "code": "validation_failed",
        "message": "Validation failed",
        "violations": violations,
    }
    return _rendered(400, body)


def _error(
    status: int,
    code: str,
    message: str,
    headers: _Headers = (),
    more: Mapping[str, int] = MappingProxyType({}),
) -> Rendered:
    body = {"status": status, "code": code, "message": message, **more}
    return _rendered(status, body, headers)


def _rendered(status: int, body: dict[str, Any], headers: _Headers = ()) -> Rendered:
    return Rendered(status=status, body=json.dumps(body).encode(), headers=headers)
