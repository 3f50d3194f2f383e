"""A project linked to a repository behind a login: its jobs get the files and nothing else."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from dulwich.repo import Repo

from tests.flows.test_domino_jobs import ended, lines, start
from tests.flows.test_domino_projects import Person, person
from tests.support.git import push
from tests.support.git_server import GitServer, git_server
from tests.support.outpost import admin
from tests.support.stack import Stack, running_stack

pytestmark = [pytest.mark.xdist_group("private-repositories"), pytest.mark.stack]
SECRET = "tok-" + "5ecret0f-uma"


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    stack: Stack
    server: GitServer


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("private")
    push(folder, "acme/work", {"main.py": "import os\nprint(sorted(os.environ.items()))\n"})
    with (
        Repo(str(folder / "acme/work")) as repository,
        git_server({"acme/work": repository}, secret=SECRET) as server,
        running_stack(folder, git_servers=server.url) as stack,
    ):
        yield House(stack=stack, server=server)


def linked(who: Person, house: House, name: str, **more: str) -> str:
    repository = {"uri": f"{house.server.url}/acme/work", **more}
    return who.project(name, mainRepository=repository)


def test_a_credential_opens_the_repository_and_stands_nowhere(house: House) -> None:
    root = admin(house.stack)
    uma = person(root, "uma")
    closed = ended(uma, start(uma, linked(uma, house, "closed"), "main.py"))
    assert closed["status"]["executionStatus"] == "Failed"
    problem = uma.made("GET", f"/api/jobs/beta/jobs/{closed['id']}/logs")["logs"]["problem"]
    assert "wants a login" in problem

    kept = root.ops(
        "POST",
        "users/uma/git-credentials",
        {"name": "lab", "domain": house.server.domain, "secret": SECRET, "username": "ann"},
    )
    assert kept.status == 201, kept
    project = linked(uma, house, "opened", gitCredentialId=kept.body["id"])
    done = ended(uma, start(uma, project, "main.py"))
    told = lines(uma, done["id"])
    assert done["status"]["executionStatus"] == "Succeeded", told
    assert any("DOMINO_RUN_ID" in text for _, text in told)
    assert SECRET not in str(told) + str(done)
    assert house.server.seen_in == set()

    history = root.ops("GET", f"jobs/{done['id']}/history").body
    assert SECRET not in str(history)
    logs = list((house.stack.data_dir / "logs").iterdir())
    assert logs and not any(SECRET in log.read_text(errors="replace") for log in logs)

    # Once it is removed nothing is shown any more.
    gone = root.ops("DELETE", f"users/uma/git-credentials/{kept.body['id']}")
    assert gone.status == 204, gone
    push_again = ended(uma, start(uma, project, "main.py"))
    assert push_again["status"]["executionStatus"] == "Failed"
