"""`chronoplane jobs`: what ran once and runs now in a project, its lines, and its end."""

import argparse
import time
from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import quote

from services.cli import cells, options
from services.cli.output import Output
from services.cli.refused import Refused
from services.cli.server import Server
from services.cli.table import Cell, Column, Table
from services.cli.then import say_then
from services.cli.verb import Exit, Verb
from shared.kernel.visible import visible

LIST_EXAMPLES = """\
  chronoplane jobs
  chronoplane jobs list --state running --watch
  chronoplane jobs list --project acme --all"""
LOGS_EXAMPLES = """\
  chronoplane jobs logs ID
  chronoplane jobs logs ID -f                    until it is over; 1 where it failed"""

STATES = ("queued", "running", "completed", "archived", "active")
LINES_MAX: Final = 1000
LOOK_SECONDS: Final = 1.0
_COLUMNS = (
    Column("JOB", is_number=True),
    Column("STATE"),
    Column("TITLE", shrinks=True),
    Column("COMMAND", shrinks=True),
    Column("SUBMITTED", shrinks=True),
    Column("TOOK", is_number=True),
    Column("ID"),
)
_LOOKS = {
    "succeeded": ("✓", "ok"), "failed": ("✕", "bad"), "error": ("✕", "bad"),
    "stopped": ("○", "off"), "running": ("◐", "busy"),
}  # fmt: skip


def _list_arguments(parser: argparse.ArgumentParser) -> None:
    options.reading(parser)
    options.project(parser)
    options.watching(parser)
    parser.add_argument("--state", choices=STATES, help="only those that are so")
    parser.add_argument("--all", action="store_true", help="the archived ones, too")
    parser.add_argument("--limit", type=options.count, default=50, help="the newest so many (50)")


def _list(chosen: argparse.Namespace, output: Output) -> Exit:
    server = Server.of(chosen)
    query = {
        "status": chosen.state,
        "archived": "true" if chosen.all or chosen.state == "archived" else None,
        "per_page": min(max(chosen.limit, 1), 100),
    }
    got = server.get(f"/ops/v1/projects/{quote(chosen.project, safe='')}/jobs", query)
    say_then(server, got, output)
    found = got.document["data"][: chosen.limit]
    output.table(
        found, Table(_COLUMNS, [_row(one) for one in found]), empty=f"none in {chosen.project}"
    )
    return Exit.DONE


def _row(one: dict[str, Any]) -> tuple[Cell, ...]:
    return (
        Cell(str(one["number"])),
        _state(one),
        cells.text(one["title"]),
        cells.text(one["command"]),
        cells.when(one["submitted_at"]),
        _took(one),
        Cell(one["id"], "off"),
    )


def _state(one: dict[str, Any]) -> Cell:
    word = "stopping" if one["is_stopping"] and not one["outcome"] else one["outcome"]
    word = str(word or one["stage"])
    icon, tone = _LOOKS.get(word, ("·", ""))
    return Cell(f"{icon} {word}", tone, word)


def _took(one: dict[str, Any]) -> Cell:
    begun, ended = cells.time_of(one["started_at"]), cells.time_of(one["ended_at"])
    if begun is None or ended is None:
        return Cell("-")
    seconds = (ended - begun).total_seconds()
    return Cell(cells.lasted(seconds), "", f"{seconds:.3f}")


def _one(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("job", metavar="ID", help="as the list shows it")


def _path(chosen: argparse.Namespace) -> str:
    return f"/ops/v1/jobs/{quote(chosen.job, safe='')}"


def _get_arguments(parser: argparse.ArgumentParser) -> None:
    options.reading(parser)
    options.watching(parser)
    _one(parser)


def _get(chosen: argparse.Namespace, output: Output) -> Exit:
    server = Server.of(chosen)
    got = server.get(_path(chosen))
    say_then(server, got, output)
    output.document(got.document, "\n".join(_described(got.document, output)))
    return Exit.DONE


def _described(one: dict[str, Any], output: Output) -> list[str]:
    hidden = ("id", "number", "title", "stage", "outcome", "is_stopping")
    rows = [
        (Cell(name, "off"), cells.when(item) if name.endswith("_at") else cells.value(item))
        for name, item in one.items()
        if name not in hidden and item not in (None, "", False)
    ]
    lines = output.lines_of(Table((Column(""), Column("", shrinks=True)), rows))
    title = output.painted(cells.text(one["title"] or f"job {one['number']}").text, "strong")
    head = f"{title}  {output.cell(_state(one))}  {one['id']}"
    return [head, *(lines[1:] if output.is_terminal else lines)]


def _logs_arguments(parser: argparse.ArgumentParser) -> None:
    options.reading(parser)
    _one(parser)
    parser.add_argument("-f", "--follow", action="store_true", help="until it is over")


def _logs(chosen: argparse.Namespace, output: Output) -> Exit:
    if chosen.follow and chosen.as_of is not None:
        raise Refused("what comes has no past: -f does not go with --as-of", exit_=Exit.USAGE)
    server = Server.of(chosen)
    for line in _lines(server, chosen.job, follow=chosen.follow):
        output.line(line, _line(line, output))
    if not chosen.follow:
        return Exit.DONE
    job = server.get(_path(chosen)).document
    if job["outcome"] in (None, "succeeded"):
        return Exit.DONE
    output.error(f"the job ended: {job['outcome']}", why=job["message"] or job["reason"])
    return Exit.FAILED


def _lines(server: Server, execution: str, *, follow: bool) -> Iterator[dict[str, Any]]:
    """The gateway may be away for a while; the job goes on, and so does this, behind the last."""
    after = "0"
    path = f"/ops/v1/executions/{quote(execution, safe='')}/lines"
    begun = False
    while True:
        try:
            page = server.get(path, {"after": after, "limit": LINES_MAX}).document
        except Refused as refused:
            if not (begun and follow and refused.may_pass):
                raise
            time.sleep(LOOK_SECONDS)
            continue
        begun = True
        yield from page["lines"]
        after = page["lines"][-1]["nano"] if page["lines"] else after
        if len(page["lines"]) == LINES_MAX:
            continue
        if page["is_complete"] or not follow:
            return
        time.sleep(LOOK_SECONDS)


def _line(line: dict[str, Any], output: Output) -> str:
    message = visible(line["message"])
    if not output.is_terminal:
        return f"{line['nano']}\t{line['stream']}\t{message}"
    tone = {"stderr": "warn", "system": "busy"}.get(line["stream"], "off")
    stream = output.painted(f"{line['stream']:6}", tone)
    return f"{stream} {message}"


def _stop_arguments(parser: argparse.ArgumentParser) -> None:
    options.writing(parser)
    _one(parser)
    parser.add_argument("--drop-results", action="store_true", help="do not keep what it wrote")


def _stop(chosen: argparse.Namespace, output: Output) -> Exit:
    body = {"keep_results": not chosen.drop_results}
    after = Server.of(chosen).send("POST", f"{_path(chosen)}/stop", body).document
    output.document(after, "\n".join(_described(after, output)))
    return Exit.DONE


def _archive_arguments(parser: argparse.ArgumentParser) -> None:
    options.writing(parser)
    _one(parser)
    parser.add_argument("--back", action="store_true", help="into the lists again")


def _archive(chosen: argparse.Namespace, output: Output) -> Exit:
    body = {"archived": not chosen.back}
    after = Server.of(chosen).send("POST", f"{_path(chosen)}/archive", body).document
    output.document(after, "\n".join(_described(after, output)))
    return Exit.DONE


JOBS = Verb(
    name="jobs",
    summary="What ran once and runs now: list, get, logs, stop, archive.",
    actions=(
        Verb(name="list", summary="The jobs of a project, newest first.", examples=LIST_EXAMPLES,
             add_arguments=_list_arguments, run=_list),
        Verb(name="get", summary="One job in full.", add_arguments=_get_arguments, run=_get),
        Verb(name="logs", summary="What it says.", examples=LOGS_EXAMPLES,
             add_arguments=_logs_arguments, run=_logs),
        Verb(name="stop", summary="End it.", add_arguments=_stop_arguments, run=_stop),
        Verb(name="archive", summary="Take it out of the lists.",
             add_arguments=_archive_arguments, run=_archive),
    ),
)  # fmt: skip
