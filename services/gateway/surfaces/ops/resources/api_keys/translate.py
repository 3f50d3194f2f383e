"""Between `/ops` and the domain: API keys."""

from datetime import datetime, timedelta

from services.gateway.refusals import BadFields, Refused
from services.gateway.surfaces.ops.resources.api_keys import wire
from shared.access.digest import token_of
from shared.domain.api_key.commands import IssueApiKey
from shared.kernel.time import format_rfc3339, parse_rfc3339
from shared.queries.identity import ApiKeyDocument

DAYS_MAX = 36_500
SHOWN_ONCE = (
    "The key was made by the first request with this Idempotency-Key, and its secret was shown "
    "there only. Revoke it and make another if that answer was lost."
)


def to_issue(
    body: wire.CreateApiKey, *, key_id: str, principal_id: str, digest: str, now: datetime
) -> IssueApiKey:
    return IssueApiKey(
        key_id=key_id,
        principal_id=principal_id,
        name=body.name,
        digest=digest,
        expires_at=_expires_at(body, now),
    )


def _expires_at(body: wire.CreateApiKey, now: datetime) -> datetime | None:
    if body.expires_in_days is not None and body.expires_at is not None:
        raise _refused("expires_in_days", "and expires_at exclude each other")
    if body.expires_in_days is not None:
        if not 1 <= body.expires_in_days <= DAYS_MAX:
            raise _refused("expires_in_days", f"must be from 1 to {DAYS_MAX}")
        return now + timedelta(days=body.expires_in_days)
    if body.expires_at is None:
        return None
    moment = parse_rfc3339(body.expires_at)
    if moment is None:
        raise _refused("expires_at", "must be an RFC 3339 time")
    if moment <= now:
        raise _refused("expires_at", "must be in the future")
    return moment


def _refused(field: str, message: str) -> Refused:
    return Refused(BadFields(problems=((field, message),)))


def from_document(document: ApiKeyDocument) -> wire.ApiKey:
    return wire.ApiKey(
        id=document.id,
        principal_id=document.principal_id,
        name=document.name,
        expires_at=None if document.expires_at is None else format_rfc3339(document.expires_at),
        revoked_at=None if document.revoked_at is None else format_rfc3339(document.revoked_at),
        created_at=format_rfc3339(document.created_at),
    )


def from_new(document: ApiKeyDocument, secret: str | None) -> wire.NewApiKey:
    shown = from_document(document)
    return wire.NewApiKey(
        id=shown.id,
        principal_id=shown.principal_id,
        name=shown.name,
        expires_at=shown.expires_at,
        revoked_at=shown.revoked_at,
        created_at=shown.created_at,
        secret=secret,
        token=None if secret is None else token_of(document.id, secret),
        note=SHOWN_ONCE if secret is None else None,
    )
