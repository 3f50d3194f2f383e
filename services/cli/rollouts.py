"""`chronoplane rollouts` and `replicas`: what was deployed, and what runs of it."""

import argparse
from typing import Any

from services.cli import cells, options
from services.cli.output import Output
from services.cli.server import Server
from services.cli.table import Cell, Column, Table
from services.cli.then import say_then
from services.cli.things import service_of
from services.cli.verb import Exit, Verb
from shared.kernel.visible import visible

ROLLOUT_EXAMPLES = """\
  chronoplane rollouts hello
  chronoplane rollouts hello --watch
  chronoplane rollouts hello --as-of "tue 14:00" """
REPLICA_EXAMPLES = """\
  chronoplane replicas hello
  chronoplane replicas hello --stopped
  chronoplane why hello --replica ID             why it was started"""

_ROLLOUTS = (
    Column("NUMBER", is_number=True),
    Column("STATE"),
    Column("COMMIT"),
    Column("BY"),
    Column("BEGAN", shrinks=True),
    Column("SAYS", shrinks=True),
    Column("ID"),
)
_REPLICAS = (
    Column("PLACE", is_number=True),
    Column("STATE"),
    Column("STARTED", shrinks=True),
    Column("READY", shrinks=True),
    Column("RUNS IN"),
    Column("SAYS", shrinks=True),
    Column("ID"),
)


def _rollout_arguments(parser: argparse.ArgumentParser) -> None:
    options.reading(parser)
    options.service(parser)
    options.watching(parser)
    parser.add_argument("--limit", type=options.count, default=20, help="the newest so many (20)")


def _rollouts(chosen: argparse.Namespace, output: Output) -> Exit:
    server = Server.of(chosen)
    found = service_of(server, chosen.service, chosen.project)
    path = f"/ops/v1/services/{found['id']}/deployments"
    got = server.get(path, {"per_page": min(max(chosen.limit, 1), 100)})
    say_then(server, got, output)
    listed = got.document["data"][: chosen.limit]
    serving = found["serving"]["id"] if found["serving"] else None
    rows = [_rollout(one, serving) for one in listed]
    output.table(listed, Table(_ROLLOUTS, rows), empty="nothing was deployed")
    return Exit.DONE


def _rollout(one: dict[str, Any], serving: str | None) -> tuple[Cell, ...]:
    says = "serves" if one["id"] == serving else one["message"] or one["reason"]
    return (
        Cell(str(one["number"])),
        cells.state(one["status"]),
        Cell((one["commit"] or "-")[:12], "", one["commit"] or "-"),
        cells.text(one["trigger"]),
        cells.when(one["created_at"]),
        cells.text(says, "ok" if one["id"] == serving else ""),
        Cell(one["id"], "off"),
    )


def _replica_arguments(parser: argparse.ArgumentParser) -> None:
    options.reading(parser)
    options.service(parser)
    options.watching(parser)
    parser.add_argument("--stopped", action="store_true", help="those that run no more, too")


def _replicas(chosen: argparse.Namespace, output: Output) -> Exit:
    server = Server.of(chosen)
    found = service_of(server, chosen.service, chosen.project)
    query = {"include_stopped": "true" if chosen.stopped else None}
    got = server.get(f"/ops/v1/services/{found['id']}/replicas", query)
    say_then(server, got, output)
    listed = got.document["data"]
    output.table(listed, Table(_REPLICAS, [_replica(one) for one in listed]), empty=_none(found))
    return Exit.DONE


def _none(service: dict[str, Any]) -> str:
    if service["replicas_wanted"]:
        return f"none yet: {service['status_message'] or 'they are being placed'}"
    return "none: nobody asks for it, or it may have none (chronoplane scaling says which)"


def _replica(one: dict[str, Any]) -> tuple[Cell, ...]:
    runs = one["runtime"] if one["isolated"] else f"{one['runtime']}, not isolated"
    return (
        Cell(str(one["ordinal"])),
        cells.state(one["state"]),
        cells.when(one["started_at"]),
        cells.when(one["ready_at"]),
        Cell(visible(runs)),
        cells.text(one["reason"]),
        Cell(one["id"], "off"),
    )


ROLLOUTS = Verb(
    name="rollouts",
    summary="What was deployed of a service, newest first, and how it went.",
    examples=ROLLOUT_EXAMPLES,
    add_arguments=_rollout_arguments,
    run=_rollouts,
)
REPLICAS = Verb(
    name="replicas",
    summary="What runs of a service now.",
    examples=REPLICA_EXAMPLES,
    add_arguments=_replica_arguments,
    run=_replicas,
)
