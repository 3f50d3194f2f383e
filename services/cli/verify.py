"""`chronoplane verify EXPORT`: offline, with nothing but the file, a public key and checkpoints."""

import argparse
import json
import sys
import time
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import IO, TYPE_CHECKING

from services.cli.output import Output
from services.cli.verb import Exit, Verb

if TYPE_CHECKING:
    from shared.eventstore.verify_export import Report
    from shared.proof.checkpoint import Verifier

SILENT_SECONDS = 0.5
TERMINAL_SECONDS = 0.5
PIPED_SECONDS = 10.0
CHECKPOINT_BYTES_MAX = 256 * 1024 * 1024

EXAMPLES = """\
  chronoplane verify export.ndjson --key checkpoint.pub --checkpoint checkpoints.jsonl
  chronoplane verify export.ndjson --key checkpoint.pub
  curl ... /ops/v1/export | chronoplane verify - --json

Without a key and a checkpoint from outside it shows accidents, not fraud: whoever can rewrite the
log and holds a key of his own can seal it again. Give the public key you were handed, and the
checkpoints of the witness or any you have kept: one is enough, all of them tell where."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("export", metavar="EXPORT", help="an export (NDJSON); - is stdin")
    parser.add_argument(
        "--key", type=Path, metavar="FILE", help="the public key (keys/checkpoint.pub)"
    )
    parser.add_argument(
        "--checkpoint",
        type=Path,
        metavar="FILE",
        action="append",
        default=[],
        help="a signed checkpoint kept elsewhere, or the witness's file of them; may be repeated",
    )
    parser.add_argument(
        "--older",
        action="store_true",
        help="the export may be older than the checkpoints: judge it as far as it goes",
    )


def run(chosen: argparse.Namespace, output: Output) -> Exit:
    # Late: cryptography and the codec cost more than all the rest of the command.
    from shared.eventstore.verify_export import verify_export
    from shared.proof.checkpoint import KeyInvalid, NoteInvalid

    try:
        pinned = verified_key(chosen.key)
        outside = [note for file in chosen.checkpoint for note in _notes(file)]
        with _opened(chosen.export) as file:
            report = verify_export(
                _Watched(file, output),
                pinned=pinned,
                outside=outside,
                may_be_older=chosen.older,
            )
    except FileNotFoundError as error:
        output.error(f"{error.filename} is not there")
        return Exit.NOT_FOUND
    except OSError as error:
        output.error(f"{error.filename or chosen.export} cannot be read: {error.strerror}")
        return Exit.FAILED
    except KeyInvalid as error:
        output.error(f"{chosen.key} holds no public key", why=str(error))
        return Exit.USAGE
    except NoteInvalid as error:
        output.error("a checkpoint file holds no checkpoint", why=str(error))
        return Exit.USAGE
    output.document(_document(report), _text(report, chosen.export))
    return Exit.DONE if report.ok else Exit.NOT_PROVEN


class _Watched:
    """The file, with progress while it is read."""

    def __init__(self, file: IO[bytes], output: Output) -> None:
        self._file = file
        self._output = output
        self._lines = 0
        self._every = TERMINAL_SECONDS if output.err.isatty() else PIPED_SECONDS
        self._started = time.monotonic()
        self._next = self._started + max(SILENT_SECONDS, self._every)

    def readline(self, size: int) -> bytes:
        self._lines += 1
        if self._lines % 1000 == 0 and (now := time.monotonic()) > self._next:
            self._next = now + self._every
            rate = self._lines / (now - self._started)
            self._output.progress(f"{self._lines:,} lines, {rate:,.0f} per second")
        return self._file.readline(size)

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._file)


def _opened(name: str) -> "IO[bytes] | nullcontext[IO[bytes]]":
    return nullcontext(sys.stdin.buffer) if name == "-" else Path(name).open("rb")


def verified_key(file: Path | None) -> "Verifier | None":
    from shared.proof.checkpoint import KeyInvalid, Verifier

    if file is None:
        return None
    try:
        return Verifier.parse(file.read_text("ascii"))
    except UnicodeDecodeError as error:
        raise KeyInvalid("not plain text") from error


def _notes(file: Path) -> list[str]:
    """One note, or the lines of a witness (a line torn by a crash is passed over)."""
    from shared.proof.checkpoint import NoteInvalid

    if file.stat().st_size > CHECKPOINT_BYTES_MAX:
        raise NoteInvalid(f"{file} is too long")
    text = file.read_text("utf-8", errors="replace")
    if not text.lstrip().startswith("{"):
        return [text]
    notes: list[str] = []
    for line in text.splitlines():
        try:
            notes.append(str(json.loads(line)["note"]))
        except (ValueError, KeyError, TypeError):
            continue
    if not notes:
        raise NoteInvalid(f"{file} has none")
    return notes


def _document(report: "Report") -> dict[str, object]:
    finding = report.finding
    return {
        "ok": report.ok,
        "finding": None
        if finding is None
        else {
            "kind": finding.kind,
            "position": finding.position,
            "last_position": finding.last_position,
            "sentence": finding.sentence,
        },
        "account_id": report.account_id,
        "events": report.events,
        "streams": report.streams,
        "blocks": report.blocks,
        "to_position": report.to_position,
        "sealed_at": report.sealed_at.isoformat() if report.sealed_at else None,
        "key": report.key,
        "checkpoints_compared": report.outside,
        "trust": report.trust,
    }


def _text(report: "Report", name: str) -> str:
    finding = report.finding
    trust = f"  trust: {report.trust}"
    if finding is not None:
        place = f"position {finding.position:,}"
        if finding.last_position is not None:
            place = f"positions {finding.position:,} to {finding.last_position:,}"
        return (
            f"BAD  {name}: {finding.kind} at {place}\n"
            f"  why:   {finding.sentence}\n"
            f"  good:  {report.events:,} events before it\n{trust}"
        )
    what = "the whole log" if report.account_id is None else f"account {report.account_id}"
    sealed = f", sealed {report.sealed_at:%Y-%m-%d %H:%M:%S} UTC" if report.sealed_at else ""
    lines = [
        f"OK  {name}: {what}, {report.events:,} events in {report.streams:,} streams, "
        f"{report.blocks:,} blocks to position {report.to_position:,}{sealed}",
        f"  key:   {report.key or 'none'}",
        trust,
    ]
    if report.account_id is not None:
        lines.append("  note:  one account's export cannot show that a whole stream is absent")
    return "\n".join(lines)


VERIFY = Verb(
    name="verify",
    summary="Verify an export offline: nothing changed, missing, inserted or reordered.",
    examples=EXAMPLES,
    add_arguments=add_arguments,
    run=run,
)
