"""The first start, continued: hardware tiers and an environment, so that a job can run at once.

Each is made where its stream is empty. What somebody archived or changed stays so."""

from collections.abc import Awaitable, Callable
from typing import Any

from shared.domain.environment.commands import CreateEnvironment
from shared.domain.environment.revision import Revision
from shared.domain.hardware_tier.commands import CreateHardwareTier
from shared.domain.hardware_tier.tier import Amount, Tier
from shared.eventstore import Store
from shared.kernel.ids import compose
from shared.runtime.ids import IdSource

# The same in every installation: found again at every start.
DEFAULT_ENVIRONMENT_ID = compose(seconds=0, chance=1)

TIERS: dict[str, Tier] = {
    "small": Tier(
        name="Small",
        cores=1.0,
        memory=Amount(value=2.0, units="GiB"),
        cents_per_minute=0.1,
        node_pool="default",
        is_default=True,
    ),
    "medium": Tier(
        name="Medium",
        cores=2.0,
        memory=Amount(value=8.0, units="GiB"),
        cents_per_minute=0.4,
        node_pool="default",
    ),
    "large": Tier(
        name="Large",
        cores=4.0,
        memory=Amount(value=16.0, units="GiB"),
        cents_per_minute=0.8,
        node_pool="default",
    ),
}
# It names no image: where an engine builds images, a first start must not need a registry.
ENVIRONMENT = Revision(
    summary="Python and its standard library; what a project needs besides goes in a revision.",
)


async def furnish(
    store: Store, give: Callable[[Any], Awaitable[None]], ids: IdSource, admin_id: str
) -> None:
    for tier_id, tier in TIERS.items():
        if not (await store.read(f"hardware_tier-{tier_id}")).events:
            await give(CreateHardwareTier(tier_id=tier_id, account_id=admin_id, tier=tier))
    if (await store.read(f"environment-{DEFAULT_ENVIRONMENT_ID}")).events:
        return
    await give(
        CreateEnvironment(
            environment_id=DEFAULT_ENVIRONMENT_ID,
            account_id=admin_id,
            name="Default",
            description="What jobs run in where none is named.",
            visibility="global",
            revision_id=ids.new(),
            build_id=ids.new(),
            revision=ENVIRONMENT,
            is_default=True,
        )
    )
