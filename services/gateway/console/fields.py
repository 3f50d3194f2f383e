"""The table of a thing's fields: the value at the moment, today's beside it, and who set it."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, Final

from shared.kernel.visible import pointer_words, value_text
from shared.queries.audit import BlameLine

# Groups in the order people look for them; what has a table of its own on the page is left out.
GROUPS: Final = (
    ("workload", "Workload"),
    ("registration", "Registration"),
    ("conversation", "Conversation"),
    ("participation", "Participation"),
)
LEFT_OUT: Final = ("replicas", "deployment", "serving", "service_id", "project_id")
# A secret is a reference and a keyed digest: two leaves of one field, and none of its value.
_PARTS_OF_SECRETS: Final = ("secret_id", "mac", "erased")
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
    unset: tuple[str, ...]  # empty then as today: one line for all
    gone: tuple[str, ...]  # set today, absent then


def groups_of(lines: Iterable[BlameLine], today: Iterable[BlameLine] | None) -> tuple[Group, ...]:
    """`today` None: the page is of now, nothing is compared."""
    now = None if today is None else {line.path: line.value for line in _shown(today)}
    shown = _shown(lines)
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
    every = [_field(line, name, now) for line in lines if _group_of(line.path) == name]
    fields = tuple(field for field in every if not _is_unset(field))
    unset = tuple(field.name for field in every if _is_unset(field))
    missing = tuple(_short(path, name) for path in gone if _group_of(path) == name)
    if not (fields or missing):
        return None
    return Group(name=title, fields=fields, unset=unset, gone=missing)


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


def _is_unset(field: Field) -> bool:
    return field.line.value in (None, "", [], {}) and not field.differs


def _shown(lines: Iterable[BlameLine]) -> list[BlameLine]:
    """Each field once; a secret as one, set by whoever changed any part of it last."""
    kept: dict[str, BlameLine] = {}
    for line in lines:
        if not _is_shown(line):
            continue
        above, _, last = line.path.rpartition("/")
        if last not in _PARTS_OF_SECRETS or above.count("/") < 2:
            kept[line.path] = line
            continue
        held = kept.get(above)
        parts = {**(held.value if held else {}), last: line.value}
        newest = line if held is None or line.position > held.position else held
        kept[above] = replace(newest, path=above, value=parts)
    return list(kept.values())


def _is_shown(line: BlameLine) -> bool:
    root = line.path.split("/", 2)[1]
    if root in LEFT_OUT:
        return False
    # A facet that the service does not have.
    return not (line.value is None and line.path.count("/") == 1)
