"""The pure parts: the time bar's steps, the drawing's places, the colours' contrast."""

import hashlib
import re
from dataclasses import replace
from datetime import UTC, timedelta
from pathlib import Path

import pytest

from services.gateway.console import graph
from services.gateway.console.pages.naming import thing_of
from services.gateway.console.static import FOLDER
from services.gateway.console.timebar import Timebar, timebar, window_of
from services.gateway.console.times import Times
from shared.domain.service.facets.participation import Participation, Topic
from shared.kernel.visible import value_text, visible
from shared.queries.audit import AuditEvent
from tests.console.scene import BORN, INCIDENT, LIFE, event, snapshot
from tests.surfaces.stubs import MOMENT


def bar_at(position: int | None, *, events: tuple[AuditEvent, ...] = LIFE) -> Timebar:
    at = MOMENT if position is None else BORN + timedelta(minutes=position)
    times = Times(zone=UTC, at=at, is_now=position is None)
    window = window_of("", now=MOMENT, at=at, born=BORN + timedelta(minutes=1))
    return timebar(events, (INCIDENT,), window, times, position=position or 40, now=MOMENT)


def test_the_steps_of_the_slider_are_the_changes_and_now() -> None:
    bar = bar_at(None)
    assert [stop.position for stop in bar.stops] == [1, 2, 3, 4, 5, 6, None]
    assert bar.at == 6
    assert bar.since == 0
    assert (bar.previous, bar.following) == (5, None)


def test_a_moment_is_the_last_change_before_it() -> None:
    bar = bar_at(4)
    assert bar.stops[bar.at].position == 4
    assert (bar.previous, bar.following, bar.since) == (3, 5, 2)
    assert bar.here == LIFE[3]


def test_a_rollout_and_an_incident_are_one_bar_each() -> None:
    lanes = {lane.name: lane.marks for lane in bar_at(None).lanes}
    assert [(mark.tone, mark.width > 1) for mark in lanes["deploys"]] == [("ok", True)]
    assert [(mark.tone, mark.width > 1) for mark in lanes["health"]] == [("warn", True)]
    assert len(lanes["people"]) == 2


def test_what_one_command_did_is_one_step_but_a_failure_stands_alone() -> None:
    together = (
        event(1, command_id="c"),
        event(2, "service.rollout_started", command_id="c"),
        event(3, "service.rollout_failed", command_id="c"),
    )
    assert [stop.position for stop in bar_at(None, events=together).stops] == [2, 3, None]


def test_a_moment_before_the_window_moves_the_window() -> None:
    early = MOMENT - timedelta(days=20)
    window = window_of("1h", now=MOMENT, at=early, born=MOMENT - timedelta(days=30))
    assert window.start <= early <= window.end < MOMENT


def drawn(key: str, consumes: tuple[str, ...] = (), produces: tuple[str, ...] = ()) -> graph.Drawn:
    made = replace(
        snapshot(),
        service_id=key,
        name=key,
        participation=Participation(
            consumes=tuple(Topic(name=name) for name in consumes),
            produces=tuple(Topic(name=name) for name in produces),
        ),
    )
    return graph.Drawn(snapshot=made, status="running", link=f"/{key}")


def places(drawing: graph.Drawing) -> dict[str, tuple[int, int]]:
    return {node.key: (node.x, node.y) for node in drawing.nodes}


def test_what_flows_is_drawn_from_left_to_right() -> None:
    drawing = graph.drawing_of([drawn("b", ("t",)), drawn("a", (), ("t",)), drawn("alone")])
    at = places(drawing)
    assert at["a"][0] < at["topic:t"][0] < at["b"][0]
    assert at["alone"][1] > at["a"][1]
    assert len(drawing.edges) == 2


def test_a_circle_is_drawn_too_and_nothing_lies_upon_another() -> None:
    drawing = graph.drawing_of(
        [drawn("a", ("x",), ("y",)), drawn("b", ("y",), ("x",)), drawn("c", ("y",), ("y",))]
    )
    at = places(drawing)
    assert len(set(at.values())) == len(at) == 5
    assert all(0 <= x <= drawing.width and 0 <= y <= drawing.height for x, y in at.values())


def test_never_everything_is_drawn_and_the_rest_is_counted() -> None:
    drawing = graph.drawing_of([drawn(f"s{number}") for number in range(graph.NODES_MAX + 5)])
    assert (len(drawing.nodes), drawing.left_out) == (graph.NODES_MAX, 5)


def test_a_topic_in_focus_leaves_only_its_own_services() -> None:
    drawing = graph.drawing_of(
        [drawn("a", (), ("t", "u")), drawn("b", ("t",)), drawn("c", ("u",))], focus="t"
    )
    assert set(places(drawing)) == {"a", "b", "topic:t"}


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "-"),
        (True, "yes"),
        (8, "8"),
        ("", '""'),
        ([], "none"),
        ({}, "none"),
        (["a", "b"], "a, b"),
        ([{"name": "orders"}], "orders"),
        ({"secret_id": "x", "mac": "y"}, "set (secret)"),
        ({"secret_id": "x", "mac": "y", "erased": True}, "erased"),
    ],
)
def test_a_value_reads_as_a_person_would_say_it(value: object, text: str) -> None:
    assert value_text(value) == text


def test_control_characters_are_shown_and_not_obeyed() -> None:
    assert visible("a\x1b[31m\x9b\u202eb\n") == "a␛[31m\\u009b\\u202eb␊"


def themes() -> list[tuple[str, dict[str, str]]]:
    sheet = (FOLDER / "console.css").read_text("utf-8")
    light = re.search(r":root \{(.*?)\}", sheet, re.DOTALL)
    dark = re.search(r':root\[data-theme="dark"\] \{(.*?)\}', sheet, re.DOTALL)
    assert light is not None
    assert dark is not None
    return [
        (name, dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", found.group(1))))
        for name, found in (("light", light), ("dark", dark))
    ]


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize(("name", "theme"), themes())
def test_every_text_can_be_read_on_every_ground(name: str, theme: dict[str, str]) -> None:
    for ground in ("page", "panel", "past-page"):
        for ink in ("ink", "soft", "ok", "busy", "warn", "bad", "off", "past", "link"):
            assert contrast(theme[ink], theme[ground]) >= 4.5, (name, ink, ground)
        assert contrast(theme["edge"], theme[ground]) >= 3, (name, "edge", ground)


def test_the_two_ways_to_the_dark_theme_are_the_same() -> None:
    sheet = (FOLDER / "console.css").read_text("utf-8")
    dark = re.findall(r"color-scheme: dark;(.*?)\}", sheet, re.DOTALL)
    assert len(dark) == 2
    assert dark[0].split() == dark[1].split()


def test_vendored_files_are_as_the_table_says() -> None:
    table = (Path(FOLDER) / "README.md").read_text("utf-8")
    rows = re.findall(r"\| `([\w.-]+)` \|.*?\| `([0-9a-f]{64})` \|", table)
    assert rows
    for name, digest in rows:
        assert hashlib.sha256((FOLDER / name).read_bytes()).hexdigest() == digest


@pytest.mark.parametrize(
    ("stream", "data", "thing"),
    [
        (f"service-{'ab' * 12}", {}, ("service", "ab" * 12)),
        (f"replica-{'cd' * 12}", {"service_id": "ab" * 12}, ("service", "ab" * 12)),
        (f"custom_domain-{'ab' * 12}", {}, ("service", "ab" * 12)),
        (f"quota-{'ef' * 12}", {}, ("project", "ef" * 12)),
        (f"principal-{'ef' * 12}", {}, ("principal", "ef" * 12)),
    ],
)
def test_an_event_is_about_what_people_know(
    stream: str, data: dict[str, str], thing: tuple[str, str]
) -> None:
    assert thing_of(event(1, stream=stream, data=data)) == thing
