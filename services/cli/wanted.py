"""What a service is wanted to be, and what has to be done for it: pure.

A field that is not given stays as it is; `env` is given as a whole. What runs by another image or
on another machine is another service: such a field is changed by replacing it, if that is asked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from shared.kernel.names import slug_of

Kind = Literal["add", "change", "replace", "remove", "same", "refused"]

# Every field of Outpost's page, with what it holds. A null means something for one of them.
FIELDS: Mapping[str, type] = {
    "repo": str, "branch": str, "image": str, "command": str, "gpu": str, "gpu_count": int,
    "cpu": int, "memory_gb": int, "min_replicas": int, "max_replicas": int,
    "target_gpu_utilization": int, "port": int, "health_check_path": str, "env": dict,
    "region": str, "custom_domain": str,
}  # fmt: skip
NULLABLE = frozenset({"custom_domain"})
# Changed in place; of these, two put other replicas where the old ones were.
IN_PLACE = frozenset(
    {"min_replicas", "max_replicas", "target_gpu_utilization", "env", "branch", "custom_domain"}
)
ROLLING = frozenset({"env", "branch"})
MASKED = "***"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """`line` is where the file says so; 0 where no file does."""

    name: str
    fields: Mapping[str, Any]
    line: int = 0

    @property
    def slug(self) -> str:
        return slug_of(self.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """`words` say it; a variable's value is in none of them."""

    field: str
    words: str
    restarts: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    kind: Kind
    name: str
    changes: tuple[Change, ...] = ()
    body: Mapping[str, Any] | None = None

    @property
    def rolls(self) -> bool:
        return self.kind in ("add", "replace") or any(one.restarts for one in self.changes)


def step_for(wanted: Wanted, current: Mapping[str, Any] | None, *, may_replace: bool) -> Step:
    if current is None:
        return Step(kind="add", name=wanted.name, changes=_new(wanted), body=_creating(wanted))
    changes = tuple(
        change
        for field, value in wanted.fields.items()
        if (change := _change(field, current.get(field), value)) is not None
    )
    name = str(current["name"])
    if not changes:
        return Step(kind="same", name=name)
    if all(change.field in IN_PLACE for change in changes):
        body = {change.field: wanted.fields[change.field] for change in changes}
        return Step(kind="change", name=name, changes=changes, body=body)
    if may_replace:
        return Step(kind="replace", name=name, changes=changes, body=_creating(wanted))
    return Step(kind="refused", name=name, changes=changes)


def steps_for(
    wanted: Sequence[Wanted],
    current: Mapping[str, Mapping[str, Any]],
    *,
    pruned: Sequence[str] = (),
    may_replace: bool,
) -> list[Step]:
    """`current` by slug; `pruned` are the names that are there and not wanted."""
    steps = [step_for(one, current.get(one.slug), may_replace=may_replace) for one in wanted]
    return [*steps, *(Step(kind="remove", name=name) for name in pruned)]


def _creating(wanted: Wanted) -> dict[str, Any]:
    return {"name": wanted.name, "gpu": "none", **wanted.fields}


def _new(wanted: Wanted) -> tuple[Change, ...]:
    return tuple(
        Change(field=field, words=_words_of_env({}, value) if field == "env" else _text(value))
        for field, value in wanted.fields.items()
        if value not in (None, {})
    )


def _change(field: str, before: Any, after: Any) -> Change | None:
    if field == "env":
        before = before or {}
        if all(before.get(name) in (value, MASKED) for name, value in after.items()) and set(
            before
        ) == set(after):
            return None
        return Change(field=field, words=_words_of_env(before, after), restarts=True)
    if field == "custom_domain" and _host(before) == _host(after):
        return None
    if before == after:
        return None
    words = f"{_text(before)} -> {_text(after)}"
    return Change(field=field, words=words, restarts=field in ROLLING)


def _words_of_env(before: Mapping[str, Any], after: Mapping[str, Any]) -> str:
    parts = [f"+{name}" for name in after if name not in before]
    parts += [f"-{name}" for name in before if name not in after]
    parts += [
        f"{name} (secret, changed)"
        for name, value in after.items()
        if name in before and before[name] not in (value, MASKED)
    ]
    return ", ".join(parts)


def _host(value: Any) -> str:
    return str(value or "").rstrip(".").lower()


def _text(value: Any) -> str:
    return "none" if value is None else str(value)
