"""The gateway as a verb speaks to it: where it is, with which token, and what its refusals mean."""

import argparse
import http.client
import io
import json
import os
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Any
from urllib.parse import quote, urlencode, urlsplit

from services.cli.refused import Refused, refusal_of
from services.cli.verb import Exit

CONNECT_SECONDS = 10.0
ANSWER_SECONDS = 30.0
DOCUMENT_BYTES_MAX = 64 * 1024 * 1024
PER_PAGE = 100
WRITE_ATTEMPTS = 4
WRITE_PAUSE_SECONDS = 1.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--url",
        default=None,
        help="the gateway; CHRONOPLANE_URL, else this machine's on CHRONOPLANE_GATEWAY_PORT",
    )
    parser.add_argument(
        "--context",
        default=None,
        metavar="NAME",
        help="the installation of that name (chronoplane context); CHRONOPLANE_CONTEXT",
    )
    parser.add_argument(
        "--token-file",
        type=Path,
        metavar="FILE",
        help="file of the token; else CHRONOPLANE_TOKEN, else keys/admin_token of the data",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Got:
    """A document, and which position of the log it is true for."""

    document: Any
    status: int
    headers: Mapping[str, str]

    @property
    def position(self) -> int | None:
        text = self.headers.get("log-position", "")
        return int(text) if text.isdigit() else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    url: str
    token: str
    as_of: str | None = None
    reason: str | None = None

    @classmethod
    def of(cls, chosen: argparse.Namespace) -> "Server":
        return replace(cls.without_token(chosen), token=token_of(chosen.token_file))

    @classmethod
    def without_token(cls, chosen: argparse.Namespace) -> "Server":
        """For what anybody may ask."""
        port = os.environ.get("CHRONOPLANE_GATEWAY_PORT", "8080")
        url = chosen.url or os.environ.get("CHRONOPLANE_URL") or f"http://127.0.0.1:{port}"
        return cls(
            url=url.rstrip("/"),
            token="",
            as_of=getattr(chosen, "as_of", None),
            reason=getattr(chosen, "reason", None),
        )

    def get(
        self,
        path: str,
        query: Mapping[str, object] | None = None,
        *,
        seconds: float = ANSWER_SECONDS,
        accept: tuple[int, ...] = (),
    ) -> Got:
        """At the moment that was asked for. What is None in the query is left out."""
        given = {name: str(item) for name, item in (query or {}).items() if item is not None}
        headers = {} if self.as_of is None else {"Chronoplane-As-Of": self.as_of}
        address = f"{path}?{urlencode(given)}" if given else path
        with self.asked("GET", address, headers=headers, seconds=seconds, accept=accept) as answer:
            return _got(answer)

    def items(
        self, path: str, query: Mapping[str, object] | None = None
    ) -> Iterator[dict[str, Any]]:
        """Of all pages of a list."""
        page = 1
        while True:
            asked = {**(query or {}), "page": page, "per_page": PER_PAGE}
            document = self.get(path, asked).document
            yield from document["data"]
            if page >= document["pagination"]["total_pages"]:
                return
            page += 1

    def send(self, method: str, path: str, body: object = None) -> Got:
        """A write, sent again under the same key where its answer got lost: it is done once."""
        headers = {"Content-Type": "application/json", "Idempotency-Key": uuid.uuid4().hex}
        if self.reason:
            headers["X-Reason"] = quote(self.reason)
        sent = b"" if body is None else json.dumps(body).encode()
        for attempt in range(1, WRITE_ATTEMPTS + 1):
            try:
                with self.asked(
                    method,
                    path,
                    headers=headers,
                    body=io.BytesIO(sent),
                    length=len(sent),
                    seconds=ANSWER_SECONDS,
                ) as answer:
                    return _got(answer)
            except Refused as refused:
                if not refused.may_pass or attempt == WRITE_ATTEMPTS:
                    raise
                time.sleep(WRITE_PAUSE_SECONDS)
        raise AssertionError("the last attempt answers or raises")

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
        accept: tuple[int, ...] = (),
    ) -> Iterator[http.client.HTTPResponse]:
        """The answer, still to be read. Raises Refused for a "no" and for nobody there."""
        connection = _connection(self.url)
        given = dict(headers or {})
        if self.token:
            given["Authorization"] = f"Bearer {self.token}"
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
                    may_pass=True,
                ) from error
            if answer.status >= 400 and answer.status not in accept:
                raise refusal_of(answer, self.url)
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


def token_of(file: Path | None) -> str:
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
            next_step="start a stack here (make run), or sign in elsewhere: chronoplane login,"
            " --token-file FILE or CHRONOPLANE_TOKEN",
            exit_=Exit.NOT_ALLOWED,
        ) from error


def _got(answer: http.client.HTTPResponse) -> Got:
    try:
        raw = answer.read(DOCUMENT_BYTES_MAX)
    except (OSError, http.client.HTTPException) as error:
        raise Refused(
            "the answer broke off",
            why=str(error) or type(error).__name__,
            next_step="try again",
            exit_=Exit.UNREACHABLE,
            may_pass=True,
        ) from error
    headers = {name.lower(): value for name, value in answer.headers.items()}
    is_json = "json" in headers.get("content-type", "") and "ndjson" not in headers["content-type"]
    document = json.loads(raw) if raw and is_json else raw.decode("utf-8", errors="replace")
    return Got(document=document, status=answer.status, headers=headers)
