"""A git server over HTTP that wants a login, as people run one: dulwich behind Basic."""

import base64
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

from dulwich.repo import Repo
from dulwich.server import DictBackend
from dulwich.web import make_wsgi_chain


@dataclass(slots=True)
class GitServer:
    """`seen_in` are places of other processes in which the secret stood while it was shown."""

    url: str
    user: str
    secret: str
    requests: int = 0
    refused: int = 0
    seen_in: set[str] = field(default_factory=set)

    @property
    def domain(self) -> str:
        return self.url.partition("//")[2]


class _Silent(WSGIRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """The test's own output stays readable."""


@contextmanager
def git_server(
    repositories: dict[str, Repo], *, user: str = "ann", secret: str
) -> Iterator[GitServer]:
    backend = DictBackend({f"/{name}".encode(): repo for name, repo in repositories.items()})  # type: ignore[arg-type]  # dict is invariant
    inner = make_wsgi_chain(backend)
    found = GitServer(url="", user=user, secret=secret)

    def guarded(environ: dict[str, Any], start: Callable[..., Any]) -> Any:
        found.requests += 1
        wanted = base64.b64encode(f"{found.user}:{found.secret}".encode()).decode()
        if environ.get("HTTP_AUTHORIZATION") != f"Basic {wanted}":
            found.refused += 1
            start("401 Unauthorized", [("WWW-Authenticate", 'Basic realm="git"')])
            return [b""]
        found.seen_in |= _places_of(found.secret)
        return inner(environ, start)

    server = make_server("127.0.0.1", 0, guarded, handler_class=_Silent)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    found.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield found
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _places_of(secret: str) -> set[str]:
    """Arguments and environments of processes that hold it, by the name of the file."""
    found = set()
    for name in ("cmdline", "environ"):
        for path in Path("/proc").glob(f"[0-9]*/{name}"):
            try:
                if secret.encode() in path.read_bytes():
                    found.add(str(path))
            except OSError:
                continue  # It has ended, or is another user's.
    return found
