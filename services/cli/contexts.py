"""Contexts: installations by name, so that a command says where it goes once and not each time.

They lie in `config.toml` of the user's config folder, their tokens beside it in files of their own;
nobody else may read either. Flags go over the environment, the environment over the file."""

import argparse
import json
import os
import re
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from services.cli.output import Output
from services.cli.refused import Refused
from services.cli.verb import Exit

LOCAL = "local"  # No context: the stack of this machine.
PROJECT_DEFAULT = "default"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,39}\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """`read_only` refuses what writes; `confirm` has its name typed before it."""

    name: str
    url: str
    project: str = PROJECT_DEFAULT
    read_only: bool = False
    confirm: bool = False

    @property
    def token_file(self) -> Path:
        return folder() / "tokens" / self.name


@dataclass(frozen=True, slots=True, kw_only=True)
class Book:
    current: str = LOCAL
    contexts: dict[str, Context] = field(default_factory=dict)

    def named(self, name: str) -> Context:
        if name not in self.contexts:
            known = ", ".join(self.contexts) or "none"
            raise Refused(
                f"there is no context {name}",
                why=f"known are: {known}",
                next_step=f"chronoplane login --context {name} --url URL",
                exit_=Exit.NOT_FOUND,
            )
        return self.contexts[name]

    def chosen(self, name: str | None) -> Context | None:
        name = name or self.current
        return None if name == LOCAL else self.named(name)

    def with_(self, context: Context) -> "Book":
        return replace(
            self, current=context.name, contexts={**self.contexts, context.name: context}
        )

    def without(self, name: str) -> "Book":
        left = {key: one for key, one in self.contexts.items() if key != name}
        return replace(self, current=LOCAL if self.current == name else self.current, contexts=left)


def folder() -> Path:
    above = os.environ.get("XDG_CONFIG_HOME")
    return (Path(above) if above else Path.home() / ".config") / "chronoplane"


def checked_name(text: str) -> str:
    if not _NAME.match(text) or text == LOCAL:
        raise argparse.ArgumentTypeError(
            f"{text!r} must be 1 to 40 letters, digits, '-', '_' and '.', and not {LOCAL!r}"
        )
    return text


def read() -> Book:
    file = folder() / "config.toml"
    if not file.exists():
        return Book()
    import tomllib  # As costly as all the rest of this file, and most have no such file.

    try:
        found = tomllib.loads(file.read_text("utf-8"))
        contexts = {name: Context(name=name, **one) for name, one in found["contexts"].items()}
        return Book(current=found.get("current", LOCAL), contexts=contexts)
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise Refused(
            f"{file} cannot be read",
            why=str(error) or type(error).__name__,
            next_step="put it right, or remove it and sign in again: chronoplane login",
            exit_=Exit.USAGE,
        ) from error


def write(book: Book) -> None:
    lines = [f"current = {json.dumps(book.current)}", "", "[contexts]"]
    for one in book.contexts.values():
        lines += ["", f"[contexts.{json.dumps(one.name)}]"]
        for name in ("url", "project", "read_only", "confirm"):
            lines.append(f"{name} = {json.dumps(getattr(one, name), ensure_ascii=False)}")
    write_private(folder() / "config.toml", "\n".join(lines) + "\n")


def write_private(file: Path, text: str) -> None:
    """Whole or not at all, and never readable by others, not for a moment."""
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        beside = file.with_name(f"{file.name}.{os.getpid()}")
        with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as into:
            into.write(text)
        beside.replace(file)
    except OSError as error:
        raise Refused(f"{file} cannot be written", why=str(error)) from error


def fill(chosen: argparse.Namespace) -> Context | None:
    """Sets what was not said on the command line; the context that is used, or None. One whose URL
    is not used gives nothing else either: its token belongs to it alone."""
    context = None
    if hasattr(chosen, "url"):
        if chosen.url is not None and chosen.context is not None:
            raise Refused("--url and --context name two installations", exit_=Exit.USAGE)
        named = chosen.context or os.environ.get("CHRONOPLANE_CONTEXT")
        is_elsewhere = chosen.url is not None or (
            chosen.context is None
            and any(os.environ.get(f"CHRONOPLANE_{one}") for one in ("URL", "GATEWAY_PORT"))
        )
        context = None if is_elsewhere else read().chosen(named)
    if context is not None:
        chosen.url = context.url
        # Said together with the context, the token of the environment is still another's.
        is_said = chosen.context is None and os.environ.get("CHRONOPLANE_TOKEN")
        if chosen.token_file is None and not is_said:
            chosen.token_file = context.token_file
    of_context = PROJECT_DEFAULT if context is None else context.project
    chosen.own_project = os.environ.get("CHRONOPLANE_PROJECT") or of_context
    if getattr(chosen, "needs_project", False) and chosen.project is None:
        chosen.project = chosen.own_project
    return context


def check_write(context: Context, chosen: argparse.Namespace, output: Output) -> None:
    """Before a verb that writes is run at all."""
    if not getattr(chosen, "writes", False) or getattr(chosen, "plan", False):
        return
    if context.read_only:
        raise Refused(
            f"context {context.name} is for reading only",
            next_step=f"chronoplane context set {context.name} --writable, or another --context",
            exit_=Exit.NOT_ALLOWED,
        )
    # Who names it in the command has typed its name.
    if not context.confirm or chosen.context == context.name:
        return
    typed = output.asked(f"This changes {context.name} ({context.url}). Type its name to go on:")
    if typed != context.name:
        raise Refused(
            "nothing was done",
            why=f"context {context.name} wants its name typed before a change",
            next_step=f"type it, or say --context {context.name}",
        )


def shown(context: Context, current: str) -> dict[str, Any]:
    return {
        "name": context.name,
        "url": context.url,
        "project": context.project,
        "read_only": context.read_only,
        "confirm": context.confirm,
        "current": context.name == current,
    }
