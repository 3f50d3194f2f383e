"""The rules of principals: pure, (command, state, facts) -> events or a rejection."""

import re
from typing import assert_never

from shared.domain.facts import Facts
from shared.domain.principal.commands import (
    CloseSession,
    CreateOrganization,
    CreateServiceAccount,
    CreateUser,
    FoundOrganization,
    OpenSession,
    OpenSessionByKey,
    PrincipalCommand,
    RemoveMember,
    RemovePrincipal,
    RevisePrincipal,
    SetMember,
)
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
from shared.domain.principal.state import Absent, Live, State
from shared.domain.rejections import (
    Conflicting,
    Invalid,
    NotFound,
    Rejection,
    Unauthenticated,
)
from shared.domain.roles import Role
from shared.kernel.names import is_handle
from shared.kernel.secrets import Personal, PlainText, is_same
from shared.kernel.unset import Unset

Decision = tuple[PrincipalEvent, ...] | Rejection

NAME_LENGTH_MAX = 200
MEMBERS_MAX = 500
ADMINISTRATING: frozenset[Role] = frozenset({"owner", "admin"})
_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s]{1,190}\Z")


def decide(command: PrincipalCommand, state: State, facts: Facts) -> Decision:
    match command:
        case CreateUser() | CreateOrganization() | CreateServiceAccount():
            return _create(command, state, facts)
        case FoundOrganization():
            return _found(command, state, facts)
        case RevisePrincipal() | SetMember() | RemoveMember() | RemovePrincipal():
            if not isinstance(state, Live):
                return NotFound(kind="principal", key=command.principal_id)
            return _change(command, state, facts)
        case OpenSession():
            return _open_session(command, state)
        case OpenSessionByKey():
            if not isinstance(state, Live):
                return NotFound(kind="principal", key=command.principal_id)
            return (
                SessionOpened(
                    principal_id=command.principal_id,
                    session_id=command.session_id,
                    expires_at=command.expires_at,
                    key_id=command.key_id,
                ),
            )
        case CloseSession():
            if not isinstance(state, Live) or command.session_id not in state.sessions:
                return NotFound(kind="session", key=command.session_id)
            return (
                SessionClosed(principal_id=command.principal_id, session_id=command.session_id),
            )
        case _:
            assert_never(command)


def _open_session(command: OpenSession, state: State) -> Decision:
    """Absent, removed, without a password and with another one are answered alike."""
    assert not isinstance(command.proof, PlainText), "sealed before the decision"
    if not isinstance(state, Live) or state.password_mac != command.proof.mac:
        return Unauthenticated()
    return (
        SessionOpened(
            principal_id=command.principal_id,
            session_id=command.session_id,
            expires_at=command.expires_at,
        ),
    )


def _create(
    command: CreateUser | CreateOrganization | CreateServiceAccount, state: State, facts: Facts
) -> Decision:
    if not isinstance(state, Absent):
        return Conflicting(state="exists", message="A principal with this id exists.")
    if (rejection := _name_rejection(command.name)) is not None:
        return rejection
    match command:
        case CreateUser():
            if not is_handle(command.handle):
                return _bad_handle(command.handle)
            if (rejection := _email_rejection(command.email)) is not None:
                return rejection
            assert not isinstance(command.password, PlainText), "sealed before the decision"
            return (
                UserCreated(
                    principal_id=command.principal_id,
                    home_project_id=command.home_project_id,
                    handle=command.handle,
                    name=command.name,
                    email=command.email,
                    password=command.password,
                ),
            )
        case CreateOrganization():
            if not is_handle(command.handle):
                return _bad_handle(command.handle)
            if command.owner_id is not None and not facts.principal_is_live:
                return NotFound(kind="principal", key=command.owner_id)
            return (
                OrganizationCreated(
                    principal_id=command.principal_id,
                    home_project_id=command.home_project_id,
                    handle=command.handle,
                    name=command.name,
                    owner_id=command.owner_id,
                ),
            )
        case CreateServiceAccount():
            if not facts.principal_is_live:
                return NotFound(kind="principal", key=command.account_id)
            return (
                ServiceAccountCreated(
                    principal_id=command.principal_id,
                    account_id=command.account_id,
                    name=command.name,
                ),
            )
        case _:
            assert_never(command)


def _found(command: FoundOrganization, state: State, facts: Facts) -> Decision:
    if not isinstance(state, Absent):
        return Conflicting(state="exists", message="A principal with this id exists.")
    if (rejection := _name_rejection(command.name)) is not None:
        return rejection
    if not is_handle(command.handle):
        return _bad_handle(command.handle)
    members = dict(command.members)
    if len(members) < len(command.members):
        return Invalid(field="members", message="must name nobody twice")
    if len(members) > MEMBERS_MAX:
        return Invalid(field="members", message=f"must be at most {MEMBERS_MAX}")
    for id_ in (command.founder_id, *members):
        if id_ not in facts.live_principals:
            return NotFound(kind="principal", key=id_)
    created = OrganizationCreated(
        principal_id=command.principal_id,
        home_project_id=command.home_project_id,
        handle=command.handle,
        name=command.name,
        owner_id=command.founder_id,
    )
    others = (
        MemberSet(principal_id=command.principal_id, member_id=id_, role=role)
        for id_, role in members.items()
        if id_ != command.founder_id
    )
    return (created, *others)


def _change(
    command: RevisePrincipal | SetMember | RemoveMember | RemovePrincipal,
    state: Live,
    facts: Facts,
) -> Decision:
    match command:
        case RevisePrincipal():
            return _revise(command, state)
        case SetMember():
            if state.kind != "organization":
                return Invalid(field="principal_id", message="only organizations have members")
            if not facts.principal_is_live:
                return NotFound(kind="principal", key=command.member_id)
            if state.members.get(command.member_id) == command.role:
                return ()
            if command.role not in ADMINISTRATING and _is_last(command.member_id, state):
                return _last_admin()
            return (
                MemberSet(
                    principal_id=command.principal_id,
                    member_id=command.member_id,
                    role=command.role,
                ),
            )
        case RemoveMember():
            if command.member_id not in state.members:
                return ()
            if _is_last(command.member_id, state):
                return _last_admin()
            return (MemberRemoved(principal_id=command.principal_id, member_id=command.member_id),)
        case RemovePrincipal():
            return (PrincipalRemoved(principal_id=command.principal_id),)
        case _:
            assert_never(command)


def _is_last(member_id: str, state: Live) -> bool:
    """Whether nobody else is left who could let members in."""
    administrating = {id_ for id_, role in state.members.items() if role in ADMINISTRATING}
    return administrating == {member_id}


def _last_admin() -> Conflicting:
    return Conflicting(state="last_admin", message="An organization keeps its last admin.")


def _revise(command: RevisePrincipal, state: Live) -> Decision:
    if (rejection := personal_rejection(command)) is not None:
        return rejection
    name, email = state.name, state.email
    if not isinstance(command.name, Unset) and not is_same(command.name, name):
        name = command.name
    if not isinstance(command.email, Unset) and not is_same(command.email, email):
        email = command.email
    events: list[PrincipalEvent] = []
    if (name, email) != (state.name, state.email):
        events.append(PrincipalRevised(principal_id=command.principal_id, name=name, email=email))
    if not isinstance(command.password, Unset):
        assert not isinstance(command.password, PlainText), "sealed before the decision"
        events.append(PasswordChanged(principal_id=command.principal_id, password=command.password))
    return tuple(events)


def personal_rejection(command: CreateUser | RevisePrincipal) -> Invalid | None:
    """What is wrong with a name or an address; once it is sealed nobody can tell."""
    if not isinstance(command.name, Unset) and (wrong := _name_rejection(command.name)):
        return wrong
    return None if isinstance(command.email, Unset) else _email_rejection(command.email)


def _email_rejection(email: Personal | None) -> Invalid | None:
    if isinstance(email, str) and not _EMAIL.match(email):
        return Invalid(field="email", message="is not an e-mail address")
    return None


def _name_rejection(name: Personal) -> Invalid | None:
    if not isinstance(name, str):
        return None
    if not name.strip() or len(name) > NAME_LENGTH_MAX:
        return Invalid(field="name", message=f"must have 1 to {NAME_LENGTH_MAX} characters")
    return None


def _bad_handle(handle: str) -> Invalid:
    return Invalid(
        field="handle",
        message="must be 1 to 63 of a-z, 0-9 and '-', no '-' at either end, and no reserved word",
    )
