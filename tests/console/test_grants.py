"""Grants by form, with names for ids; an erasure only by who has typed what it is about."""

from typing import Any

import httpx
import pytest

from shared.domain.grant.commands import GiveGrant, RevokeGrant
from shared.domain.vault.commands import EraseSecrets
from shared.queries import identity, services
from tests.console.forms import sent_form
from tests.console.scene import GRANT, OWNER, PERSON
from tests.surfaces.stubs import PROJECT_ID, SERVICE, SERVICE_ID, Gateway

GRANTS, ERASURE = "/console/grants", "/console/erasure"


def sent(gateway: Gateway, kind: type) -> list[Any]:
    return [each for each in gateway.dispatch.sent if isinstance(each.command, kind)]


async def test_a_grant_is_read_by_names(visitor: httpx.AsyncClient, gateway: Gateway) -> None:
    given = identity.GrantPage(
        items=(
            GRANT,
            identity.GrantDocument(
                id="ae" * 12,
                principal_id=PERSON.id,
                action="*",
                resource="service:" + "77" * 12,
                created_at=GRANT.created_at,
            ),
        ),
        total=2,
    )
    gateway.dispatch.answers[identity.ListGrants] = given
    gateway.dispatch.answers[services.GetServiceById] = SERVICE
    page = (await visitor.get(GRANTS)).text
    assert f'title="{PERSON.id}">ann</a>' in page
    assert f'title="{PROJECT_ID}">acme</span>' in page
    assert ">acme/My_App</span>" in page
    assert "everything" in page


async def test_grants_of_one_person_by_handle(visitor: httpx.AsyncClient, gateway: Gateway) -> None:
    await visitor.get(f"{GRANTS}?principal=ann")
    asked = [a.question for a in gateway.dispatch.asked]
    assert [q.principal_id for q in asked if isinstance(q, identity.ListGrants)] == [PERSON.id]
    assert "Nobody whom you may see" in (await visitor.get(f"{GRANTS}?principal=nobody")).text


@pytest.mark.parametrize(
    ("typed", "resource"),
    [
        ("project:acme", f"project:{PROJECT_ID}"),
        ("account:ann", f"account:{PERSON.id}"),
        ("*", "*"),
        ("service:" + "ab" * 12, "service:" + "ab" * 12),
    ],
)
async def test_a_grant_is_given_by_handles(
    visitor: httpx.AsyncClient, gateway: Gateway, typed: str, resource: str
) -> None:
    given = {"principal": "ann", "action": "service.read", "resource": typed, "reason": "on call"}
    answer = await sent_form(visitor, GRANTS, GRANTS, **given)
    assert (answer.status_code, answer.headers.get("location")) == (303, GRANTS), answer.text
    (made,) = sent(gateway, GiveGrant)
    assert (made.command.principal_id, made.command.resource) == (PERSON.id, resource)
    assert made.sender.reason == "on call"


async def test_nobody_gets_a_grant_who_is_not_there(
    visitor: httpx.AsyncClient, gateway: Gateway
) -> None:
    given = {"principal": "nobody", "action": "*", "resource": "*"}
    answer = await sent_form(visitor, GRANTS, GRANTS, **given)
    assert answer.status_code == 409
    assert "There is no such principal" in answer.text
    assert sent(gateway, GiveGrant) == []


async def test_a_grant_is_taken(visitor: httpx.AsyncClient, gateway: Gateway) -> None:
    answer = await sent_form(visitor, GRANTS, f"{GRANTS}/{GRANT.id}/take", reason="left")
    assert answer.headers["location"] == GRANTS
    (made,) = sent(gateway, RevokeGrant)
    assert (made.command.grant_id, made.sender.reason) == (GRANT.id, "left")


@pytest.fixture
def owner(gateway: Gateway) -> str:
    gateway.dispatch.answers[services.GetServiceById] = SERVICE
    return f"{ERASURE}?owner={SERVICE_ID}"


async def test_what_would_be_erased_is_counted_first(
    visitor: httpx.AsyncClient, owner: str
) -> None:
    page = (await visitor.get(owner)).text
    assert 'Type <span class="mono">acme/My_App</span>' in page
    assert "Erase 2 secrets for ever" in page
    assert "There is nothing of this id" in (await visitor.get(f"{ERASURE}?owner=nobody")).text


@pytest.mark.parametrize(
    ("typed", "reason", "said"),
    [
        ("acme/my_app", "asked for", "as it stands there; nothing was erased"),
        ("", "asked for", "as it stands there; nothing was erased"),
        ("acme/My_App", " ", "kept with its reason; nothing was erased"),
    ],
)
async def test_nothing_is_erased_by_who_has_not_typed_the_name_and_a_reason(
    visitor: httpx.AsyncClient, gateway: Gateway, owner: str, typed: str, reason: str, said: str
) -> None:
    given = {"owner": SERVICE_ID, "confirmation": typed, "reason": reason}
    answer = await sent_form(visitor, owner, ERASURE, **given)
    assert answer.status_code == 409
    assert said in answer.text
    assert sent(gateway, EraseSecrets) == []


async def test_who_has_typed_them_erases(
    visitor: httpx.AsyncClient, gateway: Gateway, owner: str
) -> None:
    given = {"owner": SERVICE_ID, "confirmation": "acme/My_App", "reason": "asked for by the owner"}
    answer = await sent_form(visitor, owner, ERASURE, **given)
    assert answer.headers["location"] == owner
    (made,) = sent(gateway, EraseSecrets)
    assert made.command == EraseSecrets(owner_id=SERVICE_ID, account_id=OWNER.account_id)
    assert made.sender.reason == "asked for by the owner"
