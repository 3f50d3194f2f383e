"""`chronoplane why`: from an effect to its first cause."""

import argparse
from typing import Any

from services.cli import cells, options
from services.cli.output import Output
from services.cli.refused import Refused
from services.cli.server import Server
from services.cli.then import say_then
from services.cli.things import service_of
from services.cli.verb import Exit, Verb
from shared.kernel.visible import visible, who

EXAMPLES = """\
  chronoplane why hello           what happened last to it, and how it scales
  chronoplane why 201871          that event: its position, as history shows it
  chronoplane why hello --replica 6b06d104000002778fc3096c"""

TIMELINE_PAGE = 1000


def _arguments(parser: argparse.ArgumentParser) -> None:
    options.reading(parser)
    options.service(parser)
    parser.add_argument("--replica", metavar="ID", help="why this replica was started")


def _run(chosen: argparse.Namespace, output: Output) -> Exit:
    server = Server.of(chosen)
    key = chosen.service.replace(",", "")
    scaling: dict[str, Any] | None = None
    incident: dict[str, Any] | None = None
    if chosen.replica is not None:
        path = f"/ops/v1/replicas/{chosen.replica}/why"
    elif key.isascii() and key.isdigit() and len(key) <= 18:
        path = f"/ops/v1/events/{key}/why"
    else:
        found = service_of(server, chosen.service, chosen.project)
        last, incident = _newest(server, found["id"])
        path = f"/ops/v1/events/{last}/why"
        if found["workload"] is not None:
            scaling = server.get(f"/ops/v1/services/{found['id']}/scaling").document
    got = server.get(path)
    say_then(server, got, output)
    document = got.document
    shown = {**document, "scaling": scaling, "incident": incident}
    output.document(shown, "\n".join(_text(document, scaling, incident, output)))
    return Exit.DONE


def _newest(server: Server, service_id: str) -> tuple[int, dict[str, Any] | None]:
    """The last event of its timeline, and the incident that is not over."""
    after: int | None = 0
    last: int | None = None
    incident: dict[str, Any] | None = None
    while after is not None:
        query = {"after": after, "limit": TIMELINE_PAGE}
        page = server.get(f"/ops/v1/services/{service_id}/timeline", query).document
        if page["data"]:
            last = int(page["data"][-1]["position"])
        incident = next((one for one in page["incidents"] if one["closed_at"] is None), incident)
        after = page["next_after"]
    if last is None:
        raise Refused("nothing has happened to it that you may see", exit_=Exit.NOT_FOUND)
    return last, incident


def _text(
    document: dict[str, Any],
    scaling: dict[str, Any] | None,
    incident: dict[str, Any] | None,
    output: Output,
) -> list[str]:
    lines = [_cause(index, cause, output) for index, cause in enumerate(document["data"])]
    lines.append(f"began with: {visible(document['root'])}")
    if incident is not None:
        since = output.cell(cells.when(incident["opened_at"]))
        lines.append(
            output.painted(
                f"{incident['status']} since {since}: {visible(incident['cause'])}", "warn"
            )
        )
    if scaling is not None:
        lines.append(f"scaling: {visible(scaling['explanation'])}")
    return lines


def _cause(index: int, cause: dict[str, Any], output: Output) -> str:
    because = visible(cause["because"])
    event = cause["event"]
    if event is None:
        return f"  {because} something in another account"
    told = (
        f"{visible(event['words'])}  {output.cell(cells.when(event['at']))},"
        f" {visible(who(event['actor'], event['actor_name']))}"
        f" (event {event['position']:,})"
    )
    reason = f'  "{visible(event["reason"])}"' if event["reason"] else ""
    return f"{told}{reason}" if index == 0 else f"  {because}: {told}{reason}"


WHY = Verb(
    name="why",
    summary="Why it happened: an event, what a service did last, or a replica's start.",
    examples=EXAMPLES,
    add_arguments=_arguments,
    run=_run,
)
