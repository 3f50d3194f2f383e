"""`python -m services.cli VERB ...`: finds the verb and runs it."""

import argparse
import sys
from collections.abc import Sequence

from services.cli.export import EXPORT
from services.cli.import_ import IMPORT
from services.cli.verb import Exit, Output, Verb
from services.cli.verify import VERIFY

# One line per verb.
VERBS: tuple[Verb, ...] = (EXPORT, IMPORT, VERIFY)


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(
        prog="chronoplane", description="Ask and command a Chronoplane.", allow_abbrev=False
    )
    verbs = top.add_subparsers(dest="verb", required=True, metavar="VERB")
    for verb in VERBS:
        sub = verbs.add_parser(
            verb.name,
            help=verb.summary,
            description=f"{verb.summary}\n\n{verb.examples}",
            formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,
        )
        sub.add_argument("--json", action="store_true", help="answer in JSON")
        verb.add_arguments(sub)
        sub.set_defaults(run=verb.run)
    return top


def main(arguments: Sequence[str] | None = None) -> int:
    chosen = parser().parse_args(arguments)
    try:
        return int(chosen.run(chosen, Output.of_terminal(is_json=chosen.json)))
    except KeyboardInterrupt:
        return Exit.INTERRUPTED


if __name__ == "__main__":
    sys.exit(main())
