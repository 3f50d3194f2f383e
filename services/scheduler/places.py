"""Where replicas of a service go: a node for each start, and who must leave its node. Pure."""

from collections.abc import Iterable
from dataclasses import replace

from services.scheduler.model import Action, Situation, Standing, Start
from services.scheduler.needs import need_of
from services.scheduler.nodes.node import Node
from services.scheduler.nodes.place import place
from services.scheduler.nodes.scores import Want
from services.scheduler.roll import beside as beside_rollout
from services.scheduler.roll import surge_of
from services.scheduler.runtimes.interface import Observed
from shared.queries.services import WantedDocument

# Restarted in place so often; then it is placed elsewhere, if anywhere else has room.
FAILURES_MAX = 3


def placed(situation: Situation, actions: Iterable[Action]) -> list[Action]:
    """The same actions with a node in each start. One that finds none is left out: the next look
    says so."""
    actions = list(actions)
    wants = [_want(situation, action) for action in actions if isinstance(action, Start)]
    if not wants or not situation.nodes:
        return actions
    choices = iter(place(wants, situation.nodes)[0])
    found: list[Action] = []
    for action in actions:
        if not isinstance(action, Start):
            found.append(action)
        elif (name := next(choices).node) is not None:
            found.append(replace(action, node=name))
    return found


def must_move(situation: Situation, one: Standing) -> bool:
    return _is_left(one.seen.labels.node, situation.nodes)


def beside(
    document: WantedDocument, observed: tuple[Observed, ...], nodes: tuple[Node, ...]
) -> int:
    """How many replicas may stand beside the wanted ones, for which alone the quota is: those of a
    rollout, and those that take over from others whose node is left."""
    service = document.service
    moves = any(_is_left(one.labels.node, nodes) for one in observed if one.exit is None)
    if service is not None and moves:
        return surge_of(service.replicas_wanted)
    return beside_rollout(document)


def _is_left(name: str, nodes: tuple[Node, ...]) -> bool:
    """It drains, or is declared no more. What runs since before nodes had names is on this
    machine; where no nodes are known, all stay."""
    for node in nodes:
        if node.name == name or (not name and node.kind == "detected"):
            return node.is_draining
    return bool(nodes)


def _want(situation: Situation, start: Start) -> Want:
    service = situation.wanted.service
    if service is None or service.workload is None:
        raise AssertionError("a start of a service that runs nothing")
    failed_on = frozenset(
        node
        for (deployment_id, ordinal, node), count in situation.memory.failures.items()
        if deployment_id == start.deployment_id
        and ordinal == start.ordinal
        and count >= FAILURES_MAX
    )
    return Want(
        owner=service.id,
        need=need_of(service),
        ordinal=start.ordinal,
        desired=service.replicas_wanted,
        failed_on=failed_on,
    )
