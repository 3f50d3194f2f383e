"""The graph as an SVG document, written by an XML writer: no name becomes markup."""

import re
from collections.abc import Mapping
from io import StringIO
from xml.sax.saxutils import XMLGenerator
from xml.sax.xmlreader import AttributesImpl

from services.gateway.surfaces.microvisualizer.graphs.landscape import Edge, Landscape, Node
from services.gateway.surfaces.microvisualizer.graphs.layout import LETTER, Box, layout

MARGIN = 24.0
# Characters that no XML 1.0 document may hold, escaped or not.
_ILLEGAL = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_STYLE = (
    ".n{fill:#fff;stroke:#64748b;stroke-width:1.5}.t{fill:#f1f5f9}"
    ".e{fill:none;stroke:#94a3b8;stroke-width:1.5}"
    "text{font:13px system-ui,sans-serif;fill:#0f172a;text-anchor:middle;"
    "dominant-baseline:central}"
    "@media(prefers-color-scheme:dark){.n{fill:#1e293b}.t{fill:#0f172a}text{fill:#e2e8f0}}"
)

Attributes = Mapping[str, str]


def svg_of(landscape: Landscape) -> str:
    boxes = layout(landscape)
    width = max((box.x + box.width for box in boxes.values()), default=0) + 2 * MARGIN
    height = max((box.y + box.height for box in boxes.values()), default=0) + 2 * MARGIN
    out = StringIO()
    xml = XMLGenerator(out, "utf-8", short_empty_elements=True)
    xml.startDocument()
    view = f"{-MARGIN:g} {-MARGIN:g} {width:g} {height:g}"
    _open(
        xml,
        "svg",
        {
            "xmlns": "http://www.w3.org/2000/svg",
            "viewBox": view,
            "width": f"{width:g}",
            "height": f"{height:g}",
            "role": "img",
        },
    )
    _text(xml, "title", {}, "Services and what they exchange")
    _text(xml, "style", {}, _STYLE)
    _arrow(xml)
    for edge in landscape.edges:
        _edge(xml, edge, boxes)
    for id_, node in landscape.nodes.items():
        _node(xml, node, boxes[id_])
    xml.endElement("svg")
    xml.endDocument()
    return out.getvalue()


def _arrow(xml: XMLGenerator) -> None:
    _open(xml, "defs", {})
    _open(
        xml,
        "marker",
        {
            "id": "a",
            "viewBox": "0 0 8 8",
            "refX": "8",
            "refY": "4",
            "markerWidth": "8",
            "markerHeight": "8",
            "orient": "auto-start-reverse",
        },
    )
    _empty(xml, "path", {"d": "M0 0 8 4 0 8z", "fill": "#94a3b8"})
    xml.endElement("marker")
    xml.endElement("defs")


def _edge(xml: XMLGenerator, edge: Edge, boxes: Mapping[str, Box]) -> None:
    source, target = boxes[edge.source], boxes[edge.target]
    # An edge of a cycle runs back; it leaves and enters on the facing sides.
    forward = source.x <= target.x
    x1 = source.x + (source.width if forward else 0)
    x2 = target.x + (0 if forward else target.width)
    y1, y2 = source.y + source.height / 2, target.y + target.height / 2
    middle = (x1 + x2) / 2
    path = f"M{x1:g} {y1:g}C{middle:g} {y1:g} {middle:g} {y2:g} {x2:g} {y2:g}"
    _empty(xml, "path", {"class": "e", "d": path, "marker-end": "url(#a)"})


def _node(xml: XMLGenerator, node: Node, box: Box) -> None:
    is_service = node.kind == "service"
    _open(xml, "g", {"data-id": _legal(node.id)})
    _text(xml, "title", {}, node.name)
    shape = {
        "class": "n" if is_service else "n t",
        "x": f"{box.x:g}",
        "y": f"{box.y:g}",
        "width": f"{box.width:g}",
        "height": f"{box.height:g}",
        "rx": "8" if is_service else f"{box.height / 2:g}",
    }
    if node.category is not None:
        shape["style"] = f"stroke:{node.category.color}"
    _empty(xml, "rect", shape)
    place = {"x": f"{box.x + box.width / 2:g}", "y": f"{box.y + box.height / 2:g}"}
    _text(xml, "text", place, _cut(node.name, int((box.width - 24) / LETTER)))
    xml.endElement("g")


def _open(xml: XMLGenerator, name: str, attributes: Attributes) -> None:
    xml.startElement(name, AttributesImpl(dict(attributes)))


def _empty(xml: XMLGenerator, name: str, attributes: Attributes) -> None:
    _open(xml, name, attributes)
    xml.endElement(name)


def _text(xml: XMLGenerator, name: str, attributes: Attributes, text: str) -> None:
    _open(xml, name, attributes)
    xml.characters(_legal(text))
    xml.endElement(name)


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else text[: length - 1] + "\u2026"


def _legal(text: str) -> str:
    return _ILLEGAL.sub("\ufffd", text)
