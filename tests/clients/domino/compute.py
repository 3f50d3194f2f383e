"""What a user of dominodatalab 2.2.0 does with environments and jobs, inside the client's own
environment.

Arguments: base URL, a key, an admin's key. Environments are the client's own calls; of tiers and
jobs it calls private routes only, so the public ones are asked for through its session."""

import json
import os
import sys
import time
from typing import Any

os.environ["DOMINO_MAX_RETRIES"] = "1"
os.environ["DOMINO_LOG_LEVEL"] = "ERROR"

from domino import Domino

BASE, KEY, ADMIN = sys.argv[1:4]


def main() -> dict[str, Any]:
    domino = Domino("dominik/any", api_key=KEY, host=BASE)
    root = Domino("admin/any", api_key=ADMIN, host=BASE)
    made = domino.create_environment(
        name="From the client",
        visibility="Private",
        base_image="python:3.11",
        environment_variables=[{"key": "COLOR", "value": "green"}],
        pre_run_script="echo before",
        tags=["a"],
    )["environment"]
    second = domino.create_environment_revision(
        made["id"],
        base_image="python:3.11",
        environment_variables=[{"key": "COLOR", "value": "blue"}],
    )["environmentRevision"]
    root.restrict_environment_revision(made["id"], second["id"])
    session = domino.request_manager
    project = session.post(
        f"{BASE}/api/projects/beta/projects",
        json={"name": "computing", "description": "", "visibility": "Private"},
    ).json()["project"]
    job = session.post(
        f"{BASE}/api/jobs/v1/jobs",
        json={
            "projectId": project["id"],
            "runCommand": 'echo "$COLOR"',
            "environmentId": made["id"],
            "environmentRevisionSpec": f"SomeRevision({second['id']})",
            "hardwareTier": "small",
        },
    ).json()["job"]
    path = f"{BASE}/api/jobs/beta/jobs/{job['id']}"
    deadline = time.monotonic() + 45
    while not job["status"]["isCompleted"] and time.monotonic() < deadline:
        time.sleep(0.5)
        job = session.get(path).json()["job"]
    shown = domino.get_environment(made["id"])["environment"]
    domino.archive_environment(made["id"])
    return {
        "made": made,
        "second": second,
        "shown": shown,
        "job": job,
        "log": session.get(f"{path}/logs?logType=stdOut").json()["logs"]["logContent"],
        "jobs": session.get(
            f"{BASE}/api/jobs/beta/jobs?projectId={project['id']}&sortBy=number"
        ).json()["jobs"],
        "tiers": session.get(f"{BASE}/api/hardwaretiers/v1/hardwaretiers").json()["hardwareTiers"],
        "archived": domino.get_environment(made["id"])["environment"]["archived"],
    }


print(json.dumps(main()))
