"""`chronoplane erase`: the secrets of an owner become unreadable in all of history, for ever."""

import argparse
from urllib.parse import quote

from services.cli import options
from services.cli.output import Output
from services.cli.refused import Refused
from services.cli.server import Server
from services.cli.verb import Exit, Verb

EXAMPLES = """\
  chronoplane erase 6b06d10300004b7fba39cde1 --plan
  chronoplane erase 6b06d10300004b7fba39cde1 --reason "asked for on 12 Nov"

OWNER is the id of a service, a principal, a project or a webhook. Their key is thrown away: values
of variables and personal names are gone at every moment and from every export and backup that is
read here, and the log still verifies. There is no way back."""


def _arguments(parser: argparse.ArgumentParser) -> None:
    options.writing(parser)
    parser.add_argument("owner", metavar="OWNER", help="its id")
    parser.add_argument("--plan", action="store_true", help="only count what there is")
    parser.add_argument("--yes", action="store_true", help="do not ask")


def _run(chosen: argparse.Namespace, output: Output) -> Exit:
    server = Server.of(chosen)
    path = f"/ops/v1/vault/{quote(chosen.owner, safe='')}"
    found = server.get(path).document
    left = found["secrets"] - found["erased"]
    told = f"{found['kind']} {found['owner']} owns {found['secrets']} secrets, {left} readable"
    if chosen.plan or left == 0:
        output.document(found, told if left else f"{told}: nothing is left to erase")
        return Exit.DONE
    if not chosen.yes:
        output.note(told)
        if output.asked("They cannot be brought back. Type the owner's id to erase them:") != (
            chosen.owner
        ):
            raise Refused("nothing was erased", next_step="type the id, or give --yes")
    done = server.send("DELETE", path).document
    text = f"erased at position {done['position']:,}: {done['erased']} secrets of {done['owner']}"
    output.document(done, text)
    return Exit.DONE


ERASE = Verb(
    name="erase",
    summary="Make the secrets of an owner unreadable in all of history, for ever.",
    examples=EXAMPLES,
    add_arguments=_arguments,
    run=_run,
)
