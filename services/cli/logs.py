"""`chronoplane logs`: what a service's replicas and rollouts say, and go on to say (-f)."""

import argparse
from typing import Any
from urllib.parse import quote

from services.cli import cells, options
from services.cli.output import Output
from services.cli.refused import Refused
from services.cli.server import Server
from services.cli.stream import followed
from services.cli.then import say_then
from services.cli.things import service_of
from services.cli.verb import Exit, Verb
from shared.kernel.visible import visible

SHORT = 6
TAIL_MAX = 10_000
_TONES = {"stderr": "warn", "system": "busy"}

EXAMPLES = """\
  chronoplane logs hello --tail 20
  chronoplane logs hello -f
  chronoplane logs hello --since -10m --stream stderr

-f goes on behind the last line it showed when the gateway has been away."""


def _arguments(parser: argparse.ArgumentParser) -> None:
    options.reading(parser)
    options.service(parser)
    parser.add_argument("-f", "--follow", action="store_true", help="and then what comes")
    parser.add_argument("--tail", type=options.count, default=100, help="the newest lines (100)")
    parser.add_argument("--since", type=options.moment, metavar="TIME", help="only after it")
    parser.add_argument("--replica", metavar="ID", help="of this one (the end of its id will do)")
    parser.add_argument("--stream", choices=("stdout", "stderr", "system"), help="only of it")


def _run(chosen: argparse.Namespace, output: Output) -> Exit:
    if chosen.tail > TAIL_MAX:
        raise Refused(f"--tail must be at most {TAIL_MAX}", exit_=Exit.USAGE)
    if chosen.follow and (chosen.as_of or chosen.since):
        raise Refused(
            "what comes has no past: -f goes with neither --as-of nor --since",
            next_step="give --tail N with -f",
            exit_=Exit.USAGE,
        )
    server = Server.of(chosen)
    service = service_of(server, chosen.service, chosen.project)
    if chosen.follow:
        path = f"/ops/v1/services/{service['id']}/logs/stream"
        for sent in followed(server, path, {"tail": chosen.tail}, output):
            if sent.event == "line" and _wanted(sent.data, chosen):
                output.line(sent.data, _line(sent.data, output))
        return Exit.DONE
    path = f"/{service['project_handle']}/service/{quote(service['slug'])}/logs"
    got = server.get(path, {"tail": chosen.tail or None, "since": chosen.since})
    say_then(server, got, output)
    lines = [one for one in got.document["data"] if _wanted(one, chosen)] if chosen.tail else []
    if output.is_json:
        output.document(lines, "")
        return Exit.DONE
    for one in lines:
        output.line(one, _line(one, output))
    if not lines:
        output.note("it has said nothing then")
    return Exit.DONE


def _wanted(line: dict[str, Any], chosen: argparse.Namespace) -> bool:
    if chosen.stream is not None and line["stream"] != chosen.stream:
        return False
    # Outpost's page shows the end of an id, the stream all of it.
    wanted = (chosen.replica or "").removeprefix("rep_")[-12:]
    return not wanted or str(line["replica"]).endswith(wanted)


def _line(line: dict[str, Any], output: Output) -> str:
    message = visible(line["message"])
    if not output.is_terminal:
        return "\t".join((line["timestamp"], line["replica"], line["stream"], message))
    tone = _TONES.get(line["stream"], "")
    time = output.cell(cells.clock(line["timestamp"]))
    head = output.painted(f"{line['replica'][-SHORT:]} {line['stream']:6}", tone or "off")
    return f"{time} {head} {output.painted(message, tone) if tone == 'busy' else message}"


LOGS = Verb(
    name="logs",
    summary="What a service says: its last lines, or as they come (-f).",
    examples=EXAMPLES,
    add_arguments=_arguments,
    run=_run,
)
