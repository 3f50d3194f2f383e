"""`chronoplane version`: of this command, and of the Python that runs it."""

import argparse
import platform
from pathlib import Path

from services.cli.output import Output
from services.cli.verb import Exit, Verb

ROOT = Path(__file__).resolve().parents[2]


def own() -> str:
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    return str(project["version"])


def _run(_chosen: argparse.Namespace, output: Output) -> Exit:
    document = {"version": own(), "python": platform.python_version()}
    output.document(document, f"chronoplane {document['version']}, Python {document['python']}")
    return Exit.DONE


VERSION = Verb(name="version", summary="The version of this command.", run=_run)
