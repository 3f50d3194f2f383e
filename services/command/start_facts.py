"""Facts about where something is to start: project, tier and environment, read for one decision."""

from functools import reduce
from typing import Any

from shared.access.index import AccessIndex
from shared.domain.descriptor import Aggregate, StartNeeds
from shared.domain.environment.aggregate import ENVIRONMENT
from shared.domain.environment.state import Known as KnownEnvironment
from shared.domain.facts import EnvironmentFacts, StartFacts, TierFacts
from shared.domain.hardware_tier.aggregate import HARDWARE_TIER
from shared.domain.hardware_tier.state import Known as KnownTier
from shared.domain.project.aggregate import PROJECT
from shared.domain.project.state import Live
from shared.envelope.event import decode_event
from shared.eventstore import Store
from shared.kernel.actor import Actor


async def start_facts(
    store: Store, needs: StartNeeds, actor: Actor, index: AccessIndex
) -> StartFacts | None:
    """None where there is no such project. An environment out of sight is none."""
    project = await _state(store, PROJECT, needs.project_id)
    if not isinstance(project, Live):
        return None
    return StartFacts(
        goals=frozenset(project.goals),
        tier=await _tier(store, needs.tier_id),
        environment=await _environment(store, needs.environment_id, actor, index),
    )


async def _tier(store: Store, tier_id: str | None) -> TierFacts | None:
    state = None if tier_id is None else await _state(store, HARDWARE_TIER, tier_id)
    return TierFacts(is_archived=state.is_archived) if isinstance(state, KnownTier) else None


async def _environment(
    store: Store, environment_id: str | None, actor: Actor, index: AccessIndex
) -> EnvironmentFacts | None:
    if environment_id is None:
        return None
    state = await _state(store, ENVIRONMENT, environment_id)
    if not isinstance(state, KnownEnvironment):
        return None
    is_seen = (
        actor.kind == "process"
        or state.visibility == "global"
        or index.may_in_account(actor.id, "environment.read", state.account_id)
    )
    if not is_seen:
        return None
    return EnvironmentFacts(
        is_archived=state.is_archived, revisions=state.revisions, restricted=state.restricted
    )


async def _state(store: Store, aggregate: Aggregate, id_: str) -> Any:
    past = await store.read(f"{aggregate.stream_type}-{id_}")
    events = (decode_event(e.type, e.schema_version, e.data) for e in past.events)
    return reduce(aggregate.evolve, events, aggregate.initial)
