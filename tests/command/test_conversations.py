"""What the command process adds to conversations: records read for a decision, links let go."""

from dataclasses import replace
from typing import Any

import pytest

from shared.domain.grant.commands import GiveGrant
from shared.domain.record.commands import AddRecordVersion, DeclareRecord
from shared.domain.rejections import Conflicting, Forbidden, Incompatible, NotFound, Taken
from shared.domain.service.commands import (
    DeleteVersionSet,
    LinkUnitTest,
    PutVersionSet,
    RegisterService,
    ReviseConversation,
)
from shared.domain.service.facets.conversation import Conversation, VersionSet
from shared.domain.unit_test.commands import CreateUnitTest, DeleteUnitTest, SuccessCriterion
from shared.envelope.messages import Accepted, Rejected
from tests.command.office import Office, open_office

MACHINE = "0e" * 12


@pytest.fixture
async def office() -> Office:
    office = await open_office()
    await office.user("ann")
    await office.organization("acme", "ann")
    return office


def register(office: Office, agent: str, name: str = "Coach", **said: Any) -> RegisterService:
    return RegisterService(
        service_id=office.ids.new(),
        project_id=office.projects["acme"],
        deployment_id=office.ids.new(),
        name=name,
        description="Talks",
        naming="tailed",
        conversation=Conversation(agent_id=agent, state_machine_id=MACHINE, is_active=True, **said),
    )


def where(command: RegisterService) -> dict[str, Any]:
    return {"service_id": command.service_id, "project_id": command.project_id}


async def declared(office: Office, *, versions: int) -> str:
    agent, project = office.ids.new(), office.projects["acme"]
    declare = DeclareRecord(record_id=agent, project_id=project, kind="agent", name="Coach")
    await office.accepted(declare, "ann")
    for _ in range(versions):
        add = AddRecordVersion(record_id=agent, project_id=project, kind="agent", content={})
        await office.accepted(add, "ann")
    return agent


async def rejection(office: Office, command: Any, who: str = "ann") -> Any:
    reply = await office.give(command, who)
    assert isinstance(reply, Rejected), reply
    return reply.rejection


async def test_the_versions_of_a_declared_agent_are_read_for_the_decision(
    office: Office,
) -> None:
    agent = await declared(office, versions=1)
    made = register(office, agent)
    await office.accepted(made, "ann")
    put = PutVersionSet(
        **where(made), version_set_name="b", version_set=VersionSet(agent_version=2)
    )
    assert isinstance(await rejection(office, put), Incompatible)
    add = AddRecordVersion(record_id=agent, project_id=made.project_id, kind="agent", content={})
    await office.accepted(add, "ann")
    await office.accepted(put, "ann")


async def test_a_closed_registry_refuses_what_nobody_declared(office: Office) -> None:
    made = register(office, "0d" * 12)
    await office.accepted(made, "ann")
    facts = replace(office.handler.facts, registry_is_open=False)
    office.handler = replace(office.handler, facts=facts)
    again = register(office, "0d" * 12, name="Other")
    assert await rejection(office, again) == NotFound(kind="agent", key="0d" * 12)


async def test_one_active_service_of_a_name_in_an_organization(office: Office) -> None:
    first = register(office, "0d" * 12)
    await office.accepted(first, "ann")
    second = register(office, "0d" * 12)
    taken = await rejection(office, second)
    assert isinstance(taken, Taken) and taken.space == "active_name"
    off = ReviseConversation(**where(first), is_active=False)
    await office.accepted(off, "ann")
    await office.accepted(second, "ann")
    on = ReviseConversation(**where(first), is_active=True)
    assert isinstance(await rejection(office, on), Taken)
    renamed = ReviseConversation(**where(first), is_active=True, name="coach")
    await office.accepted(renamed, "ann")  # Case matters.


def a_test(office: Office, made: RegisterService, **said: Any) -> CreateUnitTest:
    return CreateUnitTest(
        unit_test_id=office.ids.new(),
        **where(made),
        name="greets",
        description="says hello",
        version_set_name="beta",
        persona_id=MACHINE,
        scenario_id=MACHINE,
        interactions_max=5,
        success_criteria=(
            SuccessCriterion(name="ok", metric_id=MACHINE, criterion={"type": "boolean"}),
        ),
        **said,
    )


async def test_a_deleted_test_lets_its_version_set_go_before_its_own_answer(
    office: Office,
) -> None:
    made = register(office, "0d" * 12)
    await office.accepted(made, "ann")
    put = PutVersionSet(**where(made), version_set_name="beta", version_set=VersionSet())
    await office.accepted(put, "ann")
    test = a_test(office, made)
    link = LinkUnitTest(**where(made), version_set_name="beta", unit_test_id=test.unit_test_id)
    await office.accepted(link, "ann")
    await office.accepted(test, "ann")
    go = DeleteVersionSet(**where(made), version_set_name="beta")
    used = await rejection(office, go)
    assert isinstance(used, Conflicting) and used.state == "used"
    deleted = await office.accepted(
        DeleteUnitTest(unit_test_id=test.unit_test_id, **where(made)), "ann"
    )
    assert deleted.position == await office.store.head()  # That of the unlinking.
    await office.accepted(go, "ann")


async def test_names_of_tests_are_unique_in_an_organization(office: Office) -> None:
    made = register(office, "0d" * 12)
    await office.accepted(made, "ann")
    await office.accepted(a_test(office, made), "ann")
    taken = await rejection(office, a_test(office, made))
    assert isinstance(taken, Taken) and taken.space == "unit_test_name"


async def test_a_grant_on_one_service_changes_that_one_alone(office: Office) -> None:
    one, other = register(office, "0d" * 12), register(office, "0d" * 12, name="Other")
    await office.accepted(one, "ann")
    await office.accepted(other, "ann")
    eve = await office.user("eve")
    grant = GiveGrant(
        grant_id=office.ids.new(),
        principal_id=eve,
        action="service.put_version_set",
        resource=f"service:{one.service_id}",
    )
    await office.accepted(grant)
    put = PutVersionSet(**where(one), version_set_name="b", version_set=VersionSet())
    assert isinstance(await office.give(put, "eve"), Accepted)
    delete = DeleteVersionSet(**where(one), version_set_name="b")
    assert isinstance(await rejection(office, delete, "eve"), Forbidden)
    elsewhere = PutVersionSet(**where(other), version_set_name="b", version_set=VersionSet())
    assert isinstance(await rejection(office, elsewhere, "eve"), Forbidden)
    # Naming one's own service beside a foreign one's id moves nothing.
    mixed = PutVersionSet(
        service_id=one.service_id,
        project_id=office.projects["eve"],
        version_set_name="b",
        version_set=VersionSet(),
    )
    assert await rejection(office, mixed, "eve") == NotFound(kind="service", key=one.service_id)
