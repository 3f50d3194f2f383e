"""`chronoplane restore`: what was wanted then is wanted again; the difference is shown first."""

import argparse

from services.cli import options, things
from services.cli.history import changes_of
from services.cli.output import Output
from services.cli.rollout import followed_to_its_end
from services.cli.server import Server
from services.cli.verb import Exit, Verb
from shared.kernel.visible import visible

EXAMPLES = """\
  chronoplane restore hello --to -2h --plan
  chronoplane restore hello --to "tue 14:00" --reason "the new limits were wrong"
  chronoplane restore 6b06d10300004b7fba39cde1 --to 184223      a removed one, by its id

The past stays as it is: a restore is a new change, with its own reason."""


def _arguments(parser: argparse.ArgumentParser) -> None:
    options.writing(parser)
    options.service(parser)
    parser.add_argument(
        "--of", choices=("service", "project", "organization", "user", "service-account"),
        default="service", metavar="KIND", help="what it is, where it is no service",
    )  # fmt: skip
    parser.add_argument("--to", type=options.moment, required=True, metavar="TIME", help="a moment")
    parser.add_argument("--plan", action="store_true", help="only show what would change")
    parser.add_argument("--exit-code", action="store_true", help="with --plan: 5 for changes")
    parser.add_argument("--yes", action="store_true", help="do not ask")
    waiting(parser)


def waiting(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--no-wait", action="store_true", help="do not follow the rollout")
    parser.add_argument(
        "--timeout", type=options.count, default=300, metavar="SECONDS", help="for it (300)"
    )


def _run(chosen: argparse.Namespace, output: Output) -> Exit:
    server = Server.of(chosen)
    thing = things.thing_of(server, chosen)
    body = {"to": chosen.to}
    plan = server.send("POST", f"{thing.path}/restore?plan=true", body).document
    lines = changes_of(plan["changes"], output)
    head = f"{thing.name}, as it was at position {plan['to']:,}"
    if plan["revives"]:
        head += ": it was removed, and begins again"
    text = "\n".join(
        [
            head,
            *(lines or ["  nothing would change"]),
            *(f"  left: {visible(x)}" for x in plan["left"]),
        ]
    )
    is_same = not lines and not plan["revives"]
    if chosen.plan or is_same:
        output.document(plan, text)
        return Exit.CHANGES if chosen.plan and chosen.exit_code and not is_same else Exit.DONE
    if not output.is_json:
        print(text, file=output.out, flush=True)
    if not chosen.yes and not output.confirmed("Restore it?"):
        return Exit.FAILED
    done = server.send("POST", f"{thing.path}/restore", body).document
    exit_ = Exit.DONE
    if chosen.of == "service" and not chosen.no_wait:
        service_id = thing.path.rpartition("/")[2]
        _, exit_ = followed_to_its_end(server, service_id, output, seconds=chosen.timeout)
    output.document(done, f"restored, at position {done['position']:,}")
    return exit_


RESTORE = Verb(
    name="restore",
    summary="Make a service again what it was at a moment.",
    examples=EXAMPLES,
    add_arguments=_arguments,
    run=_run,
)
