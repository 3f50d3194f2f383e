"""`chronoplane up`: the whole stack of this checkout in the foreground, as `make run` starts it."""

import argparse
import os
import sys
from pathlib import Path

from services.cli.output import Output
from services.cli.verb import Exit, Verb

ROOT = Path(__file__).resolve().parents[2]

EXAMPLES = """\
  chronoplane up
  CHRONOPLANE_DATA_DIR=/srv/chronoplane CHRONOPLANE_GATEWAY_PORT=9000 chronoplane up

Everything is kept in CHRONOPLANE_DATA_DIR (.chronoplane); Ctrl-C stops in order. `make settings`
lists what can be set."""


def run(_chosen: argparse.Namespace, output: Output) -> Exit:
    """In our place, so that signals and the exit code are the supervisor's own."""
    path = os.pathsep.join(part for part in (str(ROOT), os.environ.get("PYTHONPATH")) if part)
    try:
        os.execve(  # noqa: S606  # a list of our own; a shell would only stand between
            sys.executable,
            [sys.executable, "-m", "deploy.local", "up"],
            {**os.environ, "PYTHONPATH": path},
        )
    except OSError as error:
        output.error("the stack cannot be started", why=str(error), next_step="make install")
        return Exit.FAILED


UP = Verb(
    name="up",
    summary="Start the whole stack here; Ctrl-C stops it.",
    examples=EXAMPLES,
    run=run,
)
