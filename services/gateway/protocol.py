"""uvicorn's protocol with two differences: a target that is no path reaches the application as it
was sent, and the head and the body of an answer leave in one call of the system.

uvicorn shows only the path of a target: `GET http://other/x` would look like `GET /x`."""

import asyncio
from typing import Any, cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

TARGET = "chronoplane.target"


class Joined:
    """A transport whose writes of one turn of the loop leave together; all else is as it was."""

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._parts: list[bytes] = []

    def write(self, data: bytes) -> None:
        if not self._parts:
            asyncio.get_running_loop().call_soon(self._flush)
        self._parts.append(data)

    def close(self) -> None:
        self._flush()
        self._transport.close()

    def _flush(self) -> None:
        parts, self._parts = self._parts, []
        if parts and not self._transport.is_closing():
            self._transport.write(b"".join(parts))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)


class Protocol(HttpToolsProtocol):
    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # uvicorn narrows it likewise
        super().connection_made(cast(asyncio.Transport, Joined(transport)))

    def on_headers_complete(self) -> None:
        if not self.url.startswith(b"/"):
            # `*`, `host:port` and absolute forms: some of them uvicorn cannot even take apart.
            cast(dict[str, Any], self.scope)[TARGET] = self.url
            self.url = b"/"
        super().on_headers_complete()
