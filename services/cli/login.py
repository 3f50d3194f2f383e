"""`chronoplane login`: an installation gets a name here, and a token that was seen to work."""

import argparse
import getpass
import io
import json
import os
import platform
import sys
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from services.cli import cells, contexts, options, server
from services.cli.output import Output
from services.cli.refused import Refused
from services.cli.server import ANSWER_SECONDS, Server
from services.cli.verb import Exit, Verb

KEY_DAYS = 90
TOKEN_LENGTH_MAX = 4096

EXAMPLES = """\
  chronoplane login --context production --url https://chronoplane.example --confirm
  chronoplane login --url http://127.0.0.1:8080 < token
  chronoplane login --url https://chronoplane.example --handle ana

It asks for an API key's token, or takes it from stdin or --token-file. With --handle it asks for
the password instead, and has a key of 90 days issued for this machine. Nothing is kept where the
installation does not take it."""


def _arguments(parser: argparse.ArgumentParser) -> None:
    server.add_arguments(parser)
    parser.add_argument("--handle", metavar="HANDLE", help="sign in by password, as this user")
    parser.add_argument("--project", metavar="HANDLE", help="meant where none is said")
    writes = parser.add_mutually_exclusive_group()
    writes.add_argument("--read-only", action="store_true", help="refuse what writes")
    writes.add_argument("--confirm", action="store_true", help="have its name typed before a write")
    # The name is made here, not looked up.
    parser.set_defaults(makes_context=True)


def _run(chosen: argparse.Namespace, output: Output) -> Exit:
    name = options.checked(contexts.checked_name, chosen.context or "default")
    book = contexts.read()
    known = book.contexts.get(name)
    url = chosen.url or os.environ.get("CHRONOPLANE_URL") or (known.url if known else None)
    if url is None:
        raise Refused(
            "it is not said where",
            next_step="--url https://chronoplane.example",
            exit_=Exit.USAGE,
        )
    asking = Server(url=url.rstrip("/"), token="")
    token = _issued(asking, chosen.handle) if chosen.handle else _given(chosen)
    caller = replace(asking, token=token).get("/ops/v1/whoami").document
    context = contexts.Context(
        name=name,
        url=asking.url,
        project=chosen.project or (known.project if known else contexts.PROJECT_DEFAULT),
        read_only=chosen.read_only,
        confirm=chosen.confirm,
    )
    contexts.write_private(context.token_file, token + "\n")
    contexts.write(book.with_(context))
    who = cells.text(caller["handle"] or caller["name"]).text
    shown = {**contexts.shown(context, name), "caller": caller}
    output.document(shown, f"{name} is {context.url}, and you are {who}; it is meant from now on")
    return Exit.DONE


def _given(chosen: argparse.Namespace) -> str:
    if chosen.token_file is not None or os.environ.get("CHRONOPLANE_TOKEN"):
        return server.token_of(chosen.token_file)
    token = _secret("token: ")
    if not token or not token.isascii() or not token.isprintable() or " " in token:
        raise Refused(
            "that is no token",
            next_step="chronoplane keys issue NAME prints one, where you are signed in already;"
            " --handle HANDLE signs in by password",
            exit_=Exit.USAGE,
        )
    return token


def _secret(prompt: str) -> str:
    """Typed unseen; a pipe's first line where nobody types."""
    if not sys.stdin.isatty():
        return sys.stdin.readline(TOKEN_LENGTH_MAX).strip()
    try:
        return getpass.getpass(prompt).strip()
    except EOFError:
        return ""


def _issued(asking: Server, handle: str) -> str:
    """A key of this machine's own, so that the password is kept nowhere and it can be ended."""
    body = {"handle": handle, "password": _secret(f"password of {handle}: ")}
    cookie = _sent(asking, "/ops/v1/sessions", body, {})["cookie"]
    parts = urlsplit(asking.url)
    headers = {"Cookie": cookie, "Origin": f"{parts.scheme}://{parts.netloc}"}
    given = {"name": f"command on {platform.node() or 'a machine'}"[:60]}
    try:
        key = _sent(asking, "/ops/v1/api-keys", {**given, "expires_in_days": KEY_DAYS}, headers)[
            "document"
        ]
    finally:
        with asking.asked(
            "DELETE", "/ops/v1/sessions/current", headers=headers, seconds=ANSWER_SECONDS
        ) as answer:
            answer.read()
    return str(key["token"])


def _sent(
    asking: Server, path: str, body: Mapping[str, object], headers: Mapping[str, str]
) -> dict[str, Any]:
    raw = json.dumps(body).encode()
    with asking.asked(
        "POST",
        path,
        headers={"Content-Type": "application/json", **headers},
        body=io.BytesIO(raw),
        length=len(raw),
        seconds=ANSWER_SECONDS,
    ) as answer:
        cookie = (answer.headers.get("Set-Cookie") or "").partition(";")[0]
        return {"document": json.loads(answer.read()), "cookie": cookie}


LOGIN = Verb(
    name="login",
    summary="Sign in to an installation, under a name of yours.",
    examples=EXAMPLES,
    add_arguments=_arguments,
    run=_run,
)
