"""`chronoplane history`, `diff` and `blame`: what happened, what differs, who set what."""

import argparse
from collections import deque
from collections.abc import Iterator
from typing import Any

from services.cli import cells, options, things
from services.cli.output import Output
from services.cli.server import Server
from services.cli.table import Cell, Column, Table
from services.cli.then import say_then
from services.cli.verb import Exit, Verb

PER_PAGE = 500
# What Outpost's page calls by another name than the history does.
_ALIASES = {"min_replicas": "replicas_min", "max_replicas": "replicas_max"}

HISTORY_EXAMPLES = """\
  chronoplane history hello --since -30m
  chronoplane history hello --field workload.env --limit 0
  chronoplane history acme --of organization --actor ana"""
DIFF_EXAMPLES = """\
  chronoplane diff hello -2h
  chronoplane diff hello "tue 14:00" "tue 15:00"
  chronoplane diff hello 120 184 --exit-code"""
BLAME_EXAMPLES = """\
  chronoplane blame hello
  chronoplane blame hello max_replicas
  chronoplane blame hello --as-of -1d"""


def _subject(parser: argparse.ArgumentParser) -> None:
    options.reading(parser)
    options.service(parser)
    things.add_arguments(parser)


def _history_arguments(parser: argparse.ArgumentParser) -> None:
    _subject(parser)
    parser.add_argument("--since", type=options.moment, metavar="TIME", help="not before")
    parser.add_argument("--until", type=options.moment, metavar="TIME", help="not after")
    parser.add_argument("--actor", metavar="WHO", help="handle or id")
    parser.add_argument("--type", metavar="TYPE", help="of event: service.removed, or replica.*")
    parser.add_argument("--field", metavar="NAME", help="that changed: workload.env")
    parser.add_argument(
        "--limit", type=options.count, default=50, help="the newest so many; 0 is all (50)"
    )


def _history(chosen: argparse.Namespace, output: Output) -> Exit:
    server = Server.of(chosen)
    thing = things.thing_of(server, chosen)
    query: dict[str, object] = {
        "actor": chosen.actor,
        "type": chosen.type,
        "field": chosen.field and _pointer(chosen.field),
        "since": chosen.since,
        "until": chosen.until,
    }
    pages = _pages(server, f"{thing.path}/history", query, output)
    events = list(deque(pages, chosen.limit or None))
    columns = (
        Column("POSITION", is_number=True),
        Column("WHEN", shrinks=True),
        Column("WHAT", shrinks=True),
        Column("BY", shrinks=True),
        Column("REASON", shrinks=True),
    )
    rows = [
        (
            Cell(f"{event['position']:,}", "off", str(event["position"])),
            cells.when(event["at"]),
            cells.text(event["words"]),
            cells.by(event),
            cells.text(event["reason"]),
        )
        for event in events
    ]
    output.table(events, Table(columns, rows), empty=f"nothing happened to {thing.name} then")
    return Exit.DONE


def _pages(
    server: Server, path: str, query: dict[str, object], output: Output
) -> Iterator[dict[str, Any]]:
    after: int | None = 0
    while after is not None:
        got = server.get(path, {**query, "after": after, "limit": PER_PAGE})
        if after == 0:
            say_then(server, got, output)
        yield from got.document["data"]
        after = got.document["next_after"]


def _diff_arguments(parser: argparse.ArgumentParser) -> None:
    _subject(parser)
    parser.add_argument("start", type=options.moment, metavar="FROM", help="a moment")
    parser.add_argument("to", type=options.moment, nargs="?", metavar="TO", help="another, or now")
    parser.add_argument("--exit-code", action="store_true", help="5 where they differ")


def _diff(chosen: argparse.Namespace, output: Output) -> Exit:
    server = Server.of(chosen)
    thing = things.thing_of(server, chosen)
    diff = server.get(
        f"{thing.path}/diff", {"from": chosen.start, "to": chosen.to or chosen.as_of}
    ).document
    lines = changes_of(diff["changes"], output)
    head = f"{thing.name} from position {diff['from']:,} to {diff['to']:,}"
    output.document(diff, "\n".join([head, *(lines or ["  nothing differs"])]))
    return Exit.CHANGES if lines and chosen.exit_code else Exit.DONE


def changes_of(changes: list[dict[str, Any]], output: Output) -> list[str]:
    columns = (
        Column(""),
        Column("FIELD", shrinks=True),
        Column("BEFORE", shrinks=True),
        Column("AFTER", shrinks=True),
        Column("BY", shrinks=True),
        Column("WHEN", shrinks=True),
        Column("REASON", shrinks=True),
    )
    rows = [
        (
            cells.sign(change["op"]),
            cells.field(change["path"]),
            cells.value(change["before"]),
            cells.value(change["after"]),
            cells.by(change["by"]),
            cells.when(change["by"]["at"]),
            cells.text(change["by"]["reason"]),
        )
        for change in changes
    ]
    return output.lines_of(Table(columns, rows)) if rows else []


def _blame_arguments(parser: argparse.ArgumentParser) -> None:
    _subject(parser)
    parser.add_argument("field", nargs="?", metavar="FIELD", help="only it and what is in it")


def _blame(chosen: argparse.Namespace, output: Output) -> Exit:
    server = Server.of(chosen)
    thing = things.thing_of(server, chosen)
    got = server.get(f"{thing.path}/blame")
    say_then(server, got, output)
    lines = whole_secrets(got.document["data"])
    found = [line for line in lines if touches(line["path"], chosen.field)]
    if not found:
        output.error(
            f"{thing.name} has no field {chosen.field}",
            next_step=f"chronoplane blame {chosen.service} shows them all",
        )
        return Exit.NOT_FOUND
    columns = (
        Column("FIELD", shrinks=True),
        Column("VALUE", shrinks=True),
        Column("SET BY", shrinks=True),
        Column("WHEN", shrinks=True),
        Column("POSITION", is_number=True),
        Column("REASON", shrinks=True),
    )
    rows = [
        (
            cells.field(line["path"]),
            cells.value(line["value"]),
            cells.by(line["by"]),
            cells.when(line["by"]["at"]),
            Cell(f"{line['by']['position']:,}", "off", str(line["by"]["position"])),
            cells.text(line["by"]["reason"]),
        )
        for line in found
    ]
    output.table(found, Table(columns, rows), empty="")
    return Exit.DONE


def whole_secrets(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """A secret is one value to people, though it is kept as two."""
    places = {line["path"].rpartition("/")[::2] for line in lines}
    secrets = {above for above, last in places if last == "secret_id"}
    whole = []
    for line in lines:
        above, _, last = line["path"].rpartition("/")
        if above not in secrets:
            whole.append(line)
        elif last == "secret_id":
            whole.append({**line, "path": above, "value": {"secret_id": line["value"]}})
    return whole


def touches(pointer: str, field: str | None) -> bool:
    """Whether a person who says `max_replicas`, `env` or `workload.env.PORT` means this one."""
    if field is None:
        return True
    parts = pointer.strip("/").split("/")
    wanted = _pointer(field).strip("/").split("/")
    size = len(wanted)
    return any(parts[begin : begin + size] == wanted for begin in range(len(parts)))


def _pointer(field: str) -> str:
    names = field.replace(".", "/").strip("/").split("/")
    names = [_ALIASES.get(name, name) for name in names]
    return "/" + "/".join(names)


HISTORY = Verb(
    name="history",
    summary="What happened to a service (or another thing: --of), newest last.",
    examples=HISTORY_EXAMPLES,
    add_arguments=_history_arguments,
    run=_history,
)
DIFF = Verb(
    name="diff",
    summary="What differs between two moments, and who changed it.",
    examples=DIFF_EXAMPLES,
    add_arguments=_diff_arguments,
    run=_diff,
)
BLAME = Verb(
    name="blame",
    summary="Who gave each field its value, when, and why.",
    examples=BLAME_EXAMPLES,
    add_arguments=_blame_arguments,
    run=_blame,
)
