"""Who begins next: in order, in turns, within the limits of tiers and the room of the machine."""

from dataclasses import replace
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from services.scheduler.executions.choose import Limits, need_of, why_never
from services.scheduler.executions.choose import choose as choose_of
from services.scheduler.nodes.node import Node
from services.scheduler.placement import Need
from shared.domain.hardware_tier.tier import Amount, Tier
from shared.queries.executions import Unfinished
from shared.queries.hardware_tiers import HardwareTierDocument

NOW = datetime(2026, 3, 18, tzinfo=UTC)
LIMITS = Limits(jobs=100, builds=2)


def tier(id_: str = "small", limit: int | None = None, **more: bool) -> HardwareTierDocument:
    held = Tier(name=id_, cores=1.5, memory=Amount(value=3.0, units="GB"), max_simultaneous=limit)
    values = {"is_default": False, "is_archived": False, **more}
    return HardwareTierDocument(
        id=id_, tier=held, created_at=NOW, updated_at=NOW, queued=0, running=0, **values
    )


def job(place: int, project: str = "p", tier_id: str = "small") -> Unfinished:
    return Unfinished(
        id=f"{place:024x}", kind="job", account_id="a", project_id=project, tier_id=tier_id,
        environment_id="e", revision_id="r", stage="queued", is_stopping=False, keeps_results=True,
        requested_from=place,
    )  # fmt: skip


def build(place: int) -> Unfinished:
    return replace(job(place), kind="build", project_id=None, tier_id=None)


ROOMY = (Node(name="here", overcommits=True),)
FULL = (
    Node(name="here", millicores=10_000, memory_bytes=2**40).with_one("x", Need(millicores=10_000)),
)


def choose(
    waiting: tuple[Unfinished, ...],
    begun: tuple[Unfinished, ...],
    tiers: dict[str, HardwareTierDocument],
    limits: Limits,
    nodes: tuple[Node, ...],
) -> tuple[Unfinished, ...]:
    return tuple(one.item for one in choose_of(waiting, begun, tiers, limits, nodes))


def places(chosen: tuple[Unfinished, ...]) -> list[int]:
    return [one.requested_from for one in chosen]


def test_the_limit_of_a_tier_counts_those_that_run() -> None:
    waiting = (job(3), job(1), job(2))
    chosen = choose(waiting, (job(0),), {"small": tier(limit=3)}, LIMITS, ROOMY)
    assert places(chosen) == [1, 2]
    assert choose(waiting, (job(0),), {"small": tier(limit=1)}, LIMITS, ROOMY) == ()


def test_projects_take_turns() -> None:
    waiting = (job(1, "loud"), job(2, "loud"), job(3, "loud"), job(4, "quiet"))
    chosen = choose(waiting, (), {"small": tier(limit=2)}, LIMITS, ROOMY)
    assert places(chosen) == [1, 4]


def test_a_full_tier_holds_nobody_else_back() -> None:
    waiting = (job(1), job(2), job(3, tier_id="large"))
    tiers = {"small": tier(limit=1), "large": tier("large", limit=1)}
    assert places(choose(waiting, (), tiers, LIMITS, ROOMY)) == [1, 3]


def test_what_has_no_room_keeps_its_place() -> None:
    waiting = (job(1, tier_id="large"), job(2))
    tiers = {"small": tier(), "large": tier("large")}
    assert choose(waiting, (), tiers, LIMITS, FULL) == ()


def test_each_is_placed_beside_those_chosen_before_it() -> None:
    nodes = tuple(Node(name=name, millicores=2000, memory_bytes=2**40) for name in ("a", "b"))
    chosen = choose_of((job(1), job(2), job(3)), (), {"small": tier()}, LIMITS, nodes)
    assert sorted(one.node for one in chosen) == ["a", "b"]
    assert places(tuple(one.item for one in chosen)) == [1, 2]


def test_a_tier_of_a_pool_goes_to_the_nodes_of_that_pool() -> None:
    nodes = (*ROOMY, replace(ROOMY[0], name="own", labels=(("pool", "fast"),)))
    fast = tier()
    fast = replace(fast, tier=replace(fast.tier, node_pool="fast"))
    tiers = {"small": tier(), "fast": fast}
    chosen = choose_of((job(1), job(2, tier_id="fast")), (), tiers, LIMITS, nodes)
    assert chosen[1].node == "own"
    other = {"small": replace(fast, tier=replace(fast.tier, node_pool="default"))}
    assert choose_of((job(1),), (), other, LIMITS, nodes)[0].node == "here"


def test_what_fits_nowhere_begins_to_be_told_so_and_holds_nobody_back() -> None:
    waiting = (job(1, tier_id="large"), job(2))
    tiers = {"small": tier(), "large": tier("large", limit=1)}
    huge = replace(tiers["large"].tier, cores=500.0)
    tiers["large"] = replace(tiers["large"], tier=huge)
    nodes = (replace(FULL[0], millicores=20_000),)
    assert places(choose(waiting, (), tiers, LIMITS, nodes)) == [1, 2]
    (first, _) = choose_of(waiting, (), tiers, LIMITS, nodes)
    assert first.node == ""
    assert why_never(need_of(huge), nodes) == "capacity: 0/1 node: 1 not enough CPU"
    closed = (replace(nodes[0], is_cordoned=True),)
    assert why_never(need_of(tier().tier), closed) == "", "it may be opened again"
    assert places(choose((job(2),), (), tiers, LIMITS, closed)) == []


def test_builds_have_a_limit_of_their_own() -> None:
    waiting = (build(1), build(2), build(3), job(4))
    tiers = {"small": tier()}
    assert sorted(places(choose(waiting, (), tiers, LIMITS, ROOMY))) == [1, 2, 4]
    assert sorted(places(choose(waiting, (build(0),), tiers, LIMITS, ROOMY))) == [1, 4]


def test_what_waits_for_an_archived_tier_begins_to_be_given_up() -> None:
    tiers = {"small": tier(limit=1, is_archived=True)}
    assert places(choose((job(1),), (job(0),), tiers, LIMITS, ROOMY)) == [1]


def test_a_tier_that_is_not_known_yet_is_waited_for() -> None:
    waiting = (job(1, tier_id="none"), job(2))
    assert places(choose(waiting, (), {"small": tier()}, LIMITS, ROOMY)) == [2]


def test_a_tier_is_counted_by_what_it_grants_exactly() -> None:
    assert need_of(tier().tier) == Need(millicores=1500, memory_bytes=3 * 10**9)


@given(
    st.lists(st.tuples(st.sampled_from("pqr"), st.sampled_from(["small", "large"])), max_size=30),
    st.integers(1, 5),
    st.integers(1, 10),
)
def test_no_limit_is_ever_passed_and_room_is_used(
    asked: list[tuple[str, str]], limit: int, most: int
) -> None:
    waiting = tuple(job(n, project, tier_id) for n, (project, tier_id) in enumerate(asked, 1))
    tiers = {"small": tier(limit=limit), "large": tier("large", limit=limit)}
    chosen = choose(waiting, (), tiers, Limits(jobs=most, builds=1), ROOMY)
    assert len(chosen) == len(set(chosen)) <= most
    counts = {key: sum(one.tier_id == key for one in waiting) for key in tiers}
    for key in tiers:
        assert sum(one.tier_id == key for one in chosen) <= limit
    assert len(chosen) == min(most, sum(min(limit, count) for count in counts.values()))
