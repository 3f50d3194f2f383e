"""A project's quota with what is taken of it, at every moment; and why a replica has no place."""

from shared.domain.quota.events import QuotaSet
from shared.domain.quotas import Amount, Quota
from shared.domain.scaling.events import PlacementChanged
from shared.queries.quotas import GetQuota
from shared.queries.services import GetServiceById, GetWanted
from tests.views.test_services import ready, started
from tests.views.world import World


async def test_limits_and_what_is_taken_of_them_at_every_moment(world: World) -> None:
    ada = await world.person("ada")
    service, deployment = await world.service(ada.home, "api")
    await world.project()
    before = await world.shown(GetQuota(project_id=ada.home), ada)
    assert (before.quota, before.services, before.used) == (Quota(), 1, Amount())

    replica = world.new_id()
    await world.happened(
        QuotaSet(project_id=ada.home, quota=Quota(replicas=2)),
        started(replica, service, ada.home, deployment),
        ready(replica, service),
    )
    await world.project()
    now = await world.shown(GetQuota(project_id=ada.home), ada)
    assert now.quota == Quota(replicas=2)
    assert now.used == Amount(replicas=1, cpu=8, memory_gb=32, gpus=0)
    asked = await world.told(GetWanted(service_id=service), "scheduler")
    assert asked.quota == Quota(replicas=2)

    await world.happened(QuotaSet(project_id=ada.home, quota=Quota(gpus=1)))
    await world.project()
    assert (await world.shown(GetQuota(project_id=ada.home), ada)).quota == Quota(gpus=1)


async def test_anothers_quota_is_no_more_than_an_unknown_one(world: World) -> None:
    ada, eve = await world.person("ada"), await world.person("eve")
    await world.project()
    foreign = await world.refused(GetQuota(project_id=ada.home), eve)
    unknown = await world.refused(GetQuota(project_id=world.new_id()), eve)
    assert foreign.kind == unknown.kind == "project"


async def test_a_service_says_why_not_all_of_it_found_a_place(world: World) -> None:
    ada = await world.person("ada")
    service, _ = await world.service(ada.home, "api")
    why = "quota: 2 of the project's 2 replicas are taken"
    placement = {"service_id": service, "project_id": ada.home}
    await world.happened(PlacementChanged(missing=1, why=why, **placement))
    await world.project()
    shown = await world.shown(GetServiceById(service_id=service), ada)
    assert (shown.unplaced, shown.status_reason) == (why, "quota")
    assert why in shown.status_message

    await world.happened(PlacementChanged(missing=0, why="", **placement))
    await world.project()
    assert (await world.shown(GetServiceById(service_id=service), ada)).unplaced == ""
