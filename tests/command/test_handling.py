"""The shell around decisions: who may, once only, again on conflict, secrets out of the log."""

import asyncio
from dataclasses import replace

import pytest

from services.command.bootstrap import bootstrap
from shared.domain.api_key.commands import RevokeApiKey
from shared.domain.project.commands import CreateProject, RemoveProject
from shared.domain.quota.commands import SetQuota
from shared.domain.quotas import Quota
from shared.domain.rejections import (
    Conflicting,
    Forbidden,
    Invalid,
    KeyReused,
    NotFound,
    Taken,
    Unauthenticated,
)
from shared.domain.service.commands import ConcludeRollout, RequestRollout, ReviseWorkload
from shared.domain.service.workload import EnvVar
from shared.envelope.messages import Accepted, Rejected
from shared.kernel.actor import process_actor
from shared.kernel.secrets import PlainText
from shared.runtime.secret import Secret
from tests.command.office import INSTALLATION, TOKEN, Office, open_office


@pytest.fixture
async def office() -> Office:
    return await open_office()


async def test_the_first_start_makes_admin_and_default_with_their_home_projects(
    office: Office,
) -> None:
    assert {"admin", "default"} <= set(office.projects)


async def test_a_second_start_changes_nothing(office: Office) -> None:
    head = await office.store.head()
    await bootstrap(office.handler, office.ids, Secret(TOKEN), INSTALLATION)
    assert await office.store.head() == head


async def test_another_admin_token_revokes_the_key_of_the_old_one(office: Office) -> None:
    await bootstrap(office.handler, office.ids, Secret("another-token-now"), INSTALLATION)
    reply = await office.give(office.register("default"))
    assert reply == Rejected(rejection=Unauthenticated())


async def test_a_user_registers_in_the_home_project_and_a_stranger_may_not(office: Office) -> None:
    await office.user("ann")
    await office.user("bob")
    assert isinstance(await office.give(office.register("ann"), "ann"), Accepted)
    reply = await office.give(office.register("ann", "other"), "bob")
    assert isinstance(reply, Rejected)
    assert isinstance(reply.rejection, Forbidden)


async def test_a_revoked_key_is_dead_with_the_answer_to_its_revocation(office: Office) -> None:
    await office.user("ann")
    key_id = office.actors["ann"].credential_id
    assert key_id is not None
    await office.accepted(RevokeApiKey(key_id=key_id))
    reply = await office.give(office.register("ann"), "ann")
    assert reply == Rejected(rejection=Unauthenticated())


async def test_a_key_speaks_only_for_its_own_principal(office: Office) -> None:
    await office.user("ann")
    forged = replace(office.actors["admin"], credential_id=office.actors["ann"].credential_id)
    reply = await office.give(office.register("ann"), forged)
    assert reply == Rejected(rejection=Unauthenticated())


async def test_a_name_taken_in_the_project_is_refused_and_free_in_another(office: Office) -> None:
    await office.user("ann")
    await office.user("bob")
    await office.accepted(office.register("ann", "Web_App"), "ann")
    reply = await office.give(office.register("ann", "web-app"), "ann")
    assert isinstance(reply, Rejected)
    assert isinstance(reply.rejection, Taken)
    assert reply.rejection.holder_kind == "service"
    await office.accepted(office.register("bob", "web-app"), "bob")


async def test_the_same_key_and_body_is_answered_once_decided(office: Office) -> None:
    command = office.register("default")
    first = await office.give(command, key="K", body="b")
    head = await office.store.head()
    # The repeat brings fresh ids, as a gateway makes them; the first answer stands.
    again = await office.give(office.register("default"), key="K", body="b")
    assert isinstance(first, Accepted)
    assert isinstance(again, Accepted)
    assert again.replayed
    assert (again.position, again.subject_id) == (first.position, command.service_id)
    assert await office.store.head() == head


async def test_the_same_key_with_another_body_is_refused(office: Office) -> None:
    await office.give(office.register("default"), key="K", body="b")
    reply = await office.give(office.register("default", "other"), key="K", body="c")
    assert reply == Rejected(rejection=KeyReused())


async def test_a_rejection_under_a_key_stands_too(office: Office) -> None:
    await office.accepted(office.register("default", "web"))
    refused = await office.give(office.register("default", "web"), key="K", body="b")
    assert isinstance(refused, Rejected)
    assert await office.give(office.register("default", "free"), key="K", body="b") == refused


async def test_a_replay_is_refused_to_who_may_no_longer_do_it(office: Office) -> None:
    await office.user("ann")
    await office.give(office.register("ann"), "ann", key="K", body="b")
    key_id = office.actors["ann"].credential_id
    assert key_id is not None
    await office.accepted(RevokeApiKey(key_id=key_id))
    reply = await office.give(office.register("ann"), "ann", key="K", body="b")
    assert reply == Rejected(rejection=Unauthenticated())


async def test_a_removed_project_answers_its_remover_again_and_is_absent_for_all_else(
    office: Office,
) -> None:
    ann = await office.user("ann")
    await office.user("bob")
    project = office.ids.new()
    await office.accepted(
        CreateProject(project_id=project, account_id=ann, handle="models", name="m"), "ann"
    )
    # Of another's project bob hears that he may not: handles are public.
    foreign = await office.give(RemoveProject(project_id=project), "bob", key="K", body="b")
    assert isinstance(foreign, Rejected)
    assert isinstance(foreign.rejection, Forbidden)
    first = await office.give(RemoveProject(project_id=project), "ann", key="K", body="b")
    again = await office.give(RemoveProject(project_id=project), "ann", key="K", body="b")
    assert isinstance(first, Accepted)
    assert isinstance(again, Accepted)
    assert again.replayed
    assert (again.position, again.subject_id) == (first.position, project)
    # By its handle a removed project is found no more: the repeat comes with an id of nothing.
    by_handle = RemoveProject(project_id=office.ids.new())
    assert await office.give(by_handle, "ann", key="K", body="b") == again
    unknown = await office.give(by_handle, "bob", key="K", body="b")
    assert unknown == Rejected(rejection=NotFound(kind="project", key=by_handle.project_id))
    absent = Rejected(rejection=NotFound(kind="project", key=project))
    assert await office.give(RemoveProject(project_id=project), "ann") == absent
    assert await office.give(RemoveProject(project_id=project), "ann", key="L", body="b") == absent
    assert await office.give(RemoveProject(project_id=project), "bob", key="K", body="b") == absent


async def test_another_account_with_the_same_key_makes_a_service_of_its_own(
    office: Office,
) -> None:
    await office.user("ann")
    await office.user("bob")
    first = await office.give(office.register("ann"), "ann", key="K", body="b")
    second = await office.give(office.register("bob"), "bob", key="K", body="b")
    assert isinstance(first, Accepted)
    assert isinstance(second, Accepted)
    assert not second.replayed
    assert first.subject_id != second.subject_id


async def test_of_many_redeploys_at_once_one_is_accepted(office: Office) -> None:
    command = office.register("default")
    await office.accepted(command)
    scheduler = process_actor("scheduler")
    concluded = ConcludeRollout(
        service_id=command.service_id,
        project_id=command.project_id,
        deployment_id=command.deployment_id,
        succeeded=True,
    )
    assert isinstance(await office.give(concluded, scheduler, publisher="scheduler"), Accepted)
    replies = await asyncio.gather(
        *(
            office.give(
                RequestRollout(
                    service_id=command.service_id,
                    project_id=command.project_id,
                    deployment_id=office.ids.new(),
                    trigger="redeploy",
                )
            )
            for _ in range(5)
        )
    )
    refused = [r.rejection for r in replies if isinstance(r, Rejected)]
    assert len(refused) == 4
    assert all(isinstance(r, Conflicting) and r.state == "deploying" for r in refused)


async def test_values_of_variables_never_enter_the_log(office: Office) -> None:
    secret = EnvVar(name="API_KEY", value=PlainText(text="canary-7f3a"))
    command = office.register("default", env=(secret,))
    await office.accepted(command)
    log = await office.store.read_log(0, 1000)
    assert "API_KEY" in "".join(event.data for event in log)
    assert "canary-7f3a" not in "".join(event.data for event in log)
    assert "canary-7f3a" not in repr(command)


async def test_a_service_is_changed_only_through_its_own_project(office: Office) -> None:
    await office.user("ann")
    await office.user("bob")
    command = office.register("ann")
    await office.accepted(command, "ann")
    reply = await office.give(
        ReviseWorkload(
            service_id=command.service_id,
            project_id=office.projects["bob"],
            deployment_id=office.ids.new(),
            replicas_max=3,
        ),
        "bob",
    )
    assert reply == Rejected(rejection=NotFound(kind="service", key=command.service_id))


async def test_a_custom_domain_under_a_name_of_ours_is_refused(office: Office) -> None:
    for domain in ("x.localhost", "gateway.example", "a.gateway.example", "10.0.0.1", "a.b:80"):
        reply = await office.give(office.register("default", custom_domain=domain))
        assert isinstance(reply, Rejected), domain
        assert isinstance(reply.rejection, Invalid), domain
        assert reply.rejection.field == "custom_domain"


async def test_a_custom_domain_in_use_is_refused_in_every_spelling(office: Office) -> None:
    await office.user("ann")
    await office.accepted(office.register("ann", custom_domain="shop.example"), "ann")
    await office.user("bob")
    for domain in ("shop.example", "SHOP.example.", "Shop.Example"):
        reply = await office.give(office.register("bob", custom_domain=domain), "bob")
        assert isinstance(reply, Rejected), domain
        assert isinstance(reply.rejection, Taken), domain


async def test_services_of_one_moment_do_not_pass_the_quota_together(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted = office.store.count_claims

    async def stale(space: str, prefix: str, limit: int) -> int:
        count = await counted(space, prefix, limit)
        await asyncio.sleep(0)  # All have counted before the first of them is appended.
        return count

    monkeypatch.setattr(office.store, "count_claims", stale)
    await office.accepted(SetQuota(project_id=office.projects["default"], quota=Quota(services=2)))
    replies = await asyncio.gather(
        *(office.give(office.register("default", f"web-{number}")) for number in range(6))
    )
    refused = [reply.rejection for reply in replies if isinstance(reply, Rejected)]
    assert len(refused) == 4
    assert {type(one) for one in refused} == {Conflicting}
    assert {one.state for one in refused if isinstance(one, Conflicting)} == {"quota"}
