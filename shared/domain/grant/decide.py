"""The rules of grants. That a giver holds what he gives is checked by `handle`, which knows it."""

import re
from typing import assert_never

from shared.domain.facts import Facts
from shared.domain.grant.commands import GiveGrant, GrantCommand, RevokeGrant
from shared.domain.grant.events import GrantEvent, GrantGiven, GrantRevoked
from shared.domain.grant.state import Absent, Live, State
from shared.domain.rejections import Conflicting, Invalid, NotFound, Rejection

Decision = tuple[GrantEvent, ...] | Rejection

_RESOURCE = re.compile(r"\*\Z|(?:account|project|service):[0-9a-f]{24}\Z")
_ACTION = re.compile(r"\*\Z|[a-z_]{1,40}\.(?:\*|[a-z_]{1,40})\Z")


def decide(command: GrantCommand, state: State, facts: Facts) -> Decision:
    match command:
        case GiveGrant():
            if not isinstance(state, Absent):
                return Conflicting(state="exists", message="A grant with this id exists.")
            if not _ACTION.match(command.action):
                return Invalid(field="action", message="is no action such as `service.read` or `*`")
            if not _RESOURCE.match(command.resource):
                return Invalid(
                    field="resource", message="must be `*` or account:, project: or service:<id>"
                )
            if not facts.principal_is_live:
                return NotFound(kind="principal", key=command.principal_id)
            return (
                GrantGiven(
                    grant_id=command.grant_id,
                    principal_id=command.principal_id,
                    action=command.action,
                    resource=command.resource,
                ),
            )
        case RevokeGrant():
            if isinstance(state, Absent):
                return NotFound(kind="grant", key=command.grant_id)
            if not isinstance(state, Live):
                return ()
            return (GrantRevoked(grant_id=command.grant_id, principal_id=state.principal_id),)
        case _:
            assert_never(command)
