"""`chronoplane what-if`: what other settings would have made of the traffic that was recorded."""

import argparse
from typing import Any

from services.cli import cells, options
from services.cli.output import Output
from services.cli.scaling import given_settings, settings
from services.cli.server import Server
from services.cli.table import Cell, Column, Table
from services.cli.things import service_of
from services.cli.verb import Exit, Verb
from shared.kernel.visible import visible

EXAMPLES = """\
  chronoplane what-if hello --max 8
  chronoplane what-if hello --from -6h --min 0 --scale-to-zero-seconds 120
  chronoplane what-if hello --from "tue 14:00" --to "tue 15:00" --target-concurrency 20 --changes

It changes nothing. The traffic of the period (an hour; six at most) is decided upon again, as it
was then ("replayed") and as you say: where "replayed" is near to "happened", so is the other."""

_COLUMNS = (
    Column(""),
    Column("HAPPENED", is_number=True),
    Column("REPLAYED", is_number=True),
    Column("WHAT IF", is_number=True),
)
_CHANGES = (
    Column("WHEN", shrinks=True),
    Column("IN"),
    Column("FROM", is_number=True),
    Column("TO", is_number=True),
    Column("WHY", shrinks=True),
)
_PERIODS = ("happened", "replayed", "changed")
_WORDS = {"changed": "what if"}


def _arguments(parser: argparse.ArgumentParser) -> None:
    options.reading(parser)
    options.service(parser)
    parser.add_argument("--from", dest="start", type=options.time, metavar="TIME", help="else -1h")
    parser.add_argument("--to", dest="end", type=options.time, metavar="TIME", help="else now")
    parser.add_argument("--min", type=options.count, metavar="N", help="at least")
    parser.add_argument("--max", type=options.count, metavar="N", help="at most")
    settings(parser)
    parser.add_argument(
        "--changes", action="store_true", help="and each change of the number of replicas"
    )


def _run(chosen: argparse.Namespace, output: Output) -> Exit:
    server = Server.of(chosen)
    found = service_of(server, chosen.service, chosen.project)
    given = {
        "start": chosen.start,
        "end": chosen.end
        or (None if chosen.as_of is None else options.checked(options.time, chosen.as_of)),
        "replicas_min": chosen.min,
        "replicas_max": chosen.max,
    }
    body = {name: value for name, value in given.items() if value is not None}
    asked = server.send(
        "POST", f"/ops/v1/services/{found['id']}/what-if", {**body, **given_settings(chosen)}
    )
    lines = _text(asked.document, output)
    if chosen.changes:
        lines += ["", *_changes(asked.document, output)]
    output.document(asked.document, "\n".join(lines))
    for note in asked.document["notes"]:
        output.note(note, "off")
    return Exit.DONE


def _text(document: dict[str, Any], output: Output) -> list[str]:
    start, end = cells.time_of(document["start"]), cells.time_of(document["end"])
    seconds = 0.0 if start is None or end is None else (end - start).total_seconds()
    head = (
        f"{document['start']} to {document['end']} ({cells.lasted(seconds)}),"
        f" {document['requests']:,} requests"
    )
    return [visible(head), *output.lines_of(Table(_COLUMNS, rows_of(document, seconds)))]


def rows_of(document: dict[str, Any], seconds: float) -> list[tuple[Cell, ...]]:
    periods = [document[name] for name in _PERIODS]
    cheapest = min(periods, key=lambda one: float(one["cost"]))

    def row(name: str, cell: Any) -> tuple[Cell, ...]:
        return (Cell(name, "off"), *(cell(one) for one in periods))

    def cost(one: dict[str, Any]) -> Cell:
        return Cell(f"$ {one['cost']}", "ok" if one is cheapest else "", one["cost"])

    return [
        row("replicas, at most", lambda one: Cell(str(one["replicas_most"]))),
        row("replicas, on average", lambda one: Cell(_average(one, seconds))),
        row("changes", lambda one: Cell(str(one["changes_total"]))),
        row("replica hours", lambda one: Cell(f"{one['replica_seconds'] / 3600:.3f}")),
        row("cost", cost),
        row("cold starts", lambda one: Cell(str(one["cold_starts"]))),
        row("held, together", lambda one: _held(one["held_seconds"])),
        row("refused", lambda one: cells.text(one["refused"], "bad" if one["refused"] else "")),
    ]


def _average(one: dict[str, Any], seconds: float) -> str:
    return f"{one['replica_seconds'] / seconds:.2f}" if seconds else "-"


def _held(seconds: float) -> Cell:
    return Cell(cells.lasted(seconds), "", f"{seconds:.3f}")


def _changes(document: dict[str, Any], output: Output) -> list[str]:
    told = [(name, change) for name in _PERIODS for change in document[name]["changes"]]
    told.sort(key=lambda one: one[1]["at"])
    rows = [
        (
            cells.when(change["at"]),
            Cell(_WORDS.get(name, name), "strong" if name == "changed" else ""),
            Cell(str(change["previous"])),
            Cell(str(change["desired"])),
            cells.text("; ".join(change["reasons"])),
        )
        for name, change in told
    ]
    return output.lines_of(Table(_CHANGES, rows)) if rows else ["nothing changed in any of them"]


WHAT_IF = Verb(
    name="what-if",
    summary="What other settings would have made of the traffic that was recorded.",
    examples=EXAMPLES,
    add_arguments=_arguments,
    run=_run,
)
