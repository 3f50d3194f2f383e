"""Principals: users, organizations and service accounts in one id space and one handle space."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given as for_any
from hypothesis import strategies as some

from shared.domain.claim import take
from shared.domain.facts import Facts
from shared.domain.principal.commands import (
    CreateOrganization,
    CreateServiceAccount,
    CreateUser,
    FoundOrganization,
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
    PrincipalRemoved,
    PrincipalRevised,
    ServiceAccountCreated,
    UserCreated,
)
from shared.domain.rejections import Conflicting, Invalid, NotFound
from shared.domain.roles import Role
from shared.kernel.names import RESERVED_HANDLES
from shared.kernel.secrets import SecretRef
from tests.support.given import given

ID = "1a" * 12
HOME = "2b" * 12
ANN = "3c" * 12
BOB = "6f" * 12
REF = SecretRef(secret_id="4d" * 12, mac="5e" * 32)
USER = CreateUser(
    principal_id=ID, home_project_id=HOME, handle="ann", name="Ann", email="ann@example.com"
)
USER_CREATED = UserCreated(
    principal_id=ID,
    home_project_id=HOME,
    handle="ann",
    name="Ann",
    email="ann@example.com",
    password=None,
)
ORGANIZATION = CreateOrganization(
    principal_id=ID, home_project_id=HOME, handle="acme", name="Acme", owner_id=ANN
)
ORGANIZATION_CREATED = OrganizationCreated(
    principal_id=ID, home_project_id=HOME, handle="acme", name="Acme", owner_id=ANN
)
FOUND = FoundOrganization(
    principal_id=ID, home_project_id=HOME, handle="acme", name="Acme", founder_id=ANN
)
ACCOUNT = CreateServiceAccount(principal_id=ID, account_id=ANN, name="ci")
ACCOUNT_CREATED = ServiceAccountCreated(principal_id=ID, account_id=ANN, name="ci")
REMOVED = PrincipalRemoved(principal_id=ID)
CREATIONS: tuple[Any, ...] = (USER, ORGANIZATION, ACCOUNT)
CHANGES: tuple[PrincipalCommand, ...] = (
    RevisePrincipal(principal_id=ID, name="Other"),
    SetMember(principal_id=ID, member_id=ANN, role="member"),
    RemoveMember(principal_id=ID, member_id=ANN),
    RemovePrincipal(principal_id=ID),
)


def kind(command: object) -> str:
    return type(command).__name__


def test_a_user_is_created_and_takes_a_handle() -> None:
    given().when(USER).then(USER_CREATED).then_claimed(take("handle", "ann"))


def test_a_password_is_kept_as_a_reference_only() -> None:
    given().when(replace(USER, password=REF)).then(replace(USER_CREATED, password=REF))


def test_an_organization_is_created_and_takes_a_handle_of_the_same_space() -> None:
    given().when(ORGANIZATION).then(ORGANIZATION_CREATED).then_claimed(take("handle", "acme"))


def test_an_organization_may_begin_without_an_owner() -> None:
    given().when(replace(ORGANIZATION, owner_id=None), Facts()).then(
        replace(ORGANIZATION_CREATED, owner_id=None)
    )


def test_an_owner_or_account_that_does_not_exist_is_refused() -> None:
    given().when(ORGANIZATION, Facts()).then_rejected(NotFound, kind="principal", key=ANN)
    given().when(ACCOUNT, Facts()).then_rejected(NotFound, kind="principal", key=ANN)


def test_a_service_account_has_no_handle_to_take() -> None:
    given().when(ACCOUNT).then(ACCOUNT_CREATED).then_claimed()


@pytest.mark.parametrize("command", CREATIONS, ids=kind)
def test_an_id_is_used_once_for_whatever_kind(command: PrincipalCommand) -> None:
    for past in ((USER_CREATED,), (ORGANIZATION_CREATED,), (ACCOUNT_CREATED, REMOVED)):
        given(*past).when(command).then_rejected(Conflicting, state="exists")


@pytest.mark.parametrize(
    "handle", ["", "-a", "a-", "Ann", "a_b", "a.b", "x" * 64, *sorted(RESERVED_HANDLES)]
)
def test_a_handle_that_is_no_host_label_or_a_word_of_ours_is_refused(handle: str) -> None:
    given().when(replace(USER, handle=handle)).then_rejected(Invalid, field="handle")
    given().when(replace(ORGANIZATION, handle=handle)).then_rejected(Invalid, field="handle")


@pytest.mark.parametrize("command", CREATIONS, ids=kind)
@pytest.mark.parametrize("name", ["", " \t", "x" * 201])
def test_a_name_has_some_length(command: Any, name: str) -> None:
    given().when(replace(command, name=name)).then_rejected(Invalid, field="name")


@pytest.mark.parametrize("email", ["", "ann", "ann@", "@example.com", "a b@c.d", "a@b\n", "a@b@c"])
def test_what_is_no_address_is_refused(email: str) -> None:
    given().when(replace(USER, email=email)).then_rejected(Invalid, field="email")
    given(USER_CREATED).when(RevisePrincipal(principal_id=ID, email=email)).then_rejected(
        Invalid, field="email"
    )


def test_a_revision_changes_only_what_it_mentions() -> None:
    given(USER_CREATED).when(RevisePrincipal(principal_id=ID, name="Ann B.")).then(
        PrincipalRevised(principal_id=ID, name="Ann B.", email="ann@example.com")
    )
    given(USER_CREATED).when(RevisePrincipal(principal_id=ID, email=None)).then(
        PrincipalRevised(principal_id=ID, name="Ann", email=None)
    )


def test_a_password_changes_by_itself_and_beside_a_name() -> None:
    changed = PasswordChanged(principal_id=ID, password=REF)
    given(USER_CREATED).when(RevisePrincipal(principal_id=ID, password=REF)).then(changed)
    given(USER_CREATED).when(RevisePrincipal(principal_id=ID, name="B", password=REF)).then(
        PrincipalRevised(principal_id=ID, name="B", email="ann@example.com"), changed
    )


def test_the_same_words_again_leave_no_trace() -> None:
    given(USER_CREATED).when(RevisePrincipal(principal_id=ID)).then_nothing_happened()
    given(USER_CREATED).when(
        RevisePrincipal(principal_id=ID, name="Ann", email="ann@example.com")
    ).then_nothing_happened()


def test_a_member_is_set_and_changes_role() -> None:
    command = SetMember(principal_id=ID, member_id=HOME, role="member")
    member = MemberSet(principal_id=ID, member_id=HOME, role="member")
    given(ORGANIZATION_CREATED).when(command).then(member)
    given(ORGANIZATION_CREATED, member).when(command).then_nothing_happened()
    given(ORGANIZATION_CREATED, member).when(replace(command, role="admin")).then(
        replace(member, role="admin")
    )


def test_the_owner_an_organization_was_made_with_is_its_member() -> None:
    command = SetMember(principal_id=ID, member_id=ANN, role="owner")
    given(ORGANIZATION_CREATED).when(command).then_nothing_happened()


@pytest.mark.parametrize("created", [USER_CREATED, ACCOUNT_CREATED], ids=kind)
def test_only_organizations_have_members(created: object) -> None:
    given(created).when(SetMember(principal_id=ID, member_id=ANN, role="member")).then_rejected(
        Invalid, field="principal_id"
    )


def test_nobody_is_a_member_who_does_not_exist() -> None:
    command = SetMember(principal_id=ID, member_id=ANN, role="member")
    given(ORGANIZATION_CREATED).when(command, Facts()).then_rejected(
        NotFound, kind="principal", key=ANN
    )


def test_a_member_is_removed_once() -> None:
    command = RemoveMember(principal_id=ID, member_id=ANN)
    gone = MemberRemoved(principal_id=ID, member_id=ANN)
    bob = MemberSet(principal_id=ID, member_id=BOB, role="admin")
    given(ORGANIZATION_CREATED, bob).when(command).then(gone)
    given(ORGANIZATION_CREATED, bob, gone).when(command).then_nothing_happened()


@pytest.mark.parametrize("role", ["member", "viewer"])
def test_the_last_who_lets_members_in_stays(role: Role) -> None:
    other = MemberSet(principal_id=ID, member_id=BOB, role=role)
    leave = RemoveMember(principal_id=ID, member_id=ANN)
    step_down = SetMember(principal_id=ID, member_id=ANN, role=role)
    for past in ((ORGANIZATION_CREATED,), (ORGANIZATION_CREATED, other)):
        given(*past).when(leave).then_rejected(Conflicting, state="last_admin")
        given(*past).when(step_down).then_rejected(Conflicting, state="last_admin")
    admin = SetMember(principal_id=ID, member_id=ANN, role="admin")
    given(ORGANIZATION_CREATED).when(admin).then(
        MemberSet(principal_id=ID, member_id=ANN, role="admin")
    )


def test_whoever_founds_an_organization_owns_it_with_the_members_he_names() -> None:
    facts = Facts(live_principals=frozenset({ANN, BOB}))
    found = replace(FOUND, members=((BOB, "member"), (ANN, "viewer")))
    given().when(found, facts).then(
        ORGANIZATION_CREATED, MemberSet(principal_id=ID, member_id=BOB, role="member")
    ).then_claimed(take("handle", "acme"))


def test_an_organization_is_founded_of_people_who_live_and_are_named_once() -> None:
    facts = Facts(live_principals=frozenset({ANN}))
    given().when(replace(FOUND, members=((BOB, "member"),)), facts).then_rejected(
        NotFound, kind="principal", key=BOB
    )
    twice = replace(FOUND, members=((ANN, "member"), (ANN, "admin")))
    given().when(twice, facts).then_rejected(Invalid, field="members")
    given().when(replace(FOUND, handle="A"), facts).then_rejected(Invalid, field="handle")
    given(ORGANIZATION_CREATED).when(FOUND, facts).then_rejected(Conflicting, state="exists")


@pytest.mark.parametrize("created", [USER_CREATED, ORGANIZATION_CREATED, ACCOUNT_CREATED], ids=kind)
def test_a_removed_principal_gives_no_handle_back(created: object) -> None:
    given(created).when(RemovePrincipal(principal_id=ID)).then(REMOVED).then_claimed()


@pytest.mark.parametrize("command", CHANGES, ids=kind)
def test_what_is_absent_or_removed_cannot_be_changed(command: PrincipalCommand) -> None:
    for past in ((), (ORGANIZATION_CREATED, REMOVED)):
        given(*past).when(command).then_rejected(NotFound, kind="principal", key=ID)


members = some.sampled_from([ANN, HOME])
roles = some.sampled_from(["owner", "admin", "member", "viewer"])


@for_any(
    some.one_of(
        some.builds(
            RevisePrincipal,
            principal_id=some.just(ID),
            name=some.text(max_size=250),
            email=some.none() | some.emails(),
        ),
        some.builds(SetMember, principal_id=some.just(ID), member_id=members, role=roles),
        some.builds(RemoveMember, principal_id=some.just(ID), member_id=members),
    ),
    roles,
)
def test_deciding_twice_is_deciding_once(command: PrincipalCommand, role: Role) -> None:
    past = (ORGANIZATION_CREATED, MemberSet(principal_id=ID, member_id=ANN, role=role))
    given(*past).when(command).then_again_nothing_happens()
