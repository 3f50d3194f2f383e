"""uvicorn's parser, telling the application a target that is no path as it was sent.

uvicorn shows only the path of it: `GET http://other/x` would look like `GET /x`."""

from typing import Any, cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

TARGET = "chronoplane.target"


class Protocol(HttpToolsProtocol):
    def on_headers_complete(self) -> None:
        if not self.url.startswith(b"/"):
            # `*`, `host:port` and absolute forms: some of them uvicorn cannot even take apart.
            cast(dict[str, Any], self.scope)[TARGET] = self.url
            self.url = b"/"
        super().on_headers_complete()
