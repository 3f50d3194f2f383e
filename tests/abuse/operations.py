"""Every operation of a surface out of its published document, and how to call it with given ids.

A path's parameters are known by the word before them, bodies by their models. What is not known
here fails the tests: whoever adds an operation says what in it names a thing."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from services.gateway.openapi import document_of
from services.gateway.registry import SURFACES

COVERED = ("outpost", "ops")
Pick = Callable[[str], str]  # a kind of thing -> an id or handle of one

# The word before a parameter of a path -> what it names.
WORDS = {
    "organizations": "organization",
    "users": "user",
    "git-credentials": "git_credential",
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
    "accounts": "user",
    "replicas": "replica",
    "vault": "user",
    "subscriptions": "subscription",
    "events": "position",
    "proofs": "position",
    "deliveries": "position",
    "domains": "domain",
    "jobs": "job",
    "executions": "execution",
    "environments": "environment",
}
# Outpost's paths name a project by its handle, and a service in it by its own name.
OUTPOST_PARAMETERS = {"namespace": "namespace", "name": "service_name"}
# Of the installation, not of a tenant: published schemas of events, and imports.
NO_TENANTS = frozenset(
    {
        "/ops/v1/schemas/{type}/{version}",
        *(
            f"/ops/v1/hardware-tiers/{{hardware_tier}}/{what}"
            for what in ("history", "state", "diff", "blame")
        ),
        "/ops/v1/nodes/{node}",
        *(
            f"/ops/v1/nodes/{{node}}/{what}"
            for what in ("history", "state", "diff", "blame", "drain")
        ),
        "/ops/v1/imports/{import_id}",
        "/ops/v1/imports/{import_id}/positions/{origin}",
    }
)
# Kinds of which nobody has one here: a foreign id is an absent id.
NOT_MADE = frozenset({"replica", "domain", "job", "execution", "environment"})

BODIES: dict[str, Callable[[Pick], dict[str, Any]]] = {
    "AddGitCredential": lambda _: {"name": "stolen", "domain": "git.example", "secret": "s"},
    "ArchiveJob": lambda _: {},
    "AddVersion": lambda _: {"content": {}},
    "Conversation": lambda pick: {
        "agent_id": pick("agent"),
        "state_machine_id": pick("state_machine"),
    },
    "ChosenEnvironment": lambda _: {"environment": "ab" * 12},
    "DeclareNode": lambda _: {"name": "stolen", "cpu": 1, "memory_gb": 1},
    "ReviseNode": lambda _: {},
    "CreateApiKey": lambda pick: {"name": "stolen", "principal": pick("service_account")},
    "CreateGrant": lambda pick: {
        "principal": pick("service_account"),
        "action": "service.read",
        "resource": f"project:{pick('project')}",
    },
    "CreateOrganization": lambda pick: {"handle": "stolen", "name": "s", "owner": pick("user")},
    "CreateProject": lambda pick: {
        "handle": "stolen",
        "name": "stolen",
        "account": pick("organization"),
    },
    "CreateService": lambda _: {"name": "stolen", "gpu": "none", "image": "registry.example/x:1"},
    "CreateServiceAccount": lambda pick: {"name": "stolen", "account": pick("organization")},
    "CreateSubscription": lambda pick: {"name": "stolen", "account": pick("organization")},
    "CreateUser": lambda _: {"handle": "stolen", "name": "stolen"},
    "CreateWebhook": lambda pick: {
        "url": "https://receiver.example/hook",
        "account": pick("organization"),
    },
    "DeclareRecord": lambda pick: {"project": pick("project"), "name": "stolen"},
    "OpenSession": lambda pick: {"handle": pick("namespace"), "password": "not this one either"},
    "Participation": lambda _: {"category": "stolen"},
    "Push": lambda pick: {"repository": {"full_name": f"{pick('namespace')}/web"}},
    "Registration": lambda _: {"service_type": {}, "config": {"a": 1}},
    "Restore": lambda _: {"to": "1"},
    "PutCertificate": lambda _: {"certificate": "-", "key": "-"},
    "RevisePrincipal": lambda _: {"name": "stolen"},
    "ReviseProject": lambda _: {"name": "stolen"},
    "ReviseRecord": lambda _: {"name": "stolen"},
    "ReviseUser": lambda _: {"name": "stolen"},
    "ReviseWebhook": lambda pick: {"description": "stolen", "project": pick("project")},
    "RollBack": lambda _: {},
    "RotateSecret": lambda _: {},
    "ScalingSettings": lambda _: {},
    "StopJob": lambda _: {},
    "SetQuota": lambda _: {"services": 0},
    "SetRole": lambda _: {"role": "viewer"},
    "UpdateService": lambda _: {"max_replicas": 3},
    "WhatIf": lambda _: {},
    "Workload": lambda _: {"image": "registry.example/x:1", "gpu": "none"},
}
# Query parameters that name things; every other one is a number, a word or a moment.
QUERIES = {"account": "organization", "project": "project", "principal": "service_account"}
NEEDED = {"diff": "from={head}&to={head}", "consistency": "old_blocks=0&new_blocks=0"}
# Whoever knows a user may invite him into what is his own: users are found by their handles.
INVITING = ("/members/{principal}", "/collaborators/{principal}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    surface: str
    method: str
    path: str
    body: str | None
    queries: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def parameters(self) -> tuple[tuple[str, str], ...]:
        """(name, what it names), in order; `?` for what nobody has described."""
        words = self.path.split("/")
        return tuple(
            (word[1:-1], self._kind(word[1:-1], before))
            for before, word in zip(["", *words], words, strict=False)
            if word.startswith("{")
        )

    def _kind(self, name: str, before: str) -> str:
        if self.surface == "outpost":
            return OUTPOST_PARAMETERS.get(name, "?")
        return WORDS.get(before, "?")

    def filled(self, picks: tuple[Pick, ...], *, head: int) -> str:
        """Its path, one picker per parameter; `head` is a position at which everything is there."""
        path = self.path
        for (name, kind), pick in zip(self.parameters, picks, strict=True):
            path = path.replace(f"{{{name}}}", pick(kind), 1)
        needed = NEEDED.get(path.rpartition("/")[2])
        return f"{path}?{needed.format(head=head)}" if needed else path

    def body_with(self, pick: Pick) -> Any:
        return None if self.body is None else BODIES[self.body](pick)


def operations() -> tuple[Operation, ...]:
    found = []
    for surface in SURFACES:
        if surface.name not in COVERED:
            continue
        for path, item in document_of(surface)["paths"].items():
            for method, described in item.items():
                content: dict[str, Any] = described.get("requestBody", {}).get("content", {})
                schema: dict[str, Any] = next(iter(content.values()), {})
                reference = str(schema.get("schema", {}).get("$ref", ""))
                found.append(
                    Operation(
                        surface=surface.name,
                        method=method.upper(),
                        path=path,
                        body=reference.rpartition("/")[2] or None,
                        queries=tuple(
                            p["name"] for p in described["parameters"] if p["in"] == "query"
                        ),
                    )
                )
    return tuple(found)
