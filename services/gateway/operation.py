"""An operation of a surface: a handler at one canonical path, and what its document says.

Bodies and queries are read inside the handlers, because a dialect decides what is checked before
them; so the models stand here for the published document."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Literal

from litestar import delete, get, patch, post, put
from litestar.handlers import HTTPRouteHandler
from pydantic import BaseModel

Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE"]
_DECORATORS: dict[Method, Callable[..., Any]] = {
    "GET": get,
    "POST": post,
    "PUT": put,
    "PATCH": patch,
    "DELETE": delete,
}
OPERATION = "operation"


@dataclass(frozen=True, slots=True, kw_only=True)
class Documented:
    """`answer` where the handler's annotation does not tell: any type that pydantic knows.
    `headers` are those of the dialect's own that must be there."""

    body: type[BaseModel] | None = None
    body_type: str = "application/json"
    query: type[BaseModel] | None = None
    headers: tuple[str, ...] = ()
    answer: Any = None
    answer_type: str = "application/json"
    statuses: tuple[int, ...] = ()
    is_keyed: bool = False
    is_public: bool = False


def operation(
    method: Method,
    path: str,
    handler: Callable[..., Awaitable[Any]],
    *,
    summary: str,
    tag: str,
    status: HTTPStatus = HTTPStatus.OK,
    body: type[BaseModel] | None = None,
    body_type: str = "application/json",
    query: type[BaseModel] | None = None,
    headers: tuple[str, ...] = (),
    answer: Any = None,
    answer_type: str = "application/json",
    is_public: bool = False,
    refusals: tuple[int, ...] = (),
    also: tuple[str, ...] = (),
    operation_id: str | None = None,
) -> tuple[HTTPRouteHandler, ...]:
    """`also`: other paths of the same operation, which the document leaves out. `is_public`: it
    asks for no credential, or for one in its body."""
    documented = Documented(
        body=body,
        body_type=body_type,
        query=query,
        headers=headers,
        answer=answer,
        answer_type=answer_type,
        statuses=refusals,
        is_keyed=method != "GET",
        is_public=is_public,
    )
    decorate = _DECORATORS[method]
    canonical = decorate(
        path,
        status_code=int(status),
        summary=summary,
        tags=[tag],
        operation_id=operation_id or getattr(handler, "__name__", None),
        opt={OPERATION: documented},
    )(handler)
    aliases = [
        decorate(alias, status_code=int(status), include_in_schema=False)(handler) for alias in also
    ]
    return (canonical, *aliases)
