"""The graph as Mermaid. Ids are ours and labels are coded, so no name can speak Mermaid."""

import re

from services.gateway.surfaces.microvisualizer.graphs.landscape import Landscape, Node

_PLAIN = re.compile(r"[^A-Za-z0-9 _.,/-]")


def mermaid_of(landscape: Landscape) -> str:
    names = {id_: f"n{number}" for number, id_ in enumerate(landscape.nodes)}
    lines = ["flowchart LR"]
    lines += [f"  {names[id_]}{_shape(node)}" for id_, node in landscape.nodes.items()]
    lines += [f"  {names[edge.source]} --> {names[edge.target]}" for edge in landscape.edges]
    colors = sorted({node.category.color for node in landscape.nodes.values() if node.category})
    for number, color in enumerate(colors):
        lines.append(f"  classDef c{number} stroke:{color},stroke-width:2px")
        members = [
            names[id_]
            for id_, node in landscape.nodes.items()
            if node.category and node.category.color == color
        ]
        lines.append(f"  class {','.join(members)} c{number}")
    return "\n".join(lines) + "\n"


def _shape(node: Node) -> str:
    label = coded(node.name)
    return f'["{label}"]' if node.kind == "service" else f'(["{label}"])'


def coded(text: str) -> str:
    """Mermaid's entity codes for whatever is not plain; what it cannot show is a space."""
    return _PLAIN.sub(lambda match: _entity(match.group()), text)


def _entity(character: str) -> str:
    return f"#{ord(character)};" if character.isprintable() else " "
