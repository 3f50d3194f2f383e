"""`chronoplane deploy`: a repository or an image becomes a service, or the service another."""

import argparse
from typing import Any

from services.cli import options
from services.cli.deployed import Project
from services.cli.output import Output
from services.cli.plan_text import step_lines
from services.cli.refused import Refused
from services.cli.restore import waiting
from services.cli.rollout import followed_to_its_end
from services.cli.server import Server
from services.cli.services import described
from services.cli.verb import Exit, Verb
from services.cli.wanted import FIELDS, Step, Wanted, step_for

EXAMPLES = """\
  chronoplane deploy hello --repo examples/hello
  chronoplane deploy hello --max-replicas 4 --env GREETING=hello --reason "black friday"
  chronoplane deploy hello                       the same again: the newest commit, new replicas

It follows the rollout to its end, and says why where it fails. --env sets or changes a variable and
lets the others be; --unset removes one."""


def _arguments(parser: argparse.ArgumentParser) -> None:
    options.writing(parser)
    options.service(parser)
    for field, kind in FIELDS.items():
        if kind is not dict:
            parser.add_argument(
                f"--{field.replace('_', '-')}", type=options.count if kind is int else str,
                metavar="N" if kind is int else field.upper(), dest=field,
            )  # fmt: skip
    parser.add_argument("--env", action="append", default=[], metavar="NAME=VALUE",
                        type=_variable, help="may be repeated")  # fmt: skip
    parser.add_argument("--unset", action="append", default=[], metavar="NAME",
                        help="remove a variable; may be repeated")  # fmt: skip
    parser.add_argument("--replace", action="store_true",
                        help="delete and make anew where it cannot change in place")  # fmt: skip
    parser.add_argument("--plan", action="store_true", help="only show what would be done")
    waiting(parser)


def _variable(text: str) -> tuple[str, str]:
    name, sign, value = text.partition("=")
    if not name or not sign:
        raise argparse.ArgumentTypeError(f"{text!r} must be NAME=VALUE")
    return name, value


def _run(chosen: argparse.Namespace, output: Output) -> Exit:
    handle, _, name = chosen.service.rpartition("/")
    of = Project(server=Server.of(chosen), handle=handle or chosen.project)
    current = of.current([Wanted(name=name, fields={})])
    there = next(iter(current.values()), None)
    fields = {
        field: getattr(chosen, field)
        for field, kind in FIELDS.items()
        if kind is not dict and getattr(chosen, field) is not None
    }
    if chosen.env or chosen.unset:
        fields["env"] = _env(chosen, there)
    if there is None and not {"repo", "image"} & set(fields):
        raise Refused(
            f"there is no service {name} in {of.handle}",
            next_step="to make it, say what it runs: --repo NAMESPACE/REPO or --image IMAGE",
            exit_=Exit.NOT_FOUND,
        )
    step = step_for(Wanted(name=name, fields=fields), there, may_replace=chosen.replace)
    if chosen.plan:
        words = "the newest commit is rolled out" if not fields else f"{name} is so already"
        lines = [words] if step.kind == "same" else step_lines(step, {}, output)
        output.document(_document(step), "\n".join(lines))
        return Exit.DONE
    return _done(of, step, chosen, output, again=there is not None and not fields)


def _env(chosen: argparse.Namespace, there: dict[str, Any] | None) -> dict[str, str]:
    """The page takes all variables or none, so that those which stay are sent again."""
    kept = dict((there or {}).get("env") or {})
    changed = {**kept, **dict(chosen.env)}
    for name in chosen.unset:
        changed.pop(name, None)
    hidden = sorted(name for name, value in changed.items() if value is None or value == "***")
    if hidden:
        raise Refused(
            f"you may not read {', '.join(hidden)}, and variables are set together",
            next_step="give every variable with --env, or a token that may read them",
            exit_=Exit.NOT_ALLOWED,
        )
    return {name: str(value) for name, value in changed.items()}


def _done(
    of: Project, step: Step, chosen: argparse.Namespace, output: Output, *, again: bool
) -> Exit:
    if step.kind == "refused":
        fields = ", ".join(change.field for change in step.changes)
        raise Refused(
            f"{step.name} was not changed: {fields} cannot change in place",
            next_step="give --replace to delete and make anew; it does not serve in between",
        )
    if again:
        of.redeploy(step.name)
    elif step.kind != "same":
        of.do(step)
    service = of.service(step.name)
    if step.kind == "same" and not again:
        output.document(service, f"{step.name} is so already")
        return Exit.DONE
    exit_ = Exit.DONE
    if not chosen.no_wait:
        service, exit_ = followed_to_its_end(
            of.server, service["id"], output, seconds=chosen.timeout
        )
    if exit_ is Exit.DONE or output.is_json:
        output.document(service, "\n".join(described(service, output)))
    return exit_


def _document(step: Step) -> dict[str, Any]:
    changes = [{"field": change.field, "words": change.words} for change in step.changes]
    return {"kind": step.kind, "name": step.name, "restarts": step.rolls, "changes": changes}


DEPLOY = Verb(
    name="deploy",
    summary="Deploy a repository or an image, change what is deployed, or roll it out again.",
    examples=EXAMPLES,
    add_arguments=_arguments,
    run=_run,
)
