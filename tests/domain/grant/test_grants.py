"""Grants: which actions on which resources can be given, and how a grant ends."""

import pytest
from hypothesis import given as for_any
from hypothesis import strategies as some

from shared.access.actions import ACTIONS
from shared.domain.facts import Facts
from shared.domain.grant.commands import GiveGrant, RevokeGrant
from shared.domain.grant.events import GrantGiven, GrantRevoked
from shared.domain.rejections import Conflicting, Invalid, NotFound
from tests.support.given import given

GRANT = "1a" * 12
USER = "2b" * 12
PROJECT = "project:" + "3c" * 12
GIVEN = GrantGiven(grant_id=GRANT, principal_id=USER, action="service.read", resource=PROJECT)
REVOKED = GrantRevoked(grant_id=GRANT, principal_id=USER)


def giving(action: str = "service.read", resource: str = PROJECT) -> GiveGrant:
    return GiveGrant(grant_id=GRANT, principal_id=USER, action=action, resource=resource)


def test_a_grant_is_given_and_claims_nothing() -> None:
    given().when(giving()).then(GIVEN).then_claimed()


@pytest.mark.parametrize("action", [*sorted(ACTIONS), "*", "service.*"])
def test_every_action_there_is_can_be_granted(action: str) -> None:
    given().when(giving(action=action)).then(
        GrantGiven(grant_id=GRANT, principal_id=USER, action=action, resource=PROJECT)
    )


@pytest.mark.parametrize(
    "action", ["", "service", "Service.read", "service.", ".read", "service.read.x", "**", "*.read"]
)
def test_what_is_no_action_is_refused(action: str) -> None:
    given().when(giving(action=action)).then_rejected(Invalid, field="action")


@pytest.mark.parametrize(
    "resource", ["*", "account:" + "3c" * 12, "project:" + "3c" * 12, "service:" + "3c" * 12]
)
def test_every_kind_of_resource_can_be_granted(resource: str) -> None:
    given().when(giving(resource=resource)).then(
        GrantGiven(grant_id=GRANT, principal_id=USER, action="service.read", resource=resource)
    )


@pytest.mark.parametrize(
    "resource",
    [
        "",
        "project:",
        "project:acme",
        "user:" + "3c" * 12,
        "project:" + "3C" * 12,
        "*:*",
        PROJECT + "0",
    ],
)
def test_what_is_no_resource_is_refused(resource: str) -> None:
    given().when(giving(resource=resource)).then_rejected(Invalid, field="resource")


def test_a_grant_to_nobody_is_refused() -> None:
    given().when(giving(), Facts()).then_rejected(NotFound, kind="principal", key=USER)


def test_an_id_is_used_once() -> None:
    given(GIVEN).when(giving()).then_rejected(Conflicting, state="exists")
    given(GIVEN, REVOKED).when(giving()).then_rejected(Conflicting, state="exists")


def test_a_grant_is_revoked_once() -> None:
    given(GIVEN).when(RevokeGrant(grant_id=GRANT)).then(REVOKED)
    given(GIVEN, REVOKED).when(RevokeGrant(grant_id=GRANT)).then_nothing_happened()


def test_a_grant_that_never_was_cannot_be_revoked() -> None:
    given().when(RevokeGrant(grant_id=GRANT)).then_rejected(NotFound, kind="grant", key=GRANT)


@for_any(some.sampled_from([(GIVEN,), (GIVEN, REVOKED)]))
def test_revoking_twice_is_revoking_once(past: tuple[object, ...]) -> None:
    given(*past).when(RevokeGrant(grant_id=GRANT)).then_again_nothing_happens()
