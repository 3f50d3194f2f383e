"""How Amigo says no: FastAPI's habit, `{"detail": "..."}` with a list of places for a 422, and an
`error_code`, which its SDK reads (spec/amigo.md 7)."""

from http import HTTPStatus
from typing import Any, assert_never

from pydantic import BaseModel

from services.gateway.refusals import (
    BadFields,
    BadRequest,
    NoSuchMethod,
    NoSuchPath,
    NotAuthenticated,
    Refusal,
    said,
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

_CODES = {
    401: "unauthorized",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    413: "too_large",
    429: "rate_limited",
    500: "internal_error",
    503: "unavailable",
}
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
    plain = said(refusal)
    match refusal:
        case BadRequest():
            return _invalid(((("body",), refusal.message),))
        case BadFields():
            return _invalid(tuple((_loc(name), what) for name, what in refusal.problems))
        case NoSuchPath() | NoSuchMethod():
            # In its framework's words.
            return _error(
                plain.status, _CODES[plain.status], HTTPStatus(plain.status).phrase, plain.headers
            )
        case _:
            return _error(plain.status, _CODES[plain.status], plain.sentence, plain.headers)


def rejected(rejection: Rejection, request_id: str) -> Rendered:
    match rejection:
        case Unauthenticated():
            return refused(NotAuthenticated(), request_id)
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


def _error(status: int, code: str, detail: str, headers: _Headers = ()) -> Rendered:
    return _rendered(status, {"detail": detail, "error_code": code}, headers)


def _rendered(status: int, body: dict[str, Any], headers: _Headers = ()) -> Rendered:
    return Rendered(status=status, body=json.dumps(body).encode(), headers=headers)
