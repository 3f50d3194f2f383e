"""Which names in paths, queries, headers and bodies of a surface are names of things of the scene.

A name that is not known here stays as it was generated: most of such requests end at a 404."""

from collections.abc import Iterator, Mapping
from typing import Any

from tests.fuzz import workbench

# By the word before a parameter of a path of /ops.
_OPS_WORDS = {
    "organizations": "organization",
    "users": "user",
    "git-credentials": "git_credential",
    "jobs": "job",
    "executions": "job",
    "environments": "environment",
    "hardware-tiers": "tier",
    "service-accounts": "service_account",
    "members": "user",
    "collaborators": "user",
    "projects": "project",
    "api-keys": "api_key",
    "grants": "grant",
    "services": "service",
    "agents": "agent",
    "state-machines": "state_machine",
    "model-versions": "model_version",
    "pipeline-runs": "pipeline_run",
    "webhooks": "webhook",
    "accounts": "organization",
    "vault": "user",
    "subscriptions": "subscription",
    "events": "position",
    "proofs": "position",
    "deliveries": "position",
    "schemas": "event_type",
    "{type}": "event_version",
}
# By the parameter itself, in the paths of the other dialects.
_PARAMETERS: Mapping[str, Mapping[str, str]] = {
    "outpost": {"namespace": "handle", "name": "service_name"},
    "zenml": {
        "service_id": "model",
        "project_name_or_id": "zenml_project",
        "stack_id": "stack",
    },
    "amigo": {
        "organization": "handle",
        "service_id": "conversation",
        "version_set_name": "version_set",
        "simulation_unit_test_id": "unit_test",
    },
    "microvisualizer": {
        "projectId": "handle",
        "serviceSlug": "slug",
        "snapshotId": "snapshot",
        "token": "share",
    },
    "domino": workbench.PARAMETERS,
}
# Fields of queries, headers and bodies (at any depth).
FIELDS: Mapping[str, Mapping[str, str]] = {
    "outpost": {"as_of": "position"},
    "ops": {
        "project": "project",
        "account": "organization",
        "principal": "service_account",
        "organization": "organization",
        "agent_id": "agent",
        "state_machine_id": "state_machine",
        "as_of": "position",
        "from": "position",
        "to": "position",
        "at": "position",
        "action": "action",
        "resource": "resource",
        "token": "token",
    },
    "zenml": {"project": "zenml_project", "password": "token", "as_of": "position"},
    "amigo": {
        "agent_id": "agent",
        "service_hierarchical_state_machine_id": "state_machine",
        "service_id": "conversation",
        "service_version_set_name": "version_set",
        "persona_id": "persona",
        "scenario_id": "persona",
        "metric_id": "persona",
        "x-api-key": "token",
        "x-api-key-id": "key_id",
        "x-user-id": "me",
        "as_of": "position",
    },
    "microvisualizer": {"projectId": "handle", "as_of": "position"},
    "domino": workbench.FIELDS,
}

# Bodies that are right where rules between fields let few generated ones be. `{kind}` is a thing.
RIGHT: Mapping[str, Mapping[str, Any]] = {
    **workbench.RIGHT,
    "POST /auth/v1/seed/{namespace}/services": {
        "name": "fuzzed-web",
        "gpu": "none",
        "image": "registry.invalid/fuzzed:1",
    },
    "POST /api/v1/login": {"grant_type": "zenml-api-key", "password": "{token}"},
    "POST /v1/{organization}/service/": {
        "name": "fuzzed-talk",
        "description": "Talks",
        "agent_id": "{agent}",
        "service_hierarchical_state_machine_id": "{state_machine}",
        "is_active": True,
    },
    "POST /ops/v1/sessions": {"token": "{token}"},
    "PUT /ops/v1/services/{service}/facets/conversation": {
        "agent_id": "{agent}",
        "state_machine_id": "{state_machine}",
        "is_active": True,
    },
}


def right_body(label: str, things: Mapping[str, str]) -> dict[str, Any] | None:
    body = RIGHT.get(label)
    if body is None:
        return None
    return {
        name: value.format_map(things) if isinstance(value, str) else value
        for name, value in body.items()
    }


def named_in_path(surface: str, path: str) -> Iterator[tuple[str, str]]:
    """(parameter, kind of thing) of a path as it is published."""
    words = path.split("/")
    for before, word in zip(["", *words], words, strict=False):
        if not word.startswith("{"):
            continue
        name = word.strip("{}")
        kind = _OPS_WORDS.get(before) if surface == "ops" else _PARAMETERS[surface].get(name)
        if kind is not None:
            yield name, kind
