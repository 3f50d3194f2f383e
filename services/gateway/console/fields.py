"""The table of a thing's fields: the value at the moment, today's beside it, and who set it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from services.gateway.console.words import pointer_words, value_text
from shared.queries.audit import BlameLine

# Groups in the order people look for them; what has a table of its own on the page is left out.
GROUPS: Final = (
    ("workload", "Workload"),
    ("registration", "Registration"),
    ("conversation", "Conversation"),
    ("participation", "Participation"),
    ("deployment", "Rollout"),
)
LEFT_OUT: Final = ("replicas", "service_id", "project_id")
GENERAL: Final = "General"


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """`differs`: today's value is another, or is gone (`today` None)."""

    path: str
    name: str
    text: str
    today: str | None
    differs: bool
    line: BlameLine


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    name: str
    fields: tuple[Field, ...]
    gone: tuple[str, ...]  # set today, absent then


def groups_of(lines: Iterable[BlameLine], today: Iterable[BlameLine] | None) -> tuple[Group, ...]:
    """`today` None: the page is of now, nothing is compared."""
    now = None if today is None else {line.path: line.value for line in today if _is_shown(line)}
    shown = [line for line in lines if _is_shown(line)]
    then = {line.path for line in shown}
    gone = [path for path in now or {} if path not in then]
    return tuple(
        group
        for name, title in (("", GENERAL), *GROUPS)
        if (group := _group(title, name, shown, now, gone)) is not None
    )


def _group(
    title: str, name: str, lines: list[BlameLine], now: dict[str, Any] | None, gone: list[str]
) -> Group | None:
    fields = tuple(_field(line, name, now) for line in lines if _group_of(line.path) == name)
    missing = tuple(_short(path, name) for path in gone if _group_of(path) == name)
    return Group(name=title, fields=fields, gone=missing) if fields or missing else None


def _field(line: BlameLine, group: str, now: dict[str, Any] | None) -> Field:
    differs = now is not None and (line.path not in now or now[line.path] != line.value)
    today = value_text(now[line.path]) if now is not None and line.path in now else None
    return Field(
        path=line.path,
        name=_short(line.path, group),
        text=value_text(line.value),
        today=today,
        differs=differs,
        line=line,
    )


def _short(path: str, group: str) -> str:
    return pointer_words(path.removeprefix(f"/{group}") if group else path)


def _group_of(path: str) -> str:
    root = path.split("/", 2)[1]
    return root if any(root == name for name, _ in GROUPS) else ""


def _is_shown(line: BlameLine) -> bool:
    root = line.path.split("/", 2)[1]
    if root in LEFT_OUT:
        return False
    # A facet that the service does not have.
    return not (line.value is None and line.path.count("/") == 1)
