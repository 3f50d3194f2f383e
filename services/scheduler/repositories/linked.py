"""Where a linked repository lies: at a git server that the operator names, and nowhere else. Pure.

The text comes from a tenant. Host and port come from the operator's list, compared and not taken;
below them are plain names only. A credential is shown to the server it was kept for, and only where
nobody on the way can read it."""

import re
from urllib.parse import SplitResult, urlsplit

from services.scheduler.repositories.address import Location, Login, RepositoryRefused, refused
from shared.domain.git import Provider
from shared.queries.executions import GitLogin

NOT_NAMED = refused("it lies at no git server that this installation knows")
_SEGMENT = re.compile(r"[A-Za-z0-9_.~-]{1,100}\Z")
_SEGMENTS_MAX = 20
_PORTS = {"http": 80, "https": 443}
_LOOPBACK = frozenset({"127.0.0.1", "localhost"})
# Servers that take a token take it under a name of their own.
_USERS: dict[Provider, str] = {
    "github": "x-access-token",
    "githubEnterprise": "x-access-token",
    "gitLab": "oauth2",
    "gitLabEnterprise": "oauth2",
    "bitbucket": "x-token-auth",
    "bitbucketServer": "x-token-auth",
}


def linked(
    uri: str, servers: tuple[str, ...], credential: GitLogin | None
) -> Location | RepositoryRefused:
    """`servers` are URLs; a repository lies below one of them."""
    try:
        asked = urlsplit(uri)
        names = asked.path.strip("/").split("/")
        server = next((one for one in servers if _is_at(asked, urlsplit(one))), None)
    except ValueError:  # A port that is none.
        return refused("its URL cannot be read")
    if server is None:
        return NOT_NAMED
    if len(names) > _SEGMENTS_MAX or not all(_is_plain(name) for name in names):
        return refused("its URL has a path that no repository has")
    base = urlsplit(server)
    place = f"{base.scheme}://{base.netloc}/{'/'.join(names)}"
    login = None if credential is None else _login(asked, credential)
    return Location(kind="url", place=place, login=login)


def _is_at(asked: SplitResult, base: SplitResult) -> bool:
    if (asked.scheme, asked.hostname, _port(asked)) != (base.scheme, base.hostname, _port(base)):
        return False
    return f"{asked.path.rstrip('/')}/".startswith(f"{base.path.rstrip('/')}/")


def _port(parts: SplitResult) -> int | None:
    return parts.port or _PORTS.get(parts.scheme)


def _is_plain(name: str) -> bool:
    return bool(_SEGMENT.match(name)) and name not in {".", ".."} and not name.startswith("-")


def _login(asked: SplitResult, credential: GitLogin) -> Login | None:
    host, port = asked.hostname or "", _port(asked)
    of_host, _, of_port = credential.domain.partition(":")
    wanted = int(of_port) if of_port else _PORTS.get(asked.scheme)
    is_its_server = credential.protocol == "https" and (of_host, wanted) == (host, port)
    if not is_its_server or (asked.scheme != "https" and host not in _LOOPBACK):
        return None
    user = credential.username or asked.username or _USERS.get(credential.provider, "git")
    return Login(user=user, secret=credential.secret)
