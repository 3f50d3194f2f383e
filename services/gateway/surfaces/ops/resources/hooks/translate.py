"""A webhook's signature and the repository it names; a hint, never a command."""

import hmac
from hashlib import sha256

from services.gateway.refusals import BadFields, NotAuthenticated, Refused
from services.gateway.surfaces.ops.resources.hooks import wire
from shared.domain.service.check import REPO
from shared.runtime.secret import Secret


def check_signature(header: str | None, body: bytes, secret: Secret) -> None:
    """In constant time; an unsigned push and a wrongly signed one are answered alike."""
    expected = "sha256=" + hmac.new(secret.reveal().encode(), body, sha256).hexdigest()
    given = (header or "").encode("latin-1", errors="replace")
    if not hmac.compare_digest(given, expected.encode()):
        raise Refused(NotAuthenticated())


def repository_of(push: wire.Push) -> str:
    name = push.repository.full_name
    climbs = any(part in (".", "..") or part.startswith("-") for part in name.split("/"))
    if climbs or not REPO.match(name):
        problem = ("repository.full_name", "must be namespace/repo")
        raise Refused(BadFields(problems=(problem,)))
    return name


def from_push(push: wire.Push) -> wire.Heard:
    return wire.Heard(repository=repository_of(push), ref=push.ref[:255])
