"""How ZenML says no (spec 6): `{"detail": [exception, text]}`, from which its client makes that
exception again; a bare list where its framework refused; a plain sentence for a few.

What only a handler knows to say (the name of a service, a page's numbers) travels as `Told`."""

from collections.abc import Awaitable, Callable
from functools import wraps
from http import HTTPStatus
from typing import Any, TypeVar, assert_never

from litestar import Response

from services.gateway.refusals import (
    Accident,
    BadFields,
    CommandRejected,
    NoSuchMethod,
    NoSuchPath,
    NotAuthenticated,
    Refusal,
    said,
)
from services.gateway.surface import Rendered
from services.gateway.surfaces.zenml.ids import shown
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
from shared.domain.service.facets.registration import STATES
from shared.kernel import json
from shared.kernel.ids import is_id

T = TypeVar("T")
INVALID_CREDENTIAL = (
    "Authentication error: error decoding access token: Invalid JWT token: Not enough segments."
)
_EXCEPTIONS = {
    400: "ValueError",
    403: "IllegalOperationError",
    413: "ValueError",
    429: "MaxConcurrentTasksError",
    503: "RuntimeError",
}
_STATES = ", ".join(f"'{state}'" for state in STATES[:-1]) + f" or '{STATES[-1]}'"


class Told(Exception):
    def __init__(self, rendered: Rendered) -> None:
        super().__init__(str(rendered.status))
        self.rendered = rendered


def telling(handler: Callable[..., Awaitable[T]]) -> Callable[..., Awaitable[T | Response[bytes]]]:
    """A handler whose `Told` is its answer."""

    @wraps(handler)
    async def told(*args: Any, **kwargs: Any) -> T | Response[bytes]:
        try:
            return await handler(*args, **kwargs)
        except Told as answer:
            rendered = answer.rendered
            return Response(
                rendered.body,
                status_code=rendered.status,
                media_type=rendered.media_type,
                headers=dict(rendered.headers),
            )

    return told


def named(status: int, exception: str, text: str, **headers: str) -> Rendered:
    return _detail(status, [exception, text], **headers)


def sentence(status: int, text: str, **headers: str) -> Rendered:
    return _detail(status, text, **headers)


def bare(text: str) -> Rendered:
    """What the framework refused before the endpoint was reached."""
    return Rendered(status=422, body=json.dumps(["ValueError", text]).encode())


def missing(text: str) -> Rendered:
    # A KeyError's text is its argument's repr: the quotes are published.
    return named(404, "KeyError", f'"{text}"')


def no_service(id_: str) -> Rendered:
    return missing(f"Unable to get service with ID '{id_}': No service with this ID found")


def no_project(key: str) -> Rendered:
    head = f"Unable to get project with name or ID '{shown(key)}'"
    if is_id(key) or _is_uuid(key):
        return missing(f"{head}: No project with this ID found.")
    return missing(f"{head}: '{key}' is not a valid  UUID and no project with this name exists.")


def reference_told(rejected: CommandRejected, project: str, operation: str) -> Exception:
    """A reference that names nothing is told with what refers to it."""
    rejection = rejected.rejection
    if isinstance(rejection, NotFound) and rejection.kind in ("model_version", "pipeline_run"):
        return Told(
            missing(
                f"The {rejection.kind.replace('_', ' ')} with ID {shown(rejection.key)} referenced "
                f"by the {operation} was not found in the '{project}' project"
            )
        )
    return rejected


def refused(refusal: Refusal, request_id: str) -> Rendered:
    plain = said(refusal)
    headers = dict(plain.headers)
    match refusal:
        case BadFields():
            text = "; ".join(f"{name} {what}" for name, what in refusal.problems)
            return bare(f"{_counted(len(refusal.problems))}:\n  {text}")
        case NotAuthenticated():
            return sentence(401, "Not authenticated", **headers)
        case NoSuchPath() | NoSuchMethod():
            # In its framework's words.
            return sentence(plain.status, HTTPStatus(plain.status).phrase, **headers)
        case Accident():
            body = {"detail": "An unexpected error occurred.", "request_id": request_id}
            return Rendered(status=500, body=json.dumps(body).encode())
        case _:
            return named(plain.status, _EXCEPTIONS[plain.status], plain.sentence, **headers)


def rejected(rejection: Rejection, request_id: str) -> Rendered:
    match rejection:
        case Unauthenticated():
            return named(401, "CredentialsNotValid", INVALID_CREDENTIAL)
        case Forbidden():
            text = f"Insufficient permissions ({rejection.action})."
            return named(403, "IllegalOperationError", text)
        case NotFound():
            return _absent(rejection)
        case Invalid(field="status.state"):
            text = f"1 validation error for ServiceResponseBody\nstate\n  Input should be {_STATES}"
            return named(422, "ValueError", f"{text} [type=enum]")
        case Invalid():
            text = f"1 validation error:\n{rejection.field}\n  {rejection.message}"
            return named(422, "ValueError", text)
        case Incompatible():
            text = f"1 validation error:\n{', '.join(rejection.fields)}\n  {rejection.message}"
            return named(422, "ValueError", text)
        case Taken():
            return named(409, "EntityExistsError", f"This {rejection.space} is taken.")
        case Conflicting():
            return named(409, "EntityExistsError", rejection.message)
        case KeyReused():
            text = "This Idempotency-Key was used with another request."
            return named(409, "EntityExistsError", text)
        case Contended():
            # Its client tries a 503 again by itself; a 409 it would take for a duplicate.
            text = "The service is being changed by others; try again."
            return named(503, "RuntimeError", text, **{"Retry-After": "1"})
        case _:
            assert_never(rejection)


def _absent(rejection: NotFound) -> Rendered:
    match rejection.kind:
        case "service":
            return no_service(shown(rejection.key))
        case "project":
            return no_project(rejection.key)
        case kind:
            text = f"Unable to get {kind.replace('_', ' ')} with ID '{shown(rejection.key)}'"
            return missing(f"{text}: No {kind.replace('_', ' ')} with this ID found")


def _counted(number: int) -> str:
    return f"{number} validation error{'s' if number != 1 else ''}"


def _detail(status: int, detail: object, **headers: str) -> Rendered:
    body = json.dumps({"detail": detail}).encode()
    return Rendered(status=status, body=body, headers=tuple(headers.items()))


def _is_uuid(text: str) -> bool:
    plain = text.replace("-", "")
    return len(plain) == 32 and all(digit in "0123456789abcdefABCDEF" for digit in plain)
