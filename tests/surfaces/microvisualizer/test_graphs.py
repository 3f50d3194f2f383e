"""The picture of an architecture: what is in it, where it stands, and that no name can break it."""

import re
import xml.etree.ElementTree as ET
from dataclasses import replace

import pytest
from hypothesis import given as for_any
from hypothesis import settings
from hypothesis import strategies as some

from services.gateway.surfaces.microvisualizer.graphs.landscape import (
    Landscape,
    around,
    landscape_of,
    slug_of,
)
from services.gateway.surfaces.microvisualizer.graphs.layout import layout
from services.gateway.surfaces.microvisualizer.graphs.mermaid import mermaid_of
from services.gateway.surfaces.microvisualizer.graphs.svg import svg_of
from services.gateway.surfaces.microvisualizer.resources.graphs.translate import (
    to_entities,
    to_graph,
)
from shared.domain.service.facets.participation import Participation, Topic
from shared.queries.microvisualizer import SnapshotDocument
from tests.surfaces.microvisualizer.office import ALONE, AT, PAY, WEB, ask
from tests.surfaces.stubs import Gateway

SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = [
    '"]; click n0 javascript:alert(1)',
    "</text><script>alert(1)</script>",
    'x" onload="alert(1)',
    "#quot; & &amp; ; %% comment",
    "end\nsubgraph evil",
    "\x01\x1f\ufffe",
    "\u202eabc",
    "日本語 🚀",
    "]]>",
    "n1 --> n2",
]


def named(slug: str, **participation: object) -> SnapshotDocument:
    return replace(
        ALONE,
        slug=slug,
        name=slug,
        participation=Participation(**participation),  # type: ignore[arg-type]  # a facet's fields
    )


def topics(*names: str) -> tuple[Topic, ...]:
    return tuple(Topic(name=name) for name in names)


def parsed(svg: str) -> ET.Element:
    return ET.fromstring(svg)  # noqa: S314 - ours, and that it holds no trick is what is tested


async def test_the_graph_of_a_project(gateway: Gateway) -> None:
    body = (await ask(gateway, "GET", f"{AT}/graph")).json()
    assert [(n["id"], n["type"], n["label"]) for n in body["nodes"]] == [
        ("service--alone", "SERVICE", "alone"),
        ("service--pay", "SERVICE", "Pay"),
        ("service--web", "SERVICE", "web"),
        ("messaging--order-paid", "TOPIC", "Order Paid"),
        ("messaging--ordered", "TOPIC", "ordered"),
    ]
    assert {(e["source"], e["target"], e["type"]) for e in body["edges"]} == {
        ("messaging--ordered", "service--pay", "TOPIC_TO_SERVICE"),
        ("service--pay", "messaging--order-paid", "SERVICE_TO_TOPIC"),
        ("messaging--order-paid", "service--web", "TOPIC_TO_SERVICE"),
    }
    pay = body["nodes"][1]
    assert (pay["category"], pay["categoryLabel"]) == ("category--money", "Money")
    assert (pay["owner"], pay["ownerLabel"]) == ("owner--team-a", "Team A")
    assert (pay["flows"], pay["flowLabels"]) == (["flow--checkout"], ["Checkout"])
    assert re.fullmatch(r"#[0-9a-f]{6}", pay["categoryColor"])
    assert "category" not in body["nodes"][0]
    # Messages flow from left to right.
    x = {node["id"]: node["x"] for node in body["nodes"]}
    assert x["messaging--ordered"] < x["service--pay"] < x["messaging--order-paid"]


async def test_the_entities_of_a_project(gateway: Gateway) -> None:
    body = (await ask(gateway, "GET", f"{AT}/entities")).json()
    assert body["services"]["service--pay"] == {
        "id": "service--pay",
        "name": "Pay",
        "type": "Service",
        "slug": "pay",
        "description": "Takes money",
        "flows": ["flow--checkout"],
        "category": "category--money",
        "owner": "owner--team-a",
        "produces": ["messaging--order-paid"],
        "consumes": ["messaging--ordered"],
        "extras": {"repo": "acme/pay"},
    }
    topic = body["messaging"]["messaging--order-paid"]
    assert (topic["producers"], topic["consumers"]) == (["service--pay"], ["service--web"])
    assert topic["extras"] == {"k": "v"}
    assert set(body["categories"]) == {"category--money", "category--events"}
    assert body["owners"]["owner--team-b"]["messaging"] == ["messaging--order-paid"]
    flow = body["flows"]["flow--checkout"]
    assert (flow["services"], flow["messaging"]) == (["service--pay"], ["messaging--order-paid"])


def test_a_topic_nobody_names_any_more_is_gone_and_a_shared_one_stays() -> None:
    whole = landscape_of([PAY, WEB])
    assert {"messaging--order-paid", "messaging--ordered"} <= set(whole.nodes)
    rest = landscape_of([WEB])
    assert set(rest.nodes) == {"service--web", "messaging--order-paid"}


def test_spellings_of_one_topic_are_one_and_its_producer_is_believed() -> None:
    consumer = named("a", consumes=(Topic(name="order-paid", owner="Guess", extras={"x": "1"}),))
    producer = named("b", produces=(Topic(name="Order Paid", owner="Truth"),))
    node = landscape_of([consumer, producer]).nodes["messaging--order-paid"]
    assert (node.name, node.owner and node.owner.name) == ("Order Paid", "Truth")
    assert node.extras == {"x": "1"}


def test_names_without_a_letter_stay_apart() -> None:
    assert slug_of("日本") != slug_of("日本語")
    assert len(landscape_of([named("a", produces=topics("日本", "日本語"))]).nodes) == 3


@pytest.mark.parametrize(
    ("ids", "depth", "kept"),
    [
        ([], 0, {"a", "t", "b", "u", "c"}),
        (["service--a"], 0, {"a"}),
        (["service--a"], 1, {"a", "t"}),
        (["service--a"], 2, {"a", "t", "b"}),
        (["service--c"], 2, {"c", "u", "b"}),
        (["messaging--t", "service--c"], 0, {"t", "c"}),
        (["category--x"], 0, {"b"}),
        (["service--nobody"], 5, set()),
    ],
)
def test_a_graph_is_cut_around_what_was_asked_for(
    ids: list[str], depth: int, kept: set[str]
) -> None:
    whole = landscape_of(
        [
            named("a", produces=topics("t")),
            named("b", consumes=topics("t"), produces=topics("u"), category="X"),
            named("c", consumes=topics("u")),
        ]
    )
    cut = around(whole, ids, depth)
    assert {node.slug for node in cut.nodes.values()} == kept
    assert all(e.source in cut.nodes and e.target in cut.nodes for e in cut.edges)


async def test_ids_are_repeated_and_depth_has_its_bounds(gateway: Gateway) -> None:
    path = f"{AT}/graph?filteredIds=service--web&filteredIds=service--alone&depth=0"
    body = (await ask(gateway, "GET", path)).json()
    assert [node["id"] for node in body["nodes"]] == ["service--alone", "service--web"]
    for depth in ("-1", "6", "x", ""):
        for kind in ("", "/mermaid", "/svg"):
            response = await ask(gateway, "GET", f"{AT}/graph{kind}?depth={depth}")
            assert (response.status_code, response.json()["code"]) == (400, "bad_request")


names = some.sampled_from(["a", "b", "c", "d", "e", "f"])
architectures = some.lists(
    some.tuples(names, some.lists(names, max_size=4), some.lists(names, max_size=4)),
    max_size=8,
    unique_by=lambda service: service[0],
)


def drawn(services: list[tuple[str, list[str], list[str]]]) -> Landscape:
    return landscape_of(
        named(slug, produces=topics(*out), consumes=topics(*into)) for slug, out, into in services
    )


@for_any(architectures)
@settings(max_examples=80)
def test_no_two_nodes_overlap_and_the_same_graph_is_the_same_picture(
    services: list[tuple[str, list[str], list[str]]],
) -> None:
    landscape = drawn(services)
    boxes = layout(landscape)
    assert set(boxes) == set(landscape.nodes)
    placed = list(boxes.values())
    for number, one in enumerate(placed):
        for other in placed[number + 1 :]:
            assert (
                one.x + one.width <= other.x
                or other.x + other.width <= one.x
                or one.y + one.height <= other.y
                or other.y + other.height <= one.y
            )
    assert layout(drawn(list(reversed(services)))) == boxes


@for_any(architectures)
@settings(max_examples=40)
def test_the_graph_and_the_entities_tell_the_same(
    services: list[tuple[str, list[str], list[str]]],
) -> None:
    landscape = drawn(services)
    graph, entities = to_graph(landscape), to_entities(landscape)
    produced = {(s.id, t) for s in entities.services.values() for t in s.produces}
    consumed = {(t, s.id) for s in entities.services.values() for t in s.consumes}
    assert {(e.source, e.target) for e in graph.edges} == produced | consumed
    assert {(p, t.id) for t in entities.messaging.values() for p in t.producers} == produced


def test_a_long_chain_and_many_loose_services_are_drawn_soon() -> None:
    chain = [
        named(f"s{n:05}", consumes=topics(f"t{n}"), produces=topics(f"t{n + 1}"))
        for n in range(1500)
    ]
    loose = [named(f"z{n:05}") for n in range(1500)]
    boxes = layout(landscape_of([*chain, *loose]))
    assert len(boxes) == 4501
    assert boxes["service--s00000"].x < boxes["service--s01499"].x


@pytest.mark.parametrize("name", HOSTILE)
def test_no_name_speaks_mermaid(name: str) -> None:
    text = mermaid_of(landscape_of([replace(PAY, name=name)]))
    nodes = [line for line in text.splitlines() if line.startswith("  n") and "-->" not in line]
    for line in nodes:
        assert re.fullmatch(r'  n\d+(\["[A-Za-z0-9 _.,/#;-]*"\]|\(\["[^"<>&\]]*"\]\))', line), line
    assert len(nodes) == 3
    plain = re.sub(r"#(\d+);", lambda m: chr(int(m.group(1))), nodes[0])
    assert plain.startswith("  n0[")


@pytest.mark.parametrize("name", HOSTILE)
def test_no_name_becomes_markup_of_the_svg(name: str) -> None:
    snapshot = replace(
        PAY, name=name, participation=replace(PAY.participation, produces=topics(name))
    )
    root = parsed(svg_of(landscape_of([snapshot])))
    assert {child.tag for child in root.iter()} <= {
        f"{SVG}{tag}"
        for tag in ("svg", "title", "style", "defs", "marker", "path", "g", "rect", "text")
    }
    assert not [key for child in root.iter() for key in child.attrib if key.startswith("on")]
    titles = [t.text for g in root.iter(f"{SVG}g") for t in g.iter(f"{SVG}title")]
    assert re.sub(r"[\x01\x1f\ufffe]", "\ufffd", name) in titles


async def test_the_svg_runs_nothing_and_loads_nothing(gateway: Gateway) -> None:
    response = await ask(gateway, "GET", f"{AT}/graph/svg")
    assert response.headers["content-type"] == "image/svg+xml"
    policy = response.headers["content-security-policy"]
    assert "default-src 'none'" in policy and "sandbox" in policy
    assert response.headers["x-content-type-options"] == "nosniff"
    mermaid = await ask(gateway, "GET", f"{AT}/graph/mermaid")
    assert mermaid.headers["content-type"].startswith("text/plain")
    assert mermaid.text.startswith("flowchart LR\n")


def test_an_empty_project_is_an_empty_picture() -> None:
    nothing = landscape_of([])
    assert to_graph(nothing).nodes == []
    assert mermaid_of(nothing) == "flowchart LR\n"
    assert parsed(svg_of(nothing)).tag == f"{SVG}svg"
