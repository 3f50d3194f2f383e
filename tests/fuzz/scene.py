"""What there is to find on a fuzzed stack: one of everything that has an id, twice over.

Whatever removes or erases is aimed at the second set alone, so that the rest of a run still finds
the first. Requests that would change what is `spared` are sent to an id that nobody has."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from shared.kernel.ids import to_uuid
from tests.fuzz.workbench import things_of
from tests.support.outpost import Answer, Outpost, admin, call
from tests.support.stack import Stack

AGENT, MACHINE = "a1" * 12, "b2" * 12
RECORDS = {
    "agent": "agents",
    "state_machine": "state-machines",
    "model_version": "model-versions",
    "pipeline_run": "pipeline-runs",
}

Things = Mapping[str, str]  # a kind of thing -> how it is named in paths, bodies and queries


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """`spared`: the administrator, its key and the organization `default`, by all their names."""

    stack: Stack
    kept: Things
    doomed: Things
    spared: frozenset[str]


def make_scene(stack: Stack) -> Scene:
    root = admin(stack)
    me = _made(root.ops("GET", "whoami"))
    default = _made(root.ops("GET", "organizations/default"))
    names = (me["principal_id"], me["handle"], me["key"]["id"], default["id"], default["handle"])
    return Scene(
        stack=stack,
        kept={**things_in(stack, "kept"), **_of_the_caller(me, root.token)},
        doomed={**things_in(stack, "doomed"), **_of_the_caller(me, root.token)},
        spared=frozenset(names),
    )


def _of_the_caller(me: dict[str, Any], token: str) -> Things:
    return {"me": me["principal_id"], "key_id": me["key"]["id"], "token": token}


def things_in(stack: Stack, name: str) -> Things:
    root = admin(stack, name)
    organization = _new(root, "organizations", handle=name, name=name)["id"]
    robot = _new(root, "service-accounts", name=name, account=organization)["id"]
    user = _new(root, "users", handle=f"{name}-user", name=name)["id"]
    credential = {"name": name, "domain": "git.invalid", "secret": name}
    resource, action = f"account:{organization}", "service.read"
    records = {
        kind: _new(root, path, project=name, name=name)["id"] for kind, path in RECORDS.items()
    }
    deployed = root.create(name=f"{name}-web", image="registry.invalid/web:1", max_replicas=1)
    _made(deployed)
    listed = _made(root.ops("GET", f"services?project={name}"))["data"]
    models = {"handle": f"{name}-models", "name": name, "account": organization}
    return {
        "handle": name,
        "organization": organization,
        "home": _made(root.ops("GET", f"projects/{name}"))["id"],
        "user": user,
        "service_account": robot,
        "project": _new(root, "projects", **models)["id"],
        "action": action,
        "resource": resource,
        "grant": _new(root, "grants", principal=robot, action=action, resource=resource)["id"],
        "api_key": _new(root, "api-keys", name=name, principal=robot)["id"],
        "webhook": _new(root, "webhooks", url="https://receiver.invalid/hook")["id"],
        "subscription": _new(root, "subscriptions", name=name, account=organization)["id"],
        **records,
        "service_name": f"{name}-web",
        "service": next(item["id"] for item in listed if item["name"] == f"{name}-web"),
        **_of_amigo(root, name),
        **_of_zenml(root, name),
        **_of_microvisualizer(root, name),
        **things_of(root, name, organization, user),
        "git_credential": _new(root, f"users/{user}/git-credentials", **credential)["id"],
        "position": deployed.headers["log-position"],
        # Of a type of event in the published schemas.
        "event_type": "service.registered",
        "event_version": "1",
    }


def _of_amigo(root: Outpost, name: str) -> Things:
    said = {"name": f"{name}-talk", "description": "Talks", "is_active": True}
    parts = {"agent_id": AGENT, "service_hierarchical_state_machine_id": MACHINE}
    talk = _made(_sent(root, "POST", f"/v1/{name}/service/", {**said, **parts}))["id"]
    version_set: dict[str, Any] = {"version_set": {"llm_model_preferences": {}}}
    put = _sent(root, "PUT", f"/v1/{name}/service/{talk}/version_sets/beta/", version_set)
    assert put.status == 204, put
    tested = _sent(root, "POST", f"/v1/{name}/simulation/unit_test/", _unit_test(name, talk))
    return {
        "conversation": talk,
        "version_set": "beta",
        "persona": AGENT,
        "unit_test": _made(tested)["simulation_unit_test_id"],
    }


def _unit_test(name: str, service_id: str) -> dict[str, Any]:
    criterion = {"type": "boolean", "expected_value": True}
    return {
        "name": name,
        "description": "Asks",
        "service_id": service_id,
        "service_version_set_name": "beta",
        "persona_id": AGENT,
        "scenario_id": AGENT,
        "max_interactions": 3,
        "success_criterions": [{"name": "ok", "metric_id": AGENT, "criterion": criterion}],
        "tags": {},
    }


def _of_zenml(root: Outpost, name: str) -> Things:
    project = str(to_uuid(_made(root.ops("GET", f"projects/{name}"))["id"]))
    body = {
        "project": project,
        "name": f"{name}-model",
        "service_type": {"type": "model-serving", "flavor": "bentoml"},
        "config": {"name": name},
    }
    return {
        "model": _made(_sent(root, "POST", "/api/v1/services", body))["id"],
        "zenml_project": project,
        "stack": _made(_sent(root, "GET", "/api/v1/stacks"))["items"][0]["id"],
    }


def _of_microvisualizer(root: Outpost, name: str) -> Things:
    own = f"/v1/projects/{name}"
    drawn = _made(_sent(root, "POST", f"{own}/services", {"name": f"{name}-drawn"}))
    story = _made(_sent(root, "GET", f"{own}/history"))
    return {
        "slug": drawn["slug"],
        "snapshot": story["events"][0]["snapshotId"],
        "share": _made(_sent(root, "POST", f"{own}/public-share-token"))["token"],
    }


def _new(root: Outpost, path: str, **body: str) -> dict[str, Any]:
    made: dict[str, Any] = _made(root.ops("POST", path, body))
    return made


def _sent(root: Outpost, method: str, path: str, body: Any = None) -> Answer:
    return call(f"{root.stack.gateway_url}{path}", method=method, token=root.token, body=body)


def _made(answer: Answer) -> Any:
    assert answer.status in (200, 201), answer
    return answer.body
