"""`chronoplane export FILE`: the log, or an organization's part, as a file that proves itself."""

import argparse
import http.client
import os
import sys
from pathlib import Path
from typing import IO
from urllib.parse import urlencode

from services.cli import server
from services.cli.output import Output
from services.cli.refused import Refused
from services.cli.verb import Exit, Verb

READ_BYTES = 256 * 1024
SILENT_SECONDS = 60.0

EXAMPLES = """\
  chronoplane export everything.ndjson
  chronoplane export --organization acme acme.ndjson
  chronoplane export --organization acme - | chronoplane verify -

It ends at what is sealed, which is a second behind at most. Secrets are not in it. What was written
is verified before it gets its name, so a file that is there is whole."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    server.add_arguments(parser)
    parser.add_argument("file", metavar="FILE", help="where to write it; - is stdout")
    parser.add_argument(
        "--organization",
        "--account",
        metavar="NAME",
        help="only of this organization or user (handle or id); else the whole log",
    )
    parser.add_argument("--force", action="store_true", help="replace FILE where it exists")


def run(chosen: argparse.Namespace, output: Output) -> Exit:
    target = None if chosen.file == "-" else Path(chosen.file)
    if target is not None and target.exists() and not chosen.force:
        output.error(f"{target} is there already", next_step="name another file, or give --force")
        return Exit.FAILED
    query = "" if chosen.organization is None else "?" + urlencode({"account": chosen.organization})
    try:
        asking = server.Server.of(chosen)
        with asking.asked("GET", f"/ops/v1/export{query}", seconds=SILENT_SECONDS) as answer:
            if target is None:
                _copy(answer, sys.stdout.buffer)
                return Exit.DONE
            return _kept(answer, target, output)
    except Refused as refused:
        return refused.told(output)
    except OSError as error:
        output.error(f"{chosen.file} cannot be written: {error.strerror or error}")
        return Exit.FAILED


def _kept(answer: http.client.HTTPResponse, target: Path, output: Output) -> Exit:
    """Beside its place until it is known to be good."""
    from shared.eventstore.verify_export import verify_export

    partial = target.with_name(f"{target.name}.partial")
    try:
        with partial.open("wb") as file:
            _copy(answer, file)
        with partial.open("rb") as file:
            report = verify_export(file)
        if report.finding is not None:
            output.error(
                f"the export is not good: {report.finding.sentence}",
                why=f"{report.finding.kind} at position {report.finding.position:,}",
                next_step="try again; if it stays, ask GET /ops/v1/integrity",
            )
            return Exit.NOT_PROVEN
        os.replace(partial, target)
    finally:
        partial.unlink(missing_ok=True)
    what = "the whole log" if report.account_id is None else f"account {report.account_id}"
    document: dict[str, object] = {
        "file": str(target),
        "account_id": report.account_id,
        "events": report.events,
        "streams": report.streams,
        "to_position": report.to_position,
    }
    output.document(
        document,
        f"{target}: {what}, {report.events:,} events in {report.streams:,} streams, "
        f"to position {report.to_position:,}",
    )
    return Exit.DONE


def _copy(answer: http.client.HTTPResponse, file: IO[bytes]) -> None:
    try:
        while chunk := answer.read(READ_BYTES):
            file.write(chunk)
    except (http.client.HTTPException, TimeoutError, ConnectionError) as error:
        raise Refused(
            "the export broke off",
            why=str(error) or type(error).__name__,
            next_step="try again",
            exit_=Exit.UNREACHABLE,
        ) from error


EXPORT = Verb(
    name="export",
    summary="Write the log, or one organization's part of it, to a file that verifies offline.",
    examples=EXAMPLES,
    add_arguments=add_arguments,
    run=run,
)
