"""`chronoplane scaling`, `scale` and `cold-starts`: how many replicas, why, by what."""

import argparse
from typing import Any
from urllib.parse import quote

from services.cli import cells, options
from services.cli.output import Output
from services.cli.refused import Refused
from services.cli.server import Server
from services.cli.table import Cell, Column, Table
from services.cli.then import say_then
from services.cli.things import service_of
from services.cli.verb import Exit, Verb

SCALING_EXAMPLES = """\
  chronoplane scaling hello
  chronoplane scaling hello --since -10m
  chronoplane scaling hello --watch"""
SCALE_EXAMPLES = """\
  chronoplane scale hello 3                      exactly three
  chronoplane scale hello --min 0 --max 8 --reason "black friday"
  chronoplane scale hello --target-concurrency 20 --scale-to-zero-seconds 600

What is not said stays. chronoplane what-if shows beforehand what other settings would have done."""
COLD_EXAMPLES = """\
  chronoplane cold-starts hello
  chronoplane cold-starts hello --from -1d --limit 100"""

# Of `/ops`; a word instead of a number takes these two back.
SETTINGS = (
    "target_concurrency",
    "target_rps",
    "window_seconds",
    "scale_down_delay_seconds",
    "scale_to_zero_seconds",
    "hold_limit",
    "hold_seconds",
)
NULLABLE = frozenset({"target_rps", "scale_to_zero_seconds"})
DECISIONS_MAX = 1000

_DECISIONS = (
    Column("WHEN", shrinks=True),
    Column("FROM", is_number=True),
    Column("TO", is_number=True),
    Column("WHY", shrinks=True),
    Column("POSITION", is_number=True),
)
_COLD = (
    Column("WHEN", shrinks=True),
    Column("DECIDED", is_number=True),
    Column("STARTED", is_number=True),
    Column("READY", is_number=True),
    Column("HELD", is_number=True),
    Column("FIRST BYTE", is_number=True),
)


def _scaling_arguments(parser: argparse.ArgumentParser) -> None:
    options.reading(parser)
    options.service(parser)
    options.watching(parser)
    parser.add_argument("--since", type=options.moment, metavar="TIME", help="decisions after it")
    parser.add_argument(
        "--limit",
        type=options.count,
        default=20,
        help="so many decisions (20)",
    )


def _scaling(chosen: argparse.Namespace, output: Output) -> Exit:
    server = Server.of(chosen)
    found = service_of(server, chosen.service, chosen.project)
    asked = DECISIONS_MAX if chosen.since else min(chosen.limit, DECISIONS_MAX)
    got = server.get(f"/ops/v1/services/{found['id']}/scaling", {"decisions": asked})
    say_then(server, got, output)
    document = got.document
    since = str(chosen.since or "")
    decisions = [one for one in document["decisions"] if _is_after(one, since)][: chosen.limit]
    document["decisions"] = decisions
    output.document(document, "\n".join(_text(document, output)))
    return Exit.DONE


def _is_after(decision: dict[str, Any], since: str) -> bool:
    if since.isdigit():
        return bool(decision["position"] > int(since))
    return not since or str(decision["at"]) > since


def _text(document: dict[str, Any], output: Output) -> list[str]:
    bounds = f"{document['replicas_min']} to {document['replicas_max']}"
    ready = f"{document['replicas_ready']} of {document['replicas_wanted']} ready, of {bounds}"
    settings = [(name, cells.value(item)) for name, item in document["settings"].items()]
    rows = [(Cell(name, "off"), cell) for name, cell in [("replicas", Cell(ready)), *settings]]
    lines = output.lines_of(Table((Column(""), Column("", shrinks=True)), rows))
    lines = lines[1:] if output.is_terminal else lines
    decisions = [
        (
            cells.when(one["at"]),
            Cell(str(one["previous"])),
            Cell(str(one["desired"]), "strong"),
            cells.text("; ".join(one["reasons"])),
            Cell(f"{one['position']:,}", "off", str(one["position"])),
        )
        for one in document["decisions"]
    ]
    told = output.lines_of(Table(_DECISIONS, decisions)) if decisions else []
    return [cells.text(document["explanation"]).text, *lines, *told]


def _scale_arguments(parser: argparse.ArgumentParser) -> None:
    options.writing(parser)
    options.service(parser)
    parser.add_argument("replicas", type=options.count, nargs="?", metavar="N", help="so many")
    parser.add_argument("--min", type=options.count, metavar="N", help="at least")
    parser.add_argument("--max", type=options.count, metavar="N", help="at most")
    settings(parser)


def settings(parser: argparse.ArgumentParser) -> None:
    for name in SETTINGS:
        kind = options.count if name == "hold_limit" else options.number
        is_nullable = name in NULLABLE
        parser.add_argument(
            f"--{name.replace('_', '-')}",
            type=_number_or_none if is_nullable else kind,
            metavar="N|none" if is_nullable else "N",
        )


def _number_or_none(text: str) -> float | str:
    return "none" if text == "none" else options.number(text)


def given_settings(chosen: argparse.Namespace) -> dict[str, Any]:
    """As `/ops` takes them: null gives a setting back to its default."""
    told = {name: getattr(chosen, name) for name in SETTINGS}
    return {
        name: None if value == "none" else value
        for name, value in told.items()
        if value is not None
    }


def _scale(chosen: argparse.Namespace, output: Output) -> Exit:
    if chosen.replicas is not None and (chosen.min is not None or chosen.max is not None):
        raise Refused("say how many, or --min and --max", exit_=Exit.USAGE)
    low = chosen.min if chosen.replicas is None else chosen.replicas
    high = chosen.max if chosen.replicas is None else chosen.replicas
    bounds = {"min_replicas": low, "max_replicas": high}
    bounds = {name: value for name, value in bounds.items() if value is not None}
    settings_ = given_settings(chosen)
    if not bounds and not settings_:
        raise Refused(
            "it is not said what to change",
            next_step="chronoplane scale SERVICE 3, or --min, --max, --target-concurrency ...",
            exit_=Exit.USAGE,
        )
    server = Server.of(chosen)
    found = service_of(server, chosen.service, chosen.project)
    path = f"/ops/v1/services/{found['id']}/scaling"
    if bounds:
        handle, slug = quote(found["project_handle"], safe=""), quote(found["slug"])
        server.send("PUT", f"/auth/v1/seed/{handle}/services/{slug}", bounds)
    after = (server.send("PUT", path, settings_) if settings_ else server.get(path)).document
    output.document(after, "\n".join(_text({**after, "decisions": []}, output)))
    return Exit.DONE


def _cold_arguments(parser: argparse.ArgumentParser) -> None:
    options.reading(parser)
    options.service(parser)
    parser.add_argument("--from", dest="start", type=options.time, metavar="TIME", help="else -1h")
    parser.add_argument("--to", dest="end", type=options.time, metavar="TIME", help="else now")
    parser.add_argument("--limit", type=options.count, default=20, help="the newest so many")


def _cold(chosen: argparse.Namespace, output: Output) -> Exit:
    server = Server.of(chosen)
    found = service_of(server, chosen.service, chosen.project)
    query = {"start": chosen.start, "end": chosen.end, "limit": chosen.limit}
    got = server.get(f"/ops/v1/services/{found['id']}/cold-starts", query)
    say_then(server, got, output)
    document = got.document
    if output.is_json:
        output.document(document, "")
        return Exit.DONE
    names = ("placed_ms", "started_ms", "ready_ms", "held_ms", "first_byte_ms")
    rows = [
        (cells.when(one["at"]), *(_milliseconds(one[name]) for name in names))
        for one in document["data"]
    ]
    output.table(document["data"], Table(_COLD, rows), empty="nobody waited for a first replica")
    if document["total"]:
        p50, p95 = document["first_byte_p50_ms"], document["first_byte_p95_ms"]
        output.note(f"{document['total']} in all; first byte p50 {p50:.0f} ms, p95 {p95:.0f} ms")
    return Exit.DONE


def _milliseconds(value: int | None) -> Cell:
    return Cell("-") if value is None else Cell(f"{value:,} ms", "", str(value))


SCALING = Verb(
    name="scaling",
    summary="How many replicas a service has, and why: decision by decision.",
    examples=SCALING_EXAMPLES,
    add_arguments=_scaling_arguments,
    run=_scaling,
)
SCALE = Verb(
    name="scale",
    summary="Set how many replicas a service may have, and what it scales by.",
    examples=SCALE_EXAMPLES,
    add_arguments=_scale_arguments,
    run=_scale,
)
COLD_STARTS = Verb(
    name="cold-starts",
    summary="Requests that waited for a first replica, and for what.",
    examples=COLD_EXAMPLES,
    add_arguments=_cold_arguments,
    run=_cold,
)
