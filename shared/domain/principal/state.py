"""A principal folded from its events."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal, assert_never

from shared.domain.principal.events import (
    MemberRemoved,
    MemberSet,
    OrganizationCreated,
    PasswordChanged,
    PrincipalEvent,
    PrincipalRemoved,
    PrincipalRevised,
    ServiceAccountCreated,
    SessionClosed,
    SessionOpened,
    UserCreated,
)
from shared.domain.roles import Role
from shared.kernel.secrets import Personal


@dataclass(frozen=True, slots=True, kw_only=True)
class Absent:
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class Live:
    principal_id: str
    kind: Literal["user", "organization", "service_account"]
    handle: str | None
    name: Personal
    email: Personal | None = None
    members: Mapping[str, Role] = field(default_factory=dict)
    # Of the password's hash, under the vault's erasable key: it tells whether another is the same.
    password_mac: str | None = None
    sessions: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Removed:
    principal_id: str


State = Absent | Live | Removed


def evolve(state: State, event: PrincipalEvent) -> State:
    match event:
        case UserCreated():
            return Live(
                principal_id=event.principal_id,
                kind="user",
                handle=event.handle,
                name=event.name,
                email=event.email,
                password_mac=event.password.mac if event.password else None,
            )
        case OrganizationCreated():
            members: dict[str, Role] = {event.owner_id: "owner"} if event.owner_id else {}
            return Live(
                principal_id=event.principal_id,
                kind="organization",
                handle=event.handle,
                name=event.name,
                members=members,
            )
        case ServiceAccountCreated():
            return Live(
                principal_id=event.principal_id,
                kind="service_account",
                handle=None,
                name=event.name,
            )
        case PrincipalRemoved():
            return Removed(principal_id=event.principal_id)
    assert isinstance(state, Live), "a change of a principal that is not there"
    match event:
        case PrincipalRevised():
            return replace(state, name=event.name, email=event.email)
        case PasswordChanged():
            return replace(state, password_mac=event.password.mac, sessions=frozenset())
        case MemberSet():
            return replace(state, members={**state.members, event.member_id: event.role})
        case MemberRemoved():
            rest = {k: v for k, v in state.members.items() if k != event.member_id}
            return replace(state, members=rest)
        case SessionOpened():
            return replace(state, sessions=state.sessions | {event.session_id})
        case SessionClosed():
            return replace(state, sessions=state.sessions - {event.session_id})
        case _:
            assert_never(event)
