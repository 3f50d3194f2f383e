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
    body: type[BaseModel] | None = None
    query: type[BaseModel] | None = None
    statuses: tuple[int, ...] = ()
    is_keyed: bool = False


def operation(
    method: Method,
    path: str,
    handler: Callable[..., Awaitable[Any]],
    *,
    summary: str,
    tag: str,
    status: HTTPStatus = HTTPStatus.OK,
    body: type[BaseModel] | None = None,
    query: type[BaseModel] | None = None,
    refusals: tuple[int, ...] = (),
    also: tuple[str, ...] = (),
    operation_id: str | None = None,
) -> tuple[HTTPRouteHandler, ...]:
    """`also`: other paths of the same operation, which the document leaves out."""
    documented = Documented(body=body, query=query, statuses=refusals, is_keyed=method != "GET")
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
