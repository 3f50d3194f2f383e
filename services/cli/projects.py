"""`chronoplane projects`: where you may look, and what you may do there."""

import argparse
from typing import Any

from services.cli import cells, options
from services.cli.output import Output
from services.cli.server import Server
from services.cli.table import Cell, Column, Table
from services.cli.then import say_then
from services.cli.verb import Exit, Verb

EXAMPLES = """\
  chronoplane projects
  chronoplane projects --account acme --json"""

_COLUMNS = (
    Column("PROJECT", shrinks=True),
    Column("NAME", shrinks=True),
    Column("YOU MAY"),
    Column("CHANGED", shrinks=True),
    Column("ID"),
)


def _arguments(parser: argparse.ArgumentParser) -> None:
    options.reading(parser)
    options.watching(parser)
    parser.add_argument("--account", metavar="HANDLE", help="of this user or organization")


def _run(chosen: argparse.Namespace, output: Output) -> Exit:
    server = Server.of(chosen)
    query = {"account": chosen.account}
    say_then(server, server.get("/ops/v1/projects", {**query, "per_page": 1}), output)
    found = list(server.items("/ops/v1/projects", query))
    output.table(found, Table(_COLUMNS, [_row(one) for one in found]), empty="none")
    return Exit.DONE


def _row(one: dict[str, Any]) -> tuple[Cell, ...]:
    may = "deploy" if "service.write" in one["may"] else "read"
    return (
        cells.text(one["handle"]),
        cells.text(one["name"]),
        Cell("manage" if "project.write" in one["may"] else may),
        cells.when(one["updated_at"]),
        Cell(one["id"], "off"),
    )


PROJECTS = Verb(
    name="projects",
    summary="The projects you may look into.",
    examples=EXAMPLES,
    add_arguments=_arguments,
    run=_run,
)
