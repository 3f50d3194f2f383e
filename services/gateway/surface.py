"""What the gateway must know of a dialect: its paths, its handlers, how it says no, its limits."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from litestar.handlers import HTTPRouteHandler
from pydantic import BaseModel

from services.gateway.limits import Rate
from services.gateway.refusals import Refusal
from shared.domain.rejections import Rejection
from shared.queries.identity import CallerDocument

if TYPE_CHECKING:
    from services.gateway.call import Call


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """A refusal in a dialect's words, ready to send."""

    status: int
    body: bytes
    media_type: str = "application/json"
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """One of a dialect's endpoints that is limited by itself, with the limit its page names."""

    name: str
    published: Rate


async def by_authorization(call: "Call") -> CallerDocument | None:
    """Bearer tokens and `API-Key name$secret`: what every surface takes."""
    return await call.parts.authenticator.caller_of(call.header(b"authorization"))


def without_slash(path: str) -> bool:
    return path == "/" or not path.endswith("/")


@dataclass(frozen=True, slots=True, kw_only=True)
class Surface:
    """`prefixes` decide who answers a 404 or 405: the longest one that fits the path wins.

    `published` are the limits on the dialect's own page, by tier; empty where it names none.
    `endpoint_of` (method, path) is for dialects whose limits are per endpoint. `identify` finds who
    calls, where the dialect has logins of its own. `is_spelled` says whether a path ends as
    published: with a slash or without one. `key_header`: where the dialect takes a key, too.
    `streamed` (method, path): bodies longer than memory should hold; their handlers read them."""

    name: str
    title: str
    description: str
    prefixes: tuple[str, ...]
    handlers: tuple[HTTPRouteHandler, ...]
    refused: Callable[[Refusal, str], Rendered]
    rejected: Callable[[Rejection, str], Rendered]
    error_model: type[BaseModel]
    error_media_type: str = "application/json"
    published: Mapping[str, Rate] = field(default_factory=dict)
    is_limited: bool = True
    is_authenticated: bool = True
    identify: Callable[["Call"], Awaitable[CallerDocument | None]] = by_authorization
    endpoint_of: Callable[[str, str], Endpoint | None] | None = None
    is_spelled: Callable[[str], bool] = without_slash
    key_header: str | None = None
    streamed: frozenset[tuple[str, str]] = frozenset()


class Prefixes:
    """The prefix table: a path's surface."""

    def __init__(self, surfaces: tuple[Surface, ...]) -> None:
        rows = [(prefix, surface) for surface in surfaces for prefix in surface.prefixes]
        self._rows = sorted(rows, key=lambda row: len(row[0]), reverse=True)

    def surface_of(self, path: str) -> Surface:
        for prefix, surface in self._rows:
            if path.startswith(prefix) and (
                prefix.endswith("/") or len(path) == len(prefix) or path[len(prefix)] == "/"
            ):
                return surface
        # Only a target that does not begin with "/" gets here; it is refused next.
        return self._rows[-1][1]
