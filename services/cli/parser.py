"""The command line of all verbs, made out of the registry."""

import argparse
import difflib
import re
from collections.abc import Sequence
from typing import Any, NoReturn

from services.cli.verb import Verb
from shared.kernel.visible import visible

_UNKNOWN = re.compile(r"argument (?:VERB|ACTION): invalid choice: '(?P<word>[^']*)'(?P<known>.*)")

EPILOG = """\
exit codes: 0 done, 1 refused or failed, 2 wrong usage, 3 not found, 4 not signed in or not
allowed, 5 changes found (with --exit-code), 6 time-out while the work goes on, 7 nobody answers,
8 an export that does not verify, 130 interrupted

settings: CHRONOPLANE_CONTEXT, or CHRONOPLANE_URL and CHRONOPLANE_TOKEN, else the context in use
(chronoplane login), else the stack of CHRONOPLANE_DATA_DIR and CHRONOPLANE_GATEWAY_PORT;
CHRONOPLANE_PROJECT; NO_COLOR

  chronoplane services
  chronoplane deploy hello --repo examples/hello
  chronoplane history hello --since -30m"""


class Parser(argparse.ArgumentParser):
    """Says what to do next, too; the words of all verbs are too many to be read."""

    def error(self, message: str) -> NoReturn:
        next_step = f"{self.prog} --help"
        if (found := _UNKNOWN.search(message)) is not None:
            known = re.findall(r"'([^']+)'", found["known"])
            near = difflib.get_close_matches(found["word"], known, n=3)
            message = f"there is no {found['word']!r}"
            next_step = f"{', '.join(near)}? {next_step} shows all" if near else next_step
        self.exit(2, f"error: {visible(message)}\n  next: {next_step}\n")


def parser_of(verbs: Sequence[Verb]) -> argparse.ArgumentParser:
    top = Parser(
        prog="chronoplane",
        description="Ask and command a Chronoplane.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    _add(top.add_subparsers(dest="verb", required=True, metavar="VERB"), verbs)
    return top


def with_default_actions(verbs: Sequence[Verb], given: Sequence[str]) -> list[str]:
    """`chronoplane services` means its first action; so do options alone."""
    actions = next((verb.actions for verb in verbs if given and verb.name == given[0]), ())
    has_none = len(given) < 2 or (given[1].startswith("-") and given[1] not in ("-h", "--help"))
    if actions and has_none:
        return [given[0], actions[0].name, *given[1:]]
    return list(given)


def _add(into: Any, verbs: Sequence[Verb]) -> None:
    for verb in verbs:
        sub = into.add_parser(
            verb.name,
            help=verb.summary,
            description=f"{verb.summary}\n\n{verb.examples}".rstrip(),
            formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,
        )
        if verb.actions:
            _add(sub.add_subparsers(dest="action", required=True, metavar="ACTION"), verb.actions)
            continue
        sub.add_argument("--json", action="store_true", help="answer in JSON")
        sub.add_argument(
            "--fields",
            metavar="NAMES",
            help="only these of the JSON; --json=NAMES too",
        )
        sub.add_argument("--quiet", action="store_true", help="only the answer, and errors")
        sub.add_argument("--no-color", action="store_true", help="as NO_COLOR does")
        verb.add_arguments(sub)
        sub.set_defaults(run=verb.run)
