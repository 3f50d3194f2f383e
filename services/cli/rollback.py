"""`chronoplane rollback`: what ran before what runs now, without a search for its moment."""

import argparse

from services.cli import cells, options
from services.cli.output import Output
from services.cli.refused import Refused
from services.cli.restore import waiting
from services.cli.rollout import followed_to_its_end
from services.cli.server import Server
from services.cli.services import described
from services.cli.things import service_of
from services.cli.verb import Exit, Verb

EXAMPLES = """\
  chronoplane rollback hello --reason "errors since the push"
  chronoplane rollback acme/vision --yes

The newest deployment of another commit that succeeded is deployed again. Settings stay as they are
(restore brings those back), and the next push deploys the newest commit as ever."""


def _arguments(parser: argparse.ArgumentParser) -> None:
    options.writing(parser)
    options.service(parser)
    parser.add_argument("--yes", action="store_true", help="do not ask")
    waiting(parser)


def _run(chosen: argparse.Namespace, output: Output) -> Exit:
    server = Server.of(chosen)
    service = service_of(server, chosen.service, chosen.project)
    serving = service["serving"]
    if serving is None or serving["commit"] is None:
        raise Refused(
            f"{service['name']} runs no commit to go back from",
            next_step=f"chronoplane restore {chosen.service} --to TIME goes back to any moment",
        )
    when = cells.when(serving["created_at"]).text
    question = f"{service['name']} runs {serving['commit'][:12]} (begun {when}). Go back from it?"
    if not chosen.yes and not output.confirmed(question):
        return Exit.FAILED
    path = f"/ops/v1/services/{service['id']}"
    after = server.send("POST", f"{path}/rollback").document
    exit_ = Exit.DONE
    if not chosen.no_wait:
        after, exit_ = followed_to_its_end(server, service["id"], output, seconds=chosen.timeout)
    if exit_ is Exit.DONE or output.is_json:
        output.document(after, "\n".join(described(after, output)))
    return exit_


ROLLBACK = Verb(
    name="rollback",
    summary="Deploy again what ran before what runs now.",
    examples=EXAMPLES,
    add_arguments=_arguments,
    run=_run,
)
