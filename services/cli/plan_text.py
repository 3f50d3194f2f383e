"""A plan as people and programs read it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from services.cli import cells
from services.cli.output import Output
from services.cli.wanted import Change, Step
from shared.kernel.visible import visible, who

_SIGNS = {
    "add": ("+", "ok", "new"),
    "change": ("~", "warn", "change"),
    "replace": ("±", "bad", "delete and make anew"),
    "remove": ("-", "bad", "delete"),
    "refused": ("!", "bad", "cannot change in place"),
    "same": (" ", "off", "unchanged"),
}
By = Mapping[str, Mapping[str, Mapping[str, Any]]]


def plan_lines(
    project: str, steps: Sequence[Step], position: int | None, last_set: By, output: Output
) -> list[str]:
    counts = Counter[str](step.kind for step in steps)
    counted = ", ".join(
        f"{counts[kind]} {word}"
        for kind, word in (
            ("add", "add"), ("change", "change"), ("replace", "replace"), ("remove", "remove"),
            ("refused", "refused"), ("same", "unchanged"),
        )
        if counts[kind]
    )  # fmt: skip
    at = "" if position is None else f" at position {position:,}"
    lines = [f"Plan{at} for {visible(project)}: {counted or 'nothing'}"]
    for step in steps:
        if step.kind != "same":
            lines += step_lines(step, last_set.get(step.name, {}), output)
    return lines


def step_lines(step: Step, last_set: Mapping[str, Mapping[str, Any]], output: Output) -> list[str]:
    sign, tone, word = _SIGNS[step.kind]
    if step.kind == "change" and step.rolls:
        word = "rollout: replicas are replaced one by one"
    lines = [
        f"  {output.painted(sign, tone)} {output.painted(visible(step.name), 'strong')}  {word}"
    ]
    for change in step.changes:
        lines.append(f"      {change.field:18} {visible(change.words)}{_last(change, last_set)}")
    return lines


def _last(change: Change, last_set: Mapping[str, Mapping[str, Any]]) -> str:
    """Whose value it is that goes."""
    event = last_set.get(change.field)
    if event is None:
        return ""
    name = visible(who(str(event["actor"]), str(event["actor_name"])))
    reason = f', "{visible(str(event["reason"]))}"' if event["reason"] else ""
    return f"   (set by {name} {cells.when(str(event['at'])).text}{reason})"


def document_of(project: str, steps: Sequence[Step], position: int | None) -> dict[str, Any]:
    return {
        "project": project,
        "position": position,
        "steps": [
            {
                "kind": step.kind,
                "name": step.name,
                "restarts": step.rolls,
                "changes": [{"field": one.field, "words": one.words} for one in step.changes],
            }
            for step in steps
        ],
    }
