"""An environment folded from its events."""

from dataclasses import dataclass, replace
from typing import assert_never

from shared.domain.environment.commands import Visibility
from shared.domain.environment.events import (
    EnvironmentArchived,
    EnvironmentCreated,
    EnvironmentEvent,
    RevisionAdded,
    RevisionRestricted,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Absent:
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """`revisions` are ids in order: the number of one is its place, from 1."""

    account_id: str
    visibility: Visibility
    is_default: bool
    revisions: tuple[str, ...] = ()
    restricted: str | None = None
    is_archived: bool = False


State = Absent | Known


def evolve(state: State, event: EnvironmentEvent) -> State:
    if isinstance(event, EnvironmentCreated):
        return Known(
            account_id=event.account_id,
            visibility=event.visibility,
            is_default=event.is_default,
        )
    assert isinstance(state, Known), "a change of an environment that is not there"
    match event:
        case RevisionAdded():
            return replace(state, revisions=(*state.revisions, event.revision_id))
        case RevisionRestricted():
            return replace(state, restricted=event.revision_id)
        case EnvironmentArchived():
            return replace(state, is_archived=True)
        case _:
            assert_never(event)
