"""`chronoplane apply`: a project as a file wants it: the difference, a yes, the writes."""

import argparse
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from services.cli import cells, options
from services.cli.deployed import Project
from services.cli.output import Output
from services.cli.plan_text import document_of, plan_lines
from services.cli.refused import Refused
from services.cli.restore import waiting
from services.cli.rollout import followed_to_its_end
from services.cli.server import Server
from services.cli.verb import Exit, Verb
from services.cli.wanted import Step, Wanted, steps_for

EXAMPLES = """\
  chronoplane apply -f services.yaml --plan
  chronoplane apply -f services.yaml --yes --reason "black friday"
  chronoplane apply -f services.yaml --prune

  project: default
  services:
    hello:
      repo: examples/hello
      max_replicas: 3
      env:
        GREETING: hi
        DB_PASSWORD: {from_environment: DB_PASSWORD}

A field that the file leaves out stays as it is; `env` is given as a whole. What is not in the file
is let be, unless --prune deletes it. A field that cannot change in place (image, repo, cpu, ...)
needs --replace: the service is deleted and made anew, and does not serve in between. A file may
hold several documents, of one project or of several: all are planned before anything is done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    steps: Sequence[Step]
    position: int | None
    last_set: dict[str, dict[str, dict[str, Any]]]

    @property
    def changing(self) -> list[Step]:
        return [step for step in self.steps if step.kind != "same"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One project of the file."""

    of: Project
    wanted: Sequence[Wanted]
    plan: Plan

    def lines(self, output: Output) -> list[str]:
        plan = self.plan
        return plan_lines(self.of.handle, plan.steps, plan.position, plan.last_set, output)


def _arguments(parser: argparse.ArgumentParser) -> None:
    options.writing(parser)
    parser.add_argument("-f", "--file", required=True, metavar="FILE", help="YAML; - is stdin")
    parser.add_argument("--project", metavar="HANDLE", help="else the file's, else as elsewhere")
    parser.add_argument("--plan", action="store_true", help="only show what would be done")
    parser.add_argument("--exit-code", action="store_true", help="with --plan: 5 for changes")
    parser.add_argument("--at-position", type=options.count, metavar="POSITION",
                        help="refuse where the plan is not what it was there")  # fmt: skip
    parser.add_argument("--prune", action="store_true", help="delete what the file does not name")
    parser.add_argument("--replace", action="store_true", help="delete and make anew where needed")
    parser.add_argument("--yes", action="store_true", help="do not ask")
    waiting(parser)


def _run(chosen: argparse.Namespace, output: Output) -> Exit:
    parts = [_planned(of, wanted, chosen) for of, wanted in _read(chosen)]
    is_changing = any(part.plan.changing for part in parts)
    refused = [step.name for part in parts for step in part.plan.steps if step.kind == "refused"]
    lines = [line for part in parts for line in part.lines(output)]
    if chosen.plan or not is_changing:
        output.document(_document(parts), "\n".join(lines))
        if is_changing and not output.is_json and not refused:
            output.note(f"Apply with: {_command(chosen, parts)}")
        return Exit.CHANGES if is_changing and chosen.exit_code else Exit.DONE
    if not output.is_json:
        print("\n".join(lines), file=output.out, flush=True)
    if refused:
        raise Refused(
            f"nothing was done: {', '.join(refused)} cannot change in place",
            next_step="give --replace to delete and make anew; it does not serve in between",
        )
    if not chosen.yes:
        if not output.confirmed(f"Apply this to {', '.join(part.of.handle for part in parts)}?"):
            return Exit.FAILED
        for part in parts:
            _unmoved(part, chosen)
    exit_ = max(_do(part, chosen, output) for part in parts)
    output.document(_document(parts), "applied" if exit_ is Exit.DONE else "applied, but see above")
    return exit_


def _document(parts: Sequence["Part"]) -> object:
    """Of one project its plan, of several a list of theirs."""
    documents = [document_of(part.of.handle, part.plan.steps, part.plan.position) for part in parts]
    return documents[0] if len(documents) == 1 else documents


def _read(chosen: argparse.Namespace) -> list[tuple[Project, tuple[Wanted, ...]]]:
    from services.cli.manifest import Wrong, read

    try:
        text = sys.stdin.read() if chosen.file == "-" else Path(chosen.file).read_text("utf-8")
        manifests = read(text, os.environ)
    except FileNotFoundError as error:
        raise Refused(f"{chosen.file} is not there", exit_=Exit.NOT_FOUND) from error
    except (OSError, UnicodeDecodeError) as error:
        raise Refused(f"{chosen.file} cannot be read", why=str(error)) from error
    except Wrong as wrong:
        said = "; ".join(f"line {line}: {sentence}" for line, sentence in wrong.problems)
        raise Refused(
            f"{chosen.file}: {said}",
            next_step="nothing was done; chronoplane apply --help shows a file",
            exit_=Exit.USAGE,
        ) from wrong
    server = Server.of(chosen)
    handles = [chosen.project or one.project or chosen.own_project for one in manifests]
    if len(set(handles)) < len(handles):
        raise Refused(
            f"{chosen.file} has several projects, and they are meant to be one",
            why=f"of its documents several would be {handles[0]}",
            next_step="leave --project out, or say `project` in each document",
            exit_=Exit.USAGE,
        )
    return [
        (Project(server=server, handle=handle), one.services)
        for handle, one in zip(handles, manifests, strict=True)
    ]


def _planned(of: Project, wanted: Sequence[Wanted], chosen: argparse.Namespace) -> Part:
    steps = _steps(of, wanted, chosen)
    position = of.server.get("/ops/v1/services", {"per_page": 1}).position
    if chosen.at_position is not None:
        then = replace(of, server=replace(of.server, as_of=str(chosen.at_position)))
        if _steps(then, wanted, chosen) != steps:
            raise Refused(
                f"nothing was done: {of.handle} has changed since position {chosen.at_position}",
                next_step=f"look again: chronoplane apply -f {chosen.file} --plan",
            )
    changed = [step.name for step in steps if step.kind in ("change", "replace", "refused")]
    last_set = {name: of.last_set(name) for name in changed}
    plan = Plan(steps=steps, position=position, last_set=last_set)
    return Part(of=of, wanted=wanted, plan=plan)


def _steps(of: Project, wanted: Sequence[Wanted], chosen: argparse.Namespace) -> list[Step]:
    pruned = of.others(wanted) if chosen.prune else []
    return steps_for(wanted, of.current(wanted), pruned=pruned, may_replace=chosen.replace)


def _unmoved(part: Part, chosen: argparse.Namespace) -> None:
    """What somebody said yes to is what is done, however long he thought."""
    if _steps(part.of, part.wanted, chosen) != list(part.plan.steps):
        raise Refused(
            f"nothing was done: {part.of.handle} has changed since the plan was made",
            next_step="look again, then say yes",
        )


def _do(part: Part, chosen: argparse.Namespace, output: Output) -> Exit:
    of, steps = part.of, part.plan.changing
    for number, step in enumerate(steps):
        try:
            of.do(step)
        except Refused as refused:
            left = ", ".join(one.name for one in steps[number + 1 :])
            done = ", ".join(one.name for one in steps[:number])
            refused.what = f"{step.name}: {refused.what}"
            output.note(f"done: {done or 'nothing'}; not begun: {left or 'nothing'}", "warn")
            raise
        output.note(f"{cells.text(step.name).text}: {step.kind} sent", "off")
    worst = Exit.DONE
    for step in steps:
        if step.rolls and not chosen.no_wait:
            service_id = of.service(step.name)["id"]
            _, exit_ = followed_to_its_end(of.server, service_id, output, seconds=chosen.timeout)
            worst = max(worst, exit_)
    return worst


def _command(chosen: argparse.Namespace, parts: Sequence[Part]) -> str:
    words = ["chronoplane apply -f", chosen.file]
    if chosen.project:
        words += ["--project", chosen.project]
    words += [f"--{name}" for name in ("prune", "replace") if getattr(chosen, name)]
    positions = [part.plan.position for part in parts if part.plan.position is not None]
    if positions:
        # The earliest: what any of them was not seen to be is refused.
        words += ["--at-position", str(min(positions))]
    return " ".join(words)


APPLY = Verb(
    name="apply",
    summary="Make a project what a file says: the difference first, then a yes.",
    examples=EXAMPLES,
    add_arguments=_arguments,
    run=_run,
)
