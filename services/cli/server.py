"""The gateway as a verb speaks to it: where it is, with which token, and what its refusals mean."""

import argparse
import http.client
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlsplit

from services.cli.verb import Exit, Output

CONNECT_SECONDS = 10.0
REFUSAL_BYTES_MAX = 64 * 1024


class Refused(Exception):
    """What to say, and what to do next."""

    def __init__(self, what: str, *, why: str, next_step: str, exit_: Exit, code: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.why = why
        self.next_step = next_step
        self.exit = exit_
        self.code = code

    def told(self, output: Output) -> Exit:
        output.error(self.what, why=self.why, next_step=self.next_step)
        return self.exit


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--url",
        default=None,
        help="the gateway; CHRONOPLANE_URL, else this machine's on CHRONOPLANE_GATEWAY_PORT",
    )
    parser.add_argument(
        "--token-file",
        type=Path,
        metavar="FILE",
        help="file of the token; else CHRONOPLANE_TOKEN, else keys/admin_token of the data",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    url: str
    token: str

    @classmethod
    def of(cls, chosen: argparse.Namespace) -> "Server":
        port = os.environ.get("CHRONOPLANE_GATEWAY_PORT", "8080")
        url = chosen.url or os.environ.get("CHRONOPLANE_URL") or f"http://127.0.0.1:{port}"
        return cls(url=url.rstrip("/"), token=_token(chosen.token_file))

    @contextmanager
    def asked(
        self,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: IO[bytes] | None = None,
        length: int = 0,
        seconds: float,
    ) -> Iterator[http.client.HTTPResponse]:
        """The answer, still to be read. Raises Refused for a "no" and for nobody there."""
        connection = _connection(self.url)
        given = {"Authorization": f"Bearer {self.token}", **(headers or {})}
        if body is not None:
            given["Content-Length"] = str(length)
        try:
            try:
                connection.connect()
                connection.sock.settimeout(seconds)
                self._send(connection, method, path, body, given)
                answer = connection.getresponse()
            except (OSError, http.client.HTTPException) as error:
                raise Refused(
                    f"{self.url} does not answer",
                    why=str(error) or type(error).__name__,
                    next_step="start it (make run), or name it with --url or CHRONOPLANE_URL",
                    exit_=Exit.UNREACHABLE,
                ) from error
            if answer.status >= 400:
                raise _refusal(answer, self.url)
            yield answer
        finally:
            connection.close()

    def _send(
        self,
        connection: http.client.HTTPConnection,
        method: str,
        path: str,
        body: IO[bytes] | None,
        headers: dict[str, str],
    ) -> None:
        prefix = urlsplit(self.url).path
        try:
            connection.request(method, f"{prefix}{path}", body=body, headers=headers)
        except (BrokenPipeError, ConnectionResetError):
            # It has said no before it had read all; the answer tells why.
            return


def _connection(url: str) -> http.client.HTTPConnection:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise Refused(
            f"{url} is no URL of a gateway",
            why="it must begin with http:// or https://",
            next_step="for example --url http://127.0.0.1:8080",
            exit_=Exit.USAGE,
        )
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    return kind(parts.hostname, parts.port, timeout=CONNECT_SECONDS)


def _token(file: Path | None) -> str:
    if file is None and (token := os.environ.get("CHRONOPLANE_TOKEN")):
        return token.strip()
    folder = Path(os.environ.get("CHRONOPLANE_DATA_DIR", ".chronoplane"))
    file = file or folder / "keys" / "admin_token"
    try:
        return file.read_text("ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise Refused(
            "there is no token",
            why=f"{file} cannot be read",
            next_step="give --token-file FILE, or set CHRONOPLANE_TOKEN",
            exit_=Exit.NOT_ALLOWED,
        ) from error


def _refusal(answer: http.client.HTTPResponse, url: str) -> Refused:
    problem: dict[str, Any] = {}
    try:
        parsed = json.loads(answer.read(REFUSAL_BYTES_MAX))
        problem = parsed if isinstance(parsed, dict) else {}
    except (ValueError, OSError, http.client.HTTPException):
        problem = {}  # Something between us and the gateway; its status says enough.
    request = f", request {problem['request_id']}" if "request_id" in problem else ""
    code = str(problem.get("code", ""))
    return Refused(
        str(problem.get("detail") or f"{url} answered {answer.status} {answer.reason}"),
        why=f"{answer.status} {code or answer.reason}{request}",
        next_step=_NEXT.get(answer.status, ""),
        exit_=_EXITS.get(answer.status, Exit.FAILED),
        code=code,
    )


_NEXT = {
    401: "give a token that lives: --token-file FILE or CHRONOPLANE_TOKEN",
    403: "ask with the token of the installation's admin",
    503: "try again in a moment; /ready says what is missing",
}
_EXITS = {401: Exit.NOT_ALLOWED, 403: Exit.NOT_ALLOWED, 404: Exit.NOT_FOUND}
