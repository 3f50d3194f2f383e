"""The rules of API keys."""

import re
from typing import assert_never

from shared.domain.api_key.commands import ApiKeyCommand, IssueApiKey, RevokeApiKey
from shared.domain.api_key.events import ApiKeyEvent, ApiKeyIssued, ApiKeyRevoked
from shared.domain.api_key.state import Absent, Live, State
from shared.domain.facts import Facts
from shared.domain.rejections import Conflicting, Invalid, NotFound, Rejection

Decision = tuple[ApiKeyEvent, ...] | Rejection

# `$` parts name and secret in Outpost's `API-Key name$secret`.
_NAME = re.compile(r"[^$\s\x00-\x1f](?:[^$\x00-\x1f]{0,98}[^$\s\x00-\x1f])?\Z")


def decide(command: ApiKeyCommand, state: State, facts: Facts) -> Decision:
    match command:
        case IssueApiKey():
            if not isinstance(state, Absent):
                return Conflicting(state="exists", message="A key with this id exists.")
            if not _NAME.match(command.name):
                return Invalid(
                    field="name", message="must have 1 to 100 characters without '$' or controls"
                )
            if not facts.principal_is_live:
                return NotFound(kind="principal", key=command.principal_id)
            return (
                ApiKeyIssued(
                    key_id=command.key_id,
                    principal_id=command.principal_id,
                    name=command.name,
                    digest=command.digest,
                    expires_at=command.expires_at,
                ),
            )
        case RevokeApiKey():
            if isinstance(state, Absent):
                return NotFound(kind="api_key", key=command.key_id)
            if not isinstance(state, Live):
                return ()
            return (ApiKeyRevoked(key_id=command.key_id, principal_id=state.principal_id),)
        case _:
            assert_never(command)
