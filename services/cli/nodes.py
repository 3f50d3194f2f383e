"""`chronoplane nodes`: where replicas and jobs are placed, what is free there, and who leaves."""

import argparse
from typing import Any
from urllib.parse import quote

from services.cli import cells, options
from services.cli.output import Output
from services.cli.refused import Refused
from services.cli.server import Server
from services.cli.table import Cell, Column, Table
from services.cli.then import say_then
from services.cli.verb import Exit, Verb

LIST_EXAMPLES = """\
  chronoplane nodes
  chronoplane nodes --watch
  chronoplane nodes --as-of -1d"""
SET_EXAMPLES = """\
  chronoplane nodes declare left --cpu 4 --memory-gb 8 --region eu-west-1
  chronoplane nodes set left --label pool=gpu --taint batch
  chronoplane nodes cordon left                  nothing new is placed there
  chronoplane nodes drain left                   and what is there moves away
  chronoplane nodes open left

What is not said stays. It takes the token of the installation's admin."""

_MANY = "/ops/v1/nodes"
_COLUMNS = (
    Column("NODE", shrinks=True),
    Column("STATE"),
    Column("REGION", shrinks=True),
    Column("CPU", is_number=True),
    Column("MEMORY", is_number=True),
    Column("GPUS", shrinks=True),
    Column("REPLICAS", is_number=True),
    Column("JOBS", is_number=True),
    Column("LABELS", shrinks=True),
    Column("KIND"),
)


def _path(name: str) -> str:
    return f"{_MANY}/{quote(name, safe='')}"


def _list_arguments(parser: argparse.ArgumentParser) -> None:
    options.reading(parser)
    options.watching(parser)


def _list(chosen: argparse.Namespace, output: Output) -> Exit:
    server = Server.of(chosen)
    say_then(server, server.get(_MANY, {"per_page": 1}), output)
    found = list(server.items(_MANY))
    output.table(found, Table(_COLUMNS, [row_of(one) for one in found]), empty="no nodes")
    return Exit.DONE


def row_of(one: dict[str, Any]) -> tuple[Cell, ...]:
    booked, capacity = one["booked"], one["capacity"]
    gpus = ", ".join(
        f"{booked['gpus'].get(kind, 0)}/{count} {kind}" for kind, count in capacity["gpus"].items()
    )
    labels = [*(f"{name}={value}" for name, value in one["labels"].items())]
    return (
        cells.text(one["name"]),
        _state(one),
        cells.text(one["region"]),
        Cell(f"{booked['cpu']:g}/{capacity['cpu']:g}"),
        Cell(f"{booked['memory_gb']:g}/{capacity['memory_gb']:g} GiB"),
        cells.text(gpus),
        Cell(str(one["replicas"])),
        Cell(str(one["jobs"])),
        cells.text(", ".join([*labels, *(f"taint {taint}" for taint in one["taints"])])),
        cells.text(one["kind"], "off"),
    )


def _state(one: dict[str, Any]) -> Cell:
    if one["draining"]:
        return Cell("◐ draining", "busy", "draining")
    if one["cordoned"]:
        return Cell("○ cordoned", "off", "cordoned")
    return Cell("✓ open", "ok", "open")


def _told(one: dict[str, Any], output: Output) -> Exit:
    output.document(one, "\n".join(output.lines_of(Table(_COLUMNS, [row_of(one)]))))
    return Exit.DONE


def _set_arguments(parser: argparse.ArgumentParser) -> None:
    _named(parser)
    parser.add_argument("--region", metavar="REGION")
    parser.add_argument("--cpu", type=options.number, metavar="N", help="vCPU")
    parser.add_argument("--memory-gb", type=options.number, metavar="N", help="GiB")
    parser.add_argument("--gpu", action="append", type=_gpu, metavar="TYPE=N", help="repeatable")
    parser.add_argument("--label", action="append", type=_pair, metavar="NAME=VALUE",
                        help="all of them; may be repeated")  # fmt: skip
    parser.add_argument("--taint", action="append", metavar="NAME", help="all of them; repeatable")


def _declare_arguments(parser: argparse.ArgumentParser) -> None:
    _set_arguments(parser)
    parser.add_argument("--simulated", action="store_true", help="nothing ever runs there")


def _named(parser: argparse.ArgumentParser) -> None:
    options.writing(parser)
    parser.add_argument("name", metavar="NODE")


def _pair(text: str) -> tuple[str, str]:
    name, sign, value = text.partition("=")
    if not name or not sign:
        raise argparse.ArgumentTypeError(f"{text!r} must be NAME=VALUE")
    return name, value


def _gpu(text: str) -> tuple[str, int]:
    name, count = _pair(text)
    return name, options.count(count)


def _given(chosen: argparse.Namespace) -> dict[str, Any]:
    told = {
        "region": chosen.region,
        "cpu": chosen.cpu,
        "memory_gb": chosen.memory_gb,
        "gpus": None if chosen.gpu is None else dict(chosen.gpu),
        "labels": None if chosen.label is None else dict(chosen.label),
        "taints": chosen.taint,
    }
    return {name: value for name, value in told.items() if value is not None}


def _declare(chosen: argparse.Namespace, output: Output) -> Exit:
    if chosen.cpu is None or chosen.memory_gb is None:
        raise Refused("a node needs --cpu and --memory-gb", exit_=Exit.USAGE)
    kind = "simulated" if chosen.simulated else "local"
    body = {"name": chosen.name, "kind": kind, **_given(chosen)}
    return _told(Server.of(chosen).send("POST", _MANY, body).document, output)


def _set(chosen: argparse.Namespace, output: Output) -> Exit:
    given = _given(chosen)
    if not given:
        raise Refused("it is not said what to change", exit_=Exit.USAGE)
    return _told(_revised(Server.of(chosen), chosen.name, given), output)


def _revised(server: Server, name: str, given: dict[str, Any]) -> dict[str, Any]:
    """The page takes the whole node: what is not said is sent as it is."""
    now = server.get(_path(name)).document
    kept: dict[str, Any] = {key: now[key] for key in ("labels", "taints", "cordoned")}
    if now["kind"] != "detected":
        kept = {"region": now["region"], **now["capacity"], **kept}
    found: dict[str, Any] = server.send("PUT", _path(name), {**kept, **given}).document
    return found


def _cordon(chosen: argparse.Namespace, output: Output) -> Exit:
    return _told(_revised(Server.of(chosen), chosen.name, {"cordoned": True}), output)


def _open(chosen: argparse.Namespace, output: Output) -> Exit:
    return _told(_revised(Server.of(chosen), chosen.name, {"cordoned": False}), output)


def _drain(chosen: argparse.Namespace, output: Output) -> Exit:
    after = Server.of(chosen).send("POST", f"{_path(chosen.name)}/drain").document
    output.note("replicas move, new ones first, and jobs run to their end: nodes --watch shows it")
    return _told(after, output)


def _delete_arguments(parser: argparse.ArgumentParser) -> None:
    _named(parser)
    parser.add_argument("--yes", action="store_true", help="do not ask")


def _delete(chosen: argparse.Namespace, output: Output) -> Exit:
    if not chosen.yes and not output.confirmed(f"Take {chosen.name} away?"):
        return Exit.FAILED
    Server.of(chosen).send("DELETE", _path(chosen.name))
    output.document({"name": chosen.name, "deleted": True}, f"{chosen.name} is taken away")
    return Exit.DONE


NODES = Verb(
    name="nodes",
    summary="Where things are placed: list, declare, set, cordon, open, drain, delete.",
    actions=(
        Verb(name="list", summary="All, with what is booked and what there is.",
             examples=LIST_EXAMPLES, add_arguments=_list_arguments, run=_list),
        Verb(name="declare", summary="Make a slice of this machine a node.", examples=SET_EXAMPLES,
             add_arguments=_declare_arguments, run=_declare),
        Verb(name="set", summary="Change one.", examples=SET_EXAMPLES,
             add_arguments=_set_arguments, run=_set),
        Verb(name="cordon", summary="Place nothing new there.", add_arguments=_named, run=_cordon),
        Verb(name="open", summary="Place there again.", add_arguments=_named, run=_open),
        Verb(name="drain", summary="Move what is there away.", add_arguments=_named, run=_drain),
        Verb(name="delete", summary="Take it away.", add_arguments=_delete_arguments, run=_delete),
    ),
)  # fmt: skip
