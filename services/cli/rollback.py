"""`chronoplane rollback`: what ran before what runs now, without a search for its moment."""

import argparse
from typing import Any

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
  chronoplane rollback hello --plan
  chronoplane rollback hello --to 12             the number or id, as rollouts shows it

The newest deployment of another commit that succeeded is deployed again. Settings stay as they are
(restore brings those back), and the next push deploys the newest commit as ever."""


def _arguments(parser: argparse.ArgumentParser) -> None:
    options.writing(parser)
    options.service(parser)
    parser.add_argument("--to", metavar="DEPLOYMENT", help="its number or id; else the one before")
    parser.add_argument("--plan", action="store_true", help="only show what would run")
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
    path = f"/ops/v1/services/{service['id']}"
    target = target_of(server.get(f"{path}/deployments", {"per_page": 100}).document["data"],
                       serving, chosen.to)  # fmt: skip
    words = f"{service['name']} runs {_told(serving)}; {_told(target)} would run again"
    if chosen.plan:
        output.document({"from": serving, "to": target}, words)
        return Exit.DONE
    if not chosen.yes and not output.confirmed(f"{words}. Go back?"):
        return Exit.FAILED
    after = server.send("POST", f"{path}/rollback", {"deployment": target["id"]}).document
    exit_ = Exit.DONE
    if not chosen.no_wait:
        after, exit_ = followed_to_its_end(server, service["id"], output, seconds=chosen.timeout)
    if exit_ is Exit.DONE or output.is_json:
        output.document(after, "\n".join(described(after, output)))
    return exit_


def target_of(
    deployments: list[dict[str, Any]], serving: dict[str, Any], wanted: str | None
) -> dict[str, Any]:
    """What was shown is what is asked for, whatever else succeeds meanwhile."""
    stable = [one for one in deployments if one["status"] == "succeeded" and one["commit"]]
    if wanted is None:
        stable = [one for one in stable if one["number"] < serving["number"]
                  and one["commit"] != serving["commit"]]  # fmt: skip
    else:
        stable = [one for one in stable if wanted in (one["id"], str(one["number"]))]
    if stable:
        return stable[0]
    raise Refused(
        "no earlier deployment of another commit succeeded"
        if wanted is None
        else f"{wanted} is no deployment of a commit that succeeded",
        next_step="chronoplane rollouts shows them all; restore --to TIME goes back to any moment",
    )


def _told(deployment: dict[str, Any]) -> str:
    begun = cells.when(deployment["created_at"]).text
    return f"{deployment['commit'][:12]} (deployment {deployment['number']}, begun {begun})"


ROLLBACK = Verb(
    name="rollback",
    summary="Deploy again what ran before what runs now.",
    examples=EXAMPLES,
    add_arguments=_arguments,
    run=_run,
)
