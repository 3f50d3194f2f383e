"""What a project's services take of its quota, and how much of it one of them may still take. Pure
but for the cases it looks into."""

from collections.abc import Iterable, Mapping

from services.scheduler.case import Case
from services.scheduler.placement import Fit, Need, amount_of, within_quota
from services.scheduler.runtimes.interface import Observed
from shared.domain.quotas import UNLIMITED, Amount


def bounded(
    fits: Fit, case: Case, cases: Mapping[str, Case], observed: Iterable[Observed], free: int
) -> Fit:
    """`free` replicas of a rollout may stand beside those that they replace."""
    wanted = case.wanted
    if wanted is None or wanted.quota == UNLIMITED:
        return fits
    own, others = Amount(), Amount()
    for one in (each.labels for each in observed if each.exit is None):
        if one.service_id == case.service_id:
            own = own.plus(amount_of(case.need))
        elif one.project_id == wanted.project_id:
            of = cases.get(one.service_id)
            others = others.plus(amount_of(of.need if of is not None else Need()))
    return within_quota(fits, wanted.quota, others, own, case.need, free)
