"""Places replicas and jobs on nodes, one after the other. Pure, and the order of nodes is of no
matter: replays agree."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from services.scheduler.nodes.filters import named_by, refusal_of, words
from services.scheduler.nodes.node import Node
from services.scheduler.nodes.scores import Want, score, tie
from services.scheduler.placement import Need


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """The name of a node, or None and in words how many nodes each filter refused."""

    node: str | None
    why: str = ""


def choose(want: Want, nodes: Sequence[Node]) -> Choice:
    named = named_by(nodes)
    refusals: Counter[str] = Counter()
    open_: list[Node] = []
    for node in nodes:
        refusal = refusal_of(node, want.need, named)
        if refusal:
            refusals[refusal] += 1
        else:
            open_.append(node)
    if not open_:
        return Choice(node=None, why=words(len(nodes), refusals))
    best = max(open_, key=lambda node: (score(node, want, open_), tie(node, want)))
    return Choice(node=best.name)


def place(
    wants: Iterable[Want], nodes: Sequence[Node]
) -> tuple[tuple[Choice, ...], tuple[Node, ...]]:
    """A choice for each, in their order, and the nodes with what was placed on them."""
    choices: list[Choice] = []
    left = tuple(nodes)
    for want in wants:
        choice = choose(want, left)
        choices.append(choice)
        if choice.node is not None:
            left = tuple(
                node.with_one(want.owner, want.need) if node.name == choice.node else node
                for node in left
            )
    return tuple(choices), left


def most_demanding_first(needs: Mapping[str, Need]) -> list[str]:
    """The ids of those that wait for room, in the order they get it: who wants most GPUs, then who
    is oldest, as ids tell. Nobody has priority over another."""
    return sorted(needs, key=lambda id_: (-needs[id_].gpus, id_))
