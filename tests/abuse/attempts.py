"""One request for each operation of every surface, as whoever may do it would make it.

Generated from the published documents: an operation whose body or ids nobody has described here
fails the tests. Ids in paths are found as the fuzzing finds them; what a path does not name stands
in QUERIES, HEADERS and SAID."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from services.gateway.openapi import document_of
from services.gateway.registry import SURFACES
from tests.abuse.operations import BODIES, NEEDED
from tests.abuse.tenants import without_owner
from tests.fuzz.naming import named_in_path
from tests.fuzz.scene import Things
from tests.fuzz.workbench import RIGHT, TIER
from tests.support.outpost import Answer, Outpost, call

SECONDS = 15.0

# What the fuzzing has no name for, by the words of its paths.
_MORE_WORDS = {
    "hardware-tiers": "tier",
    "replicas": "replica",
    "domains": "domain",
    "nodes": "node",
    "imports": "import",
    "positions": "position",
}
# How the bodies of /ops and Outpost call what the scene calls otherwise.
_ALIASES = {"namespace": "handle"}

_SERVICE = {
    "project": "{zenml_project}",
    "name": "stolen",
    "service_type": {"type": "model-serving", "flavor": "bentoml"},
    "config": {"a": 1},
}
_TALK = {
    "name": "stolen",
    "description": "Talks",
    "agent_id": "{agent}",
    "service_hierarchical_state_machine_id": "{state_machine}",
    "is_active": True,
}
_CRITERION = {"type": "boolean", "expected_value": True}
_PROJECT = "/api/projects/v1/projects/{projectId}"
# Bodies of the other dialects; `{kind}` in them is a thing of the scene.
SAID: Mapping[str, Any] = {
    **RIGHT,
    "POST /api/v1/services": _SERVICE,
    "POST /api/v1/workspaces/{project_name_or_id}/services": _SERVICE,
    "PUT /api/v1/services/{service_id}": {"name": "stolen"},
    "POST /v1/{organization}/service/": _TALK,
    "POST /v1/{organization}/service/{service_id}/": {"description": "stolen"},
    "PUT /v1/{organization}/service/{service_id}/version_sets/{version_set_name}/": {
        "version_set": {"llm_model_preferences": {}}
    },
    "POST /v1/{organization}/simulation/unit_test/": {
        "name": "stolen",
        "description": "Asks",
        "service_id": "{conversation}",
        "service_version_set_name": "{version_set}",
        "persona_id": "{persona}",
        "scenario_id": "{persona}",
        "max_interactions": 3,
        "success_criterions": [{"name": "ok", "metric_id": "{persona}", "criterion": _CRITERION}],
        "tags": {},
    },
    "POST /v1/billing/subscription/switch-cycle": {"billingCycle": "annual"},
    "POST /v1/pinned": {"projectId": "{handle}"},
    "POST /v1/projects": {"name": "stolen", "description": ""},
    "PUT /v1/projects/{projectId}": {"description": "stolen"},
    "POST /v1/projects/{projectId}/duplicate": {"name": "stolen again"},
    "POST /v1/projects/{projectId}/services": {"name": "stolen"},
    "PUT /v1/projects/{projectId}/services/{serviceSlug}": {"description": "stolen"},
    "POST /v1/projects/{projectId}/ai/chat": {"messages": [{"role": "user", "content": "all"}]},
    "POST /api/projects/beta/projects": {
        "name": "stolen-work",
        "description": "",
        "visibility": "private",
        "ownerId": "{organization}",
    },
    "POST /api/environments/beta/environments": {
        "name": "stolen",
        "visibility": "private",
        "image": "registry.invalid/base:1",
        "addBaseDependencies": False,
        "orgOwnerId": "{organization}",
    },
    f"PUT {_PROJECT}/status": {"status": "active", "isBlocked": True},
    "PUT /api/projects/beta/projects/{projectId}/results-settings": {"branch": "isolated"},
    f"PATCH {_PROJECT}/goals/{{goalId}}": {"isComplete": True},
    "PUT /api/hardwaretiers/v1/hardwaretiers": {
        "id": "{tier}",
        "name": "stolen",
        "resources": TIER,
        "centsPerMinute": 0.0,
        "podCustomization": {},
        "flags": {},
        "creationTime": "2026-01-01T00:00:00Z",
        "updateTime": "2026-01-01T00:00:00Z",
        "metadata": {},
    },
    "PATCH /api/environments/beta/environments/{environmentId}/revisions/{revisionId}": {
        "isRestricted": True
    },
    "POST /api/jobs/v1/goals": {"goalId": "{goal}"},
}
# Queries that an operation needs, or that name whose things it is about.
QUERIES: Mapping[str, Mapping[str, str]] = {
    "GET /v1/{organization}/simulation/unit_test/search/": {"query": "a"},
    "DELETE /api/organizations/v1/organizations/{organizationId}/user": {
        "memberToRemoveId": "{user}"
    },
    "GET /api/jobs/beta/jobs": {"projectId": "{work}"},
    "DELETE /api/jobs/v1/jobs/{jobId}/tags/{tagId}": {"projectId": "{work}"},
    "GET /api/jobs/v1/goals": {"jobId": "{job}"},
    "POST /api/jobs/v1/goals": {"jobId": "{job}"},
    "DELETE /api/jobs/v1/goals/{goalId}": {"jobId": "{job}", "projectId": "{work}"},
    "GET /api/v1/services": {"project": "{zenml_project}"},
    "GET /ops/v1/services": {"project": "{project}"},
    "GET /ops/v1/agents": {"project": "{project}"},
    "GET /ops/v1/state-machines": {"project": "{project}"},
    "GET /ops/v1/model-versions": {"project": "{project}"},
    "GET /ops/v1/pipeline-runs": {"project": "{project}"},
    "GET /ops/v1/api-keys": {"principal": "{service_account}"},
    "GET /ops/v1/grants": {"principal": "{service_account}"},
    "GET /ops/v1/webhooks": {"account": "{organization}"},
    "GET /ops/v1/subscriptions": {"account": "{organization}"},
    "GET /ops/v1/events": {"account": "{organization}"},
    "GET /ops/v1/export": {"account": "{organization}"},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    surface: str
    method: str
    path: str
    body: str | None  # the name of its model
    is_public: bool

    def __str__(self) -> str:
        return f"{self.surface} {self.label}"

    @property
    def label(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def named(self) -> tuple[tuple[str, str], ...]:
        """(parameter, kind of thing) of its path."""
        known = dict(named_in_path(self.surface, self.path))
        words = self.path.split("/")
        for before, word in zip(["", *words], words, strict=False):
            name = word.strip("{}")
            if word.startswith("{") and name not in known and before in _MORE_WORDS:
                known[name] = _MORE_WORDS[before]
        return tuple(known.items())

    @property
    def unknown(self) -> list[str]:
        """Parameters of its path of which nobody has said what they name."""
        known = dict(self.named)
        return [w for w in self.path.split("/") if w.startswith("{") and w[1:-1] not in known]

    @property
    def is_described(self) -> bool:
        if self.body is None:
            return True
        return self.body in BODIES if self._is_ours else self.label in SAID

    @property
    def _is_ours(self) -> bool:
        return self.surface in ("ops", "outpost")

    def names_anything(self, things: Things) -> bool:
        """Whether it tells one owner's things from another's at all."""
        return self.sent(things) != self.sent(dict.fromkeys(things, "-"))

    def sent(self, things: Things) -> tuple[str, str]:
        """Its path with its query, and its body as text."""
        path = self.path
        for name, kind in self.named:
            path = path.replace(f"{{{name}}}", quote(things[kind], safe=""), 1)
        query = [f"{k}={v.format_map(things)}" for k, v in QUERIES.get(self.label, {}).items()]
        needed = NEEDED.get(self.path.rpartition("/")[2]) if self.surface == "ops" else None
        if needed:
            query.append(needed.format(head=things["position"]))
        return (f"{path}?{'&'.join(query)}" if query else path), self._text(things)

    def _text(self, things: Things) -> str:
        if self.body is None:
            return ""
        if self._is_ours:
            return json.dumps(BODIES[self.body](lambda kind: things[_ALIASES.get(kind, kind)]))
        return json.dumps(_filled(SAID[self.label], things))

    def make(self, who: Outpost, things: Things) -> Answer:
        path, text = self.sent(things)
        return call(
            who.stack.gateway_url + path,
            method=self.method,
            token=who.token,
            body=text.encode() if text else None,
            seconds=SECONDS,
        )


def _filled(value: Any, things: Things) -> Any:
    match value:
        case str():
            return value.format_map(things)
        case dict():
            return {name: _filled(each, things) for name, each in value.items()}
        case list():
            return [_filled(each, things) for each in value]
        case _:
            return value


def attempts() -> tuple[Attempt, ...]:
    return tuple(
        Attempt(
            surface=surface.name,
            method=method.upper(),
            path=path,
            body=_model_of(operation),
            is_public=operation.get("security") == [],
        )
        for surface in SURFACES
        for path, item in document_of(surface)["paths"].items()
        for method, operation in item.items()
    )


def _model_of(operation: Mapping[str, Any]) -> str | None:
    content: Mapping[str, Any] = operation.get("requestBody", {}).get("content", {})
    schema: Mapping[str, Any] = next(iter(content.values()), {})
    return str(schema.get("schema", {}).get("$ref", "")).rpartition("/")[2] or None


def absent_things(things: Things, keeps: Callable[[str], bool]) -> Things:
    """The same kinds, of ids that nobody has; those it `keeps` stay."""
    return {kind: value if keeps(kind) else without_owner(value) for kind, value in things.items()}
