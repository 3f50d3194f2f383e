"""`chronoplane status`: whether everything serves, how far the log is sealed, and who asks."""

import argparse
from typing import Any

from services.cli import cells, options, server
from services.cli.output import Output
from services.cli.table import Cell, Column, Table
from services.cli.verb import Exit, Verb

EXAMPLES = """\
  chronoplane status
  chronoplane status --watch

1 where something does not serve."""

_COLUMNS = (
    Column("PROCESS"),
    Column("STATE"),
    Column("CHECKS", shrinks=True),
    Column("SAYS", True),
)


def _arguments(parser: argparse.ArgumentParser) -> None:
    server.add_arguments(parser)
    options.watching(parser)


def run(chosen: argparse.Namespace, output: Output) -> Exit:
    asking = server.Server.of(chosen)
    ready = asking.get("/ready", accept=(503,)).document
    document: dict[str, Any] = {"url": asking.url, **ready, "caller": None, "log": None}
    if ready["ready"]:
        # Both ask the processes that /ready has found well.
        document["caller"] = asking.get("/ops/v1/whoami").document
        log = asking.get("/ops/v1/integrity", accept=(403,))
        document["log"] = log.document if log.status == 200 else None
    output.document(document, "\n".join(_text(document, output)))
    return Exit.DONE if ready["ready"] else Exit.FAILED


def _text(document: dict[str, Any], output: Output) -> list[str]:
    rows = [_row(name, one) for name, one in document.get("processes", {}).items()]
    lines = output.lines_of(Table(_COLUMNS, rows))
    waiting = ", ".join(document.get("waiting_for", ()))
    verdict = (
        output.painted(f"{document['url']} serves", "ok")
        if document["ready"]
        else output.painted(f"{document['url']} does not serve yet: {waiting}", "bad")
    )
    lines.append(verdict)
    if (caller := document["caller"]) is not None:
        name = cells.text(caller["handle"] or caller["name"]).text
        lines.append(f"you are {name} (key {cells.text(caller['key']['name']).text})")
    if (log := document["log"]) is not None:
        bad = log["verification"] and log["verification"]["bad_position"]
        verified = "" if not bad else output.painted(f", BAD at position {bad:,}", "bad")
        lines.append(f"log at {log['head']:,}, sealed to {log['sealed_to']:,}{verified}")
    return lines


def _row(name: str, one: dict[str, Any]) -> tuple[Cell, ...]:
    checks = ", ".join(f"{check} {word}" for check, word in one.get("checks", {}).items())
    says = one.get("why") or ", ".join(
        f"{fact} {value}" for fact, value in one.get("facts", {}).items() if value
    )
    state = (
        Cell("✓ ready", "ok", "ready")
        if one.get("ready")
        else Cell("✕ not ready", "bad", "not ready")
    )
    return Cell(name), state, cells.text(checks), cells.text(says)


STATUS = Verb(
    name="status",
    summary="Whether everything serves, and who you are.",
    examples=EXAMPLES,
    add_arguments=_arguments,
    run=run,
)
