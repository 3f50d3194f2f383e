"""Variables of a service are opened for the scheduler and for who may see them."""

from dataclasses import replace

from shared.domain.service.workload import EnvVar
from shared.queries.services import GetService, RevealEnv
from tests.views.world import WORKLOAD, World, registered


async def test_variables_are_revealed_and_erased_ones_named(world: World) -> None:
    ada = await world.person("ada")
    service, account = world.new_id(), ada.home
    ref, row = await world.vault.seal(account, service, "TOKEN", "s3cret")
    variable = EnvVar(name="TOKEN", value=ref)
    workload = replace(WORKLOAD, env=(variable,))
    await world.happened(
        registered(service, ada.home, "api", workload), account=account, secrets=[row]
    )
    await world.project()
    document = await world.shown(GetService(project="ada", name="api"), ada)
    assert document.workload.env == (("TOKEN", ref.secret_id),)
    assert (await world.told(RevealEnv(service_id=service), "scheduler")).variables == (
        ("TOKEN", "s3cret"),
    )
    assert (await world.shown(RevealEnv(service_id=service), ada)).variables == (
        ("TOKEN", "s3cret"),
    )
    await world.vault.erase(account, service)
    erased = await world.shown(RevealEnv(service_id=service), ada)
    assert (erased.variables, erased.erased) == ((), ("TOKEN",))
