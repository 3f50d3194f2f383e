"""`chronoplane grants`: who may do what, one by one; beside what roles and memberships give."""

import argparse
from typing import Any

from services.cli import cells, options
from services.cli.output import Output
from services.cli.server import Server
from services.cli.table import Cell, Column, Table
from services.cli.then import say_then
from services.cli.verb import Exit, Verb

LIST_EXAMPLES = """\
  chronoplane grants
  chronoplane grants list --principal ci-deploy"""
GIVE_EXAMPLES = """\
  chronoplane grants give ci-deploy service.write --on project:6b06d10300004b7fba39cde1
  chronoplane grants give ana 'service.*' --on service:6b06d0fd00005dc7e542d441

--on takes account:ID, project:ID, service:ID, or * for everything."""
REVOKE_EXAMPLES = """\
  chronoplane grants revoke 6b06d0fd00005dc7e542d441 --reason "moved to another team" """

_COLUMNS = (
    Column("ID"),
    Column("WHO", shrinks=True),
    Column("MAY", shrinks=True),
    Column("ON", shrinks=True),
    Column("SINCE", shrinks=True),
)


def _list_arguments(parser: argparse.ArgumentParser) -> None:
    options.reading(parser)
    options.watching(parser)
    parser.add_argument("--principal", metavar="WHO", help="whose: handle or id; else your own")


def _list(chosen: argparse.Namespace, output: Output) -> Exit:
    server = Server.of(chosen)
    query = {"principal": chosen.principal}
    say_then(server, server.get("/ops/v1/grants", {**query, "per_page": 1}), output)
    grants = list(server.items("/ops/v1/grants", query))
    output.table(grants, Table(_COLUMNS, [_row(one) for one in grants]), empty="no grants")
    return Exit.DONE


def _row(one: dict[str, Any]) -> tuple[Cell, ...]:
    return (
        Cell(one["id"]),
        Cell(one["principal_id"], "off"),
        cells.text(one["action"]),
        cells.text(one["resource"]),
        cells.when(one["created_at"]),
    )


def _give_arguments(parser: argparse.ArgumentParser) -> None:
    options.writing(parser)
    parser.add_argument("principal", metavar="WHO", help="handle or id")
    parser.add_argument("action", metavar="ACTION", help="service.read, service.*, *")
    parser.add_argument("--on", required=True, metavar="RESOURCE", help="project:ID and its like")


def _give(chosen: argparse.Namespace, output: Output) -> Exit:
    body = {"principal": chosen.principal, "action": chosen.action, "resource": chosen.on}
    given = Server.of(chosen).send("POST", "/ops/v1/grants", body).document
    words = f"{chosen.principal} may {given['action']} on {given['resource']} ({given['id']})"
    output.document(given, cells.text(words).text)
    return Exit.DONE


def _revoke_arguments(parser: argparse.ArgumentParser) -> None:
    options.writing(parser)
    parser.add_argument("grant", metavar="ID", help="as the list shows it")


def _revoke(chosen: argparse.Namespace, output: Output) -> Exit:
    Server.of(chosen).send("DELETE", f"/ops/v1/grants/{chosen.grant}")
    output.document({"id": chosen.grant, "revoked": True}, f"{chosen.grant} is revoked, at once")
    return Exit.DONE


GRANTS = Verb(
    name="grants",
    summary="Who may do what: list, give WHO ACTION --on WHAT, revoke ID.",
    actions=(
        Verb(name="list", summary="The grants of somebody.", examples=LIST_EXAMPLES,
             add_arguments=_list_arguments, run=_list),
        Verb(name="give", summary="Let somebody do something.", examples=GIVE_EXAMPLES,
             add_arguments=_give_arguments, run=_give),
        Verb(name="revoke", summary="Take a grant back at once.", examples=REVOKE_EXAMPLES,
             add_arguments=_revoke_arguments, run=_revoke),
    ),
)  # fmt: skip
