"""`chronoplane api`: any read of any surface, as the gateway answers it; for what has no verb."""

import argparse

from services.cli import options
from services.cli.output import Output
from services.cli.refused import Refused
from services.cli.server import Server
from services.cli.then import say_then
from services.cli.verb import Exit, Verb

EXAMPLES = """\
  chronoplane api GET /ops/v1/integrity
  chronoplane api GET '/ops/v1/services?project=default&per_page=5' --fields data
  chronoplane api GET /v1/projects --as-of -2h

It only reads: what writes has a verb, which asks, plans and waits."""


def _arguments(parser: argparse.ArgumentParser) -> None:
    options.reading(parser)
    parser.add_argument("method", choices=("GET",), metavar="GET")
    parser.add_argument("path", metavar="PATH", help="with its query: /ops/v1/...")


def _run(chosen: argparse.Namespace, output: Output) -> Exit:
    if not chosen.path.startswith("/") or not chosen.path.isascii() or " " in chosen.path:
        raise Refused(
            f"{chosen.path} is no path",
            next_step="it begins with / and is quoted: /ops/v1/services?project=default",
            exit_=Exit.USAGE,
        )
    server = Server.of(chosen)
    got = server.get(chosen.path)
    say_then(server, got, output)
    if isinstance(got.document, str):
        print(got.document, end="", file=output.out)
    else:
        output.line(got.document, output.pretty(got.document))
    return Exit.DONE


API = Verb(
    name="api",
    summary="Any read of any surface: GET PATH.",
    examples=EXAMPLES,
    add_arguments=_arguments,
    run=_run,
)
