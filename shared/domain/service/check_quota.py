"""Whether a decision stays within the project's quota. Pure, and after all other rules.

Commands decided at the same moment do not see each other: services are counted again as they are
appended, and what runs is bounded again where it is placed."""

from functools import reduce

from shared.domain.facts import Facts
from shared.domain.quotas import Amount, exceeded
from shared.domain.rejections import Conflicting
from shared.domain.service.events import ServiceEvent
from shared.domain.service.state import Live, State, evolve
from shared.domain.service.workload import Workload, replicas_wanted


def quota_rejection(
    state: State, events: tuple[ServiceEvent, ...], facts: Facts
) -> Conflicting | None:
    quota = facts.quota
    after = reduce(evolve, events, state)
    if not isinstance(after, Live):
        return None
    limit = quota.services
    if not isinstance(state, Live) and limit is not None and facts.services >= limit:
        return _full(f"The project may have {limit} services and has as many.")
    before = least(state.workload) if isinstance(state, Live) else Amount()
    needed = least(after.workload)
    # Who asks for no more than before is not held to a quota that was lowered since.
    if needed == before or (why := exceeded(quota, needed)) is None:
        return None
    return _full(f"The quota does not allow it: {why}.")


def least(workload: Workload | None) -> Amount:
    """What a workload takes when as few of its replicas run as may be."""
    if workload is None:
        return Amount()
    one = Amount(
        replicas=1,
        cpu=workload.cpu,
        memory_gb=workload.memory_gb,
        gpus=workload.gpu_count if workload.gpu != "none" else 0,
    )
    return one.times(replicas_wanted(workload))


def _full(message: str) -> Conflicting:
    return Conflicting(state="quota", message=message)
