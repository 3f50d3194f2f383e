"""A project's quota: set as a whole, within bounds, whatever runs already."""

from hypothesis import given as for_any
from hypothesis import strategies as some

from shared.domain.quota.commands import SetQuota
from shared.domain.quota.events import QuotaSet
from shared.domain.quotas import LIMIT_MAX, Amount, Quota, exceeded, room
from shared.domain.rejections import Invalid
from tests.support.given import PROJECT_ID, given

limits = some.none() | some.integers(0, 50)
quotas = some.builds(
    Quota, services=limits, replicas=limits, cpu=limits, memory_gb=limits, gpus=limits
)
numbers = some.integers(0, 20)
amounts = some.builds(Amount, replicas=numbers, cpu=numbers, memory_gb=numbers, gpus=numbers)


@for_any(quotas)
def test_to_set_it_twice_is_to_set_it_once(quota: Quota) -> None:
    given().when(SetQuota(project_id=PROJECT_ID, quota=quota)).then_again_nothing_happens()


def test_what_is_not_given_is_no_limit_any_more() -> None:
    before = QuotaSet(project_id=PROJECT_ID, quota=Quota(replicas=3, gpus=0))
    after = SetQuota(project_id=PROJECT_ID, quota=Quota(gpus=2))
    given(before).when(after).then(QuotaSet(project_id=PROJECT_ID, quota=Quota(gpus=2)))


def test_a_limit_out_of_bounds_is_refused_by_its_name() -> None:
    for quota, field in ((Quota(cpu=-1), "cpu"), (Quota(memory_gb=LIMIT_MAX + 1), "memory_gb")):
        decided = given().when(SetQuota(project_id=PROJECT_ID, quota=quota))
        decided.then_rejected(Invalid, field=field)


@for_any(quotas, amounts, amounts)
def test_as_many_fit_as_there_is_room_for_and_not_one_more(
    quota: Quota, used: Amount, one: Amount
) -> None:
    count, why = room(quota, used, one)
    if count is None:
        assert exceeded(quota, one.times(1000)) is None or one == Amount()
        return
    assert why.startswith("quota: ")
    assert (
        count == 0
        or exceeded(quota, used.plus(one.times(count))) is None
        or _was_over(quota, used, one)
    )
    assert exceeded(quota, used.plus(one.times(count + 1))) is not None


def _was_over(quota: Quota, used: Amount, one: Amount) -> bool:
    """Something is taken beyond its limit that a replica more does not ask for."""
    return any(
        getattr(one, name) == 0
        and (limit := getattr(quota, name)) is not None
        and getattr(used, name) > limit
        for name in ("replicas", "cpu", "memory_gb", "gpus")
    )
