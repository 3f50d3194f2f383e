"""Which node takes a replica or a job: the filters, the scores, and what is said of the others."""

import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.scheduler.nodes.filters import fit
from services.scheduler.nodes.node import Node, Taken
from services.scheduler.nodes.place import Choice, choose, most_demanding_first, place
from services.scheduler.nodes.scores import Want
from services.scheduler.placement import GIB, Need

SMALL = Need(millicores=1000, memory_bytes=GIB)
HERE = Node(name="here", kind="local", millicores=4000, memory_bytes=16 * GIB)


def node(name: str, **changes: object) -> Node:
    return replace(HERE, name=name, **changes)  # type: ignore[arg-type]  # tests name it in short


def want(need: Need = SMALL, **changes: object) -> Want:
    return replace(Want(owner="api", need=need), **changes)  # type: ignore[arg-type]  # as above


def filled(one: Node, owner: str = "other", need: Need = SMALL, times: int = 1) -> Node:
    for _ in range(times):
        one = one.with_one(owner, need)
    return one


# Filters


@pytest.mark.parametrize(
    ("changes", "need", "reason"),
    [
        ({"kind": "simulated"}, SMALL, "only simulated"),
        ({"is_draining": True, "is_cordoned": True}, SMALL, "draining"),
        ({"is_cordoned": True}, SMALL, "cordoned"),
        ({"region": "eu-west-1"}, replace(SMALL, region="us-east-1"), "not in us-east-1"),
        ({"labels": (("pool", "a"),)}, replace(SMALL, pool="b"), "not in pool b"),
        (
            {"labels": (("disk", "slow"),)},
            replace(SMALL, wants=(("disk", "fast"),)),
            "without the wanted labels",
        ),
        ({"taints": ("batch", "old")}, replace(SMALL, tolerates=("batch",)), "tainted"),
        ({}, replace(SMALL, gpu="L4"), "without L4"),
        ({"gpus": (("L4", 2),)}, replace(SMALL, gpu="L4", gpu_count=4), "not enough L4 free"),
        ({}, replace(SMALL, millicores=4001), "not enough CPU"),
        ({}, replace(SMALL, memory_bytes=16 * GIB + 1), "not enough memory"),
    ],
)
def test_a_node_that_refuses_says_why(changes: dict[str, object], need: Need, reason: str) -> None:
    why = f"capacity: 0/1 node: 1 {reason}"
    assert choose(want(need), (node("here", **changes),)) == Choice(node=None, why=why)
    assert fit(need, (node("here", **changes),)).count == 0
    assert fit(need, (node("here", **changes),)).why == why


@pytest.mark.parametrize(
    ("changes", "need"),
    [
        ({"region": "eu-west-1"}, SMALL),
        ({"region": "eu-west-1"}, replace(SMALL, region="eu-west-1")),
        ({}, replace(SMALL, region="eu-west-1", pool="b")),
        ({"labels": (("disk", "fast"), ("x", "y"))}, replace(SMALL, wants=(("disk", "fast"),))),
        ({"taints": ("batch",)}, replace(SMALL, tolerates=("old", "batch"))),
        ({"gpus": (("L4", 2),)}, replace(SMALL, gpu="L4", gpu_count=2)),
        ({"overcommits": True, "millicores": 1}, replace(SMALL, gpu="H100-80GB", gpu_count=8)),
    ],
)
def test_a_node_that_suits_is_chosen(changes: dict[str, object], need: Need) -> None:
    assert choose(want(need), (node("here", **changes),)) == Choice(node="here")


def test_refusals_are_counted_over_nodes() -> None:
    nodes = (node("a", millicores=1), node("b", is_cordoned=True), node("c", millicores=1))
    assert choose(want(), nodes).why == "capacity: 0/3 nodes: 2 not enough CPU, 1 cordoned"
    assert choose(want(), ()).why == "capacity: 0/0 nodes: none is there"


def test_a_node_without_a_region_stands_for_those_that_no_other_names() -> None:
    nodes = (node("any"), node("europe", region="eu-west-1"))
    assert choose(want(replace(SMALL, region="us-east-1")), nodes).node == "any"
    assert choose(want(replace(SMALL, region="eu-west-1")), nodes).node == "europe"
    full = (nodes[0], replace(nodes[1], millicores=1))
    why = choose(want(replace(SMALL, region="eu-west-1")), full).why
    assert why == "capacity: 0/2 nodes: 1 not enough CPU, 1 not in eu-west-1"
    simulated = (nodes[0], replace(nodes[1], kind="simulated"))
    assert choose(want(replace(SMALL, region="eu-west-1")), simulated).node == "any"


def test_what_is_placed_takes_its_room() -> None:
    assert [fit(SMALL, (filled(HERE, times=times),)).count for times in range(6)] == [
        4, 3, 2, 1, 0, 0,
    ]  # fmt: skip
    assert fit(SMALL, (HERE, filled(node("b"), times=3))).count == 5
    assert fit(SMALL, (replace(HERE, overcommits=True),)).why == ""


# Scores


@pytest.mark.parametrize(
    ("nodes", "wanted", "chosen"),
    [
        # Packed: the fuller of two, so that the empty one can take something large.
        ((node("empty"), filled(node("fuller"))), want(), "fuller"),
        # Apart: not beside another of the same service.
        ((node("empty"), filled(node("fuller"), "api")), want(desired=2), "empty"),
        # GPUs are packed as well, and who needs none keeps away from them.
        (
            (
                node("a", gpus=(("L4", 4),)),
                filled(node("b", gpus=(("L4", 4),)), need=Need(gpu="L4", gpu_count=2)),
            ),
            want(replace(SMALL, gpu="L4")),
            "b",
        ),
        ((node("plain"), filled(node("gpus", gpus=(("L4", 1),)))), want(), "plain"),
        # Where it failed again and again it goes last.
        (
            (node("empty"), filled(node("fuller"))),
            want(failed_on=frozenset({"fuller"})),
            "empty",
        ),
        # Spread over zones, though the other zone's node is emptier.
        (
            (
                node("a1", labels=(("zone", "a"),)),
                filled(node("a2", labels=(("zone", "a"),)), "api"),
                node("b1", labels=(("zone", "b"),)),
            ),
            want(desired=2),
            "b1",
        ),
        # What overcommits is never full, so it is not filled first.
        ((node("machine", overcommits=True), node("slice")), want(), "slice"),
    ],
)
def test_the_best_suited_is_chosen(nodes: tuple[Node, ...], wanted: Want, chosen: str) -> None:
    assert choose(wanted, nodes).node == chosen
    assert choose(wanted, nodes[::-1]).node == chosen


def test_equals_are_told_apart_by_service_and_place_and_always_the_same() -> None:
    nodes = tuple(node(f"n{number}") for number in range(8))
    chosen = [choose(want(owner=f"s{number}"), nodes).node for number in range(40)]
    assert chosen == [choose(want(owner=f"s{number}"), nodes[::-1]).node for number in range(40)]
    assert len(set(chosen)) > 4, "not all on one"


def test_those_that_wait_are_sorted_by_gpus_and_age() -> None:
    gpus = replace(SMALL, gpu="L4", gpu_count=4)
    assert most_demanding_first({"3": SMALL, "1": SMALL, "2": gpus}) == ["2", "1", "3"]


# Properties

NEEDS = st.builds(
    Need,
    millicores=st.integers(1, 5000),
    memory_bytes=st.integers(1, 20 * GIB),
    gpu=st.sampled_from(["none", "none", "L4", "T4"]),
    gpu_count=st.integers(1, 4),
    region=st.sampled_from(["", "us-east-1", "eu-west-1"]),
    tolerates=st.sampled_from([(), ("batch",)]),
)
WANTS = st.lists(
    st.builds(
        Want,
        owner=st.sampled_from(["a", "b", "c"]),
        need=NEEDS,
        ordinal=st.integers(0, 5),
        desired=st.integers(1, 5),
        failed_on=st.sampled_from([frozenset(), frozenset({"n0"}), frozenset({"n1", "n2"})]),
    ),
    max_size=12,
)
NODES = st.lists(
    st.builds(
        Node,
        name=st.sampled_from([f"n{number}" for number in range(6)]),
        kind=st.sampled_from(["local", "local", "detected", "simulated"]),
        region=st.sampled_from(["", "us-east-1", "eu-west-1"]),
        millicores=st.integers(0, 10_000),
        memory_bytes=st.integers(0, 40 * GIB),
        gpus=st.sampled_from([(), (("L4", 4),), (("L4", 1), ("T4", 2))]),
        labels=st.sampled_from([(), (("zone", "a"),), (("zone", "b"),)]),
        taints=st.sampled_from([(), (), ("batch",)]),
        is_cordoned=st.sampled_from([False, False, True]),
    ),
    max_size=6,
    unique_by=lambda one: one.name,
)


@given(WANTS, NODES)
def test_no_node_is_ever_filled_beyond_what_it_has(wants: list[Want], nodes: list[Node]) -> None:
    choices, after = place(wants, nodes)
    for one in after:
        assert one.taken.millicores <= one.millicores
        assert one.taken.memory_bytes <= one.memory_bytes
        assert all(count <= one.has(gpu) for gpu, count in one.taken.gpus.items())
        if one.is_cordoned or one.kind == "simulated":
            assert one.taken == Taken()
    placed = sum(sum(one.taken.owners.values()) for one in after)
    assert placed == sum(choice.node is not None for choice in choices)


@given(WANTS, NODES, st.integers(0, 1000))
def test_the_order_of_nodes_is_of_no_matter(
    wants: list[Want], nodes: list[Node], seed: int
) -> None:
    mixed = list(nodes)
    random.Random(seed).shuffle(mixed)
    assert place(wants, nodes)[0] == place(wants, mixed)[0]


@given(NEEDS, NODES)
def test_refusals_add_up_and_counting_agrees_with_placing(need: Need, nodes: list[Node]) -> None:
    found = fit(need, nodes)
    many = min(found.count, 200) + 1
    choices, _ = place([want(need, ordinal=number) for number in range(many)], nodes)
    placed = sum(choice.node is not None for choice in choices)
    assert placed == min(found.count, many)
    refused = choices[-1]
    if refused.node is None:
        reasons = refused.why.partition("nodes: ")[2] or refused.why.partition("node: ")[2]
        counts = [part.split(" ")[0] for part in reasons.split(", ")]
        assert not nodes or sum(map(int, counts)) == len(nodes)
        assert refused.why == found.why
