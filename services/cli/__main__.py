"""`python -m services.cli VERB ...`: finds the verb and runs it."""

import argparse
import os
import re
import sys
from collections.abc import Sequence

from services.cli import contexts
from services.cli.output import Output
from services.cli.parser import parser_of, with_default_actions
from services.cli.refused import Refused
from services.cli.registry import VERBS
from services.cli.verb import Exit
from services.cli.watch import watched

_AGO = re.compile(r"-[0-9]+[smhdw]\Z")


def main(arguments: Sequence[str] | None = None) -> int:
    given = list(sys.argv[1:] if arguments is None else arguments)
    chosen = parser_of(VERBS).parse_args(_readable(with_default_actions(VERBS, given)))
    output = _output(chosen)
    try:
        return int(_run(chosen, output))
    except Refused as refused:
        return refused.told(output)
    except KeyboardInterrupt:
        return Exit.INTERRUPTED
    except BrokenPipeError:
        # Whoever read us has seen enough (`| head`). Python would complain again at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return Exit.DONE
    except Exception as error:
        # Nobody at a terminal can do anything with our stack; who wants it asks for it.
        if os.environ.get("CHRONOPLANE_TRACEBACK"):
            raise
        output.error(
            "this is a mistake of the command itself",
            why=f"{type(error).__name__}: {error}"[:300],
            next_step="report it with what CHRONOPLANE_TRACEBACK=1 shows",
        )
        return Exit.FAILED


def _run(chosen: argparse.Namespace, output: Output) -> Exit:
    makes_context = getattr(chosen, "makes_context", False)
    context = None if makes_context else contexts.fill(chosen)
    if context is not None:
        contexts.check_write(context, chosen, output)
    if getattr(chosen, "watch", False):
        return watched(chosen.run, chosen, output)
    return Exit(chosen.run(chosen, output))


def _output(chosen: argparse.Namespace) -> Output:
    fields = tuple(name for name in (chosen.fields or "").split(",") if name)
    return Output.of_terminal(
        is_json=chosen.json or bool(fields),
        fields=fields,
        is_quiet=chosen.quiet,
        is_plain=chosen.no_color,
    )


def _readable(given: list[str]) -> list[str]:
    """argparse takes `-2h` for an option; behind a space it is what it means. And `--json=NAMES` is
    `--json` with a choice: as one option it would swallow the word that follows."""
    words = [f" {word}" if _AGO.match(word) else word for word in given]
    return [re.sub(r"\A--json=", "--fields=", word) for word in words]


if __name__ == "__main__":
    sys.exit(main())
