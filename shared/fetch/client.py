"""One request to a URL of somebody else: resolved once, every answer judged, that address dialled.

No proxies of the environment, no user info, no decompression; capped in time and bytes. What is
sent follows no redirect; a look follows a few, each judged as if it had been given. Tenants learn
one of two reasons: more would let them scan ports, so it is for our log."""

import asyncio
import logging
import re
import socket
import ssl
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

import httpx

from shared.fetch.address import parsed
from shared.fetch.exchange import OUR_FAULT, exchange, location_of, status_of
from shared.fetch.policy import Policy

log = logging.getLogger(__name__)

TOTAL_SECONDS = 15.0
RESOLVE_SECONDS = 5.0
BODY_BYTES_MAX = 4096
REDIRECTS_MAX = 3
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
URL_MAX = 2000
_HOST = re.compile(r"[A-Za-z0-9._-]{1,253}\Z|[0-9A-Fa-f:.]{2,45}\Z")

Resolve = Callable[[str, int], Awaitable[list[str]]]


class TargetRefused(Exception):
    """An address, port or spelling that we do not call. The text is for our log."""


class TargetUnreachable(Exception):
    """It did not answer as a web server does, or not in time. The text is for our log."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """`body`: its first bytes, as sent."""

    status: int
    body: bytes


async def resolved(host: str, port: int) -> list[str]:
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(entry[4][0]) for entry in found]


class Fetcher:
    def __init__(
        self, policy: Policy, *, resolve: Resolve = resolved, tls: ssl.SSLContext | None = None
    ) -> None:
        self._policy = policy
        self._resolve = resolve
        self._tls = tls
        # A kept connection would serve another name of the same address with this name's
        # certificate: so none is kept.
        self._client = httpx.AsyncClient(
            trust_env=False,
            follow_redirects=False,
            limits=httpx.Limits(max_connections=100, max_keepalive_connections=0),
            timeout=TOTAL_SECONDS,
        )

    async def close(self) -> None:
        await self._client.aclose()

    async def post(
        self,
        url: str,
        body: bytes,
        headers: Mapping[str, str],
        *,
        total_seconds: float = TOTAL_SECONDS,
    ) -> Fetched:
        """Raises TargetRefused or TargetUnreachable."""
        target = _target(url)
        try:
            async with asyncio.timeout(total_seconds):
                address = await self._checked(target)
                return await self._sent(target, address, body, headers)
        except TimeoutError:
            raise TargetUnreachable(f"no answer within {total_seconds} s") from None

    async def look(self, url: str, *, total_seconds: float) -> int:
        """The status that a GET ends with, after a few redirects; nothing else is kept. Raises
        TargetRefused or TargetUnreachable; OSError where it is we who lack something."""
        try:
            async with asyncio.timeout(total_seconds):
                for _ in range(REDIRECTS_MAX + 1):
                    target = _target(url)
                    status, location = await self._looked(target, await self._checked(target))
                    if status not in _REDIRECTS or location is None:
                        return status
                    url = _joined(target, location)
        except TimeoutError:
            raise TargetUnreachable(f"no answer within {total_seconds} s") from None
        raise TargetUnreachable(f"more than {REDIRECTS_MAX} redirects")

    async def _looked(self, target: httpx.URL, address: str) -> tuple[int, str | None]:
        is_secure = target.scheme == "https"
        request = (
            f"GET {target.raw_path.decode('ascii')} HTTP/1.1\r\n"
            f"Host: {target.netloc.decode('ascii')}\r\nUser-Agent: chronoplane\r\n"
            "Accept: */*\r\nConnection: close\r\n\r\n"
        )
        try:
            head = await exchange(
                request.encode("ascii"),
                host=address,
                port=_port(target),
                tls=self._secured() if is_secure else None,
                server_name=_host(target) if is_secure else None,
                whole_head=True,
            )
        except (OSError, ValueError) as error:
            if isinstance(error, OSError) and error.errno in OUR_FAULT:
                raise
            raise TargetUnreachable(f"{type(error).__name__}: {error}"[:300]) from None
        status = status_of(head)
        if status is None:
            raise TargetUnreachable("no answer in HTTP")
        return status, location_of(head)

    def _secured(self) -> ssl.SSLContext:
        """Made at the first use: to read the machine's certificates takes a while."""
        if self._tls is None:
            self._tls = ssl.create_default_context()
        return self._tls

    async def _checked(self, target: httpx.URL) -> str:
        """One address of the name, after all of them were judged: one bad answer is enough."""
        host, port = _host(target), _port(target)
        try:
            async with asyncio.timeout(RESOLVE_SECONDS):
                answers = await self._resolve(host, port)
        except (OSError, UnicodeError) as error:
            raise TargetUnreachable(f"{host} has no address: {type(error).__name__}") from None
        for answer in answers:
            address = parsed(answer)
            if address is None or not self._policy.allows(host, address, port):
                raise TargetRefused(f"{host} is {answer}, port {port}")
        if not answers:
            raise TargetUnreachable(f"{host} has no address")
        return answers[0]

    async def _sent(
        self, target: httpx.URL, address: str, body: bytes, headers: Mapping[str, str]
    ) -> Fetched:
        request = self._client.build_request(
            "POST",
            target.copy_with(host=address),
            content=body,
            headers={
                "accept-encoding": "identity",
                "user-agent": "chronoplane",
                **headers,
                "host": target.netloc.decode("ascii"),
            },
            extensions={"sni_hostname": _host(target)},
        )
        try:
            response = await self._client.send(request, stream=True)
            try:
                return Fetched(status=response.status_code, body=await _head_of(response))
            finally:
                await response.aclose()
        except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as error:
            raise TargetUnreachable(f"{type(error).__name__}: {error}"[:300]) from None


def _target(url: str) -> httpx.URL:
    try:
        target = httpx.URL(url)
    except (httpx.InvalidURL, ValueError, TypeError):
        raise TargetRefused("not a URL") from None
    if len(url) > URL_MAX or target.scheme not in ("http", "https") or not target.host:
        raise TargetRefused("not an http or https URL")
    if target.userinfo:
        raise TargetRefused("a URL with user info")
    if not _HOST.match(_host(target)) or not 1 <= _port(target) <= 65535:
        raise TargetRefused("no host name or no port")
    return target


def _joined(target: httpx.URL, location: str) -> str:
    try:
        return str(target.join(location))
    except (httpx.InvalidURL, ValueError, TypeError):
        raise TargetRefused("a redirect to what is no URL") from None


def _host(target: httpx.URL) -> str:
    return target.raw_host.decode("ascii").strip("[]").lower().rstrip(".")


def _port(target: httpx.URL) -> int:
    if target.port is not None:
        return target.port
    return 443 if target.scheme == "https" else 80


async def _head_of(response: httpx.Response) -> bytes:
    taken = b""
    async for chunk in response.aiter_raw(BODY_BYTES_MAX):
        taken += chunk
        if len(taken) >= BODY_BYTES_MAX:
            break
    return taken[:BODY_BYTES_MAX]
