"""`chronoplane events`: the log, its newest events or from a position, and what comes (-f)."""

import argparse
from collections.abc import Iterator
from typing import Any

from services.cli import cells, options
from services.cli.output import Output
from services.cli.refused import Refused
from services.cli.server import Server
from services.cli.stream import followed
from services.cli.table import Cell, Column, Table
from services.cli.then import say_then
from services.cli.verb import Exit, Verb
from shared.kernel import json
from shared.kernel.time import format_rfc3339, parse_rfc3339
from shared.kernel.visible import visible

PER_PAGE = 1000
WINDOW = 200
WINDOW_GROWTH = 8

EXAMPLES = """\
  chronoplane events -f
  chronoplane events --project acme --type 'service.*' -f
  chronoplane events --from 184000 --limit 500 --json

-f goes on where it was when the gateway has been away, and ends with Ctrl-C. With --json each
event is a line: a CloudEvent as the webhooks send it."""

_COLUMNS = (
    Column("POSITION", is_number=True),
    Column("WHEN", shrinks=True),
    Column("TYPE", shrinks=True),
    Column("OF", shrinks=True),
    Column("BY", shrinks=True),
    Column("REASON", shrinks=True),
)


def _arguments(parser: argparse.ArgumentParser) -> None:
    options.reading(parser)
    parser.add_argument("-f", "--follow", action="store_true", help="and then what comes")
    parser.add_argument("--from", dest="start", type=options.count, metavar="POSITION",
                        help="those after it; else the newest")  # fmt: skip
    parser.add_argument("--limit", type=options.count, default=50, help="so many at most (50)")
    parser.add_argument("--project", metavar="HANDLE", help="only of this project")
    parser.add_argument("--account", metavar="HANDLE", help="only of this user or organization")
    parser.add_argument("--type", metavar="TYPES", help="with commas; replica.* is all of one")
    parser.add_argument("--stream", metavar="STREAM", help="of one thing: service-<id>")


def _run(chosen: argparse.Namespace, output: Output) -> Exit:
    server = Server.of(chosen)
    query: dict[str, object] = {
        name: getattr(chosen, name) for name in ("project", "account", "type", "stream")
    }
    if chosen.follow and chosen.as_of is not None:
        raise Refused(
            "what comes has no past: -f does not go with --as-of",
            next_step="give --from POSITION with -f",
            exit_=Exit.USAGE,
        )
    if chosen.follow:
        return _followed(server, query, chosen, output)
    if server.as_of is not None:
        say_then(server, server.get("/ops/v1/events", {**query, "limit": 1}), output)
    events = (
        _newest(server, query, chosen.limit)
        if chosen.start is None
        else list(_after(server, query, chosen.start, chosen.limit))
    )
    if output.is_json:
        for event in events:
            output.line(event, "")
        return Exit.DONE
    output.table(events, Table(_COLUMNS, [_row(event) for event in events]), empty="none")
    return Exit.DONE


def _followed(
    server: Server, query: dict[str, object], chosen: argparse.Namespace, output: Output
) -> Exit:
    last = chosen.start
    if last is None:
        past = _newest(server, query, min(chosen.limit, 10))
        for event in past:
            output.line(event, _line(event, output))
        last = int(past[-1]["sequence"]) if past else None
    begin = None if last is None else str(last)
    for sent in followed(server, "/ops/v1/events/stream", query, output, last=begin):
        output.line(sent.data, _line(sent.data, output))
    return Exit.DONE


def _newest(server: Server, query: dict[str, object], limit: int) -> list[dict[str, Any]]:
    """The feed goes forward only: ever more of its end is read until there is enough."""
    head = int(server.get("/ops/v1/events", {**query, "limit": 1}).headers["chronoplane-head"])
    window = WINDOW
    while True:
        begin = max(0, head - window)
        found = list(_after(server, query, begin, None))
        if len(found) >= limit or begin == 0:
            return found[len(found) - limit :] if len(found) > limit else found
        window *= WINDOW_GROWTH


def _after(
    server: Server, query: dict[str, object], after: int, limit: int | None
) -> Iterator[dict[str, Any]]:
    left = limit
    while left is None or left > 0:
        size = PER_PAGE if left is None else min(PER_PAGE, left)
        got = server.get("/ops/v1/events", {**query, "after": after, "limit": size})
        events = [json.loads(line) for line in got.document.splitlines() if line]
        yield from events
        left = None if left is None else left - len(events)
        after = int(got.headers["chronoplane-seen"])
        if after >= int(got.headers["chronoplane-head"]):
            return


def _row(event: dict[str, Any]) -> tuple[Cell, ...]:
    position = int(event["sequence"])
    return (
        Cell(f"{position:,}", "off", str(position)),
        cells.when(_at(event)),
        cells.text(event["type"]),
        cells.text(event["subject"]),
        cells.text(event["actor"]),
        cells.text(event["reason"]),
    )


def _line(event: dict[str, Any], output: Output) -> str:
    position, _, type_, of, by, reason = (output.cell(cell) for cell in _row(event))
    time = output.cell(cells.clock(_at(event)))
    gap = "  " if output.is_terminal else "\t"
    told = gap.join((position, time, type_, of, by))
    return told if not event["reason"] else f"{told}{gap}{visible(reason)}"


def _at(event: dict[str, Any]) -> str:
    time = parse_rfc3339(event["time"])
    return str(event["time"]) if time is None else format_rfc3339(time)


EVENTS = Verb(
    name="events",
    summary="The log of events: the newest, or as they come (-f).",
    examples=EXAMPLES,
    add_arguments=_arguments,
    run=_run,
)
