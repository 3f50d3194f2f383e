"""`chronoplane graph`: which services of a project speak by which topics, now or at a moment."""

import argparse
from pathlib import Path
from typing import Any
from urllib.parse import quote

from services.cli import cells, options
from services.cli.output import Output
from services.cli.refused import Refused
from services.cli.server import Got, Server
from services.cli.table import Cell, Column, Table
from services.cli.then import say_then
from services.cli.verb import Exit, Verb
from shared.kernel.names import slug_of

EXAMPLES = """\
  chronoplane graph acme
  chronoplane graph acme --focus topic:payments.settled --depth 2
  chronoplane graph acme --as-of "tue 14:00" --format mermaid
  chronoplane graph acme --format svg > acme.svg"""

DEPTH_MAX = 5
_COLUMNS = (
    Column("SERVICE", shrinks=True),
    Column(""),
    Column("TOPIC", shrinks=True),
    Column("CATEGORY", shrinks=True),
    Column("OWNER", shrinks=True),
)


def _arguments(parser: argparse.ArgumentParser) -> None:
    options.reading(parser)
    options.project(parser)
    parser.add_argument("of", metavar="PROJECT", nargs="?", help="handle or id; else --project")
    parser.add_argument(
        "--focus", action="append", default=[], metavar="NAME",
        help="only it and its neighbours: a service, or topic:NAME; may be repeated",
    )  # fmt: skip
    parser.add_argument("--depth", type=options.count, default=1, help="how far around it (1)")
    parser.add_argument("--format", choices=("table", "mermaid", "svg"), default="table")
    parser.add_argument("--out", type=Path, metavar="FILE", help="into a file")


def _run(chosen: argparse.Namespace, output: Output) -> Exit:
    if chosen.depth > DEPTH_MAX:
        raise Refused(f"--depth must be at most {DEPTH_MAX}", exit_=Exit.USAGE)
    server = Server.of(chosen)
    path = f"/v1/projects/{quote(chosen.of or chosen.project, safe='')}/graph"
    whole = server.get(path)
    say_then(server, whole, output)
    ids = [_found(whole.document["nodes"], name) for name in chosen.focus]
    around = "&".join(["", *(f"filteredIds={quote(id_, safe='')}" for id_ in ids)])
    query = f"?depth={chosen.depth}{around}" if ids else ""
    if chosen.format != "table":
        return _drawn(server.get(f"{path}/{chosen.format}{query}"), chosen, output)
    graph = server.get(path + query).document if ids else whole.document
    if output.is_json:
        output.document(graph, "")
        return Exit.DONE
    rows = rows_of(graph)
    output.table(rows, Table(_COLUMNS, rows), empty="no service of it says what it speaks by")
    return Exit.DONE


def _found(nodes: list[dict[str, Any]], name: str) -> str:
    kind, sign, rest = name.partition(":")
    kinds = {"topic": "TOPIC", "service": "SERVICE"}
    wanted, name = (kinds[kind], rest) if sign and kind in kinds else (None, name)
    found = [
        node
        for node in nodes
        if wanted in (None, node["type"])
        and (node["label"] == name or node["id"] == name or slug_of(node["label"]) == slug_of(name))
    ]
    exact = [node for node in found if node["label"] == name] or found
    if len(exact) == 1:
        return str(exact[0]["id"])
    if exact:
        raise Refused(
            f"{name} is a service and a topic",
            next_step=f"say --focus service:{name} or --focus topic:{name}",
            exit_=Exit.USAGE,
        )
    raise Refused(
        f"the graph has no {name}",
        next_step="without --focus all of it is shown",
        exit_=Exit.NOT_FOUND,
    )


def _drawn(got: Got, chosen: argparse.Namespace, output: Output) -> Exit:
    text = str(got.document)
    if chosen.out is None:
        print(text, end="" if text.endswith("\n") else "\n", file=output.out)
        return Exit.DONE
    try:
        chosen.out.write_text(text, "utf-8")
    except OSError as error:
        raise Refused(f"{chosen.out} cannot be written", why=str(error)) from error
    output.note(f"{chosen.out} is written", "ok")
    return Exit.DONE


def rows_of(graph: dict[str, Any]) -> list[tuple[Cell, ...]]:
    """A line for each edge, and one for each node that has none."""
    nodes = {node["id"]: node for node in graph["nodes"]}
    rows, seen = [], set()
    for edge in graph["edges"]:
        source, target = nodes[edge["source"]], nodes[edge["target"]]
        seen |= {source["id"], target["id"]}
        is_out = source["type"] == "SERVICE"
        service, topic = (source, target) if is_out else (target, source)
        rows.append(_row(service, "──▶" if is_out else "◀──", topic))
    for node in graph["nodes"]:
        if node["id"] not in seen:
            is_service = node["type"] == "SERVICE"
            rows.append(_row(node, "", None) if is_service else _row(None, "", node))
    return sorted(rows, key=lambda row: (row[0].plain, row[2].plain, row[1].plain))


def _row(
    service: dict[str, Any] | None, sign: str, topic: dict[str, Any] | None
) -> tuple[Cell, ...]:
    words = {"──▶": "produces", "◀──": "consumes"}
    of = service or topic or {}
    return (
        cells.text(service["label"] if service else None, "strong"),
        Cell(sign, "off", words.get(sign, "-")),
        cells.text(topic["label"] if topic else None),
        cells.text(of.get("categoryLabel")),
        cells.text(of.get("ownerLabel")),
    )


GRAPH = Verb(
    name="graph",
    summary="Which services of a project speak by which topics.",
    examples=EXAMPLES,
    add_arguments=_arguments,
    run=_run,
)
