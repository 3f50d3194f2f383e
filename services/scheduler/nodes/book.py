"""Who is on which node in one term: what runs, what is about to, and the jobs. One book for all, so
that two who are placed at one moment do not take the same room.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace

from services.scheduler.nodes.node import Node, Taken
from services.scheduler.placement import NO_GPU, Need
from services.scheduler.runtimes.interface import Observed


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """`owner` is a service, or the job itself. `node` empty: from before nodes had names."""

    node: str
    owner: str
    need: Need


@dataclass(slots=True, kw_only=True)
class NodeBook:
    """`running` are the replicas of services as they were listed last, `jobs` what has begun of
    executions. A start is held here until the listing that must show it."""

    nodes: tuple[Node, ...]
    running: Callable[[], tuple[Observed, ...]]
    need_of: Callable[[str], Need]
    jobs: Callable[[], tuple[Placed, ...]] = tuple
    _coming: dict[str, tuple[Placed, ...]] = field(default_factory=dict)
    _key: tuple[object, ...] = ()
    _kept: tuple[Node, ...] = ()

    def now(self) -> tuple[Node, ...]:
        """All nodes, each with what is placed on it."""
        running, jobs = self.running(), self.jobs()
        coming = tuple(one for some in self._coming.values() for one in some)
        if self._is_kept(running, coming, jobs):
            return self._kept
        seen = [
            Placed(
                node=one.labels.node,
                owner=one.labels.service_id,
                need=self.need_of(one.labels.service_id),
            )
            for one in running
            if one.exit is None
        ]
        self._key = (self.nodes, running, coming, jobs)
        self._kept = filled(self.nodes, (*seen, *coming, *jobs))
        return self._kept

    def expect(self, service_id: str, need: Need, nodes: Sequence[str]) -> None:
        """Replicas start on these nodes now; no listing shows them yet."""
        if nodes:
            self._coming[service_id] = tuple(
                Placed(node=node, owner=service_id, need=need) for node in nodes
            )

    def arrived(self, service_id: str) -> None:
        """A listing that began after the starts of the service had ended is there."""
        self._coming.pop(service_id, None)

    def _is_kept(
        self,
        running: tuple[Observed, ...],
        coming: tuple[Placed, ...],
        jobs: tuple[Placed, ...],
    ) -> bool:
        """Counted once per listing, not once per service that asks."""
        if not self._key:
            return False
        nodes, listed, came, began = self._key
        return nodes is self.nodes and listed is running and came == coming and began == jobs


def filled(nodes: tuple[Node, ...], placed: Iterable[Placed]) -> tuple[Node, ...]:
    """What is on no known node is on this machine all the same."""
    names = {node.name for node in nodes}
    here = next((node.name for node in nodes if node.kind == "detected"), "")
    on: dict[str, list[Placed]] = {}
    for one in placed:
        on.setdefault(one.node if one.node in names else here, []).append(one)
    return tuple(replace(node, taken=_sum(on.get(node.name, []))) for node in nodes)


def _sum(placed: list[Placed]) -> Taken:
    gpus: Counter[str] = Counter()
    for one in placed:
        if one.need.gpu != NO_GPU:
            gpus[one.need.gpu] += one.need.gpu_count
    return Taken(
        millicores=sum(one.need.millicores for one in placed),
        memory_bytes=sum(one.need.memory_bytes for one in placed),
        gpus=dict(gpus),
        owners=dict(Counter(one.owner for one in placed)),
    )
