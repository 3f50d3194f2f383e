"""`chronoplane quota`: what a project may have and run, and what is taken of it."""

import argparse
from typing import Any
from urllib.parse import quote

from services.cli import options
from services.cli.output import Output
from services.cli.refused import Refused
from services.cli.server import Server
from services.cli.table import Cell, Column, Table
from services.cli.then import say_then
from services.cli.verb import Exit, Verb

SHOW_EXAMPLES = """\
  chronoplane quota
  chronoplane quota show acme --as-of -1d"""
SET_EXAMPLES = """\
  chronoplane quota set acme --replicas 20 --cpu 40
  chronoplane quota set acme --gpus none

What is not said stays. What runs already runs on; nothing more is started. It takes the token of
the installation's admin."""

KINDS = {"services": "services", "replicas": "replicas", "cpu": "vCPU", "memory_gb": "memory, GiB",
         "gpus": "GPUs"}  # fmt: skip
_COLUMNS = (
    Column("OF"),
    Column("USED", is_number=True),
    Column("LIMIT", is_number=True),
    Column(""),
)


def _named(parser: argparse.ArgumentParser) -> None:
    options.project(parser)
    parser.add_argument("of", metavar="PROJECT", nargs="?", help="handle or id; else --project")


def _show_arguments(parser: argparse.ArgumentParser) -> None:
    options.reading(parser)
    options.watching(parser)
    _named(parser)


def _path(chosen: argparse.Namespace) -> str:
    return f"/ops/v1/projects/{quote(chosen.of or chosen.project, safe='')}/quota"


def _show(chosen: argparse.Namespace, output: Output) -> Exit:
    server = Server.of(chosen)
    got = server.get(_path(chosen))
    say_then(server, got, output)
    _tell(got.document, output)
    return Exit.DONE


def _tell(document: dict[str, Any], output: Output) -> None:
    limits, used = document["limits"], document["used"]
    rows = [_row(name, used[kind], limits[kind]) for kind, name in KINDS.items()]
    output.document(document, "\n".join(output.lines_of(Table(_COLUMNS, rows))))


def _row(name: str, used: int, limit: int | None) -> tuple[Cell, ...]:
    if limit is None:
        return Cell(name), Cell(str(used)), Cell("none"), Cell("")
    tone, word = ("bad", "beyond") if used > limit else ("warn", "full")
    is_free = used < limit
    return Cell(name), Cell(str(used)), Cell(str(limit)), Cell("") if is_free else Cell(word, tone)


def _set_arguments(parser: argparse.ArgumentParser) -> None:
    options.writing(parser)
    _named(parser)
    for kind, name in KINDS.items():
        parser.add_argument(
            f"--{kind.replace('_', '-')}", type=_limit, metavar="N|none", help=f"{name}, together"
        )


def _limit(text: str) -> int | str:
    return "none" if text == "none" else options.count(text)


def _set(chosen: argparse.Namespace, output: Output) -> Exit:
    told = {kind: getattr(chosen, kind) for kind in KINDS if getattr(chosen, kind) is not None}
    if not told:
        raise Refused(
            "it is not said what to limit", next_step="for example --replicas 20", exit_=Exit.USAGE
        )
    server = Server.of(chosen)
    # The page takes all limits or none: those that are not said are sent again.
    limits = {**server.get(_path(chosen)).document["limits"], **told}
    body = {kind: None if limit == "none" else limit for kind, limit in limits.items()}
    _tell(server.send("PUT", _path(chosen), body).document, output)
    return Exit.DONE


QUOTA = Verb(
    name="quota",
    summary="What a project may have and run: show, set.",
    actions=(
        Verb(name="show", summary="Limits, and what is taken.", examples=SHOW_EXAMPLES,
             add_arguments=_show_arguments, run=_show),
        Verb(name="set", summary="Set limits.", examples=SET_EXAMPLES,
             add_arguments=_set_arguments, run=_set),
    ),
)  # fmt: skip
