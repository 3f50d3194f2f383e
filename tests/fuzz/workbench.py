"""What there is to find in Domino's dialect, and the bodies that are right there."""

from collections.abc import Mapping
from typing import Any

from tests.support.outpost import Answer, Outpost, call

PROJECTS = "/api/projects/beta/projects"
TIER = {
    "cores": 0.1,
    "memory": {"value": 64, "units": "MB"},
    "allowSharedMemoryToExceedDefault": False,
}
ENVIRONMENT = {
    "name": "fuzzed",
    "visibility": "private",
    "image": "registry.invalid/base:1",
    "addBaseDependencies": False,
}

# By the parameter in a path, and by the field of a query or a body.
PARAMETERS: Mapping[str, str] = {
    "projectId": "work",
    "organizationId": "crew",
    "userId": "user",
    "collaboratorId": "user",
    "goalId": "goal",
    "hardwareTierId": "tier",
    "environmentId": "environment",
    "revisionId": "revision",
    "jobId": "job",
    "tagId": "tag",
}
FIELDS: Mapping[str, str] = {
    "projectId": "work",
    "ownerId": "organization",
    "memberToRemoveId": "user",
    "jobId": "job",
    "goalId": "goal",
    "hardwareTier": "tier",
    "environmentId": "environment",
    "as_of": "position",
}
_CREW = "/api/organizations/v1/organizations"
_WORK = "/api/projects/v1/projects/{projectId}"
RIGHT: Mapping[str, Mapping[str, Any]] = {
    f"POST {_CREW}": {"name": "fuzzed-crew", "members": []},
    f"PUT {_CREW}/{{organizationId}}/user": {"userId": "{user}", "organizationRole": "Member"},
    f"POST {PROJECTS}": {"name": "fuzzed-work", "description": "", "visibility": "Public"},
    f"POST {_WORK}/collaborators": {"id": "{user}", "role": "contributor"},
    f"POST {_WORK}/goals": {"title": "Fuzzed"},
    "POST /api/hardwaretiers/v1/hardwaretiers": {
        "id": "fuzzed-tier",
        "name": "Fuzzed",
        "nodePool": "default",
        "resources": TIER,
    },
    "POST /api/environments/beta/environments": ENVIRONMENT,
    "POST /api/environments/beta/environments/{environmentId}/revisions": {
        "image": "registry.invalid/base:2"
    },
    "POST /api/jobs/v1/jobs": {"projectId": "{work}", "runCommand": "true"},
    "POST /api/jobs/v1/jobs/{jobId}/tags": {"projectId": "{work}", "tagName": "fuzzed"},
}


def things_of(root: Outpost, name: str, organization: str, user: str) -> dict[str, str]:
    work = {"name": f"{name}-work", "description": "", "visibility": "private"}
    project = _made(root, "POST", PROJECTS, {**work, "ownerId": organization})["project"]["id"]
    own = f"/api/projects/v1/projects/{project}"
    _made(root, "POST", f"{own}/collaborators", {"id": user, "role": "contributor"})
    member = {"userId": user, "organizationRole": "member"}
    crew = {"name": f"{name}-crew", "members": [member]}
    tier = {"id": f"{name}-tier", "name": name, "nodePool": "default", "resources": TIER}
    _made(root, "POST", "/api/hardwaretiers/v1/hardwaretiers", tier)
    environment = _made(
        root, "POST", "/api/environments/beta/environments", {**ENVIRONMENT, "name": name}
    )["environment"]
    job = {"projectId": project, "runCommand": "true"}
    job_id = _made(root, "POST", "/api/jobs/v1/jobs", job)["job"]["id"]
    goal = _made(root, "POST", f"{own}/goals", {"title": "Reach"})["goal"]["id"]
    tagged = {"projectId": project, "tagName": name}
    tag = _made(root, "POST", f"/api/jobs/v1/jobs/{job_id}/tags", tagged)["tag"]["id"]
    return {
        "work": project,
        "crew": _made(root, "POST", "/api/organizations/v1/organizations", crew)["org"]["id"],
        "goal": goal,
        "tier": f"{name}-tier",
        "environment": environment["id"],
        "revision": environment["latestRevision"]["id"],
        "job": job_id,
        "tag": tag,
    }


def _made(root: Outpost, method: str, path: str, body: Any) -> Any:
    url = f"{root.stack.gateway_url}{path}"
    answer: Answer = call(url, method=method, token=root.token, body=body)
    assert answer.status == 200, answer
    return answer.body
