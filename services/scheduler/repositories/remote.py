"""Talk git, over HTTP or with a folder: which commit is a branch, and its objects. Blocking; runs
in a child or a thread.

No other transport exists here: dulwich would take `ext::` and `host:path` as programs to start,
so its own choice of client by URL is never used.
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlparse

import urllib3
from dulwich.client import AbstractHttpGitClient, HttpGitClient, HTTPUnauthorized
from dulwich.errors import GitProtocolError, HangupException, NotGitRepository
from dulwich.objects import ObjectID
from dulwich.repo import Repo

from services.scheduler.repositories.address import Location, Login

_CONNECT_SECONDS = 10.0
_READ_SECONDS = 30.0


class RemoteMissing(Exception):
    """The base answers, and there is no such repository."""


class RemoteLocked(Exception):
    """The server wants to know who asks, or does not take what it was told."""


class RemoteBroken(Exception):
    """The base could not be asked. Not the tenant's fault; try again."""


class _NoRedirects(urllib3.PoolManager):
    """A redirect would take the base's credentials, and us, to a host the operator never named."""

    def urlopen(  # type: ignore[override]  # urllib3 types its overloads loosely
        self, method: str, url: str, redirect: bool = True, **rest: Any
    ) -> urllib3.BaseHTTPResponse:
        return super().urlopen(method, url, redirect=False, **rest)


def http_client(place: str, login: Login | None) -> tuple[AbstractHttpGitClient, str]:
    """The client shows the login to the origin of `place` only."""
    pool = _NoRedirects(
        timeout=urllib3.Timeout(connect=_CONNECT_SECONDS, read=_READ_SECONDS),
        retries=urllib3.Retry(1, redirect=0),
    )
    parsed = urlparse(place)
    client = HttpGitClient.from_parsedurl(
        parsed,
        pool_manager=pool,
        username=None if login is None else login.user,
        password=None if login is None else login.secret,
    )
    return client, parsed.path


def read_refs(location: Location) -> Mapping[bytes, ObjectID]:
    if location.kind == "folder":
        return _folder_refs(location.place)
    client, path = http_client(location.place, location.login)
    try:
        result = client.get_refs(path.encode())
    except NotGitRepository as error:
        raise RemoteMissing(str(error)) from error
    except HTTPUnauthorized as error:
        raise RemoteLocked from error
    except (GitProtocolError, HangupException, urllib3.exceptions.HTTPError) as error:
        raise RemoteBroken(type(error).__name__) from error
    return {name: sha for name, sha in result.refs.items() if sha is not None}


def _folder_refs(place: str) -> Mapping[bytes, ObjectID]:
    try:
        repository = Repo(place)
    except (NotGitRepository, OSError) as error:
        raise RemoteMissing(str(error)) from error
    with repository:
        return {bytes(name): sha for name, sha in repository.get_refs().items()}


def choose_head(refs: Mapping[bytes, ObjectID], branch: str | None) -> ObjectID | None:
    """The branch's commit; without a branch the remote's own default, else main, else master."""
    if branch is not None:
        return refs.get(b"refs/heads/" + branch.encode("utf-8", "surrogateescape"))
    for name in (b"HEAD", b"refs/heads/main", b"refs/heads/master"):
        if name in refs:
            return refs[name]
    return None
