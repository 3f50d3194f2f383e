"""`chronoplane context`: which installations there are, and which of them is meant."""

import argparse
from dataclasses import replace

from services.cli import cells, contexts
from services.cli.output import Output
from services.cli.table import Cell, Column, Table
from services.cli.verb import Exit, Verb

EXAMPLES = """\
  chronoplane context
  chronoplane context use production
  chronoplane context set production --confirm --project acme
  chronoplane context use local          this machine's stack again

`chronoplane login` makes one. --context NAME and CHRONOPLANE_CONTEXT mean another for
one command."""

_COLUMNS = (
    Column(""),
    Column("NAME", shrinks=True),
    Column("URL", shrinks=True),
    Column("PROJECT", shrinks=True),
    Column("WRITES"),
)


def _list(_chosen: argparse.Namespace, output: Output) -> Exit:
    book = contexts.read()
    rows = [_row(one, book.current) for one in book.contexts.values()]
    output.table(
        [contexts.shown(one, book.current) for one in book.contexts.values()],
        Table(_COLUMNS, rows),
        empty="no contexts: this machine's stack is meant; chronoplane login makes one",
    )
    return Exit.DONE


def _row(one: contexts.Context, current: str) -> tuple[Cell, ...]:
    is_current = one.name == current
    writes = "no" if one.read_only else ("asked" if one.confirm else "yes")
    return (
        Cell("*" if is_current else " ", "ok", "current" if is_current else "-"),
        cells.text(one.name),
        cells.text(one.url),
        cells.text(one.project),
        Cell(writes, "ok" if one.read_only else ""),
    )


def _name(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME")


def _use(chosen: argparse.Namespace, output: Output) -> Exit:
    book = contexts.read()
    if chosen.name != contexts.LOCAL:
        book.named(chosen.name)
    contexts.write(replace(book, current=chosen.name))
    output.document({"current": chosen.name}, f"{chosen.name} is meant from now on")
    return Exit.DONE


def _show(chosen: argparse.Namespace, output: Output) -> Exit:
    book = contexts.read()
    name = chosen.name or book.current
    if name == contexts.LOCAL:
        output.document({"name": name}, "local: the stack of this machine, with its admin's token")
        return Exit.DONE
    one = contexts.shown(book.named(name), book.current)
    lines = [f"{key}\t{cells.value(item).text}" for key, item in one.items()]
    output.document(one, "\n".join(lines))
    return Exit.DONE


def _set_arguments(parser: argparse.ArgumentParser) -> None:
    _name(parser)
    parser.add_argument("--url", metavar="URL", dest="new_url", help="the gateway")
    parser.add_argument("--project", metavar="HANDLE", help="meant where none is said")
    writes = parser.add_mutually_exclusive_group()
    writes.add_argument("--read-only", action="store_true", help="refuse what writes")
    writes.add_argument("--confirm", action="store_true", help="have its name typed before a write")
    writes.add_argument("--writable", action="store_true", help="neither of the two")


def _set(chosen: argparse.Namespace, output: Output) -> Exit:
    book = contexts.read()
    one = book.named(chosen.name)
    if chosen.read_only or chosen.confirm or chosen.writable:
        one = replace(one, read_only=chosen.read_only, confirm=chosen.confirm)
    one = replace(one, url=chosen.new_url or one.url, project=chosen.project or one.project)
    contexts.write(replace(book.with_(one), current=book.current))
    output.document(contexts.shown(one, book.current), f"{one.name} is changed")
    return Exit.DONE


def _delete(chosen: argparse.Namespace, output: Output) -> Exit:
    book = contexts.read()
    one = book.named(chosen.name)
    contexts.write(book.without(one.name))
    one.token_file.unlink(missing_ok=True)
    text = f"{one.name} is forgotten here, with its token (chronoplane keys revoke ends the key)"
    output.document({"name": one.name, "deleted": True}, text)
    return Exit.DONE


def _show_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME", nargs="?", help="else the one that is meant")


CONTEXT = Verb(
    name="context",
    summary="Installations by name: list, use, show, set, delete.",
    actions=(
        Verb(name="list", summary="All, and which is meant.", examples=EXAMPLES, run=_list),
        Verb(name="use", summary="Mean this one from now on.", add_arguments=_name, run=_use),
        Verb(name="show", summary="One in full.", add_arguments=_show_arguments, run=_show),
        Verb(name="set", summary="Change one.", add_arguments=_set_arguments, run=_set),
        Verb(name="delete", summary="Forget one and its token.", add_arguments=_name, run=_delete),
    ),
)
