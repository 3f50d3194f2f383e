"""Executions and revisions as JSON documents, step by step (states.py)."""

from collections.abc import Callable
from typing import Any

Json = dict[str, Any]
Step = Callable[[Json, Json], Json]


def _restricted(state: Json, data: Json) -> Json:
    return {**state, "restricted_revision_id": data["revision_id"]}


def _requested(kind: str) -> Step:
    def step(state: Json, data: Json) -> Json:
        return {**data, "kind": kind, "stage": "queued", "tags": {}, "goals": []}

    return step


def _advanced(state: Json, data: Json) -> Json:
    commit = {"commit": data["commit"]} if data["commit"] else {}
    return {**state, "stage": data["stage"], **commit}


def _concluded(state: Json, data: Json) -> Json:
    told = {k: v for k, v in data.items() if k not in ("execution_id", "project_id", "log_tail")}
    return {**state, **told, "stats": dict(data["stats"])}


def _stopping(state: Json, data: Json) -> Json:
    return {**state, "is_stopping": True}


def _tagged(state: Json, data: Json) -> Json:
    return {**state, "tags": {**state.get("tags", {}), data["tag_id"]: data["name"]}}


def _untagged(state: Json, data: Json) -> Json:
    left = {k: v for k, v in state.get("tags", {}).items() if k != data["tag_id"]}
    return {**state, "tags": left}


def _linked(state: Json, data: Json) -> Json:
    return {**state, "goals": [*state.get("goals", []), data["goal_id"]]}


def _unlinked(state: Json, data: Json) -> Json:
    return {**state, "goals": [g for g in state.get("goals", []) if g != data["goal_id"]]}


def _archived(state: Json, data: Json) -> Json:
    return {**state, "is_archived": data["is_archived"]}


EXECUTION_STEPS: dict[str, Step] = {
    "environment.revision_restricted": _restricted,
    "execution.job_requested": _requested("job"),
    "execution.build_requested": _requested("build"),
    "execution.advanced": _advanced,
    "execution.concluded": _concluded,
    "execution.stop_requested": _stopping,
    "execution.tag_added": _tagged,
    "execution.tag_removed": _untagged,
    "execution.goal_linked": _linked,
    "execution.goal_unlinked": _unlinked,
    "execution.archived": _archived,
}
