"""Style, scripts and icons: files of ours and vendored ones (assets/README.md), read once.

Their links carry a digest of the content, so that browsers keep them and never show an old one."""

import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from litestar import Request, Response, get
from litestar.handlers import HTTPRouteHandler

from services.gateway.refusals import NoSuchPath, Refused

FOLDER = Path(__file__).parent / "assets"
_KINDS = {
    ".css": "text/css",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
    ".txt": "text/plain",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asset:
    content: bytes
    kind: str
    digest: str


@cache
def assets() -> dict[str, Asset]:
    return {
        file.name: Asset(
            content=(content := file.read_bytes()),
            kind=_KINDS[file.suffix],
            digest=hashlib.sha256(content).hexdigest()[:12],
        )
        for file in sorted(FOLDER.iterdir())
        if file.suffix in _KINDS
    }


def asset_url(name: str) -> str:
    return f"/console/assets/{assets()[name].digest}/{name}"


async def asset(request: Request[Any, Any, Any]) -> Response[bytes]:
    found = assets().get(request.path_params["name"])
    if found is None:
        raise Refused(NoSuchPath())
    is_current = request.path_params["digest"] == found.digest
    headers = {
        "cache-control": "public, max-age=31536000, immutable" if is_current else "no-cache",
        "content-security-policy": _policy(found),
    }
    return Response(found.content, media_type=found.kind, headers=headers)


def _policy(found: Asset) -> str:
    """A worker obeys the policy of its own script; an icon opened by itself may run nothing."""
    is_script = found.kind.startswith("text/javascript")
    return "default-src 'none'; connect-src 'self'" if is_script else "default-src 'none'; sandbox"


HANDLERS: tuple[HTTPRouteHandler, ...] = (get("/console/assets/{digest:str}/{name:str}")(asset),)
