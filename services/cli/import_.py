"""`chronoplane import FILE`: an export becomes history here, all of it or nothing."""

import argparse
import json
from pathlib import Path
from urllib.parse import quote, urlencode

from services.cli import server
from services.cli.output import Output
from services.cli.refused import Refused
from services.cli.verb import Exit, Verb
from services.cli.verify import verified_key

ANSWER_SECONDS = 1900.0

EXAMPLES = """\
  chronoplane import acme.ndjson --key checkpoint.pub
  chronoplane import everything.ndjson --no-deploy --reason "moving to the new machine"

It takes the token of the installation's admin. Nothing may be here that the file brings: where it
holds the first installation's own names, start this one with others, in an empty data folder:

  CHRONOPLANE_ADMIN_HANDLE=importer CHRONOPLANE_DEFAULT_ORGANIZATION=none make run

Secrets, passwords and keys do not travel: set them anew (a copied keys/installation lets API keys
live on). Without --key it shows accidents, not fraud: import only what you trust."""

_NEXT = {
    "stream_taken": "it is here already: GET /ops/v1/imports lists what was taken in",
    "claim_taken": "start an installation in an empty data folder with other first names:"
    " CHRONOPLANE_ADMIN_HANDLE=importer CHRONOPLANE_DEFAULT_ORGANIZATION=none make run",
    "times_mix": "import into an installation with an empty data folder, before it is worked with",
    "future": "set this machine's clock",
    "incomplete": "send it again",
    "given_up": "send it again",
    "unsigned": "give the public key of the installation that made it (its keys/checkpoint.pub)",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    server.add_arguments(parser)
    parser.add_argument("file", type=Path, metavar="FILE", help="an export (NDJSON)")
    parser.add_argument(
        "--key", type=Path, metavar="FILE", help="the public key that must have signed it"
    )
    parser.add_argument(
        "--no-deploy",
        action="store_true",
        help="its workloads rest until they are changed here; else what is wanted is started",
    )
    parser.add_argument("--reason", help="why; it is kept with the import")
    parser.set_defaults(writes=True)


def run(chosen: argparse.Namespace, output: Output) -> Exit:
    from shared.proof.checkpoint import KeyInvalid

    try:
        key = verified_key(chosen.key)
        return _sent(chosen, output, None if key is None else key.text())
    except Refused as refused:
        refused.next_step = _NEXT.get(refused.code, refused.next_step)
        return refused.told(output)
    except FileNotFoundError as error:
        output.error(f"{error.filename} is not there")
        return Exit.NOT_FOUND
    except KeyInvalid as error:
        output.error(f"{chosen.key} holds no public key", why=str(error))
        return Exit.USAGE
    except OSError as error:
        output.error(f"{chosen.file} cannot be read: {error.strerror or error}")
        return Exit.FAILED


def _sent(chosen: argparse.Namespace, output: Output, key: str | None) -> Exit:
    query = {"deploy": "false" if chosen.no_deploy else "true"}
    if key is not None:
        query["key"] = key
    headers = {"Content-Type": "application/x-ndjson"}
    if chosen.reason:
        headers["X-Reason"] = quote(chosen.reason)
    with chosen.file.open("rb") as file:
        length = chosen.file.stat().st_size
        output.progress(f"sending {length:,} bytes")
        with server.Server.of(chosen).asked(
            "POST",
            f"/ops/v1/import?{urlencode(query)}",
            headers=headers,
            body=file,
            length=length,
            seconds=ANSWER_SECONDS,
        ) as answer:
            document = json.loads(answer.read())
    output.document(document, _text(document))
    return Exit.DONE if document["state"] == "done" else Exit.FAILED


def _text(document: dict[str, object]) -> str:
    if document["state"] != "done":
        return f"still {document['state']}: GET /ops/v1/imports/{document['id']} tells how it ends"
    account = document["of_account"]
    return (
        f"{'the whole log' if account is None else f'account {account}'}:"
        f" {document['events']:,} events in {document['streams']:,} streams, here at positions"
        f" {document['first_position']:,} to {document['last_position']:,}\n"
        f"  trust: {document['trust']}"
    )


IMPORT = Verb(
    name="import",
    summary="Take an export of another installation into this one, with its history as it was.",
    examples=EXAMPLES,
    add_arguments=add_arguments,
    run=run,
)
