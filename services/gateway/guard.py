"""What a request must be before anybody looks at it: one host, one framing, a plain target.

The gateway can be reached without the edge in front, so it trusts no proxy to have checked this
(THREATS rows 22, 25, 28)."""

import re
from collections.abc import Callable, Iterable
from typing import Any

from services.gateway.protocol import TARGET
from services.gateway.refusals import BadRequest, NoSuchPath, Refused, TooLarge

# So much of a body that is too long is read and dropped: a connection that is closed with unread
# bytes is reset, and the client never sees why.
DRAINED_MAX = 8 * 1024 * 1024

_HOST = re.compile(rb"(?:[A-Za-z0-9._-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{1,5})?\Z")
_REQUEST_ID = re.compile(rb"[A-Za-z0-9._-]{8,64}\Z")
# Headers that say one thing only; twice means that two readers may disagree.
_SINGLE = frozenset(
    {
        b"host",
        b"authorization",
        b"content-length",
        b"transfer-encoding",
        b"content-encoding",
        b"idempotency-key",
        b"if-position",
        b"chronoplane-as-of",
        b"x-domino-api-key",
        b"x-hub-signature-256",
    }
)


def headers_of(raw: Iterable[tuple[bytes, bytes]]) -> tuple[dict[bytes, bytes], bytes | None]:
    """The headers by name, and the first that must not be repeated but is."""
    headers: dict[bytes, bytes] = {}
    repeated = None
    for name, value in raw:
        if name in _SINGLE and name in headers:
            repeated = name
        headers[name] = value
    return headers, repeated


def request_id_of(headers: dict[bytes, bytes]) -> str | None:
    """The client's own, where it is well-formed; anything else would end in our logs."""
    value = headers.get(b"x-request-id")
    if value is None or not _REQUEST_ID.match(value):
        return None
    return value.decode("ascii")


def check_framing(
    scope: dict[str, Any], headers: dict[bytes, bytes], repeated: bytes | None, limit_bytes: int
) -> None:
    if TARGET in scope:
        raise Refused(BadRequest(message="The request target must begin with '/'."))
    if repeated is not None:
        raise Refused(BadRequest(message=f"The header {repeated.decode()} is given twice."))
    host = headers.get(b"host")
    if host is None or not _HOST.match(host):
        raise Refused(BadRequest(message="Exactly one valid Host header is needed."))
    length = headers.get(b"content-length")
    if b"transfer-encoding" in headers and (length is not None or scope["http_version"] != "1.1"):
        raise Refused(BadRequest(message="The length of the body is stated in two ways."))
    if headers.get(b"content-encoding", b"identity").lower() != b"identity":
        raise Refused(BadRequest(message="The body must not be compressed."))
    if length is not None and int(length) > limit_bytes + DRAINED_MAX:
        raise Refused(TooLarge(limit_bytes=limit_bytes))


def check_path(scope: dict[str, Any], is_spelled: Callable[[str], bool]) -> None:
    """Paths are matched as they are written. An encoded slash or an empty segment would be routed
    by one reading and authorised by another. The router takes a path with a slash at its end for
    the one without; `is_spelled` knows which of the two the dialect has."""
    path, raw = scope["path"], scope["raw_path"]
    if len(path) > 1 and (not is_spelled(path) or "//" in path):
        raise Refused(NoSuchPath())
    if b"%" in raw and (b"%2f" in raw.lower() or "\x00" in path or "\ufffd" in path):
        raise Refused(NoSuchPath())


async def read_body(receive: Any, limit_bytes: int) -> bytes:
    chunks: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ConnectionError("the client went away")
        chunk = message.get("body", b"")
        if chunk:
            size += len(chunk)
            if size > limit_bytes + DRAINED_MAX:
                break
            if size <= limit_bytes:
                chunks.append(chunk)
        if not message.get("more_body", False):
            if size > limit_bytes:
                break
            return chunks[0] if len(chunks) == 1 else b"".join(chunks)
    raise Refused(TooLarge(limit_bytes=limit_bytes))
