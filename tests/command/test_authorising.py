"""Who may give which command: publishers are pinned, and nobody gives what he lacks."""

from dataclasses import fields
from typing import Any

import pytest

from shared.access.actions import PROCESS_COMMANDS, need_of
from shared.domain.api_key.commands import IssueApiKey
from shared.domain.catalog import COMMANDS
from shared.domain.grant.commands import GiveGrant
from shared.domain.principal.commands import (
    CreateServiceAccount,
    RemoveMember,
    SetMember,
)
from shared.domain.project.commands import SetCollaborator
from shared.domain.rejections import Conflicting, Forbidden, Invalid, NotFound
from shared.domain.replica.commands import RecordReplicaStopped, ReportReplicaHealth
from shared.domain.service.commands import ConcludeRollout, RemoveService, RequestRollout
from shared.envelope.messages import Accepted, Rejected
from shared.kernel.actor import Actor, process_actor
from tests.command.office import Office, open_office


@pytest.fixture
async def office() -> Office:
    return await open_office()


def refusal(reply: Accepted | Rejected) -> Any:
    assert isinstance(reply, Rejected), reply
    return reply.rejection


async def test_a_process_may_not_speak_for_people(office: Office) -> None:
    for publisher in ("scheduler", "prober", "edge", "query"):
        reply = await office.give(office.register("default"), publisher=publisher)
        assert isinstance(refusal(reply), Forbidden), publisher


async def test_a_process_may_not_speak_as_another(office: Office) -> None:
    command = ReportReplicaHealth(replica_id="0" * 24, project_id="1" * 24, ready=True)
    reply = await office.give(command, process_actor("prober"), publisher="gateway")
    assert isinstance(refusal(reply), Forbidden)


async def test_every_publisher_says_only_what_its_row_allows(office: Office) -> None:
    command = ConcludeRollout(
        service_id="0" * 24, project_id="1" * 24, deployment_id="2" * 24, succeeded=True
    )
    for publisher in ("gateway", "prober", "edge", "query", "scheduler"):
        actor = Actor(kind="process", id=publisher)
        rejection = refusal(await office.give(command, actor, publisher=publisher))
        allowed = isinstance(command, PROCESS_COMMANDS.get(publisher, ()))
        assert isinstance(rejection, NotFound if allowed else Forbidden), publisher


async def test_people_may_not_report_what_only_processes_see(office: Office) -> None:
    command = RecordReplicaStopped(replica_id="0" * 24, project_id="1" * 24, asked=True)
    assert isinstance(refusal(await office.give(command)), Forbidden)


def test_every_command_has_a_need_or_belongs_to_processes_alone() -> None:
    process_only = {cls for classes in PROCESS_COMMANDS.values() for cls in classes}
    for name, cls in COMMANDS.items():
        blank: Any = object.__new__(cls)
        for field in fields(cls):
            object.__setattr__(blank, field.name, "x")
        assert need_of(blank) is not None or cls in process_only, name


async def test_an_admin_member_may_not_make_an_owner(office: Office) -> None:
    await office.user("ann")
    await office.user("bob")
    acme = await office.organization("acme", owner="ann")
    bob = office.actors["bob"].id
    await office.accepted(SetMember(principal_id=acme, member_id=bob, role="admin"), "ann")
    climb = SetMember(principal_id=acme, member_id=bob, role="owner")
    assert isinstance(refusal(await office.give(climb, "bob")), Forbidden)
    ann = office.actors["ann"].id
    push = RemoveMember(principal_id=acme, member_id=ann)
    assert isinstance(refusal(await office.give(push, "bob")), Forbidden)
    lower = SetMember(principal_id=acme, member_id=ann, role="viewer")
    assert isinstance(refusal(await office.give(lower, "bob")), Forbidden)


async def test_a_member_may_deploy_and_a_viewer_may_not(office: Office) -> None:
    await office.user("ann")
    await office.user("bob")
    acme = await office.organization("acme", owner="ann")
    bob = office.actors["bob"].id
    await office.accepted(SetMember(principal_id=acme, member_id=bob, role="viewer"), "ann")
    assert isinstance(refusal(await office.give(office.register("acme"), "bob")), Forbidden)
    await office.accepted(SetMember(principal_id=acme, member_id=bob, role="member"), "ann")
    await office.accepted(office.register("acme"), "bob")


async def test_a_collaborator_has_the_project_and_no_other(office: Office) -> None:
    await office.user("ann")
    await office.user("bob")
    await office.accepted(
        SetCollaborator(
            project_id=office.projects["ann"],
            principal_id=office.actors["bob"].id,
            role="member",
        ),
        "ann",
    )
    await office.accepted(office.register("ann"), "bob")
    assert isinstance(refusal(await office.give(office.register("default"), "bob")), Forbidden)


async def test_a_grant_cannot_give_more_than_its_giver_has(office: Office) -> None:
    ann = await office.user("ann")
    everything = GiveGrant(grant_id=office.ids.new(), principal_id=ann, action="*", resource="*")
    assert isinstance(refusal(await office.give(everything, "ann")), Forbidden)


async def test_a_grant_on_one_service_reaches_that_service_and_no_other(office: Office) -> None:
    await office.user("ann")
    await office.user("eve")
    ids = [(await office.accepted(office.register("ann", n), "ann")).subject_id for n in "ab"]
    grant = GiveGrant(
        grant_id=office.ids.new(),
        principal_id=office.actors["eve"].id,
        action="service.write",
        resource=f"service:{ids[0]}",
    )
    await office.accepted(grant)
    project = office.projects["ann"]

    def redeploy(service_id: str, project_id: str) -> RequestRollout:
        return RequestRollout(
            service_id=service_id,
            project_id=project_id,
            deployment_id=office.ids.new(),
            trigger="redeploy",
        )

    # What the service itself says to it is not a matter of rights: it is being deployed.
    assert isinstance(refusal(await office.give(redeploy(ids[0], project), "eve")), Conflicting)
    assert isinstance(refusal(await office.give(redeploy(ids[1], project), "eve")), Forbidden)
    remove = RemoveService(service_id=ids[0], project_id=project)
    assert isinstance(refusal(await office.give(remove, "eve")), Forbidden)
    # Her own project does not lend her the service of another one.
    stolen = redeploy(ids[1], office.projects["eve"])
    assert isinstance(refusal(await office.give(stolen, "eve")), NotFound)


async def test_who_may_grant_in_the_project_may_grant_on_its_services(office: Office) -> None:
    await office.user("ann")
    await office.user("bob")
    acme = await office.organization("acme", owner="ann")
    robot = office.ids.new()
    await office.accepted(
        CreateServiceAccount(principal_id=robot, account_id=acme, name="robot"), "ann"
    )
    ours = (await office.accepted(office.register("acme"), "ann")).subject_id
    theirs = (await office.accepted(office.register("bob"), "bob")).subject_id

    def grant(service_id: str) -> GiveGrant:
        return GiveGrant(
            grant_id=office.ids.new(),
            principal_id=robot,
            action="service.write",
            resource=f"service:{service_id}",
        )

    await office.accepted(grant(ours), "ann")
    foreign = refusal(await office.give(grant(theirs), "ann"))
    absent = refusal(await office.give(grant(office.ids.new()), "ann"))
    assert isinstance(foreign, Forbidden)
    assert isinstance(absent, Forbidden)


async def test_an_organization_has_no_keys_of_its_own(office: Office) -> None:
    await office.user("ann")
    acme = await office.organization("acme", owner="ann")
    command = IssueApiKey(key_id=office.ids.new(), principal_id=acme, name="k", digest="d-acme")
    assert isinstance(refusal(await office.give(command, "ann")), Invalid)


async def test_a_service_account_does_what_its_account_lets_it(office: Office) -> None:
    await office.user("ann")
    acme = await office.organization("acme", owner="ann")
    robot, key = office.ids.new(), office.ids.new()
    await office.accepted(
        CreateServiceAccount(principal_id=robot, account_id=acme, name="robot"), "ann"
    )
    await office.accepted(
        IssueApiKey(key_id=key, principal_id=robot, name="k", digest="d-robot"), "ann"
    )
    office.actors["robot"] = Actor(kind="service_account", id=robot, credential_id=key)
    assert isinstance(refusal(await office.give(office.register("acme"), "robot")), Forbidden)
    await office.accepted(SetMember(principal_id=acme, member_id=robot, role="member"), "ann")
    await office.accepted(office.register("acme"), "robot")


async def test_what_is_foreign_is_answered_like_what_is_absent(office: Office) -> None:
    await office.user("ann")
    bob = await office.user("bob")
    absent = office.ids.new()
    for id_ in (bob, absent):
        command = IssueApiKey(key_id=office.ids.new(), principal_id=id_, name="k", digest=id_)
        reply = await office.give(command, "ann")
        assert reply == Rejected(rejection=NotFound(kind="principal", key=id_))
