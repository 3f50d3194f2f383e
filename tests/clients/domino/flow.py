"""What a user of dominodatalab 2.2.0 does first, run inside the client's own environment.

Arguments: base URL, project as `owner/name`, a key, a wrong key. Prints what it saw as JSON.

Of users, organizations and projects the client calls private routes only; so the public ones are
asked for through its own session, with the headers, retries and errors that are its."""

import json
import os
import sys
from collections.abc import Callable
from typing import Any

os.environ["DOMINO_MAX_RETRIES"] = "1"
os.environ["DOMINO_LOG_LEVEL"] = "ERROR"

from domino import Domino

BASE, PROJECT, KEY, WRONG = sys.argv[1:5]


def refusal(call: Callable[[], Any]) -> list[Any]:
    try:
        call()
    except Exception as error:
        response = getattr(error, "response", None)
        status = response.status_code if response is not None else None
        return [type(error).__name__, status, response.json() if response is not None else None]
    return ["nothing", None, None]


def main() -> dict[str, Any]:
    by_key = Domino(PROJECT, api_key=KEY, host=BASE)
    by_token = Domino(PROJECT, auth_token=KEY, host=BASE)
    session = by_key.request_manager
    projects = f"{BASE}/api/projects/beta/projects"
    made = session.post(
        projects, json={"name": "from-client", "description": "", "visibility": "Private"}
    ).json()["project"]
    one = f"{BASE}/api/projects/v1/projects/{made['id']}"
    goal = session.post(f"{one}/goals", json={"title": "Reach"}).json()["goal"]
    return {
        "version": by_key.deployment_version(),
        "self": session.get(f"{BASE}/api/users/v1/self").json()["user"],
        "same": by_token.request_manager.get(f"{BASE}/api/users/v1/self").json()["user"],
        "made": made,
        "goal": session.patch(f"{one}/goals/{goal['id']}", json={"isComplete": True}).json()[
            "goal"
        ],
        "listed": [each["id"] for each in session.get(projects).json()["projects"]],
        "twice": refusal(
            lambda: session.post(
                projects, json={"name": "from-client", "description": "", "visibility": "private"}
            )
        ),
        "archived": session.delete(f"{projects}/{made['id']}").json()["success"],
        "gone": refusal(lambda: session.get(one)),
        "stranger": refusal(
            lambda: Domino(PROJECT, api_key=WRONG, host=BASE).request_manager.get(projects)
        ),
    }


print(json.dumps(main()))
