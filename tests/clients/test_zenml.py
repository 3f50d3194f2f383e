"""ZenML's own client, as published, against the stack: it must not notice that we are not ZenML."""

import secrets
from pathlib import Path
from typing import Any

import pytest

from tests.support.clients import Client, client
from tests.support.outpost import admin, call
from tests.support.stack import Stack

PASSWORD = "correct horse battery"
FLOW = """
import json, sys, uuid
from zenml.client import Client
from zenml.models.v2.misc.service import ServiceType
from zenml.services.service import ServiceConfig

def refused(ask):
    try:
        ask()
    except Exception as error:
        return type(error).__name__
    return None

zenml, tag = Client(), sys.argv[1]
kind = ServiceType(type="model-serving", flavor="mlflow")
scorer, other = f"scorer-{tag}", f"other-{tag}"

def create(name, **more):
    config = ServiceConfig(name="n", service_name=name, pipeline_name=f"p-{tag}")
    return zenml.create_service(config, kind, **more)

def listed(**filters):
    return [service.name for service in zenml.list_services(**filters)]

made, second = create(scorer), create(other)
told = {
    "user": zenml.active_user.name,
    "project": zenml.active_project.name,
    "stack": zenml.active_stack_model.name,
    "sorted": listed(pipeline_name=f"p-{tag}", sort_by="desc:name") == [scorer, other],
    "either": sorted(listed(service_name=[scorer, other], logical_operator="or")),
    "prefixed": listed(service_name=f"startswith:scorer-{tag}") == [scorer],
    "mine": sorted(listed(user=zenml.active_user.name, pipeline_name=f"contains:{tag}")),
    "hydrated_late": zenml.list_services(service_name=scorer).items[0].config["pipeline_name"],
    "by_id": zenml.get_service(made.id).name == scorer,
    "by_name": zenml.get_service(other).id == second.id,
    "by_prefix": zenml.get_service(scorer[:-2]).id == made.id,
    "by_prefix_of_id": zenml.get_service(str(second.id)[:-2]).id == second.id,
}
revised = zenml.update_service(
    made.id, name=f"renamed-{tag}", status={"state": "error", "last_error": "why"},
    labels={"k": "v"}, admin_state="active", prediction_url="http://models.example/invoke",
)
told["revised"] = [
    revised.name == f"renamed-{tag}", revised.state.value, revised.status["last_error"],
    revised.labels, revised.admin_state.value, revised.prediction_url,
    revised.updated > revised.created, revised.created == made.created,
    revised.config == made.config,
]
told["refused"] = {
    "duplicate": refused(lambda: create(scorer)),
    "unknown service": refused(lambda: zenml.get_service(uuid.uuid4())),
    "unknown project": refused(lambda: zenml.list_services(project="nope")),
    "unknown model version": refused(lambda: create("c", model_version_id=uuid.uuid4())),
    "page": refused(lambda: zenml.list_services(page=10**6)),
    "sort": refused(lambda: zenml.zen_store.get("/services", params={"sort_by": "nope"})),
    "filter": refused(lambda: zenml.zen_store.get("/services", params={"name": "oneof:x"})),
}
linked = create(f"linked-{tag}", model_version_id=uuid.UUID(sys.argv[2]))
told["linked"] = [linked.model_version.name, linked.model_version.number,
    linked.model_version.model.name, listed(model_version_id=sys.argv[2])]
zenml.delete_service(linked.id)
zenml.delete_service(made.id)
told["left"] = listed(pipeline_name=f"p-{tag}") == [other]
print(json.dumps(told))
"""
READ_ONLY = """
import json, sys
from zenml.client import Client
zenml = Client()
service = zenml.get_service(sys.argv[1])
try:
    zenml.update_service(service.id, name="mine")
    refused = None
except Exception as error:
    refused = type(error).__name__
print(json.dumps({"user": zenml.active_user.name, "is_service_account":
    zenml.active_user.is_service_account, "project": zenml.active_project.name,
    "state": service.state.value, "type": service.service_type.type, "refused": refused}))
"""


@pytest.fixture(scope="module")
def zenml() -> Client:
    return client("zenml")


def environment(stack: Stack, home: Path, **credential: str) -> dict[str, str]:
    return {
        "HOME": str(home),
        "ZENML_CONFIG_PATH": str(home / "config"),
        "ZENML_ANALYTICS_OPT_IN": "false",
        "ZENML_LOGGING_VERBOSITY": "ERROR",
        "ZENML_STORE_URL": stack.gateway_url,
        **{f"ZENML_STORE_{name.upper()}": value for name, value in credential.items()},
    }


def new_user(stack: Stack) -> tuple[str, str]:
    """With a password and an API key; answers handle and token."""
    root, handle = admin(stack), f"z{secrets.token_hex(4)}"
    user = root.ops("POST", "users", {"handle": handle, "name": "Z", "password": PASSWORD})
    assert user.status == 201, user
    key = root.ops("POST", "api-keys", {"name": "zenml", "principal": user.body["id"]})
    assert key.status == 201, key
    return handle, key.body["token"]


def new_model_version(stack: Stack, token: str, project: str) -> str:
    """Answers its UUID."""
    url = f"{stack.gateway_url}/ops/v1/model-versions"
    made = call(url, method="POST", token=token, body={"project": project, "name": "iris"})
    assert made.status == 201, made
    return str(made.body["uuid"])


def check(told: Any, *, user: str, project: str, tag: str) -> None:
    assert told == {
        "user": user,
        "project": project,
        "stack": "default",
        "sorted": True,
        "either": [f"other-{tag}", f"scorer-{tag}"],
        "prefixed": True,
        "mine": [f"other-{tag}", f"scorer-{tag}"],
        "hydrated_late": f"p-{tag}",
        "by_id": True,
        "by_name": True,
        "by_prefix": True,
        "by_prefix_of_id": True,
        "revised": [
            *(True, "error", "why", {"k": "v"}, "active"),
            *("http://models.example/invoke", True, True, True),
        ],
        "refused": {
            "duplicate": "EntityExistsError",
            "unknown service": "KeyError",
            "unknown project": "KeyError",
            "unknown model version": "KeyError",
            "page": "ValueError",
            "sort": "ValueError",
            "filter": "ValueError",
        },
        "linked": ["iris", 1, "iris", [f"linked-{tag}"]],
        "left": True,
    }


def test_the_client_works_with_an_api_key(stack: Stack, zenml: Client, tmp_path: Path) -> None:
    handle, token = new_user(stack)
    tag = secrets.token_hex(4)
    version = new_model_version(stack, token, handle)
    told = zenml.run(FLOW, tag, version, environment=environment(stack, tmp_path, api_key=token))
    check(told, user=handle, project=handle, tag=tag)


def test_the_client_works_with_a_token(stack: Stack, zenml: Client, tmp_path: Path) -> None:
    tag = secrets.token_hex(4)
    version = new_model_version(stack, stack.token, "default")
    given = environment(stack, tmp_path, api_token=stack.token)
    told = zenml.run(FLOW, tag, version, environment=given)
    check(told, user="admin", project="default", tag=tag)


def test_the_client_works_with_a_password(stack: Stack, zenml: Client, tmp_path: Path) -> None:
    handle, token = new_user(stack)
    tag = secrets.token_hex(4)
    version = new_model_version(stack, token, handle)
    given = environment(stack, tmp_path, username=handle, password=PASSWORD)
    told = zenml.run(FLOW, tag, version, environment=given)
    check(told, user=handle, project=handle, tag=tag)


def test_a_reader_sees_what_runs_here_and_changes_nothing(
    stack: Stack, zenml: Client, tmp_path: Path
) -> None:
    """A service deployed through Outpost, read by a service account that was granted to read."""
    root, name = admin(stack), f"w{secrets.token_hex(3)}"
    made = root.create(name=name, image="nobody/runs-this:1")
    assert made.status == 201, made
    root.wait_status(name, "failed", 30)
    account = root.ops("POST", "service-accounts", {"name": f"r-{name}", "account": "default"})
    assert account.status == 201, account
    reader = account.body["id"]
    project = root.ops("GET", "projects/default").body["id"]
    for action in ("project.read", "service.read"):
        grant = {"principal": reader, "action": action, "resource": f"project:{project}"}
        given = root.ops("POST", "grants", grant)
        assert given.status == 201, given
    key = root.ops("POST", "api-keys", {"name": "k", "principal": reader})
    assert key.status == 201, key
    told = zenml.run(
        READ_ONLY, name, environment=environment(stack, tmp_path, api_key=key.body["token"])
    )
    assert told == {
        "user": f"r-{name}",
        "is_service_account": True,
        "project": "default",
        "state": "error",
        "type": "workload",
        "refused": "IllegalOperationError",
    }


def test_the_past_of_a_service_is_read_by_as_of(stack: Stack) -> None:
    def ask(method: str, path: str, body: Any = None) -> Any:
        url = f"{stack.gateway_url}/api/v1/{path}"
        answer = call(url, method=method, token=stack.token, body=body)
        assert answer.status == 200, answer
        return answer.body

    project = ask("GET", "projects/default")["id"]
    config = {"tag": secrets.token_hex(8)}
    made = ask(
        "POST",
        "services",
        {
            "project": project,
            "name": "timed",
            "service_type": {"type": "t", "flavor": "f"},
            "config": config,
            "status": {"state": "pending_startup"},
        },
    )
    path = f"services/{made['id']}"
    revised = ask("PUT", path, {"status": {"state": "active"}, "name": "timed-2"})
    at = f"as_of={made['body']['updated']}Z"
    ask("DELETE", path)
    assert ask("GET", f"{path}?{at}") == made
    for moment, name, total in (
        (at, "timed", 1),
        (at, "timed-2", 0),
        (f"as_of={revised['body']['updated']}Z", "timed-2", 1),
    ):
        page = ask("GET", f"services?id={made['id']}&name={name}&{moment}")
        assert page["total"] == total, (moment, name)
