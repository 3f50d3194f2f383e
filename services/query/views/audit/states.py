"""The state of a thing as a JSON document, folded from its events one after another.

Every step shares what did not change with the document before (`is` the same object), so that
changes.py finds what an event changed without comparing the whole. Facets are as recorded; lists
of named things become objects, so that a path names one of them."""

from collections.abc import Callable
from typing import Any

from services.query.views.audit.states_of_executions import EXECUTION_STEPS

Json = dict[str, Any]
Step = Callable[[Json, Json], Json]

# A credential's digest is of no use to who reads history, and of some to who attacks it.
_HIDDEN = frozenset({"digest"})


def shown(data: Json) -> Json:
    """An event's data as it may be read."""
    if _HIDDEN.isdisjoint(data):
        return data
    return {name: value for name, value in data.items() if name not in _HIDDEN}


def after(state: Json, type_: str, data: Json) -> Json:
    """An event of a type that changes no state leaves the very same document."""
    step = _STEPS.get(type_)
    return state if step is None else step(state, data)


# -- principals, projects, keys, grants, webhooks


def _born(kind: str | None = None) -> Step:
    def step(state: Json, data: Json) -> Json:
        born = {**shown(data), "lifecycle": "live"}
        if kind is not None:
            born["kind"] = kind
        return born

    return step


def _organization(state: Json, data: Json) -> Json:
    born = {k: v for k, v in data.items() if k != "owner_id"}
    owner = data.get("owner_id")
    members = {owner: "owner"} if owner else {}
    return {**born, "kind": "organization", "lifecycle": "live", "members": members}


def _project(state: Json, data: Json) -> Json:
    return {**data, "lifecycle": "live", "collaborators": {}}


def _shared(state: Json, data: Json) -> Json:
    return {**state, "share": {"token": data["token"]}}


def _unshared(state: Json, data: Json) -> Json:
    return {**state, "share": None}


def _results_branch(state: Json, data: Json) -> Json:
    return {**state, "results_branch": data["branch"]}


def _goal_added(state: Json, data: Json) -> Json:
    told = {k: v for k, v in data.items() if k not in ("project_id", "goal_id")}
    return _goal(state, data, {**told, "is_complete": False})


def _goal_set(state: Json, data: Json) -> Json:
    old = state.get("goals", {}).get(data["goal_id"], {})
    return _goal(state, data, {**old, "is_complete": data["is_complete"]})


def _goal_removed(state: Json, data: Json) -> Json:
    left = {k: v for k, v in state.get("goals", {}).items() if k != data["goal_id"]}
    return {**state, "goals": left}


def _goal(state: Json, data: Json, goal: Json) -> Json:
    return {**state, "goals": {**state.get("goals", {}), data["goal_id"]: goal}}


def _merge(*names: str) -> Step:
    def step(state: Json, data: Json) -> Json:
        return {**state, **{name: data[name] for name in names if name in data}}

    return step


def _ended(word: str) -> Step:
    def step(state: Json, data: Json) -> Json:
        return {**state, "lifecycle": word}

    return step


def _node_detected(state: Json, data: Json) -> Json:
    if state.get("lifecycle") != "live":
        state = {"kind": "detected", "purpose": {}, "lifecycle": "live"}
    return {**state, **data}


def _node_revised(state: Json, data: Json) -> Json:
    changed = _merge("region", "capacity", "purpose")(state, data)
    if not data["purpose"]["is_cordoned"]:
        changed["is_draining"] = False
    return changed


def _node_drained(state: Json, data: Json) -> Json:
    return {**state, "purpose": {**state["purpose"], "is_cordoned": True}, "is_draining": True}


def _role(group: str, who: str) -> Step:
    def step(state: Json, data: Json) -> Json:
        return {**state, group: {**state.get(group, {}), data[who]: data["role"]}}

    return step


def _no_role(group: str, who: str) -> Step:
    def step(state: Json, data: Json) -> Json:
        left = {k: v for k, v in state.get(group, {}).items() if k != data[who]}
        return {**state, group: left}

    return step


# -- services with their deployments and replicas


def _registered(state: Json, data: Json) -> Json:
    return {
        "service_id": data["service_id"],
        "project_id": data["project_id"],
        "lifecycle": "live",
        "revision": 1,
        **_named(data),
        **{facet: _facet(data.get(facet)) for facet in FACETS},
        "deployment": None,
        "serving": None,
        "replicas": {},
    }


FACETS = ("workload", "registration", "conversation", "participation")


def _named(data: Json) -> Json:
    return {
        "name": data["name"],
        "slug": data["slug"],
        "description": data["description"],
        "labels": _pairs(data["labels"]),
    }


def _revised(state: Json, data: Json) -> Json:
    return {**state, **_kept(state, _named(data))}


def _facet_revised(facet: str) -> Step:
    def step(state: Json, data: Json) -> Json:
        new = _facet(data[facet])
        old = state.get(facet)
        merged = {**new, **_kept(old, new)} if old is not None and new is not None else new
        changed = {**state, facet: merged}
        if "revision" in data:
            changed["revision"] = data["revision"]
        return changed

    return step


def _kept(old: Json, new: Json) -> Json:
    """Equal values as the old objects, so that they are seen to be the same."""
    return {k: old[k] if k in old and old[k] == v else v for k, v in new.items()}


def _facet(raw: Json | None) -> Json | None:
    if raw is None:
        return None
    facet = dict(raw)
    if isinstance(facet.get("env"), list):
        facet["env"] = {each["name"]: each["value"] for each in facet["env"]}
    if isinstance(facet.get("tags"), list):
        facet["tags"] = _pairs(facet["tags"])
    return facet


def _pairs(raw: Any) -> Json:
    return dict(raw)


def _rollout_started(state: Json, data: Json) -> Json:
    deployment = {k: v for k, v in data.items() if k != "service_id"}
    return {**state, "deployment": {**deployment, "status": "in_progress"}}


def _rollout(status: str) -> Step:
    def step(state: Json, data: Json) -> Json:
        old = state.get("deployment") or {}
        told = {k: v for k, v in data.items() if k not in ("service_id", "log_tail")}
        changed = {**state, "deployment": {**old, **told, "status": status}}
        if status == "succeeded":
            changed["serving"] = data["deployment_id"]
        return changed

    return step


def _service_removed(state: Json, data: Json) -> Json:
    return {**state, "lifecycle": "removed", "deployment": None, "serving": None}


def _replica_started(state: Json, data: Json) -> Json:
    names = ("deployment_id", "ordinal", "generation", "runtime", "isolated")
    return _replica(state, data, {**{name: data[name] for name in names}, "state": "starting"})


def _replica_is(word: str) -> Step:
    def step(state: Json, data: Json) -> Json:
        old = state.get("replicas", {}).get(data["replica_id"], {})
        told = {"reason": data["reason"]} if "reason" in data else {}
        rest = {k: v for k, v in old.items() if k != "reason"}
        return _replica(state, data, {**rest, "state": word, **told})

    return step


def _replica(state: Json, data: Json, replica: Json) -> Json:
    return {**state, "replicas": {**state.get("replicas", {}), data["replica_id"]: replica}}


def _replica_stopped(state: Json, data: Json) -> Json:
    """What is over is in the history, not in the state."""
    left = {k: v for k, v in state.get("replicas", {}).items() if k != data["replica_id"]}
    return {**state, "replicas": left}


_STEPS: dict[str, Step] = {
    "principal.user_created": _born("user"),
    "principal.organization_created": _organization,
    "principal.service_account_created": _born("service_account"),
    "principal.revised": _merge("name", "email"),
    "principal.password_changed": _merge("password"),
    "principal.member_set": _role("members", "member_id"),
    "principal.member_removed": _no_role("members", "member_id"),
    "principal.removed": _ended("removed"),
    "project.created": _project,
    "project.revised": _merge("name", "description", "archived", "visibility"),
    "project.standing_set": _merge("progress", "is_blocked", "blocked_reason", "completed_message"),
    "project.results_branch_set": _results_branch,
    "project.goal_added": _goal_added,
    "project.goal_set": _goal_set,
    "project.goal_removed": _goal_removed,
    "project.collaborator_set": _role("collaborators", "principal_id"),
    "project.collaborator_removed": _no_role("collaborators", "principal_id"),
    "project.shared": _shared,
    "project.unshared": _unshared,
    "project.removed": _ended("removed"),
    "api_key.issued": _born(),
    "api_key.revoked": _ended("revoked"),
    "grant.given": _born(),
    "grant.revoked": _ended("revoked"),
    "webhook.created": _born(),
    "webhook.revised": _merge("url", "description", "types", "project_id", "is_enabled"),
    "webhook.secret_rotated": _merge("secret"),
    "webhook.removed": _ended("removed"),
    "subscription.created": _born(),
    "subscription.removed": _ended("removed"),
    "git_credential.added": _born(),
    "git_credential.removed": _ended("removed"),
    "service.registered": _registered,
    "service.revised": _revised,
    "service.workload_revised": _facet_revised("workload"),
    "service.registration_revised": _facet_revised("registration"),
    "service.conversation_revised": _facet_revised("conversation"),
    "service.participation_revised": _facet_revised("participation"),
    "service.rollout_started": _rollout_started,
    "service.rollout_sourced": _rollout("in_progress"),
    "service.rollout_succeeded": _rollout("succeeded"),
    "service.rollout_failed": _rollout("failed"),
    "service.removed": _service_removed,
    "hardware_tier.created": _born(),
    "hardware_tier.revised": _merge("tier"),
    "hardware_tier.archived": _ended("archived"),
    "node.declared": _born(),
    "node.detected": _node_detected,
    "node.revised": _node_revised,
    "node.drain_requested": _node_drained,
    "node.removed": _ended("removed"),
    "environment.created": _born(),
    "environment.revision_added": _merge("revision_id", "number", "build_id", "revision"),
    "environment.archived": _ended("archived"),
    **EXECUTION_STEPS,
    "replica.started": _replica_started,
    "replica.became_ready": _replica_is("ready"),
    "replica.became_unready": _replica_is("unready"),
    "replica.drained": _replica_is("draining"),
    "replica.stopped": _replica_stopped,
}
# An event that is not here says something and changes no state: sign-ins, pins, erasures.
FOLDED = frozenset(_STEPS)
