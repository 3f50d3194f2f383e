"""`chronoplane services`: what there is, one of them in full, and its end."""

import argparse
from typing import Any

from services.cli import cells, options
from services.cli.output import Output
from services.cli.refused import Refused
from services.cli.server import Server
from services.cli.table import Cell, Column, Table
from services.cli.then import say_then
from services.cli.things import service_of
from services.cli.verb import Exit, Verb

STATES = ("deploying", "running", "degraded", "stopped", "failed")
LIST_EXAMPLES = """\
  chronoplane services --state degraded --watch
  chronoplane services --all --query vision
  chronoplane services --as-of "tue 14:02" """
GET_EXAMPLES = """\
  chronoplane services get hello
  chronoplane services get acme/vision --as-of -2h
  chronoplane services get hello --json"""

_COLUMNS = (
    Column("NAME", shrinks=True),
    Column("STATE"),
    Column("READY"),
    Column("RUNS", shrinks=True),
    Column("CHANGED", shrinks=True),
    Column("PROJECT", shrinks=True),
    Column("ID"),
)


def _list_arguments(parser: argparse.ArgumentParser) -> None:
    options.reading(parser)
    options.project(parser)
    options.watching(parser)
    parser.add_argument("--all", action="store_true", help="of every project you may read")
    parser.add_argument("--state", choices=STATES, help="only those that are so")
    parser.add_argument("--query", metavar="TEXT", help="only those whose name holds it")


def _list(chosen: argparse.Namespace, output: Output) -> Exit:
    server = Server.of(chosen)
    asked = {"project": None if chosen.all else chosen.project, "status": chosen.state}
    first = server.get("/ops/v1/services", {**asked, "per_page": 1})
    say_then(server, first, output)
    wanted = (chosen.query or "").lower()
    found = [
        one for one in server.items("/ops/v1/services", asked) if wanted in one["name"].lower()
    ]
    where = "any project" if chosen.all else f"project {chosen.project}"
    output.table(found, Table(_COLUMNS, [_row(one) for one in found]), empty=f"none in {where}")
    return Exit.DONE


def _row(one: dict[str, Any]) -> tuple[Cell, ...]:
    return (
        cells.text(one["name"]),
        cells.state(one["status"]),
        _replicas(one),
        cells.text(_runs(one)),
        cells.when(one["updated_at"]),
        cells.text(one["project_handle"]),
        Cell(one["id"], "off"),
    )


def _replicas(one: dict[str, Any]) -> Cell:
    return Cell(f"{one['replicas_ready']}/{one['replicas_wanted']}" if one["workload"] else "-")


def _runs(one: dict[str, Any]) -> str:
    workload = one["workload"]
    if workload is None:
        return str((one["watch"] or {}).get("url", ""))
    if workload["image"]:
        return str(workload["image"])
    commit = (one["serving"] or {}).get("commit")
    return f"{workload['repo']}@{commit[:12]}" if commit else str(workload["repo"])


def _get_arguments(parser: argparse.ArgumentParser) -> None:
    options.reading(parser)
    options.service(parser)
    options.watching(parser)


def _get(chosen: argparse.Namespace, output: Output) -> Exit:
    server = Server.of(chosen)
    found = service_of(server, chosen.service, chosen.project)
    got = server.get(f"/ops/v1/services/{found['id']}")
    say_then(server, got, output)
    output.document(got.document, "\n".join(described(got.document, output)))
    return Exit.DONE


def described(one: dict[str, Any], output: Output) -> list[str]:
    state = output.cell(cells.state(one["status"]))
    why = cells.text(one["status_message"]).text if one["status_message"] else ""
    rows: list[tuple[str, Cell]] = [
        ("project", cells.text(one["project_handle"])),
        ("id", Cell(one["id"])),
        ("replicas", Cell(f"{one['replicas_ready']} of {one['replicas_wanted']} ready")),
        ("runs", cells.text(_runs(one))),
        ("changed", cells.when(one["updated_at"])),
    ]
    if (deployment := one["deployment"]) is not None:
        words = f"{deployment['number']}, {deployment['trigger']}, {deployment['status']}"
        if deployment["message"]:
            words += f": {deployment['message']}"
        rows.append(("deployment", cells.text(words)))
    workload = one["workload"] or {}
    shown = ("repo", "branch", "image")  # said by what it runs
    rows += [(n, cells.value(v)) for n, v in workload.items() if n not in shown and v is not None]
    table = Table((Column(""), Column("", shrinks=True)), [(Cell(n, "off"), c) for n, c in rows])
    head = f"{output.painted(cells.text(one['name']).text, 'strong')}  {state}  {why}".rstrip()
    lines = output.lines_of(table)
    return [head, *(lines[1:] if output.is_terminal else lines)]


def _delete_arguments(parser: argparse.ArgumentParser) -> None:
    options.writing(parser)
    options.service(parser)
    parser.add_argument("--force", action="store_true", help="without letting requests end")
    parser.add_argument("--yes", action="store_true", help="do not ask")


def _delete(chosen: argparse.Namespace, output: Output) -> Exit:
    server = Server.of(chosen)
    found = service_of(server, chosen.service, chosen.project)
    if found["workload"] is None:
        raise Refused(
            f"{chosen.service} has nothing deployed",
            next_step="remove it on the surface that registered it",
        )
    if not chosen.yes and not output.confirmed(f"Delete {found['name']}? It answers 503 at once."):
        return Exit.FAILED
    path = f"/auth/v1/seed/{found['project_handle']}/services/{found['slug']}"
    server.send("DELETE", path + ("?force=true" if chosen.force else ""))
    output.document(
        {"id": found["id"], "deleted": True},
        f"{found['name']} is deleted; chronoplane restore {found['id']} --to TIME brings it back",
    )
    return Exit.DONE


SERVICES = Verb(
    name="services",
    summary="What there is: list, get NAME, delete NAME.",
    actions=(
        Verb(
            name="list",
            summary="The services of a project, newest first.",
            examples=LIST_EXAMPLES,
            add_arguments=_list_arguments,
            run=_list,
        ),
        Verb(
            name="get",
            summary="One service in full.",
            examples=GET_EXAMPLES,
            add_arguments=_get_arguments,
            run=_get,
        ),
        Verb(
            name="delete",
            summary="Delete a service; its past stays, and can be restored.",
            add_arguments=_delete_arguments,
            run=_delete,
        ),
    ),
)
