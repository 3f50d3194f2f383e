"""Nodes in decisions: each start gets one, a node that drains is left, and all are in one book."""

from dataclasses import replace
from typing import Any

import pytest

from services.scheduler.model import Leave, Situation, Start, TellPlacement
from services.scheduler.needs import need_of
from services.scheduler.nodes.book import NodeBook, Placed, filled
from services.scheduler.nodes.detect import this_node
from services.scheduler.nodes.devices import Devices, type_of
from services.scheduler.nodes.filters import fit
from services.scheduler.nodes.node import Node, Taken
from services.scheduler.placement import GIB, Need
from services.scheduler.places import beside
from services.scheduler.remember import done
from services.scheduler.runtimes.interface import Observed
from shared.queries.services import ReplicaDocument
from shared.runtime.settings import Settings
from tests.scheduler.making import (
    R1,
    SERVICE,
    SERVING,
    actions,
    ready_source,
    replica,
    seen,
    service,
    situation,
    wanted,
    workload,
)

MACHINE = Node(name="embedded", overcommits=True)
SLICE = Node(name="slice", kind="local", millicores=8000, memory_bytes=32 * GIB)
DRAINING = replace(SLICE, is_cordoned=True, is_draining=True)


def on(node: str, *docs: ReplicaDocument) -> tuple[Observed, ...]:
    return tuple(
        replace(one, labels=replace(one.labels, node=node)) for one in (seen(doc) for doc in docs)
    )


def two(node: str, nodes: tuple[Node, ...], more: tuple[ReplicaDocument, ...] = ()) -> Situation:
    """Two wanted, two that run on `node`; `more` run on `embedded`."""
    docs = (R1, replica("r2", "d1", ordinal=1))
    return situation(
        wanted(service(SERVING, SERVING, replicas=2), *docs, *more),
        (*on(node, *docs), *on("embedded", *more)),
        memory=ready_source(SERVING),
        nodes=nodes,
        placeable=fit(need_of(service(SERVING, SERVING)), nodes).count,
        why_full="capacity: no room",
    )


def starts(of: Situation) -> list[Start]:
    return [one for one in actions(of) if isinstance(one, Start)]


def leaves(of: Situation) -> list[tuple[str, str]]:
    return [(one.doc.id, one.reason) for one in actions(of) if isinstance(one, Leave)]


# Starts


def test_each_start_names_its_node_and_replicas_of_one_service_go_apart() -> None:
    of = situation(
        wanted(service(SERVING, SERVING, replicas=2)),
        memory=ready_source(SERVING),
        nodes=(replace(SLICE, name="a"), replace(SLICE, name="b")),
    )
    assert sorted(one.node for one in starts(of)) == ["a", "b"]


def test_labels_of_the_service_choose_among_nodes() -> None:
    labels = (("nodes", "disk=fast, zone=a"), ("tolerates", "batch,old"))
    need = need_of(service(SERVING, labels=labels, workload=workload(gpu="L4", gpu_count=2)))
    assert need.wants == (("disk", "fast"), ("zone", "a"))
    assert need.tolerates == ("batch", "old")
    assert (need.gpus, need.millicores, need.memory_bytes) == (2, 2000, 8 * GIB)


def test_what_failed_three_times_in_one_place_starts_elsewhere() -> None:
    nodes = (replace(SLICE, name="a"), replace(SLICE, name="b"))
    of = situation(
        wanted(service(SERVING, SERVING)), memory=ready_source(SERVING), nodes=nodes, age=1e6
    )
    first = starts(of)[0].node
    for times in (1, 2, 3):
        doc = replica("r9", "d1", node=first)
        done(of.memory, Leave(doc=doc, reason="unhealthy", crash="it"), now=float(times))
        assert starts(of)[0].node == first if times < 3 else starts(of)[0].node != first
    only = replace(of, nodes=tuple(one for one in nodes if one.name == first))
    assert starts(only)[0].node == first, "the last resort is one all the same"


# A node that drains


def test_one_starts_elsewhere_before_any_leaves_a_draining_node() -> None:
    of = two("slice", (MACHINE, DRAINING))
    assert [one.node for one in starts(of)] == ["embedded"], "the surge of one"
    assert leaves(of) == []


def test_for_each_that_is_ready_elsewhere_one_leaves() -> None:
    starting = replica("r3", "d1", "starting", ordinal=2)
    assert leaves(two("slice", (MACHINE, DRAINING), (starting,))) == []
    ready = replica("r3", "d1", ordinal=2)
    found = leaves(two("slice", (MACHINE, DRAINING), (ready,)))
    assert [reason for _, reason in found] == ["node_drained"]
    both = (ready, replica("r4", "d1", ordinal=3))
    assert len(leaves(two("slice", (MACHINE, DRAINING), both))) == 2


def test_what_finds_no_other_node_stays_and_says_so() -> None:
    of = two("slice", (DRAINING,))
    assert [type(one) for one in actions(of)] == [TellPlacement]


@pytest.mark.parametrize(
    ("node", "nodes", "moves"),
    [
        ("slice", (MACHINE, SLICE), False),
        ("slice", (MACHINE, replace(SLICE, is_cordoned=True)), False),
        ("slice", (MACHINE,), True),  # It is declared no more.
        ("", (MACHINE, SLICE), False),  # From before nodes had names: on this machine.
        ("", (replace(MACHINE, is_draining=True), SLICE), True),
        ("slice", (), False),  # Nothing is known of nodes.
    ],
)
def test_only_what_must_leave_its_node_is_moved(
    node: str, nodes: tuple[Node, ...], moves: bool
) -> None:
    assert bool(starts(two(node, nodes))) == moves


def test_a_scale_down_of_what_must_move_anyway_does_not_wait_for_others() -> None:
    of = two("slice", (DRAINING,))
    fewer = replace(of, wanted=replace(of.wanted, service=service(SERVING, SERVING, replicas=1)))
    assert [reason for _, reason in leaves(fewer)] == ["scale_down"]


def test_a_full_quota_does_not_keep_replicas_from_moving() -> None:
    of = two("slice", (MACHINE, DRAINING))
    assert beside(of.wanted, of.observed, of.nodes) == 1
    assert beside(of.wanted, of.observed, (MACHINE, SLICE)) == 0


# The book


def test_the_book_counts_what_runs_what_comes_and_jobs_on_their_nodes() -> None:
    need, running = Need(millicores=1000, memory_bytes=GIB), list(on("slice", R1))
    jobs: list[Placed] = []
    book = NodeBook(
        nodes=(MACHINE, SLICE),
        running=lambda: tuple(running),
        need_of=lambda _: need,
        jobs=lambda: tuple(jobs),
    )

    def taken() -> list[int]:
        return [node.taken.millicores for node in book.now()]

    assert taken() == [0, 1000]
    book.expect(SERVICE, need, ["slice"])
    assert taken() == [0, 2000], "it starts, and no listing shows it yet"
    jobs.append(Placed(node="embedded", owner="job", need=need))
    assert taken() == [1000, 2000]
    running += on("slice", replica("r2", "d1"))
    book.arrived(SERVICE)
    assert taken() == [1000, 2000]
    assert book.now()[1].taken.owners == {SERVICE: 2}


def test_what_is_on_no_known_node_is_on_this_machine() -> None:
    need = Need(gpu="L4", gpu_count=2)
    placed = [Placed(node=name, owner="a", need=need) for name in ("", "gone", "slice")]
    here, there = filled((MACHINE, SLICE), placed)
    assert here.taken == Taken(gpus={"L4": 4}, owners={"a": 2})
    assert there.taken == Taken(gpus={"L4": 2}, owners={"a": 1})


# This machine


def test_this_machine_is_a_node_as_its_settings_say() -> None:
    node = this_node(Settings(node_region="eu-west-1", capacity="strict"))
    assert (node.name, node.region, node.kind, node.overcommits) == (
        "embedded", "eu-west-1", "detected", False,
    )  # fmt: skip
    assert node.millicores >= 1000
    assert node.memory_bytes > GIB


class PlayedLibrary:
    """One whole A100 of 80 GB, one cut into two slices, and one that fails."""

    def nvmlInit_v2(self) -> int:
        return 0

    def nvmlDeviceGetCount_v2(self, count: Any) -> int:
        count._obj.value = 3
        return 0

    def nvmlDeviceGetHandleByIndex_v2(self, index: int, handle: Any) -> int:
        handle._obj.value = index + 1
        return 3 if index == 2 else 0

    def nvmlDeviceGetName(self, handle: Any, name: Any, length: int) -> int:
        cut = b"NVIDIA A100-SXM4-80GB MIG 3g.40gb"
        name.value = b"NVIDIA A100-SXM4-80GB" if handle.value < 10 else cut
        return 0

    def nvmlDeviceGetMemoryInfo(self, handle: Any, memory: Any) -> int:
        memory._obj.total = 80 * GIB
        return 0

    def nvmlDeviceGetMaxMigDeviceCount(self, handle: Any, most: Any) -> int:
        most._obj.value = 7
        return 0

    def nvmlDeviceGetMigDeviceHandleByIndex(self, handle: Any, index: int, one: Any) -> int:
        one._obj.value = 10 + index
        return 0 if handle.value == 2 and index < 2 else 6


def test_gpus_are_counted_by_type_and_slices_are_types_of_their_own() -> None:
    devices = Devices(PlayedLibrary())  # type: ignore[arg-type]  # it answers as the library does
    assert devices.types() == ("A100-80GB", "A100-80GB-3g.40gb", "A100-80GB-3g.40gb")
    assert Devices.open("libof-no-driver.so.1") is None
    assert Devices.open("libc.so.6") is None, "a library without these calls"


@pytest.mark.parametrize(
    ("name", "gib", "kind"),
    [
        ("NVIDIA A100-PCIE-40GB", 39.4, "A100-40GB"),
        ("NVIDIA A100 80GB PCIe", 79.2, "A100-80GB"),
        ("NVIDIA H100 80GB HBM3", 79.6, "H100-80GB"),
        ("NVIDIA L4", 22.5, "L4"),
        ("Tesla T4", 14.7, "T4"),
        ("NVIDIA L40S", 44.9, "L40S"),
        ("NVIDIA GeForce RTX 4090", 23.9, "GeForce RTX 4090"),
    ],
)
def test_devices_are_named_as_workloads_name_them(name: str, gib: float, kind: str) -> None:
    assert type_of(name, int(gib * GIB)) == kind
