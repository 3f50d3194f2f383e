"""`chronoplane keys`: API keys, shown once, revoked at once."""

import argparse
from typing import Any

from services.cli import cells, options
from services.cli.output import Output
from services.cli.server import Server
from services.cli.table import Cell, Column, Table
from services.cli.then import say_then
from services.cli.verb import Exit, Verb

LIST_EXAMPLES = """\
  chronoplane keys list
  chronoplane keys list --principal ci-deploy"""
ISSUE_EXAMPLES = """\
  chronoplane keys issue laptop --expires-in-days 90
  chronoplane keys issue deploy --principal ci-deploy > token

The token goes to stdout, alone; it is shown this once and kept nowhere."""
REVOKE_EXAMPLES = """\
  chronoplane keys revoke 6b06d0fd00005dc7e542d441 --reason "the laptop was lost" """

_COLUMNS = (
    Column("ID"),
    Column("NAME", shrinks=True),
    Column("STATE"),
    Column("MADE", shrinks=True),
    Column("EXPIRES", shrinks=True),
    Column("OF", shrinks=True),
)


def _list_arguments(parser: argparse.ArgumentParser) -> None:
    options.reading(parser)
    options.watching(parser)
    parser.add_argument("--principal", metavar="WHO", help="whose: handle or id; else your own")


def _list(chosen: argparse.Namespace, output: Output) -> Exit:
    server = Server.of(chosen)
    query = {"principal": chosen.principal}
    say_then(server, server.get("/ops/v1/api-keys", {**query, "per_page": 1}), output)
    keys = list(server.items("/ops/v1/api-keys", query))
    output.table(keys, Table(_COLUMNS, [_row(key) for key in keys]), empty="no keys")
    return Exit.DONE


def _row(key: dict[str, Any]) -> tuple[Cell, ...]:
    state = Cell("✓ valid", "ok", "valid") if key["revoked_at"] is None else (
        Cell("✕ revoked", "bad", "revoked")
    )  # fmt: skip
    expires = key["expires_at"]
    return (
        Cell(key["id"]),
        cells.text(key["name"]),
        state,
        cells.when(key["created_at"]),
        Cell("never") if expires is None else Cell(expires[:16], "", expires),
        Cell(key["principal_id"], "off"),
    )


def _issue_arguments(parser: argparse.ArgumentParser) -> None:
    options.writing(parser)
    parser.add_argument("name", metavar="NAME", help="what it is for")
    parser.add_argument("--principal", metavar="WHO", help="whose; else your own")
    end = parser.add_mutually_exclusive_group()
    end.add_argument("--expires-in-days", type=options.count, metavar="N")
    end.add_argument("--expires-at", metavar="TIME", help="RFC 3339")


def _issue(chosen: argparse.Namespace, output: Output) -> Exit:
    given = {
        name: value
        for name in ("name", "principal", "expires_in_days", "expires_at")
        if (value := getattr(chosen, name)) is not None
    }
    key = Server.of(chosen).send("POST", "/ops/v1/api-keys", given).document
    if key["token"] is None:
        output.error(
            "the key was made, but its token got lost on the way",
            why=key["note"] or "",
            next_step=f"chronoplane keys revoke {key['id']}, then issue another",
        )
        return Exit.FAILED
    output.note(f"key {key['name']} ({key['id']}); the token is shown this once:")
    output.document(key, key["token"])
    return Exit.DONE


def _revoke_arguments(parser: argparse.ArgumentParser) -> None:
    options.writing(parser)
    parser.add_argument("key", metavar="ID", help="as the list shows it")


def _revoke(chosen: argparse.Namespace, output: Output) -> Exit:
    Server.of(chosen).send("DELETE", f"/ops/v1/api-keys/{chosen.key}")
    output.document({"id": chosen.key, "revoked": True}, f"{chosen.key} is revoked, at once")
    return Exit.DONE


KEYS = Verb(
    name="keys",
    summary="API keys: list, issue NAME, revoke ID.",
    actions=(
        Verb(name="list", summary="The keys of somebody.", examples=LIST_EXAMPLES,
             add_arguments=_list_arguments, run=_list),
        Verb(name="issue", summary="Make a key; prints its token.", examples=ISSUE_EXAMPLES,
             add_arguments=_issue_arguments, run=_issue),
        Verb(name="revoke", summary="End a key at once.", examples=REVOKE_EXAMPLES,
             add_arguments=_revoke_arguments, run=_revoke),
    ),
)  # fmt: skip
