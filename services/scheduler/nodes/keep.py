"""Keeps one term's nodes as they are declared: tells the log what this machine is, asks for all of
them, and asks again for each event of a node.

Nothing is placed before the first answer: what is not known is no reason to refuse anybody.
"""

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace

from services.scheduler.nodes.node import Node
from services.scheduler.speak import AWAY, Fenced, Refused, Speaker
from shared.domain.node.commands import RecordNodeDetected, RecordNodeGone
from shared.domain.node.parts import Capacity
from shared.envelope.event import EventEnvelope
from shared.queries.hardware_tiers import HardwareTierPage, ListHardwareTiers
from shared.queries.nodes import ListNodes, NodeDocument, NodePage

log = logging.getLogger(__name__)

RETRY_SECONDS = 1.0
# Events may be lost: it is asked now and then, whatever was heard.
FULL_SECONDS = 30.0
# An installation that waits for an import is asked whether it still does.
UNTOLD_SECONDS = 5.0
PAGE = 100


@dataclass(slots=True, kw_only=True)
class NodeKeeper:
    """`machine` as it was detected; `changed` is called with the nodes whenever they differ."""

    speaker: Speaker
    machine: Node
    changed: Callable[[tuple[Node, ...]], None]
    fenced: Callable[[], None]
    _after: int = 0
    _known: tuple[Node, ...] = ()
    _is_told: bool = False
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    def hear_event(self, event: EventEnvelope) -> None:
        self._after = max(self._after, event.position)
        self._news.set()

    async def load(self) -> None:
        """Until we know all nodes, and the log this machine."""
        while True:
            try:
                await self._tell()
                await self._ask()
                return
            except Fenced:
                self.fenced()
                return
            except (Refused, *AWAY) as error:
                log.warning("nodes_unknown", extra={"error": repr(error)[:200]})
            await asyncio.sleep(RETRY_SECONDS)

    async def run(self) -> None:
        """Ends only by cancellation."""
        while True:
            with suppress(TimeoutError):  # The usual way: nothing has changed.
                async with asyncio.timeout(FULL_SECONDS if self._is_told else UNTOLD_SECONDS):
                    await self._news.wait()
            self._news.clear()
            try:
                if not self._is_told:
                    await self._tell()
                await self._ask()
            except Fenced:
                self.fenced()
            except (Refused, *AWAY) as error:
                log.warning("nodes_unknown", extra={"error": repr(error)[:200]})
                self._news.set()
                await asyncio.sleep(RETRY_SECONDS)

    async def _tell(self) -> None:
        """Not while nothing is there but who keeps the installation: then it waits for an import,
        which brings nodes of its own, and takes no place in a log that others have begun."""
        question = ListHardwareTiers(limit=1, with_archived=True)
        if (await self.speaker.ask(question, HardwareTierPage)).total == 0:
            return
        machine = self.machine
        command = RecordNodeDetected(
            name=machine.name,
            region=machine.region,
            capacity=Capacity(
                millicores=machine.millicores,
                memory_bytes=machine.memory_bytes,
                gpus=machine.gpus,
            ),
            overcommits=machine.overcommits,
        )
        try:
            self._after = max(self._after, await self.speaker.tell(command))
        except Refused as refused:
            # A slice was declared under its name: it runs on, unseen by the log, until it gets
            # another (`node_name`).
            log.error("node_not_recorded", extra={"node": machine.name, "why": str(refused)})
        self._is_told = True

    async def _ask(self) -> None:
        found: list[NodeDocument] = []
        page = 1
        while True:
            question = ListNodes(page=page, per_page=PAGE)
            answer = await self.speaker.ask(question, NodePage, after=self._after)
            found += answer.items
            if not answer.items or len(found) >= answer.total:
                break
            page += 1
        for document in found:
            if document.kind == "detected" and document.name != self.machine.name:
                await self.speaker.tell(RecordNodeGone(name=document.name))
        nodes = assembled(self.machine, found)
        if nodes != self._known:
            self._known = nodes
            self.changed(nodes)


def assembled(machine: Node, documents: list[NodeDocument]) -> tuple[Node, ...]:
    """This machine, as it is with what is said of it and without its slices; then the others."""
    declared = [node_of(document) for document in documents if document.kind != "detected"]
    said = next((one for one in documents if one.name == machine.name), None)
    if said is not None and said.kind == "detected":
        machine = replace(
            machine,
            labels=said.purpose.labels,
            taints=said.purpose.taints,
            is_cordoned=said.purpose.is_cordoned,
            is_draining=said.is_draining,
        )
    slices = [node for node in declared if node.kind == "local"]
    return (without(machine, slices), *(node for node in declared if node.name != machine.name))


def without(machine: Node, slices: list[Node]) -> Node:
    """What is left of it: a processor is given away once."""
    return replace(
        machine,
        millicores=max(0, machine.millicores - sum(node.millicores for node in slices)),
        memory_bytes=max(0, machine.memory_bytes - sum(node.memory_bytes for node in slices)),
        gpus=tuple(
            (kind, max(0, count - sum(node.has(kind) for node in slices)))
            for kind, count in machine.gpus
        ),
    )


def node_of(document: NodeDocument) -> Node:
    return Node(
        name=document.name,
        kind=document.kind,
        region=document.region,
        millicores=document.capacity.millicores,
        memory_bytes=document.capacity.memory_bytes,
        gpus=document.capacity.gpus,
        labels=document.purpose.labels,
        taints=document.purpose.taints,
        is_cordoned=document.purpose.is_cordoned,
        is_draining=document.is_draining,
        overcommits=document.overcommits,
    )
