"""How Amigo says no: FastAPI's habit, `{"detail": "..."}` with a list of places for a 422, and an
`error_code`, which its SDK reads (spec/amigo.md 7)."""

from typing import Any, assert_never

from pydantic import BaseModel

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
from services.gateway.surfaces.amigo.names import KIND_WORDS, place_of
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

HEADERS = ("X-Reason", "Idempotency-Key", "If-Position")
PLACES = ("body", "query", "path", "header")

_Headers = tuple[tuple[str, str], ...]


class FieldError(BaseModel):
    loc: list[str | int]
    msg: str
    type: str


class Error(BaseModel):
    """`detail` is a list where fields are wrong (422), a sentence else."""

    detail: str | list[FieldError]
    error_code: str


def refused(refusal: Refusal, request_id: str) -> Rendered:
    match refusal:
        case BadRequest():
            return _invalid(((("body",), refusal.message),))
        case BadFields():
            return _invalid(tuple((_loc(name), what) for name, what in refusal.problems))
        case NotAuthenticated():
            return _unauthorized()
        case NotAllowed():
            return _error(403, "forbidden", refusal.message)
        case NoSuchPath():
            return _error(404, "not_found", "Not Found")
        case NoSuchMethod():
            headers = (("Allow", refusal.allow),)
            return _error(405, "method_not_allowed", "Method Not Allowed", headers)
        case TooLarge():
            detail = f"The body is longer than {refusal.limit_bytes} bytes."
            return _error(413, "too_large", detail)
        case RateLimited():
            seconds = str(refusal.retry_after_seconds)
            detail = f"Too many requests; try again in {seconds} s."
            return _error(429, "rate_limited", detail, (("Retry-After", seconds),))
        case Unavailable():
            return _error(503, "unavailable", refusal.message, (("Retry-After", "1"),))
        case Accident():
            detail = f"Something went wrong on our side; {request_id} finds it in the log."
            return _error(500, "internal_error", detail)
        case _:
            assert_never(refusal)


def rejected(rejection: Rejection, request_id: str) -> Rendered:
    match rejection:
        case Unauthenticated():
            return _unauthorized()
        case Forbidden():
            return _error(403, "forbidden", f"You lack the permission ({rejection.action}).")
        case NotFound():
            word = KIND_WORDS.get(rejection.kind, rejection.kind.replace("_", " "))
            return _error(404, "not_found", f"The {word} does not exist.")
        case Invalid():
            return _invalid(((place_of(rejection.field), rejection.message),))
        case Incompatible():
            names = ", ".join(place_of(name)[-1] for name in rejection.fields)
            return _error(400, "invalid_configuration", f"{names}: {rejection.message}.")
        case Taken():
            what = "A unit test" if rejection.space == "unit_test_name" else "An active service"
            return _error(409, "conflict", f"{what} with this name exists.")
        case Conflicting():
            # What a service is used for or is by nature is, as published, a bad request.
            status = 400 if rejection.state in ("used", "fixed") else 409
            return _error(status, rejection.state, rejection.message)
        case KeyReused():
            detail = "This Idempotency-Key was used with another request."
            return _error(409, "idempotency_key_reused", detail)
        case Contended():
            return _error(409, "contended", "It is being changed by others; try again.")
        case _:
            assert_never(rejection)


def _loc(name: str) -> tuple[str, ...]:
    """Readers of this surface say `body.name`; what every surface shares says only the name."""
    place, _, rest = name.partition(".")
    if place in PLACES and rest:
        return (place, *rest.split("."))
    return ("header" if name in HEADERS else "query", name)


def _invalid(problems: tuple[tuple[tuple[str, ...], str], ...]) -> Rendered:
    detail: list[dict[str, Any]] = [
        {
            "loc": [int(part) if part.isdecimal() else part for part in place],
            "msg": what,
            "type": "missing" if what == "is required" else "value_error",
        }
        for place, what in problems
    ]
    return _rendered(422, {"detail": detail, "error_code": "validation_error"})


def _unauthorized() -> Rendered:
    headers = (("WWW-Authenticate", "Bearer"),)
    return _error(401, "unauthorized", "The credential is missing or not valid.", headers)


def _error(status: int, code: str, detail: str, headers: _Headers = ()) -> Rendered:
    return _rendered(status, {"detail": detail, "error_code": code}, headers)


def _rendered(status: int, body: dict[str, Any], headers: _Headers = ()) -> Rendered:
    return Rendered(status=status, body=json.dumps(body).encode(), headers=headers)
