"""The engine's HTTP API on its Unix socket: calls with time-outs, streams, one spoken version.

Two things can go wrong and are told apart: the engine is away (it may be back in a moment) and the
engine refuses (its own words say why). Docker and Podman speak the same paths.
"""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

CALL_SECONDS = 15.0
CONNECT_SECONDS = 3.0
# What we were written against; older engines lack one-shot statistics.
OLDEST, NEWEST = (1, 40), (1, 51)
_MESSAGE_MAX = 500


class EngineAway(OSError):
    """Nobody answers at the socket, or not in time."""


class EngineRefused(OSError):
    """The engine answered, and it was no; `message` is its own."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(f"{status}: {message}")
        self.status = status
        self.message = message


class EngineUnusable(Exception):
    """An engine that this project cannot work with, in words."""


@dataclass(slots=True, kw_only=True)
class Client:
    socket: Path
    product: str = ""
    _version: str = ""
    _http: httpx.AsyncClient | None = field(default=None, repr=False)

    async def negotiate(self) -> None:
        """Which version both sides speak. Raises EngineAway or EngineUnusable."""
        about = await self.get("/version", versioned=False)
        newest, oldest = _numbers(about.get("ApiVersion")), _numbers(about.get("MinAPIVersion"))
        spoken = min(newest, NEWEST)
        names = [str(part.get("Name", "")) for part in about.get("Components") or ()]
        podman = any("podman" in name.lower() for name in names)
        self.product = f"{'Podman' if podman else 'Docker'} {about.get('Version', '')}".strip()
        if spoken < OLDEST or oldest > NEWEST:
            raise EngineUnusable(
                f"{self.product} speaks API {_text(oldest)} to {_text(newest)}, "
                f"this project {_text(OLDEST)} to {_text(NEWEST)}"
            )
        self._version = f"/v{_text(spoken)}"

    @property
    def is_podman(self) -> bool:
        return self.product.startswith("Podman")

    async def get(self, path: str, *, versioned: bool = True, **params: Any) -> Any:
        answer = await self._call("GET", path, params=params, versioned=versioned)
        return _parsed(answer.content)

    async def post(
        self, path: str, body: Any = None, *, seconds: float = CALL_SECONDS, **params: Any
    ) -> Any:
        answer = await self._call("POST", path, params=params, body=body, seconds=seconds)
        return _parsed(answer.content) if answer.content else None

    async def delete(self, path: str, **params: Any) -> None:
        await self._call("DELETE", path, params=params)

    async def _call(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, Any],
        body: Any = None,
        seconds: float = CALL_SECONDS,
        versioned: bool = True,
    ) -> httpx.Response:
        prefix = self._version if versioned else ""
        try:
            answer = await self._client().request(
                method, prefix + path, params=_plain(params), json=body, timeout=_limits(seconds)
            )
        except httpx.HTTPError as error:
            raise EngineAway(f"the container engine does not answer: {_why(error)}") from error
        if answer.status_code >= 400:
            raise EngineRefused(answer.status_code, _message(answer.content))
        return answer

    @asynccontextmanager
    async def stream(
        self,
        method: str,
        path: str,
        /,
        *,
        content: AsyncIterator[bytes] | None = None,
        silence_seconds: float | None = CALL_SECONDS,
        **params: Any,
    ) -> AsyncIterator[AsyncIterator[bytes]]:
        """The body as it comes; the caller bounds the whole. None: silence is no fault."""
        limits = httpx.Timeout(CALL_SECONDS, connect=CONNECT_SECONDS, read=silence_seconds)
        # The body is handed on as it comes: an engine shall not press it together.
        headers = {"Accept-Encoding": "identity"}
        if content is not None:
            headers["Content-Type"] = "application/x-tar"
        try:
            async with self._client().stream(
                method,
                self._version + path,
                params=_plain(params),
                content=content,
                headers=headers,
                timeout=limits,
            ) as answer:
                if answer.status_code >= 400:
                    raise EngineRefused(answer.status_code, _message(await answer.aread()))
                yield answer.aiter_raw()
        except httpx.HTTPError as error:
            raise EngineAway(f"the container engine broke off: {_why(error)}") from error

    async def documents(
        self, method: str, path: str, *, content: AsyncIterator[bytes] | None = None, **params: Any
    ) -> AsyncIterator[dict[str, Any]]:
        """A stream of JSON documents, one a line: how builds and pulls tell their progress."""
        rest = b""
        # A build step or a large layer may say nothing for long; the caller's time-out ends it.
        async with self.stream(
            method, path, content=content, silence_seconds=None, **params
        ) as chunks:
            async for chunk in chunks:
                *lines, rest = (rest + chunk).split(b"\n")
                for line in lines:
                    if line.strip():
                        yield _parsed(line)
            if rest.strip():
                yield _parsed(rest)

    async def send(self, path: str, content: AsyncIterator[bytes], /, **params: Any) -> None:
        """A tar, which the engine unpacks."""
        async with self.stream("PUT", path, content=content, **params) as answer:
            async for _ in answer:
                pass  # Read to its end: only then is it done.

    async def close(self) -> None:
        if self._http is not None:
            await self._http.aclose()
            self._http = None

    def _client(self) -> httpx.AsyncClient:
        if self._http is None:
            # Streams of logs hold a connection each: the pool must not run out.
            pool = httpx.Limits(max_connections=None, max_keepalive_connections=8)
            self._http = httpx.AsyncClient(
                transport=httpx.AsyncHTTPTransport(uds=str(self.socket), limits=pool),
                base_url="http://engine",
                trust_env=False,
            )
        return self._http


def _limits(seconds: float) -> httpx.Timeout:
    return httpx.Timeout(seconds, connect=CONNECT_SECONDS)


def _why(error: httpx.HTTPError) -> str:
    return str(error) or type(error).__name__


def _plain(params: Mapping[str, Any]) -> dict[str, str]:
    """The API takes booleans as words and everything nested as JSON."""
    return {
        key: value if isinstance(value, str) else json.dumps(value)
        for key, value in params.items()
        if value is not None
    }


def _parsed(content: bytes) -> Any:
    try:
        return json.loads(content)
    except ValueError as error:
        raise EngineAway("the container engine answered what is not JSON") from error


def _message(content: bytes) -> str:
    try:
        found = json.loads(content)
        text = str(found.get("message") or found.get("cause") or found)
    except (ValueError, AttributeError):
        text = content.decode("utf-8", "replace")
    return text.strip()[:_MESSAGE_MAX]


def _numbers(text: object) -> tuple[int, int]:
    major, _, minor = str(text or "").partition(".")
    try:
        return int(major), int(minor.partition(".")[0] or 0)
    except ValueError:
        return 0, 0


def _text(numbers: tuple[int, int]) -> str:
    return f"{numbers[0]}.{numbers[1]}"
