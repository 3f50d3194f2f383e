"""What changed between two documents, as a JSON Patch; and who is to blame for each field."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from services.query.views.audit.states import Json

_MISSING = object()


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """RFC 6902 but for `before`, which a reader wants to see too."""

    op: str
    path: str
    before: Any
    after: Any


def operations(before: Any, after: Any, path: str = "") -> Iterator[Operation]:
    """Objects are gone into; anything else is replaced as a whole."""
    if before is after:
        return
    if isinstance(before, dict) and isinstance(after, dict):
        for name, old in before.items():
            # Most is shared, and a path that nobody needs costs more than the look.
            if (new := after.get(name, _MISSING)) is not old:
                yield from _member(f"{path}/{escaped(name)}", old, new)
        for name, new in after.items():
            if name not in before:
                yield Operation(op="add", path=f"{path}/{escaped(name)}", before=None, after=new)
    elif before != after or type(before) is not type(after):
        yield Operation(op="replace", path=path, before=before, after=after)


def _member(path: str, old: Any, new: Any) -> Iterator[Operation]:
    if new is _MISSING:
        yield Operation(op="remove", path=path, before=old, after=None)
    else:
        yield from operations(old, new, path)


def escaped(name: str) -> str:
    if "~" not in name and "/" not in name:
        return name
    return name.replace("~", "~0").replace("/", "~1")


def leaves(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    """Objects that hold something are gone into, so that each field has one line."""
    if isinstance(value, dict) and value:
        for name, inner in value.items():
            yield from leaves(inner, f"{path}/{escaped(name)}")
    else:
        yield path, value


def under(path: str, above: str) -> bool:
    return path == above or path.startswith(f"{above}/")


@dataclass(slots=True)
class Blame:
    """For each field the number of the event that gave it its value."""

    by_path: dict[str, int] = field(default_factory=dict)
    _roots: dict[str, set[str]] = field(default_factory=dict)

    def note(self, operation: Operation, number: int) -> None:
        self._drop(operation.path)
        if operation.op != "remove":
            for path, _ in leaves(operation.after, operation.path):
                self.by_path[path] = number
                self._roots.setdefault(_root(path), set()).add(path)

    def _drop(self, above: str) -> None:
        paths = self._roots.get(_root(above), set())
        for path in [path for path in paths if under(path, above) or under(above, path)]:
            paths.discard(path)
            del self.by_path[path]


def _root(path: str) -> str:
    """Of a replica its own: they are many."""
    return (
        "/".join(path.split("/", 3)[:3]) if path.startswith("/replicas/") else path.split("/", 2)[1]
    )


def at_path(state: Json, pointer: str) -> Any:
    value: Any = state
    for part in pointer.split("/")[1:]:
        value = value[part.replace("~1", "/").replace("~0", "~")]
    return value
