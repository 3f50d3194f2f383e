"""`python -m services.cli VERB ...`: finds the verb and runs it."""

import os
import re
import sys
from collections.abc import Sequence

from services.cli.output import Output
from services.cli.parser import parser_of, with_default_actions
from services.cli.refused import Refused
from services.cli.registry import VERBS
from services.cli.verb import Exit

_AGO = re.compile(r"-[0-9]+[smhdw]\Z")


def main(arguments: Sequence[str] | None = None) -> int:
    given = list(sys.argv[1:] if arguments is None else arguments)
    chosen = parser_of(VERBS).parse_args(_readable(with_default_actions(VERBS, given)))
    output = Output.of_terminal(is_json=chosen.json)
    try:
        return int(chosen.run(chosen, output))
    except Refused as refused:
        return refused.told(output)
    except KeyboardInterrupt:
        return Exit.INTERRUPTED
    except BrokenPipeError:
        # Whoever read us has seen enough (`| head`). Python would complain again at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return Exit.DONE


def _readable(given: list[str]) -> list[str]:
    """argparse takes `-2h` for an option; behind a space it is what it means."""
    return [f" {word}" if _AGO.match(word) else word for word in given]


if __name__ == "__main__":
    sys.exit(main())
